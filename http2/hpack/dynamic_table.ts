/**
 * The dynamic table: the newest fields first, as many as fit (RFC 7541 §2.3.2, §4).
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";

/**
 * The size of the table when a connection begins: "the initial value of the SETTINGS_HEADER_TABLE_SIZE setting"
 * (RFC 9113 §4.3.1).
 */
export const DEFAULT_TABLE_SIZE = 4096;

/** The size of a field besides its octets, "an estimated overhead associated with an entry" (RFC 7541 §4.1). */
export const FIELD_OVERHEAD = 32;

/** The size of a field (RFC 7541 §4.1); SETTINGS_MAX_HEADER_LIST_SIZE counts the same way (RFC 9113 §6.5.2). */
export function fieldSize(name: string, value: string): number {
  return name.length + value.length + FIELD_OVERHEAD;
}

/**
 * Passes on a size that a table can have.
 *
 * @throws {RangeError} When `size` is not a whole number of octets.
 */
export function checkTableSize(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`Cannot set a table size of ${size}`);
  return size;
}

/** A first-in, first-out list of fields in a ring, bounded by the sum of their sizes. */
export class DynamicTable {
  /** A power of two of places; the field that was inserted as the nth, counted from 0, has place n modulo that. */
  #ring: (Field | undefined)[] = new Array(MIN_TABLE_PLACES).fill(undefined);
  #inserted = 0;
  #count = 0;
  #size = 0;
  #capacity: number;

  /**
   * Makes an empty table.
   *
   * @param capacity The most that the sizes of the fields may add up to.
   */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The most that the sizes of the fields may add up to. */
  get capacity(): number {
    return this.#capacity;
  }

  /** The sum of the sizes of the fields. */
  get size(): number {
    return this.#size;
  }

  /** How many fields there are. */
  get count(): number {
    return this.#count;
  }

  /** How many fields were ever inserted. */
  get inserted(): number {
    return this.#inserted;
  }

  /** The field that was inserted `age` insertions ago, 0 being the newest, or `undefined` if it is not there. */
  get(age: number): Field | undefined {
    return age < this.#count ? this.#ring[(this.#inserted - 1 - age) & (this.#ring.length - 1)] : undefined;
  }

  /** Adds a field, for which {@linkcode evictFor} has made room. */
  insert(field: Field): void {
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[this.#inserted & (this.#ring.length - 1)] = field;
    this.#inserted++;
    this.#count++;
    this.#size += fieldSize(field[0], field[1]);
  }

  /**
   * Takes out the oldest field if that helps to make room for `size`.
   *
   * @returns The field, or `undefined` when there is room, or nothing left to take out.
   */
  evictFor(size: number): Field | undefined {
    if (this.#size + size <= this.#capacity || this.#count === 0) return undefined;
    const place = (this.#inserted - this.#count) & (this.#ring.length - 1);
    const field = this.#ring[place];
    this.#ring[place] = undefined;
    this.#count--;
    if (field !== undefined) this.#size -= fieldSize(field[0], field[1]);
    return field;
  }

  /** Changes the capacity; what does not fit any more is for {@linkcode evictFor} to take out. */
  resize(capacity: number): void {
    this.#capacity = capacity;
  }

  /** Doubles the places. There are never more than the capacity over 32, as no field is smaller than that. */
  #grow(): void {
    const ring: (Field | undefined)[] = new Array(this.#ring.length * 2).fill(undefined);
    for (let age = 0; age < this.#count; age++) {
      ring[(this.#inserted - 1 - age) & (ring.length - 1)] = this.get(age);
    }
    this.#ring = ring;
  }
}

const MIN_TABLE_PLACES = 32;
