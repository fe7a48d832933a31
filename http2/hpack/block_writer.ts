/**
 * Writes the primitive types of HPACK, integers and strings, one after the other (RFC 7541 §5).
 *
 * Blocks lie one after the other in a slab of memory and are given out as views of it, never to be written again.
 * Allocating an array for each block would cost as much as encoding it.
 *
 * @module
 */

import { encodeHuffman, huffmanLength } from "./huffman.ts";
import { HUFFMAN_FLAG, Prefix } from "./representation.ts";

/** Octets that are allocated at once. A block that is kept keeps as many alive. */
const MIN_SLAB_OCTETS = 8192;

/** One octet for the prefix, and five of seven bits for what is left of 31. */
const MAX_INTEGER_OCTETS = 6;

/** Writes header blocks. */
export class BlockWriter {
  #slab = new Uint8Array(MIN_SLAB_OCTETS);
  #start = 0;
  #end = 0;

  /** Begins a block; what an unfinished one has left behind is dropped. */
  begin(): void {
    // A slab that a huge block has asked for is not to be kept alive by the small ones after it.
    if (this.#slab.length > MIN_SLAB_OCTETS) {
      this.#slab = new Uint8Array(MIN_SLAB_OCTETS);
      this.#start = 0;
    }
    this.#end = this.#start;
  }

  /** Ends the block and returns it. */
  take(): Uint8Array {
    const block = this.#slab.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return block;
  }

  /**
   * Writes an integer (RFC 7541 §5.1).
   *
   * @param flags The bits of the first octet that are not the integer's.
   * @param prefix Those that are, all ones.
   * @param value At least 0, and below 2^31.
   */
  integer(flags: number, prefix: number, value: number): void {
    this.#reserve(MAX_INTEGER_OCTETS);
    if (value < prefix) {
      this.#slab[this.#end++] = flags | value;
      return;
    }
    this.#slab[this.#end++] = flags | prefix;
    let rest = value - prefix;
    for (; rest >= 0x80; rest >>>= 7) this.#slab[this.#end++] = 0x80 | rest;
    this.#slab[this.#end++] = rest;
  }

  /**
   * Writes a string literal (RFC 7541 §5.2), Huffman-coded where that is shorter.
   *
   * @throws {TypeError} When a code unit is above 0xFF.
   */
  string(text: string): void {
    checkBinary(text);
    const coded = huffmanLength(text);
    if (coded < text.length) {
      this.integer(HUFFMAN_FLAG, Prefix.STRING, coded);
      this.#reserve(coded);
      this.#end = encodeHuffman(text, this.#slab, this.#end);
    } else {
      this.integer(0, Prefix.STRING, text.length);
      this.#reserve(text.length);
      for (let i = 0; i < text.length; i++) this.#slab[this.#end++] = text.charCodeAt(i);
    }
  }

  /** Makes sure of `size` more octets; where the slab has too few, the block moves to a new one. */
  #reserve(size: number): void {
    if (this.#end + size <= this.#slab.length) return;
    const begun = this.#slab.subarray(this.#start, this.#end);
    this.#slab = new Uint8Array(Math.max(MIN_SLAB_OCTETS, 2 * (begun.length + size)));
    this.#slab.set(begun);
    this.#start = 0;
    this.#end = begun.length;
  }
}

/** Refuses what is not made of octets: cutting U+010A down to one would put a line feed on the wire. */
function checkBinary(text: string): void {
  let union = 0;
  for (let i = 0; i < text.length; i++) union |= text.charCodeAt(i);
  if (union > 0xff) throw new TypeError("Cannot encode a header field: it has a character above U+00FF");
}
