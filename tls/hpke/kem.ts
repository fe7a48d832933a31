/**
 * DHKEM: a shared secret that one end makes for the public key of the other (RFC 9180 §4.1).
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { HASH_LENGTH } from "../crypto/hkdf.ts";
import type { CryptoProvider, KeyShare } from "../crypto/provider.ts";
import { type Script, settle } from "../../io/script.ts";
import type { HpkeKem } from "./algorithms.ts";
import { labeledExpand, labeledExtract, suiteId } from "./labeled_hkdf.ts";

/** A fresh shared secret, and what the recipient finds it with. */
export interface Encapsulation {
  /** The encapsulated key: an ephemeral public key. */
  readonly enc: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

/** `Encap(pkR)`; `null` when the public key is not valid. */
export function* encapsulate(
  provider: CryptoProvider,
  kem: HpkeKem,
  recipient: Uint8Array,
): Script<Encapsulation | null> {
  const ephemeral = yield* settle(kem.group.respond(recipient));
  if (ephemeral === null) return null;
  const { publicKey: enc, secret } = ephemeral;
  return { enc, sharedSecret: yield* extractAndExpand(provider, kem, secret, concat([enc, recipient])) };
}

/** `Decap(enc, skR)`; `null` when the encapsulated key is not valid. @param key The recipient's key pair. */
export function* decapsulate(
  provider: CryptoProvider,
  kem: HpkeKem,
  enc: Uint8Array,
  key: KeyShare,
): Script<Uint8Array | null> {
  const secret = yield* settle(key.agree(enc));
  return secret && (yield* extractAndExpand(provider, kem, secret, concat([enc, key.publicKey])));
}

/** `Nsecret` is the length of the hash for all of RFC 9180 §7.1. */
function* extractAndExpand(
  provider: CryptoProvider,
  { id, hash }: HpkeKem,
  secret: Uint8Array,
  kemContext: Uint8Array,
): Script<Uint8Array> {
  const hkdf = { provider, hash, suiteId: suiteId("KEM", id) };
  const key = yield* labeledExtract(hkdf, new Uint8Array(0), "eae_prk", secret);
  return yield* labeledExpand(hkdf, key, "shared_secret", kemContext, HASH_LENGTH[hash]);
}
