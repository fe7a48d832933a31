/**
 * The buffer that a connection reads into.
 *
 * @module
 */

/**
 * A buffer that grows while reads fill it, and is replaced when it was given away.
 *
 * It begins a little larger than a TLS record: over TLS a read gives one record at most, and a buffer that every
 * record nearly fills can be given away with it. A plain connection fills it and gets larger ones.
 */
export class ReadBuffer {
  #bytes = new Uint8Array(LEAST);
  #size = LEAST;

  /** Where the next read goes. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Takes note of how much a read gave. */
  note(count: number): void {
    if (count === this.#bytes.length) this.#size = Math.min(MOST, 2 * this.#size);
    else if (count < this.#bytes.length / 4 && this.#size > LEAST) this.#size /= 2;
  }

  /**
   * Readies it for the next read.
   *
   * @param given Whether the bytes belong to somebody else now.
   */
  renew(given: boolean): void {
    if (given || this.#bytes.length !== this.#size) this.#bytes = new Uint8Array(this.#size);
  }
}

/** A full TLS record (RFC 9846 §5.1) and something. */
const LEAST = 16_384 + 256;

/** Beyond this, reads do not get faster. */
const MOST = 16 * LEAST;
