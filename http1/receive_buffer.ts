/**
 * The bytes that were received and not yet parsed.
 *
 * Bytes that are parsed before more is received, the usual case, are never copied. Bytes that are left over when the
 * machine needs more are copied once into memory that grows by doubling, so that a head received byte by byte costs work
 * linear in its length.
 *
 * @module
 */

const EMPTY = new Uint8Array();

/** The unparsed bytes: `bytes` from `start` to `end`. */
export class ReceiveBuffer {
  /** The memory of the bytes; only `start` to `end` has meaning. */
  bytes: Uint8Array = EMPTY;
  /** The index of the first unparsed byte. */
  start = 0;
  /** The index after the last unparsed byte. */
  end = 0;
  #owned = false;

  /** The number of unparsed bytes. */
  get length(): number {
    return this.end - this.start;
  }

  /** Adds bytes, as a view where possible until {@linkcode keep}. */
  append(more: Uint8Array): void {
    if (this.start === this.end) {
      this.bytes = more;
      this.start = 0;
      this.end = more.length;
      this.#owned = false;
      return;
    }
    this.#makeRoom(more.length);
    this.bytes.set(more, this.end);
    this.end += more.length;
  }

  /** Takes the next `count` bytes, which must have been received, as a view. */
  take(count: number): Uint8Array {
    const from = this.start;
    this.start += count;
    return this.bytes.subarray(from, this.start);
  }

  /** Copies the unparsed bytes, so that the memory they were received in may change. */
  keep(): void {
    if (!this.#owned && this.start < this.end) this.#makeRoom(0);
  }

  /** Discards the unparsed bytes. */
  clear(): void {
    this.bytes = EMPTY;
    this.start = 0;
    this.end = 0;
  }

  #makeRoom(count: number): void {
    if (this.#owned && this.end + count <= this.bytes.length) return;
    const { length } = this;
    // Twice what is needed, so that bytes are moved a bounded number of times each.
    const larger = new Uint8Array(2 * (length + count));
    larger.set(this.bytes.subarray(this.start, this.end));
    this.bytes = larger;
    this.start = 0;
    this.end = length;
    this.#owned = true;
  }
}
