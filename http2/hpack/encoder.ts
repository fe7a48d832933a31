/**
 * Encodes lists of fields into header blocks (RFC 7541 §6).
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { BlockWriter } from "./block_writer.ts";
import { checkTableSize, DEFAULT_TABLE_SIZE, fieldSize } from "./dynamic_table.ts";
import { EncoderTable } from "./encoder_table.ts";
import { MAX_FIELD_TABLE_SHARE, MIN_INDEXED_COOKIE_CHARS } from "./limits.ts";
import { KeptList } from "./kept_list.ts";
import { Prefix, Representation } from "./representation.ts";
import { STATIC_NAMES, type StaticName } from "./static_names.ts";

/** Options of {@linkcode HpackEncoder}. */
export interface HpackEncoderOptions {
  /**
   * The most octets that the dynamic table may take, however much the peer offers; 4096 by default. Both ends pay
   * for it, and what a larger table would hold is hardly ever sent again.
   */
  readonly maxTableSize?: number;
}

/** The sending half of a connection's header compression: it writes every header block, in the order of sending. */
export class HpackEncoder {
  readonly #writer = new BlockWriter();
  readonly #table = new EncoderTable(DEFAULT_TABLE_SIZE);
  readonly #kept = new KeptList();
  readonly #limit: number;
  /** The size of the table, as far as the peer was told. */
  #told = DEFAULT_TABLE_SIZE;
  /** The size that the table has from the next block on. */
  #wanted: number;
  /** The smallest size that was wanted since the peer was told one. */
  #smallest: number;
  /** Whether the list being encoded would give the same block again. */
  #repeatable = false;

  /**
   * Begins a connection, with an empty table of 4096 octets at the other end.
   *
   * @param options The limit of the dynamic table.
   * @throws {RangeError} When the limit is not a whole number of octets.
   */
  constructor(options: HpackEncoderOptions = {}) {
    this.#limit = checkTableSize(options.maxTableSize ?? DEFAULT_TABLE_SIZE);
    this.#wanted = Math.min(this.#limit, DEFAULT_TABLE_SIZE);
    this.#smallest = this.#wanted;
  }

  /**
   * Takes note of the peer's SETTINGS_HEADER_TABLE_SIZE; the next block begins with what follows from it.
   *
   * @param size In octets.
   * @throws {RangeError} When `size` is not a whole number of octets.
   */
  setMaxTableSize(size: number): void {
    this.#wanted = Math.min(checkTableSize(size), this.#limit);
    this.#smallest = Math.min(this.#smallest, this.#wanted);
    this.#kept.forget();
  }

  /**
   * Encodes one list of fields. Every block has to be sent, in order, or the peer's table falls out of step.
   *
   * @param fields The fields in the order to send, names lower-case.
   * @param sensitive Whether the values of a name are secrets, which no hop may add to a table. `authorization`,
   *   `proxy-authorization`, `set-cookie` and short values of `cookie` are treated so in any case.
   * @returns A complete header block. It is not to be changed: an equal list may get the same object again.
   * @throws {TypeError} When a name or a value has a code unit above 0xFF. The list then was not encoded, and the
   *   encoder is good for the next one.
   */
  encode(fields: Iterable<Field>, sensitive?: (name: string) => boolean): Uint8Array {
    const list: readonly Field[] = Array.isArray(fields) ? fields : [...fields];
    // A function would have to be asked again for every name.
    const kept = sensitive === undefined ? this.#kept.recall(list) : undefined;
    if (kept !== undefined) return kept;

    try {
      this.#repeatable = true;
      this.#writer.begin();
      this.#writeSizeUpdates();
      for (const [name, value] of list) this.#writeField(name, value, sensitive?.(name) ?? false);
    } catch (error) {
      this.#startOver();
      throw error;
    }
    const block = this.#writer.take();
    if (this.#repeatable) this.#kept.keep(list, block);
    return block;
  }

  /**
   * "the smallest maximum table size that occurs in that interval MUST be signaled in a dynamic table size update.
   * The final maximum size is always signaled, resulting in at most two dynamic table size updates" (RFC 7541 §4.2)
   */
  #writeSizeUpdates(): void {
    if (this.#smallest < this.#told) this.#writeSizeUpdate(this.#smallest);
    if (this.#wanted !== this.#told) this.#writeSizeUpdate(this.#wanted);
    this.#smallest = this.#wanted;
  }

  #writeSizeUpdate(size: number): void {
    this.#repeatable = false;
    this.#table.resize(size);
    this.#writer.integer(Representation.SIZE_UPDATE, Prefix.SIZE_UPDATE, size);
    this.#told = size;
  }

  #writeField(name: string, value: string, sensitive: boolean): void {
    const fixed = STATIC_NAMES.get(name);
    const indexing = sensitive ? "never" : fixed?.indexing ?? "index";
    if (indexing === "never" || indexing === "never_short" && value.length < MIN_INDEXED_COOKIE_CHARS) {
      // A value that must not be indexed is a secret; it is not kept here either.
      this.#repeatable = false;
      return this.#writeLiteral("NEVER_INDEXED", name, value, fixed);
    }
    const fixedIndex = fixed?.values.get(value);
    if (fixedIndex !== undefined) return this.#writeIndexed(fixedIndex);
    if (indexing === "skip") return this.#writeLiteral("NOT_INDEXED", name, value, fixed);

    const ordinal = this.#table.find(name)?.values.get(value);
    if (ordinal !== undefined) return this.#writeIndexed(this.#table.indexOf(ordinal));
    if (fieldSize(name, value) > this.#table.capacity * MAX_FIELD_TABLE_SHARE) {
      return this.#writeLiteral("NOT_INDEXED", name, value, fixed);
    }
    this.#writeLiteral("INCREMENTAL", name, value, fixed);
    this.#table.insert(name, value);
    this.#repeatable = false;
    this.#kept.forget();
  }

  #writeIndexed(index: number): void {
    this.#writer.integer(Representation.INDEXED, Prefix.INDEXED, index);
  }

  #writeLiteral(kind: LiteralKind, name: string, value: string, fixed: StaticName | undefined): void {
    const index = fixed?.index ?? this.#nameIndex(name);
    this.#writer.integer(Representation[kind], Prefix[kind], index);
    if (index === 0) this.#writer.string(name);
    this.#writer.string(value);
  }

  #nameIndex(name: string): number {
    const known = this.#table.find(name);
    return known === undefined ? 0 : this.#table.indexOf(known.newest);
  }

  /**
   * After a list that was given up half-way, of which the peer sees nothing: the next block empties both tables.
   */
  #startOver(): void {
    this.#told = Infinity;
    this.#smallest = 0;
    this.#kept.forget();
  }
}

type LiteralKind = "INCREMENTAL" | "NOT_INDEXED" | "NEVER_INDEXED";
