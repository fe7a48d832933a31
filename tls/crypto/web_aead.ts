/**
 * AES-GCM over WebCrypto: asynchronous, and fast for large records when several are under way at the same time.
 *
 * @module
 */

import { unshared } from "./bytes.ts";
import { TAG_LENGTH } from "./cipher_suites.ts";
import type { AeadKey } from "./provider.ts";

/** A key whose operations return promises. WebCrypto copies its arguments before a call returns. */
export class WebAeadKey implements AeadKey {
  readonly #key: CryptoKey;

  /** @param key A key for AES-GCM that may encrypt and decrypt; see {@linkcode importAesGcm}. */
  constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** See {@linkcode AeadKey.seal}. */
  async seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
    const parameters = { name: "AES-GCM", iv: unshared(nonce), additionalData: unshared(aad) };
    return new Uint8Array(await crypto.subtle.encrypt(parameters, this.#key, unshared(plaintext)));
  }

  /** See {@linkcode AeadKey.open}. */
  async open(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array | null> {
    if (ciphertext.length < TAG_LENGTH) return null;
    const parameters = { name: "AES-GCM", iv: unshared(nonce), additionalData: unshared(aad) };
    try {
      return new Uint8Array(await crypto.subtle.decrypt(parameters, this.#key, unshared(ciphertext)));
    } catch {
      return null;
    }
  }
}

/** Imports a key of 16 or 32 bytes. */
export function importAesGcm(key: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
}
