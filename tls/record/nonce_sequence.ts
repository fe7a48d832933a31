/**
 * The sequence number of a key's records, and the nonces that are made of it.
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";

/** Options of a sequence. */
export interface SequenceOptions {
  /** Records that the key may protect (RFC 9846 §5.5). Default: as many as can be counted. */
  readonly recordLimit?: number;
  /** Sequence number of the first record. Default: 0. */
  readonly sequence?: number;
}

/**
 * The nonces of one key: "The 64-bit record sequence number is encoded in network byte order and padded to the
 * left with zeros to iv_length", then XORed with the IV (RFC 9846 §5.3).
 */
export class NonceSequence {
  readonly #iv: Uint8Array;
  readonly #nonce: Uint8Array;
  readonly #limit: number;
  #sequence: number;

  /** @param iv At least 8 bytes. */
  constructor(iv: Uint8Array, options: SequenceOptions) {
    this.#iv = iv;
    this.#nonce = iv.slice();
    // "If a TLS implementation would need to wrap a sequence number, it MUST either rekey ... or terminate the
    // connection." (RFC 9846 §5.3) Here they end where a double stops being exact.
    this.#limit = Math.min(options.recordLimit ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    this.#sequence = options.sequence ?? 0;
  }

  /** Records that the key may still protect. */
  get left(): number {
    return this.#limit - this.#sequence;
  }

  /** The sequence number of the next record. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The next nonce; the call after overwrites it. @throws {TlsError} `key_exhausted` */
  next(): Uint8Array {
    if (this.#sequence >= this.#limit) {
      throw new TlsError("key_exhausted", `Cannot protect more records: the key is good for ${this.#limit}`);
    }
    const high = Math.floor(this.#sequence / 2 ** 32);
    const low = this.#sequence >>> 0;
    this.#sequence++;
    const at = this.#iv.length - 8;
    for (let byte = 0; byte < 8; byte++) {
      const word = byte < 4 ? high : low;
      this.#nonce[at + byte] = (this.#iv[at + byte] ?? 0) ^ (word >>> (24 - 8 * (byte & 3)));
    }
    return this.#nonce;
  }

  /** Gives the last nonce again at the next call. */
  reuse(): void {
    this.#sequence--;
  }
}
