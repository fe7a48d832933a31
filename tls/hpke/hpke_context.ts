/**
 * HPKE (RFC 9180) in base mode: one end encrypts messages to the public key of the other, which is not told by whom.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { NONCE_LENGTH } from "../crypto/cipher_suites.ts";
import type { AeadKey, CryptoProvider, KeyShare } from "../crypto/provider.ts";
import { type Script, settle } from "../../io/script.ts";
import type { HpkeSuite } from "./algorithms.ts";
import { decapsulate, encapsulate } from "./kem.ts";
import { labeledExpand, labeledExtract, suiteId } from "./labeled_hkdf.ts";

/** A sender, and what the recipient needs beside the ciphertexts. */
export interface HpkeSender {
  /** The encapsulated key. */
  readonly enc: Uint8Array;
  readonly context: HpkeContext;
}

/** `SetupBaseS(pkR, info)` (RFC 9180 §5.1.1); `null` when the public key is not valid. */
export function* setupBaseSender(
  provider: CryptoProvider,
  suite: HpkeSuite,
  recipient: Uint8Array,
  info: Uint8Array,
): Script<HpkeSender | null> {
  const encapsulation = yield* encapsulate(provider, suite.kem, recipient);
  if (encapsulation === null) return null;
  const { enc, sharedSecret } = encapsulation;
  return { enc, context: yield* keySchedule(provider, suite, sharedSecret, info) };
}

/**
 * `SetupBaseR(enc, skR, info)` (RFC 9180 §5.1.1); `null` when the encapsulated key is not valid.
 *
 * @param key The recipient's key pair.
 */
export function* setupBaseRecipient(
  provider: CryptoProvider,
  suite: HpkeSuite,
  enc: Uint8Array,
  key: KeyShare,
  info: Uint8Array,
): Script<HpkeContext | null> {
  const sharedSecret = yield* decapsulate(provider, suite.kem, enc, key);
  return sharedSecret && (yield* keySchedule(provider, suite, sharedSecret, info));
}

/** One direction of messages, each with a nonce of its own (RFC 9180 §5.2). */
export class HpkeContext {
  readonly #key: AeadKey;
  readonly #baseNonce: Uint8Array;
  #sequence = 0;

  /** Use {@linkcode setupBaseSender} or {@linkcode setupBaseRecipient}. */
  constructor(key: AeadKey, baseNonce: Uint8Array) {
    this.#key = key;
    this.#baseNonce = baseNonce;
  }

  /** `Context.Seal(aad, pt)`. */
  *seal(aad: Uint8Array, plaintext: Uint8Array): Script<Uint8Array> {
    const ciphertext = yield* settle(this.#key.seal(this.#nonce(), aad, plaintext));
    this.#sequence++;
    return ciphertext;
  }

  /** `Context.Open(aad, ct)`; `null` when authentication fails, which uses up no nonce. */
  *open(aad: Uint8Array, ciphertext: Uint8Array): Script<Uint8Array | null> {
    const plaintext = yield* settle(this.#key.open(this.#nonce(), aad, ciphertext));
    if (plaintext !== null) this.#sequence++;
    return plaintext;
  }

  /** `ComputeNonce(seq)`; a context is used for two messages, so the number stays far below 2^32. */
  #nonce(): Uint8Array {
    const nonce = this.#baseNonce.slice();
    const view = new DataView(nonce.buffer);
    view.setUint32(NONCE_LENGTH - 4, view.getUint32(NONCE_LENGTH - 4) ^ this.#sequence);
    return nonce;
  }
}

/** `mode_base`: neither a PSK nor a key of the sender (RFC 9180 §5, Table 1). */
const MODE_BASE = 0x00;
const NOTHING = new Uint8Array(0);

/** `KeySchedule(mode_base, shared_secret, info, "", "")` (RFC 9180 §5.1), without its exporter, which is not used. */
function* keySchedule(
  provider: CryptoProvider,
  { kem, kdf, hash, aead, cipher }: HpkeSuite,
  sharedSecret: Uint8Array,
  info: Uint8Array,
): Script<HpkeContext> {
  const hkdf = { provider, hash, suiteId: suiteId("HPKE", kem.id, kdf, aead) };
  const pskIdHash = yield* labeledExtract(hkdf, NOTHING, "psk_id_hash", NOTHING);
  const infoHash = yield* labeledExtract(hkdf, NOTHING, "info_hash", info);
  const context = concat([Uint8Array.of(MODE_BASE), pskIdHash, infoHash]);
  const secret = yield* labeledExtract(hkdf, sharedSecret, "secret", NOTHING);
  const key = yield* labeledExpand(hkdf, secret, "key", context, cipher.keyLength);
  const baseNonce = yield* labeledExpand(hkdf, secret, "base_nonce", context, NONCE_LENGTH);
  return new HpkeContext(yield* settle(cipher.importKey(key)), baseNonce);
}
