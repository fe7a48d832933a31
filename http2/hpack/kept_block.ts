/**
 * The last header block that left the dynamic table alone, and what it held.
 *
 * Many servers answer similar requests with octet for octet the same head, which is then compared instead of
 * decoded.
 *
 * @module
 */

/** Octets of the longest block that is kept. Heads of real peers are shorter. */
const MAX_KEPT_BLOCK_OCTETS = 1024;

/** Remembers one block and `T`, what it was decoded to. */
export class KeptBlock<T> {
  /** Kept from block to block, because allocating it costs more than decoding. */
  readonly #octets = new Uint8Array(MAX_KEPT_BLOCK_OCTETS);
  #length = 0;
  #decoded: T | undefined;

  /** The result of decoding `block`, if it is the one that is kept. */
  recall(block: Uint8Array): T | undefined {
    if (this.#decoded === undefined || block.length !== this.#length) return undefined;
    for (let i = 0; i < block.length; i++) {
      if (block[i] !== this.#octets[i]) return undefined;
    }
    return this.#decoded;
  }

  /** Keeps a block, unless it is too long, in place of the one before. */
  keep(block: Uint8Array, decoded: T): void {
    if (block.length > MAX_KEPT_BLOCK_OCTETS) return;
    this.#octets.set(block);
    this.#length = block.length;
    this.#decoded = decoded;
  }

  /** Forgets the block, because it would decode to something else now. */
  forget(): void {
    this.#decoded = undefined;
  }
}
