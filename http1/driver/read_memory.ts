/**
 * The memory that a driver reads into.
 *
 * Heads and small bodies are read into one buffer that a connection keeps, and copied out. Large bodies are read into
 * fresh buffers that the caller gets without a copy. Their size follows the peer: after a buffer that was filled the next
 * is larger; after one with a few bytes the next is smaller, so that the caller does not keep a large buffer for them.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { MAX_SHARED_BYTES, sharedMemory } from "../../http/slab.ts";

/** The buffers of one connection. */
export class ReadMemory {
  /** The buffer for heads, and for bytes without a request. */
  readonly head: Uint8Array = new Uint8Array(MAX_HEAD_READ_BYTES);
  readonly #shared: boolean;
  #chunkBytes = DEFAULT_CHUNK_BYTES;
  #spare: Uint8Array | undefined;

  /** @param shared Whether small bodies that came with their head may be views of one buffer. */
  constructor(shared: boolean) {
    this.#shared = shared;
  }

  /**
   * Gives a buffer for content.
   *
   * @param left The number of bytes still to come, where it is known.
   */
  forContent(left: number | undefined): Uint8Array {
    const size = left === undefined ? this.#chunkBytes : Math.min(left, this.#chunkBytes);
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined && spare.length >= size) return spare;
    return new Uint8Array(size);
  }

  /** Takes note that a read has put `count` bytes into a buffer for content. */
  filled(buffer: Uint8Array, count: number): void {
    if (buffer.length < this.#chunkBytes) return; // its size was that of the rest of the content
    if (count === buffer.length) this.#chunkBytes = Math.min(2 * this.#chunkBytes, MAX_CHUNK_BYTES);
    else if (MIN_SHRINK_RATIO * count <= buffer.length) {
      this.#chunkBytes = Math.max(this.#chunkBytes / 2, MIN_CHUNK_BYTES);
    }
  }

  /**
   * Turns views of a buffer into content that belongs to the caller.
   *
   * @param pieces Views of the buffer, in order.
   * @param buffer The buffer.
   * @param complete Whether they are all the content.
   */
  give(pieces: readonly Uint8Array[], buffer: Uint8Array, complete: boolean): Uint8Array {
    const [first] = pieces;
    if (first === undefined) return EMPTY;
    const single = pieces.length === 1;
    if (buffer === this.head) {
      if (!single) return concat(pieces);
      return complete && this.#shared && first.length <= MAX_SHARED_BYTES ? shared(first) : first.slice();
    }
    const chunk = single ? first : compacted(pieces, buffer);
    if (MAX_GIVEN_RATIO * chunk.length >= buffer.length) return chunk;
    this.#spare = buffer;
    return chunk.slice();
  }

  /** Frees the memory that only content in progress needs. */
  release(): void {
    this.#spare = undefined;
  }
}

function shared(bytes: Uint8Array): Uint8Array {
  const copy = sharedMemory(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Moves the pieces together at the beginning of their buffer. */
function compacted(pieces: readonly Uint8Array[], buffer: Uint8Array): Uint8Array {
  let length = 0;
  for (const piece of pieces) {
    if (piece.buffer !== buffer.buffer) return concat(pieces);
    const from = piece.byteOffset - buffer.byteOffset;
    buffer.copyWithin(length, from, from + piece.length);
    length += piece.length;
  }
  return buffer.subarray(0, length);
}

/** Bytes of the buffer for heads and small bodies that each connection keeps: 16 KiB. */
const MAX_HEAD_READ_BYTES = 16_384;

/** Bytes of the first buffer for content. */
const DEFAULT_CHUNK_BYTES = 65_536;

/** Bytes of the smallest buffer for content, about a TLS record: a smaller one is not worth a read. */
const MIN_CHUNK_BYTES = 16_384;

/** Bytes of the largest buffer for content: a larger one is no faster, and does not fit the processor's caches. */
const MAX_CHUNK_BYTES = 262_144;

/** A buffer is given to the caller when it is at most so many times as long as its content; else that is copied. */
const MAX_GIVEN_RATIO = 2;

/** The next buffer is half as long when this one is at least so many times as long as what was read. */
const MIN_SHRINK_RATIO = 4;

const EMPTY = new Uint8Array();
