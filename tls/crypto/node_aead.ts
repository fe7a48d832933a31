/**
 * AEADs over `node:crypto`: synchronous, and fast for small records.
 *
 * @module
 */

import { plainBytes } from "../../io/plain_bytes.ts";
import { TAG_LENGTH } from "./cipher_suites.ts";
import type { NodeCipherName, NodeCrypto } from "./node_types.ts";
import type { AeadKey } from "./provider.ts";

const OPTIONS = { authTagLength: TAG_LENGTH } as const;

/** A key whose operations are synchronous. */
export class NodeAeadKey implements AeadKey {
  readonly #node: NodeCrypto;
  readonly #cipher: NodeCipherName;
  readonly #key: Uint8Array;

  /** @param key A key of the right length, whose memory is the object's from here on. */
  constructor(node: NodeCrypto, cipher: NodeCipherName, key: Uint8Array) {
    this.#node = node;
    this.#cipher = cipher;
    this.#key = key;
  }

  /** See {@linkcode AeadKey.seal}. */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(plaintext.length + TAG_LENGTH);
    this.sealInto(nonce, aad, plaintext, sealed);
    return sealed;
  }

  /** See {@linkcode AeadKey.sealInto}. */
  sealInto(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, into: Uint8Array): void {
    const cipher = this.#node.createCipheriv(this.#cipher, this.#key, nonce, OPTIONS);
    cipher.setAAD(aad, { plaintextLength: plaintext.length });
    into.set(cipher.update(plaintext));
    // All three are stream ciphers: nothing is left for `final` to give.
    cipher.final();
    into.set(cipher.getAuthTag(), plaintext.length);
  }

  /** See {@linkcode AeadKey.open}. */
  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array | null {
    const length = ciphertext.length - TAG_LENGTH;
    if (length < 0) return null;
    const decipher = this.#node.createDecipheriv(this.#cipher, this.#key, nonce, OPTIONS);
    decipher.setAAD(aad, { plaintextLength: length });
    decipher.setAuthTag(ciphertext.subarray(length));
    const plaintext = decipher.update(ciphertext.subarray(0, length));
    try {
      decipher.final();
    } catch {
      return null;
    }
    return plainBytes(plaintext);
  }
}
