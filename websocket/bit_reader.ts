/**
 * Bits from the least significant to the most (RFC 1951 §3.1.1).
 *
 * Beyond the end there are zeros; {@linkcode BitReader.isExhausted} says whether any of them was read.
 *
 * @module
 */

/** Reads bits from bytes. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;
  #bits = 0;
  #count = 0;

  /** @param bytes The bytes, which must not change meanwhile. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether every bit was read. */
  get isAtEnd(): boolean {
    return this.#count === 0 && this.#position >= this.#bytes.length;
  }

  /** Whether more was read than there is. */
  get isExhausted(): boolean {
    return this.#position - (this.#count >>> 3) > this.#bytes.length;
  }

  /** Whether only the empty stored block without its header is left: `00 00 ff ff`. Call it when aligned. */
  get isEmptyBlockLeft(): boolean {
    const at = this.#position - (this.#count >>> 3);
    return this.#bytes.length - at === 4 && this.#bytes[at] === 0 && this.#bytes[at + 2] === 0xff;
  }

  /** The next bits, at most 15, without taking them. */
  peek(count: number): number {
    while (this.#count < count) {
      this.#bits |= (this.#bytes[this.#position++] ?? 0) << this.#count;
      this.#count += 8;
    }
    return this.#bits & ((1 << count) - 1);
  }

  /** Takes bits that were peeked at. */
  skip(count: number): void {
    this.#bits >>>= count;
    this.#count -= count;
  }

  /** Takes the next bits, at most 16. */
  read(count: number): number {
    const value = this.peek(count);
    this.skip(count);
    return value;
  }

  /** Skips to the next byte. */
  align(): void {
    this.skip(this.#count & 7);
  }

  /** Takes whole bytes; `undefined` when there are fewer. Call it when aligned. */
  take(length: number): Uint8Array | undefined {
    const start = this.#position - (this.#count >>> 3);
    if (start + length > this.#bytes.length) return undefined;
    this.#bits = this.#count = 0;
    this.#position = start + length;
    return this.#bytes.subarray(start, this.#position);
  }
}
