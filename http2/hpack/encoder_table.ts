/**
 * The encoder's dynamic table: the fields that the peer's decoder holds, to be found by name and value.
 *
 * @module
 */

import { DynamicTable, fieldSize } from "./dynamic_table.ts";
import { STATIC_TABLE } from "./static_table.ts";

/** A dynamic table with an index to it. */
export class EncoderTable {
  readonly #table: DynamicTable;
  /** Every name in the table. Fields are known by how many were inserted before them, which never changes. */
  readonly #names = new Map<string, DynamicName>();

  /**
   * Makes an empty table.
   *
   * @param capacity The most that the sizes of the fields may add up to.
   */
  constructor(capacity: number) {
    this.#table = new DynamicTable(capacity);
  }

  /** The most that the sizes of the fields may add up to. */
  get capacity(): number {
    return this.#table.capacity;
  }

  /** The fields with a name, or `undefined` when the table has none. */
  find(name: string): DynamicName | undefined {
    return this.#names.get(name);
  }

  /** The index that the field numbered `ordinal` has at the moment. */
  indexOf(ordinal: number): number {
    return STATIC_TABLE.length + this.#table.inserted - ordinal;
  }

  /** Adds a field, which fits into the capacity; the oldest make room. */
  insert(name: string, value: string): void {
    this.#evictFor(fieldSize(name, value));
    const ordinal = this.#table.inserted;
    const known = this.#names.get(name);
    if (known === undefined) {
      this.#names.set(name, { newest: ordinal, values: new Map([[value, ordinal]]) });
    } else {
      known.newest = ordinal;
      known.values.set(value, ordinal);
    }
    this.#table.insert([name, value]);
  }

  /** Changes the capacity; what does not fit any more is taken out. */
  resize(capacity: number): void {
    this.#table.resize(capacity);
    this.#evictFor(0);
  }

  #evictFor(size: number): void {
    for (let field = this.#table.evictFor(size); field !== undefined; field = this.#table.evictFor(size)) {
      const [name, value] = field;
      const known = this.#names.get(name);
      // A field is inserted only when it is not in the table, so its value is there once.
      known?.values.delete(value);
      if (known?.values.size === 0) this.#names.delete(name);
    }
  }
}

/** A name in the dynamic table. */
export interface DynamicName {
  /** The ordinal of the newest field with this name; it is evicted last. */
  newest: number;
  /** The ordinals of the fields by their values. */
  readonly values: Map<string, number>;
}
