/**
 * Huffman codes of DEFLATE (RFC 1951 §3.2.2): a table for short codes, bit by bit for the rare long ones.
 *
 * The table is small, because a block may have new codes and hardly anything else: to fill one for codes of 15 bits would be
 * much work for few bytes.
 *
 * @module
 */

import type { BitReader } from "./bit_reader.ts";

/** One code. */
export class HuffmanCode {
  /** The bits that the table is looked up by: no more than the longest code has. */
  readonly #tableBits: number;
  /** By the next bits: the symbol, and above it the length of its code; 0 for longer codes. */
  readonly #table: Uint16Array;
  /** Codes of each length. */
  readonly #counts = new Uint16Array(MAX_CODE_BITS + 1);
  /** Symbols in the order of their codes. */
  readonly #symbols: Uint16Array;

  private constructor(lengths: Uint8Array, used: number, longest: number) {
    const counts = this.#counts;
    const symbols = this.#symbols = new Uint16Array(used);
    const tableBits = this.#tableBits = Math.min(longest, TABLE_BITS);
    const table = this.#table = new Uint16Array(1 << tableBits);
    // With an index: a block may be hardly more than its codes, and an iterator would be most of the work.
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol] ?? 0;
      if (length > 0) counts[length] = (counts[length] ?? 0) + 1;
    }
    NEXT_CODES[1] = OFFSETS[1] = 0;
    for (let bits = 1; bits < MAX_CODE_BITS; bits++) {
      const count = counts[bits] ?? 0;
      NEXT_CODES[bits + 1] = ((NEXT_CODES[bits] ?? 0) + count) << 1;
      OFFSETS[bits + 1] = (OFFSETS[bits] ?? 0) + count;
    }
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol] ?? 0;
      if (length === 0) continue;
      const code = NEXT_CODES[length] ?? 0;
      NEXT_CODES[length] = code + 1;
      const offset = OFFSETS[length] ?? 0;
      OFFSETS[length] = offset + 1;
      symbols[offset] = symbol;
      if (length > tableBits) continue;
      const entry = (length << SYMBOL_BITS) | symbol;
      for (let i = reversed(code, length); i < table.length; i += 1 << length) table[i] = entry;
    }
  }

  /**
   * Makes the code in which each symbol has a code of the given length; 0 for none.
   *
   * @returns `undefined` when there are more codes than bits allow, or fewer; one code alone, or none, is allowed.
   */
  static from(lengths: Uint8Array): HuffmanCode | undefined {
    let space = 0;
    let used = 0;
    let longest = 0;
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol] ?? 0;
      if (length === 0) continue;
      space += 1 << (MAX_CODE_BITS - length);
      used++;
      if (length > longest) longest = length;
    }
    if (space > 1 << MAX_CODE_BITS || (space < 1 << MAX_CODE_BITS && used > 1)) return undefined;
    return new HuffmanCode(lengths, used, longest);
  }

  /** The next symbol; -1 where the bits are no code. */
  read(bits: BitReader): number {
    const entry = this.#table[bits.peek(this.#tableBits)] ?? 0;
    if (entry === 0) return this.#readLong(bits);
    bits.skip(entry >>> SYMBOL_BITS);
    return entry & ((1 << SYMBOL_BITS) - 1);
  }

  #readLong(bits: BitReader): number {
    const ahead = bits.peek(MAX_CODE_BITS);
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      code |= (ahead >>> (length - 1)) & 1;
      const count = this.#counts[length] ?? 0;
      if (code - first < count) {
        bits.skip(length);
        return this.#symbols[index + code - first] ?? -1;
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return -1;
  }
}

/** The lowest bits of `code`, the last first: codes are packed from their most significant bit on. */
function reversed(code: number, length: number): number {
  let result = 0;
  for (let i = 0; i < length; i++) result |= ((code >>> i) & 1) << (length - 1 - i);
  return result;
}

/** Bits of the longest code. */
const MAX_CODE_BITS = 15;

/** Bits that a table is looked up by at most. */
const TABLE_BITS = 9;

/** Bits of a symbol in an entry of the table. */
const SYMBOL_BITS = 9;

/** The next code of each length, and the index of its symbol, while a code is made. */
const NEXT_CODES = new Uint16Array(MAX_CODE_BITS + 1);
const OFFSETS = new Uint16Array(MAX_CODE_BITS + 1);

/** The fixed codes (RFC 1951 §3.2.6). */
export const FIXED_LITERALS: HuffmanCode = fixed([[144, 8], [112, 9], [24, 7], [8, 8]]);
/** See {@linkcode FIXED_LITERALS}. */
export const FIXED_DISTANCES: HuffmanCode = fixed([[32, 5]]);

function fixed(runs: readonly (readonly [count: number, length: number])[]): HuffmanCode {
  const code = HuffmanCode.from(
    Uint8Array.from(runs.flatMap(([count, length]) => Array(count).fill(length))),
  );
  if (code === undefined) throw new TypeError("Cannot make a fixed code: its lengths do not fit");
  return code;
}
