/**
 * The last list of fields whose block left the dynamic table alone, and that block.
 *
 * A client that asks one origin the same thing again and again sends the same list each time, and once the table
 * holds what it can of it, the same block.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";

/** Remembers one list, by its strings, and the block that it was encoded to. */
export class KeptList {
  /** Names and values in turn. The tuples are the caller's, who may change them. */
  readonly #strings: string[] = [];
  #block: Uint8Array | undefined;

  /** The block of a list, if it is the one that is kept. */
  recall(fields: readonly Field[]): Uint8Array | undefined {
    if (this.#block === undefined || fields.length * 2 !== this.#strings.length) return undefined;
    let i = 0;
    for (const field of fields) {
      if (field[0] !== this.#strings[i++] || field[1] !== this.#strings[i++]) return undefined;
    }
    return this.#block;
  }

  /** Keeps a list in place of the one before. */
  keep(fields: readonly Field[], block: Uint8Array): void {
    this.#strings.length = fields.length * 2;
    let i = 0;
    for (const field of fields) {
      this.#strings[i++] = field[0];
      this.#strings[i++] = field[1];
    }
    this.#block = block;
  }

  /** Forgets the list, because its block would be another now. */
  forget(): void {
    this.#block = undefined;
  }
}
