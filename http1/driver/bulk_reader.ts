/**
 * Several reads as one, for content of which much is still to come.
 *
 * A transport of TLS gives a record a read, 16 KiB, and what a reader of content costs is paid for each piece. So the next
 * read begins at once, behind the bytes that came, and while reads are answered within a few microtasks, which is what
 * Deno takes when the bytes are there already, their bytes become one piece. A read that is not answered so soon stays
 * pending, and begins the next piece: nothing waits for it.
 *
 * The memory stays here and is used again: a piece is a view, which the next read overwrites. To be given away it is
 * copied, which costs no more than new memory to read into, because that would be cleared first.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";

/** A read of the transport. */
interface PendingRead {
  /** The place in the memory of the first byte that it may fill. */
  readonly start: number;
  /** Resolves once it is answered, and never rejects. */
  readonly answered: Promise<void>;
  /** What it was answered with; `undefined` while it is pending. */
  answer: { readonly count: number | null } | { readonly failure: unknown } | undefined;
}

/** Reads content from one transport. */
export class BulkReader {
  readonly #io: Duplex;
  #memory: Uint8Array | undefined;
  #pending: PendingRead | undefined;
  #readsAreShort = false;

  /** @param io The transport, from which nothing else reads while this does. */
  constructor(io: Duplex) {
    this.#io = io;
  }

  /**
   * Whether the next bytes are to be read here.
   *
   * @param left The bytes of the content that are still to come; `undefined` where that is not known.
   * @param takesView Whether a view is all that the reader of the content needs.
   */
  takes(left: number | undefined, takesView: boolean): left is number {
    if (left === undefined) return false;
    return this.#pending !== undefined || (left >= MIN_BULK_BYTES && (takesView || this.#readsAreShort));
  }

  /** Takes note that a read of the transport, here or elsewhere, has put `count` bytes into `room`. */
  filled(room: number, count: number): void {
    if (room >= MIN_BULK_BYTES) this.#readsAreShort = count <= room / 2;
  }

  /** Whether `bytes` are a view of the memory. */
  owns(bytes: Uint8Array): boolean {
    return bytes.buffer === this.#memory?.buffer;
  }

  /**
   * Reads the next bytes. One read at a time.
   *
   * @param left The bytes that are still to come: no more are read.
   * @returns A view that the next read overwrites; `null` at the end of the transport.
   * @throws What the transport throws, after all bytes before it were returned.
   */
  async read(left: number): Promise<Uint8Array | null> {
    const memory = this.#memory ??= new Uint8Array(MAX_BULK_BYTES);
    const { start, answered } = this.#pending ?? this.#begin(memory, 0, left);
    await answered;
    let count = this.#take();
    if (count === null) return null;
    let end = start + count;
    while (end - start < left && memory.length - end >= MIN_READ_BYTES) {
      const next = this.#begin(memory, end, left - (end - start));
      for (let i = 0; i < MAX_MICROTASKS && next.answer === undefined; i++) await undefined;
      // An end or a failure is for the next read to tell.
      if (next.answer === undefined || "failure" in next.answer || next.answer.count === null) break;
      count = this.#take();
      end += count ?? 0;
    }
    return memory.subarray(start, end);
  }

  /** Frees the memory: no content is being read. */
  release(): void {
    this.#memory = undefined;
    this.#pending = undefined;
  }

  #begin(memory: Uint8Array, start: number, left: number): PendingRead {
    const into = memory.subarray(start, start + left);
    const answered = this.#io.read(into).then((count) => {
      if (count !== null) this.filled(into.length, count);
      read.answer = count === null || (count > 0 && count <= into.length)
        ? { count }
        : { failure: new TypeError(`The transport claims to have read ${count} bytes`) };
    }, (failure) => {
      read.answer = { failure };
    });
    const read: PendingRead = { start, answered, answer: undefined };
    return this.#pending = read;
  }

  /** Takes the answer of the read that was begun last. */
  #take(): number | null {
    const answer = this.#pending?.answer;
    this.#pending = undefined;
    if (answer === undefined) return null; // released meanwhile
    if ("failure" in answer) throw answer.failure;
    return answer.count;
  }
}

/** Bytes of the memory: eight records of TLS. A larger one is no faster, and its pieces come later. */
const MAX_BULK_BYTES = 131_072;

/** Bytes that must be still to come: less is read into memory that the caller gets. */
const MIN_BULK_BYTES = 65_536;

/** Room that a read must have, a record of TLS: a smaller read would cost as much and bring less. */
const MIN_READ_BYTES = 16_384;

/** Microtasks within which Deno answers a read whose bytes are there already. */
const MAX_MICROTASKS = 4;
