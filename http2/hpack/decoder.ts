/**
 * Decodes header blocks into lists of fields (RFC 7541 §3).
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { BlockReader } from "./block_reader.ts";
import { checkTableSize, DEFAULT_TABLE_SIZE, DynamicTable, fieldSize } from "./dynamic_table.ts";
import { HpackError } from "./error.ts";
import { MAX_LIST_RATIO } from "./limits.ts";
import { KeptBlock } from "./kept_block.ts";
import { Prefix, Representation } from "./representation.ts";
import { STATIC_TABLE } from "./static_table.ts";

/** Options of {@linkcode HpackDecoder}. */
export interface HpackDecoderOptions {
  /**
   * The most that the peer may set the size of its table to, from its first block on; 4096 octets by default.
   * For a maximum that the peer has yet to acknowledge there is {@linkcode HpackDecoder.setMaxTableSize}.
   */
  readonly maxTableSize?: number;
}

/** The fields of a header block. */
export interface DecodedBlock {
  /** The fields in order, names and values as strings of code units up to 0xFF. */
  readonly fields: readonly Field[];
  /** The size of the whole list: of each field the lengths of name and value, and 32 (RFC 9113 §6.5.2). */
  readonly size: number;
  /** Whether `size` is more than was allowed. `fields` then lacks those that went beyond. */
  readonly oversize: boolean;
}

/**
 * The receiving half of a connection's header compression: it is fed with every header block, in order.
 *
 * A block comes whole, the CONTINUATION frames joined, and its length is the caller's to limit: time and memory
 * that decoding takes are proportional to it, whatever the block says.
 */
export class HpackDecoder {
  readonly #table: DynamicTable;
  #maxTableSize: number;
  /** The smallest maximum that was acknowledged since the peer last set the size, if that was above it. */
  #reducedTo: number | undefined;
  /** Of the block being decoded: whether it may be kept, whether it took a field of the table, and those that it added. */
  #mayBeKept = false;
  #dependsOnTable = false;
  #inserted: Field[] = [];
  readonly #kept = new KeptBlock<DecodedBlock>();
  #failure: HpackError | undefined;

  /**
   * Begins a connection, with an empty table.
   *
   * @param options The limit of the dynamic table.
   * @throws {RangeError} When the limit is not a whole number of octets.
   */
  constructor(options: HpackDecoderOptions = {}) {
    const { maxTableSize = DEFAULT_TABLE_SIZE } = options;
    this.#maxTableSize = checkTableSize(maxTableSize);
    this.#table = new DynamicTable(Math.min(maxTableSize, DEFAULT_TABLE_SIZE));
  }

  /**
   * Changes the most that the peer may set the size of its table to. To be called when the peer acknowledges the
   * SETTINGS_HEADER_TABLE_SIZE. After a reduction the next block has to begin with a size update.
   *
   * @param size In octets.
   * @throws {RangeError} When `size` is not a whole number of octets.
   */
  setMaxTableSize(size: number): void {
    this.#maxTableSize = checkTableSize(size);
    this.#kept.forget();
    // "the smallest maximum table size that occurs in that interval MUST be signaled" (RFC 7541 §4.2)
    if (size < this.#table.capacity) this.#reducedTo = Math.min(size, this.#reducedTo ?? size);
  }

  /**
   * Decodes one complete header block.
   *
   * The result is not to be changed: an equal block may get the same object again, and a field of the tables is
   * the same tuple wherever it appears.
   *
   * @param block The block; not kept, and free to be reused after the call.
   * @param maxListSize The most that {@linkcode DecodedBlock.size} should be; beyond it, fields are not stored.
   * @throws {HpackError} When the block does not decode, or decodes to more than {@linkcode MAX_LIST_RATIO} times
   *   `maxListSize`. The connection has to end with it: the decoder refuses every further block likewise.
   * @throws {RangeError} When `maxListSize` is negative or not a number.
   */
  decode(block: Uint8Array, maxListSize: number): DecodedBlock {
    if (!(maxListSize >= 0)) throw new RangeError(`Cannot limit a header list to ${maxListSize}`);
    if (this.#failure !== undefined) throw this.#failure;
    const kept = this.#kept.recall(block);
    if (kept !== undefined && kept.decoded.size <= maxListSize) {
      for (const field of kept.inserted) this.#addToTable(field);
      return kept.decoded;
    }

    try {
      this.#mayBeKept = true;
      this.#dependsOnTable = false;
      this.#inserted = [];
      const decoded = this.#decode(new BlockReader(block), maxListSize);
      if (this.#mayBeKept && !decoded.oversize) {
        this.#kept.keep(block, { decoded, inserted: this.#inserted, dependsOnTable: this.#dependsOnTable });
      }
      return decoded;
    } catch (error) {
      if (error instanceof HpackError) this.#failure = error;
      throw error;
    }
  }

  #decode(reader: BlockReader, maxListSize: number): DecodedBlock {
    this.#readSizeUpdates(reader);
    const fields: Field[] = [];
    let size = 0;
    while (reader.more) {
      const field = this.#readField(reader);
      size += fieldSize(field[0], field[1]);
      if (size <= maxListSize) {
        fields.push(field);
      } else if (size > maxListSize * MAX_LIST_RATIO) {
        throw new HpackError(
          "header_list_too_large",
          `its fields are more than ${MAX_LIST_RATIO} times what the limit of ${maxListSize} allows`,
        );
      }
    }
    return { fields, size, oversize: size > maxListSize };
  }

  /** "This dynamic table size update MUST occur at the beginning of the first header block" (RFC 7541 §4.2). */
  #readSizeUpdates(reader: BlockReader): void {
    let smallest = Infinity;
    while (isSizeUpdate(reader.peek())) {
      const size = reader.integer(Prefix.SIZE_UPDATE);
      // "The new maximum size MUST be lower than or equal to the limit determined by the protocol using HPACK. A
      // value that exceeds this limit MUST be treated as a decoding error." (RFC 7541 §6.3)
      if (size > this.#maxTableSize) {
        throw new HpackError(
          "COMPRESSION_ERROR",
          `it sets the table size to ${size}, above the maximum of ${this.#maxTableSize}`,
        );
      }
      smallest = Math.min(smallest, size);
      this.#mayBeKept = false;
      this.#table.resize(size);
      this.#makeRoom(0);
    }
    // "An endpoint MUST treat a field block that follows an acknowledgment of the reduction to the maximum dynamic
    // table size as a connection error of type COMPRESSION_ERROR if it does not start with a conformant Dynamic
    // Table Size Update instruction." (RFC 9113 §4.3.1)
    if (this.#reducedTo !== undefined && smallest > this.#reducedTo) {
      throw new HpackError(
        "COMPRESSION_ERROR",
        `it does not begin by setting the table size to the reduced maximum of ${this.#reducedTo}`,
      );
    }
    this.#reducedTo = undefined;
  }

  #readField(reader: BlockReader): Field {
    const first = reader.peek();
    if (first >= Representation.INDEXED) return this.#lookUp(reader.integer(Prefix.INDEXED));
    if (first >= Representation.INCREMENTAL) {
      const field = Object.freeze(this.#readLiteral(reader, Prefix.INCREMENTAL));
      this.#addToTable(field);
      this.#inserted.push(field);
      return field;
    }
    if (isSizeUpdate(first)) {
      throw new HpackError("COMPRESSION_ERROR", "it sets the table size after a field");
    }
    // A value that must not be indexed is a secret; it is not kept here either.
    if (first >= Representation.NEVER_INDEXED) this.#mayBeKept = false;
    return this.#readLiteral(reader, Prefix.NOT_INDEXED);
  }

  #readLiteral(reader: BlockReader, prefix: number): Field {
    const index = reader.integer(prefix);
    const name = index === 0 ? reader.string() : this.#lookUp(index)[0];
    return [name, reader.string()];
  }

  /** Indices begin with 1, go through the static table, and on with the newest field of the dynamic table. */
  #lookUp(index: number): Field {
    const isStatic = index <= STATIC_TABLE.length;
    if (!isStatic) this.#dependsOnTable = true;
    const field = isStatic ? STATIC_TABLE[index - 1] : this.#table.get(index - STATIC_TABLE.length - 1);
    // "Indices strictly greater than the sum of the lengths of both tables MUST be treated as a decoding error."
    // (RFC 7541 §2.3.3), "The index value of 0 is not used. It MUST be treated as a decoding error" (§6.1)
    if (field === undefined) throw new HpackError("COMPRESSION_ERROR", `no field has the index ${index}`);
    return field;
  }

  /** Adds a field to the table; one that is larger than all of it leaves it empty (RFC 7541 §4.4). */
  #addToTable(field: Field): void {
    const size = fieldSize(field[0], field[1]);
    this.#makeRoom(size);
    if (size <= this.#table.capacity) this.#table.insert(field);
  }

  #makeRoom(size: number): void {
    this.#kept.tableChanges();
    while (this.#table.evictFor(size) !== undefined);
  }
}

/** The bits 001 (RFC 7541 §6.3). */
function isSizeUpdate(first: number): boolean {
  return (first & 0xe0) === Representation.SIZE_UPDATE;
}
