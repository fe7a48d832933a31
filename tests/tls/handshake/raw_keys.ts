/**
 * Identities that are raw public keys (RFC 7250), for tests.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import type { RawPublicKeyIdentity } from "../../../tls/config/config_types.ts";
import type { KeyType } from "../../support/keys.ts";
import { type MintedKey, mintKey } from "../../support/keys.ts";

/** An identity, its public key, and the pin of that. */
export interface RawIdentity {
  readonly identity: RawPublicKeyIdentity;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly pin: string;
}

const MINTED = new Map<string, Promise<RawIdentity>>();

/** The identity of a name, minted once. */
export function rawIdentity(keyType: KeyType = "p256", name = "a"): Promise<RawIdentity> {
  const key = `${keyType} ${name}`;
  let minted = MINTED.get(key);
  if (minted === undefined) MINTED.set(key, minted = mint(keyType));
  return minted;
}

async function mint(keyType: KeyType): Promise<RawIdentity> {
  const { spki, keyPem }: MintedKey = await mintKey(keyType);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", spki));
  return {
    identity: { rawPublicKey: spki, key: keyPem },
    publicKey: spki,
    pin: `sha256/${encodeBase64(digest)}`,
  };
}
