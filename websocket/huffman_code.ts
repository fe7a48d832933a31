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
  /** By the next bits: the symbol, and above it the length of its code; 0 for longer codes. */
  readonly #table = new Uint16Array(1 << TABLE_BITS);
  /** Codes of each length. */
  readonly #counts = new Uint16Array(MAX_CODE_BITS + 1);
  /** Symbols in the order of their codes. */
  readonly #symbols: Uint16Array;

  private constructor(lengths: Uint8Array) {
    this.#symbols = new Uint16Array(lengths.length);
    for (const length of lengths) this.#counts[length] = (this.#counts[length] ?? 0) + 1;
    this.#counts[0] = 0;
    const next = new Uint16Array(MAX_CODE_BITS + 2);
    const offsets = new Uint16Array(MAX_CODE_BITS + 2);
    for (let bits = 1; bits <= MAX_CODE_BITS; bits++) {
      const count = this.#counts[bits] ?? 0;
      next[bits + 1] = ((next[bits] ?? 0) + count) << 1;
      offsets[bits + 1] = (offsets[bits] ?? 0) + count;
    }
    for (const [symbol, length] of lengths.entries()) {
      if (length === 0) continue;
      const code = next[length] ?? 0;
      next[length] = code + 1;
      const offset = offsets[length] ?? 0;
      offsets[length] = offset + 1;
      this.#symbols[offset] = symbol;
      if (length > TABLE_BITS) continue;
      const entry = (length << SYMBOL_BITS) | symbol;
      for (let i = reversed(code, length); i < this.#table.length; i += 1 << length) this.#table[i] = entry;
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
    for (const length of lengths) {
      if (length === 0) continue;
      space += 1 << (MAX_CODE_BITS - length);
      used++;
    }
    if (space > 1 << MAX_CODE_BITS || (space < 1 << MAX_CODE_BITS && used > 1)) return undefined;
    return new HuffmanCode(lengths);
  }

  /** The next symbol; -1 where the bits are no code. */
  read(bits: BitReader): number {
    const entry = this.#table[bits.peek(TABLE_BITS)] ?? 0;
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

/** Bits that the table is looked up by. */
const TABLE_BITS = 9;

/** Bits of a symbol in an entry of the table. */
const SYMBOL_BITS = 9;

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
