/**
 * Bytes that came and were not read yet.
 *
 * As long as everything is read before more comes, which is the rule, bytes are looked at where they lie and never
 * copied. What is left over when the machine asks for more is copied once, and grown by doubling, so that a head
 * that drips in byte by byte costs no more than its length.
 *
 * @module
 */

const EMPTY = new Uint8Array();

/** The unread bytes: `bytes` from `start` to `end`. */
export class ReceiveBuffer {
  /** Where they lie. Only `start` to `end` means anything. */
  bytes: Uint8Array = EMPTY;
  /** The first unread byte. */
  start = 0;
  /** Past the last one. */
  end = 0;
  #owned = false;

  /** How many bytes are unread. */
  get length(): number {
    return this.end - this.start;
  }

  /** Adds bytes; they are looked at where they lie until {@linkcode keep}. */
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

  /** The next `count` bytes, which must be there: a view. */
  take(count: number): Uint8Array {
    const from = this.start;
    this.start += count;
    return this.bytes.subarray(from, this.start);
  }

  /** Makes what is unread independent of the memory it came in. */
  keep(): void {
    if (!this.#owned && this.start < this.end) this.#makeRoom(0);
  }

  /** Forgets what is unread. */
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
