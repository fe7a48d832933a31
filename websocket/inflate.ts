/**
 * DEFLATE (RFC 1951) decompressed, message by message, with the window of the messages before.
 *
 * Those of the runtimes are streams that push their output, or forget the window. Here a message is inflated at once and in
 * one piece of memory, which never grows beyond the limit of a message, whatever the compressed bytes expand to.
 *
 * @module
 */

import { readCodeLengths } from "./inflate_codes.ts";
import { FIXED_DISTANCES, FIXED_LITERALS, HuffmanCode } from "./huffman_code.ts";
import { BitReader } from "./bit_reader.ts";

/** The outcome of a message that is not inflated: it is malformed, or larger than allowed. */
export type InflateFailure = "malformed" | "too_large";

/** Inflates the messages of one direction of a connection. */
export class Inflater {
  #window: Uint8Array<ArrayBuffer> = new Uint8Array();
  readonly #keepsWindow: boolean;

  /** @param keepsWindow Whether messages refer to those before them (context takeover). */
  constructor(keepsWindow: boolean) {
    this.#keepsWindow = keepsWindow;
  }

  /**
   * Inflates one message.
   *
   * @param input The compressed bytes, with the four of the empty block that the sender has removed (RFC 7692 §7.2.2).
   * @param maxBytes The size that the message may have.
   */
  inflate(input: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> | InflateFailure {
    const output = new Output(this.#window, maxBytes, input.length);
    const failure = inflateBlocks(new BitReader(input), output);
    if (failure !== undefined) return failure;
    if (this.#keepsWindow) this.#window = output.window();
    return output.message();
  }
}

/** Inflates blocks up to the end of the input, which has to be the end of a block. */
function inflateBlocks(bits: BitReader, output: Output): InflateFailure | undefined {
  while (!bits.isAtEnd) {
    const isLast = bits.read(1) === 1;
    const type = bits.read(2);
    const failure = type === 0
      ? copyStored(bits, output)
      : type === 1
      ? inflateBlock(bits, output, FIXED_LITERALS, FIXED_DISTANCES)
      : type === 2
      ? inflateDynamic(bits, output)
      : "malformed";
    if (failure !== undefined) return failure;
    if (bits.isExhausted) return "malformed";
    // A sender may set BFINAL, and go on in the next byte (RFC 7692 §7.2.3.4).
    if (isLast) {
      bits.align();
      if (bits.isEmptyBlockLeft) return undefined;
    }
  }
  return undefined;
}

/** A stored block (RFC 1951 §3.2.4): its length, and the complement of that. */
function copyStored(bits: BitReader, output: Output): InflateFailure | undefined {
  bits.align();
  const length = bits.read(16);
  if (bits.read(16) !== (length ^ 0xffff)) return "malformed";
  const bytes = bits.take(length);
  if (bytes === undefined) return "malformed";
  return output.put(bytes) ? undefined : "too_large";
}

function inflateDynamic(bits: BitReader, output: Output): InflateFailure | undefined {
  const literalCount = bits.read(5) + 257;
  const distanceCount = bits.read(5) + 1;
  const lengths = readCodeLengths(bits, literalCount, distanceCount);
  if (lengths === undefined) return "malformed";
  const literals = HuffmanCode.from(lengths.subarray(0, literalCount));
  const distances = HuffmanCode.from(lengths.subarray(literalCount));
  if (literals === undefined || distances === undefined) return "malformed";
  return inflateBlock(bits, output, literals, distances);
}

/** The symbols of one block (RFC 1951 §3.2.5): bytes, and references to bytes before them. */
function inflateBlock(
  bits: BitReader,
  output: Output,
  literals: HuffmanCode,
  distances: HuffmanCode,
): InflateFailure | undefined {
  for (;;) {
    const symbol = literals.read(bits);
    if (symbol < 0 || bits.isExhausted) return "malformed";
    if (symbol < END_OF_BLOCK) {
      if (!output.putByte(symbol)) return "too_large";
      continue;
    }
    if (symbol === END_OF_BLOCK) return undefined;
    const index = symbol - END_OF_BLOCK - 1;
    const base = LENGTH_BASES[index];
    if (base === undefined) return "malformed";
    const length = base + bits.read(LENGTH_BITS[index] ?? 0);
    const code = distances.read(bits);
    const distanceBase = DISTANCE_BASES[code];
    if (code < 0 || distanceBase === undefined) return "malformed";
    const distance = distanceBase + bits.read(DISTANCE_BITS[code] ?? 0);
    if (bits.isExhausted || distance > output.reach) return "malformed";
    if (!output.copy(distance, length)) return "too_large";
  }
}

/** The message so far, behind the window that it may refer to. */
class Output {
  readonly #start: number;
  readonly #end: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #length: number;

  constructor(window: Uint8Array, maxBytes: number, inputBytes: number) {
    this.#start = this.#length = window.length;
    this.#end = window.length + maxBytes;
    this.#bytes = new Uint8Array(Math.min(this.#end, window.length + 4 * inputBytes));
    this.#bytes.set(window);
  }

  /** How far back a reference may go. */
  get reach(): number {
    return this.#length;
  }

  putByte(byte: number): boolean {
    if (this.#length === this.#bytes.length && !this.#grow(1)) return false;
    this.#bytes[this.#length++] = byte;
    return true;
  }

  put(bytes: Uint8Array): boolean {
    if (!this.#grow(bytes.length)) return false;
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return true;
  }

  /** Repeats `length` bytes from `distance` bytes back; they may overlap with what they become. */
  copy(distance: number, length: number): boolean {
    if (!this.#grow(length)) return false;
    const bytes = this.#bytes;
    const to = this.#length;
    const from = to - distance;
    if (distance >= length && length >= MIN_COPY_WITHIN_BYTES) bytes.copyWithin(to, from, from + length);
    else for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i] ?? 0;
    this.#length += length;
    return true;
  }

  message(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(this.#start, this.#length);
  }

  window(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(Math.max(0, this.#length - WINDOW_BYTES), this.#length);
  }

  /** Makes room; the memory doubles, so that copies stay in proportion to what is put. */
  #grow(count: number): boolean {
    const needed = this.#length + count;
    if (needed > this.#end) return false;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(this.#end, Math.max(2 * this.#bytes.length, needed)));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    return true;
  }
}

/** The symbol that ends a block. Those above it are lengths. */
const END_OF_BLOCK = 256;

/** The lengths of symbols from 257 on, and the bits that are added to each (RFC 1951 §3.2.5). */
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, ...[1, 2, 3, 4, 5].flatMap((n) => [n, n, n, n]), 0];
const LENGTH_BASES: readonly number[] = [...basesOf(3, LENGTH_BITS.slice(0, -1)), 258];

/** The distances of symbols, and the bits that are added to each (RFC 1951 §3.2.5). */
const DISTANCE_BITS = [0, 0, ...Array.from({ length: 14 }, (_, n) => [n, n]).flat()];
const DISTANCE_BASES: readonly number[] = basesOf(1, DISTANCE_BITS);

function basesOf(first: number, bits: readonly number[]): number[] {
  let base = first;
  return bits.map((count) => {
    const own = base;
    base += 1 << count;
    return own;
  });
}

/** Bytes of the window of DEFLATE. */
const WINDOW_BYTES = 32_768;

/** Bytes from which a call copies faster than a loop. */
const MIN_COPY_WITHIN_BYTES = 32;
