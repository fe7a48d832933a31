/**
 * Reads the primitive types of HPACK, integers and strings, out of one header block (RFC 7541 §5).
 *
 * @module
 */

import { HpackError } from "./error.ts";
import { decodeHuffman, huffmanCapacity } from "./huffman.ts";
import { MAX_INTEGER_CONTINUATION_OCTETS } from "./limits.ts";
import { HUFFMAN_FLAG, Prefix } from "./representation.ts";

/** A cursor over a header block that cannot leave it. */
export class BlockReader {
  readonly #block: Uint8Array;
  #position = 0;

  /**
   * Begins at the start of a block.
   *
   * @param block A complete header block; not copied.
   */
  constructor(block: Uint8Array) {
    this.#block = block;
  }

  /** Whether anything is left. */
  get more(): boolean {
    return this.#position < this.#block.length;
  }

  /** The next octet, left where it is. Where the block ends: 0. */
  peek(): number {
    return this.#block[this.#position] ?? 0;
  }

  /**
   * Reads an integer (RFC 7541 §5.1) and what shares its first octet.
   *
   * @param prefix The bits of the first octet that are the integer's, all ones.
   * @throws {HpackError} When it is longer than {@linkcode MAX_INTEGER_CONTINUATION_OCTETS} allows, or cut off.
   */
  integer(prefix: number): number {
    const value = this.#octet() & prefix;
    return value < prefix ? value : this.#continuation(value);
  }

  /**
   * Reads a string literal (RFC 7541 §5.2).
   *
   * @returns A string whose code units are the octets.
   * @throws {HpackError} When it is cut off, or its Huffman code is wrong.
   */
  string(): string {
    const huffman = (this.peek() & HUFFMAN_FLAG) !== 0;
    const length = this.integer(Prefix.STRING);
    const start = this.#position;
    const end = start + length;
    if (end > this.#block.length) throw new HpackError("COMPRESSION_ERROR", "it ends inside a string");
    this.#position = end;
    if (!huffman) return toBinaryString(this.#block, start, end);
    const octets = scratch(huffmanCapacity(length) + 2);
    return toBinaryString(octets, 0, decodeHuffman(this.#block, start, end, octets));
  }

  #octet(): number {
    const octet = this.#block[this.#position++];
    if (octet === undefined) throw new HpackError("COMPRESSION_ERROR", "it ends inside an integer");
    return octet;
  }

  #continuation(prefix: number): number {
    let value = prefix;
    for (let shift = 0; shift < 7 * MAX_INTEGER_CONTINUATION_OCTETS; shift += 7) {
      const octet = this.#octet();
      value += (octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
    throw new HpackError("COMPRESSION_ERROR", "an integer has too many octets");
  }
}

/**
 * Octets decoded from Huffman code, before they become a string; nothing outlives the call. The memory is shared
 * by all decoders, and only as large as a string in a field section of the usual size.
 */
const SCRATCH = new Uint8Array(16_384);

function scratch(length: number): Uint8Array {
  return length <= SCRATCH.length ? SCRATCH : new Uint8Array(length);
}

/** Up to this length, a string is put together faster than a TextDecoder is called. */
const MAX_CONCATENATED_OCTETS = 48;

/** A string whose code units are `bytes[start]` to `bytes[end - 1]`. */
function toBinaryString(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > MAX_CONCATENATED_OCTETS && isAscii(bytes, start, end)) {
    return UTF8.decode(bytes.subarray(start, end));
  }
  let text = "";
  let i = start;
  for (; i + 8 <= end; i += 8) {
    text += String.fromCharCode(
      at(bytes, i),
      at(bytes, i + 1),
      at(bytes, i + 2),
      at(bytes, i + 3),
      at(bytes, i + 4),
      at(bytes, i + 5),
      at(bytes, i + 6),
      at(bytes, i + 7),
    );
  }
  for (; i + 2 <= end; i += 2) text += String.fromCharCode(at(bytes, i), at(bytes, i + 1));
  return i < end ? text + String.fromCharCode(at(bytes, i)) : text;
}

/** For ASCII, which is the same in UTF-8: its decoder is the one that runtimes have made fast. */
const UTF8 = new TextDecoder();

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let union = 0;
  for (let i = start; i < end; i++) union |= at(bytes, i);
  return union < 0x80;
}

function at(bytes: Uint8Array, i: number): number {
  return bytes[i] ?? 0;
}
