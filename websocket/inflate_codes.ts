/**
 * The code lengths at the head of a dynamic block, which are compressed themselves (RFC 1951 §3.2.7).
 *
 * @module
 */

import type { BitReader } from "./bit_reader.ts";
import { HuffmanCode } from "./huffman_code.ts";

/**
 * Reads the lengths of the literal and length codes, and of the distance codes behind them.
 *
 * @returns `undefined` when they are malformed.
 */
export function readCodeLengths(
  bits: BitReader,
  literalCount: number,
  distanceCount: number,
): Uint8Array | undefined {
  const own = new Uint8Array(ORDER.length);
  const ownCount = bits.read(4) + 4;
  for (const symbol of ORDER.slice(0, ownCount)) own[symbol] = bits.read(3);
  const code = HuffmanCode.from(own);
  if (code === undefined || literalCount > MAX_LITERALS || distanceCount > MAX_DISTANCES) return undefined;
  const lengths = new Uint8Array(literalCount + distanceCount);
  for (let i = 0; i < lengths.length;) {
    const symbol = code.read(bits);
    if (symbol < 0 || bits.isExhausted) return undefined;
    if (symbol < COPY_PREVIOUS) {
      lengths[i++] = symbol;
      continue;
    }
    if (symbol === COPY_PREVIOUS && i === 0) return undefined;
    const value = symbol === COPY_PREVIOUS ? lengths[i - 1] ?? 0 : 0;
    const count = symbol === COPY_PREVIOUS
      ? 3 + bits.read(2)
      : symbol === SHORT_ZEROS
      ? 3 + bits.read(3)
      : 11 + bits.read(7);
    if (i + count > lengths.length) return undefined;
    lengths.fill(value, i, i += count);
  }
  // A block without the code that ends it has no end.
  return lengths[256] === 0 ? undefined : lengths;
}

/** The order in which the lengths of the code of code lengths stand. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Symbols above the lengths: repeat the one before, or zeros. */
const COPY_PREVIOUS = 16;
const SHORT_ZEROS = 17;

/** Codes that a block may have. */
const MAX_LITERALS = 286;
const MAX_DISTANCES = 30;
