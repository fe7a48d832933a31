/**
 * Content that waits for its reader, in chunks that belong to the reader.
 *
 * A peer may send its content in pieces as small as it likes: event streams, messages of gRPC, a log. So the queue
 * never keeps a chunk for a piece. Batches below {@linkcode MIN_CHUNK_BYTES} are joined where they wait, in memory
 * that doubles: each byte is copied a fixed number of times at most, and what is kept is never more than twice the
 * content, which flow control bounds.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { MAX_JOINED_CHUNK_BYTES, MIN_CHUNK_BYTES, MIN_JOINED_CHUNK_BYTES } from "../limits.ts";

/** The queue between a connection and the reader of one stream. */
export class ChunkQueue {
  #chunks: Uint8Array[] = [];
  /** Memory in which small pieces are joined; its first `#joinedLength` bytes are content. It is behind `#chunks`. */
  #joined: Uint8Array = NOTHING;
  #joinedLength = 0;

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#chunks.length === 0 && this.#joinedLength === 0;
  }

  /**
   * Adds a batch of content.
   *
   * @param views The content; copied.
   * @param length The sum of the lengths of `views`.
   */
  push(views: readonly Uint8Array[], length: number): void {
    if (length === 0) return;
    if (length >= MIN_CHUNK_BYTES || this.#joinedLength + length > MAX_JOINED_CHUNK_BYTES) this.#seal();
    if (length >= MIN_CHUNK_BYTES) {
      this.#chunks.push(copy(views, new Uint8Array(length), 0));
      return;
    }
    this.#reserve(this.#joinedLength + length);
    copy(views, this.#joined, this.#joinedLength);
    this.#joinedLength += length;
  }

  /** Takes the first chunk, joined with those behind it as long as they are small together; empty when none waits. */
  take(): Uint8Array {
    const chunks = this.#chunks;
    if (chunks.length < 2) this.#seal();
    let length = chunks[0]?.length ?? 0;
    let count = 1;
    for (; count < chunks.length; count++) {
      const next = chunks[count]?.length ?? 0;
      if (length + next > MAX_JOINED_CHUNK_BYTES) break;
      length += next;
    }
    const taken = chunks.splice(0, count);
    return count === 1 ? taken[0] ?? NOTHING : concat(taken);
  }

  /** Drops all that waits. */
  clear(): void {
    this.#chunks = [];
    this.#joined = NOTHING;
    this.#joinedLength = 0;
  }

  /** Makes a chunk of what was joined, no larger than its content. */
  #seal(): void {
    const length = this.#joinedLength;
    if (length === 0) return;
    this.#chunks.push(length === this.#joined.length ? this.#joined : this.#joined.slice(0, length));
    this.#joined = NOTHING;
    this.#joinedLength = 0;
  }

  #reserve(length: number): void {
    if (length <= this.#joined.length) return;
    const grown = new Uint8Array(Math.max(length, 2 * this.#joined.length, MIN_JOINED_CHUNK_BYTES));
    grown.set(this.#joined.subarray(0, this.#joinedLength));
    this.#joined = grown;
  }
}

/** Copies views one behind the other into memory, from `at` on. */
export function copy(views: readonly Uint8Array[], into: Uint8Array, at: number): Uint8Array {
  for (const view of views) {
    into.set(view, at);
    at += view.length;
  }
  return into;
}

const NOTHING = new Uint8Array(0);
