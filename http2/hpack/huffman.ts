/**
 * Huffman coding of strings (RFC 7541 §5.2).
 *
 * Decoding looks at twelve bits at a time. Codes of what fields are made of have five to eight bits, so a look
 * often shows two whole symbols, and one table gives both. A code of more than twelve bits is rare, and is found
 * by counting through the lengths, as the code is canonical.
 *
 * Past the end the decoder sees ones, which is what padding consists of. Ones alone never make a symbol but EOS,
 * so a symbol that needed some of them shows that the padding was not of ones.
 *
 * @module
 */

import { HpackError } from "./error.ts";
import { EOS, HUFFMAN_CODES, HUFFMAN_LENGTHS, HUFFMAN_SYMBOLS, MAX_CODE_BITS } from "./huffman_table.ts";

/** The most octets that `length` coded octets can decode to: the shortest code has 5 bits. */
export function huffmanCapacity(length: number): number {
  return Math.floor(length * 8 / 5);
}

/**
 * Decodes `from[start]` up to, not including, `from[end]`.
 *
 * @param into Where the octets go; has room for 2 more than {@linkcode huffmanCapacity} says.
 * @returns How many octets the string has.
 * @throws {HpackError} On EOS, and on padding that is 8 bits or more, or not of ones.
 */
export function decodeHuffman(from: Uint8Array, start: number, end: number, into: Uint8Array): number {
  let position = start;
  let window = 0; // the next bits are its lowest `bits` bits; those above are spent
  let bits = 0;
  let length = 0;
  for (;;) {
    while (bits < LOOK) {
      window = window << 8 | (position < end ? from[position] ?? 0xff : 0xff);
      position++;
      bits += 8;
    }
    const seen = SEEN[window >>> (bits - LOOK) & LOOK_MASK] ?? 0;
    if (seen !== 0) {
      into[length] = seen & 0xff;
      into[length + 1] = seen >>> 8 & 0xff;
      length += seen >>> 16 & 0x3;
      bits -= seen >>> 18;
      continue;
    }
    const spent = position * 8 - bits;
    if (end * 8 - spent < 8) break;
    const symbol = findLongCode(from, spent, end);
    into[length++] = symbol;
    const next = spent + lengthOf(symbol);
    position = (next + 7) >>> 3;
    bits = position * 8 - next;
    window = from[position - 1] ?? 0xff;
  }
  checkPadding(from, end, end * 8 - (position * 8 - bits));
  return length;
}

/** The length in octets of the Huffman code of `text`. Of each code unit only the low octet counts. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += HUFFMAN_LENGTHS[text.charCodeAt(i) & 0xff] ?? 0;
  return (bits + 7) >>> 3;
}

/**
 * Writes the Huffman code of `text`.
 *
 * @param text Of code units up to 0xFF.
 * @param into Where the code goes; has room for {@linkcode huffmanLength} octets from `start` on.
 * @returns The position after the code.
 */
export function encodeHuffman(text: string, into: Uint8Array, start: number): number {
  let position = start;
  let window = 0; // what is not written yet is its lowest `bits` bits, fewer than 8
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i);
    const length = HUFFMAN_LENGTHS[symbol] ?? 0;
    const code = HUFFMAN_CODES[symbol] ?? 0;
    if (length > 24) {
      // 7 bits and 25 do not fit the 32 that the operators of the language work on: write the upper half first.
      window = window << (length - 16) | code >>> 16;
      bits += length - 16;
      while (bits >= 8) into[position++] = window >>> (bits -= 8);
      window = window << 16 | code & 0xffff;
      bits += 16;
    } else {
      window = window << length | code;
      bits += length;
    }
    while (bits >= 8) into[position++] = window >>> (bits -= 8);
  }
  // The padding is the beginning of EOS, which is all ones (RFC 7541 §5.2).
  if (bits > 0) into[position++] = window << (8 - bits) | 0xff >>> bits;
  return position;
}

/** The symbol whose code of more than {@linkcode LOOK} bits starts at bit `spent`. */
function findLongCode(from: Uint8Array, spent: number, end: number): number {
  const first = spent >>> 3;
  const skipped = spent & 7;
  let window = 0;
  for (let i = first; i < first + 4; i++) window = window << 8 | (i < end ? from[i] ?? 0xff : 0xff);
  const fifth = first + 4 < end ? from[first + 4] ?? 0xff : 0xff;
  window = (window << skipped | fifth >>> (8 - skipped)) >>> 0;

  for (let length = LOOK + 1; length <= MAX_CODE_BITS; length++) {
    const rank = RANKS[length] ?? 0;
    const symbol = HUFFMAN_SYMBOLS[(window >>> (32 - length)) + rank] ?? EOS;
    if (lengthOf(symbol) !== length) continue;
    // "A padding strictly longer than 7 bits MUST be treated as a decoding error." (RFC 7541 §5.2)
    if (spent + length > end * 8) break;
    // "A Huffman-encoded string literal containing the EOS symbol MUST be treated as a decoding error."
    // (RFC 7541 §5.2)
    if (symbol === EOS) throw new HpackError("COMPRESSION_ERROR", "a Huffman-coded string contains EOS");
    return symbol;
  }
  throw new HpackError("COMPRESSION_ERROR", BAD_END);
}

/** Checks the last `left` bits of a string, fewer than 8; below zero, a symbol ran over the end. */
function checkPadding(from: Uint8Array, end: number, left: number): void {
  const mask = 0xff >>> (8 - left);
  // "A padding not corresponding to the most significant bits of the code for the EOS symbol MUST be treated as
  // a decoding error." (RFC 7541 §5.2)
  if (left < 0 || left > 0 && ((from[end - 1] ?? 0) & mask) !== mask) {
    throw new HpackError("COMPRESSION_ERROR", BAD_END);
  }
}

const BAD_END = "a Huffman-coded string ends inside a code, or is not padded with fewer than eight ones";

/** The bits that one look shows. Two symbols of typical length fit, and the table stays small: 16 KiB. */
const LOOK = 12;
const LOOK_MASK = (1 << LOOK) - 1;

/**
 * For each look, what it shows: the first symbol, the second, how many they are (1 or 2) and the bits of both;
 * 8, 8, 2 and 4 bits. 0 where the look does not show a whole symbol.
 */
const SEEN: Uint32Array = tabulateLooks();

/** For each length of codes, what leads from a code to its place in HUFFMAN_SYMBOLS. */
const RANKS: Int32Array = tabulateRanks();

function tabulateLooks(): Uint32Array {
  const looks = new Uint32Array(1 << LOOK);
  const short = HUFFMAN_SYMBOLS.filter((symbol) => lengthOf(symbol) <= LOOK);
  for (const first of short) {
    const left = LOOK - lengthOf(first);
    const start = codeOf(first) << left;
    looks.fill(first | 1 << 16 | lengthOf(first) << 18, start, start + (1 << left));
    for (const second of short) {
      const unused = left - lengthOf(second);
      if (unused < 0) break; // and so with all that follow, being no shorter
      const place = start + (codeOf(second) << unused);
      looks.fill(first | second << 8 | 2 << 16 | (LOOK - unused) << 18, place, place + (1 << unused));
    }
  }
  return looks;
}

function tabulateRanks(): Int32Array {
  const ranks = new Int32Array(MAX_CODE_BITS + 1);
  HUFFMAN_SYMBOLS.forEach((symbol, rank) => ranks[lengthOf(symbol)] = rank - codeOf(symbol));
  return ranks;
}

function lengthOf(symbol: number): number {
  return HUFFMAN_LENGTHS[symbol] ?? 0;
}

function codeOf(symbol: number): number {
  return HUFFMAN_CODES[symbol] ?? 0;
}
