/**
 * The last header block whose meaning is known from its octets alone, or from those and a dynamic table that has not changed.
 *
 * Many servers answer similar requests with octet for octet the same head, which is then compared instead of
 * decoded. Some, such as nginx, spell its fields out in every block and add them to the table each time.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";

/** Octets of the longest block that is kept. Heads of real peers are shorter. */
const MAX_KEPT_BLOCK_OCTETS = 1024;

/** What a block was decoded to, and what that did and took. */
export interface Decoding<T> {
  /** The result. */
  readonly decoded: T;
  /** The fields that decoding adds to the dynamic table, in order. */
  readonly inserted: readonly Field[];
  /** Whether a field came out of the dynamic table. */
  readonly dependsOnTable: boolean;
}

/** Remembers one block and `T`, what it was decoded to. */
export class KeptBlock<T> {
  /** Kept from block to block, because allocating it costs more than decoding. */
  readonly #octets = new Uint8Array(MAX_KEPT_BLOCK_OCTETS);
  #length = 0;
  #decoding: Decoding<T> | undefined;

  /** What `block` was decoded to, if it is the one that is kept. */
  recall(block: Uint8Array): Decoding<T> | undefined {
    if (this.#decoding === undefined || block.length !== this.#length) return undefined;
    for (let i = 0; i < block.length; i++) {
      if (block[i] !== this.#octets[i]) return undefined;
    }
    return this.#decoding;
  }

  /**
   * Keeps a block in place of the one before, unless it is too long, or changes the table that it depends on: then it would
   * not decode to the same again.
   */
  keep(block: Uint8Array, decoding: Decoding<T>): void {
    const { inserted, dependsOnTable } = decoding;
    if (block.length > MAX_KEPT_BLOCK_OCTETS || (dependsOnTable && inserted.length > 0)) return;
    this.#octets.set(block);
    this.#length = block.length;
    this.#decoding = decoding;
  }

  /** Forgets the block. */
  forget(): void {
    this.#decoding = undefined;
  }

  /** Takes note that the dynamic table changes: forgets a block that would decode to something else now. */
  tableChanges(): void {
    if (this.#decoding?.dependsOnTable) this.#decoding = undefined;
  }
}
