/**
 * The bytes to write: small ones are gathered into one piece, large ones are passed on without a copy.
 *
 * A head and a small body thus leave in one write, and a large body is never copied.
 *
 * @module
 */

/** Gathers the bytes to write. */
export class OutputBuffer {
  readonly #pieces: Uint8Array[] = [];
  #bytes = new Uint8Array(MIN_BUFFER_BYTES);
  #length = 0;

  /** Whether there are no bytes to write. */
  get empty(): boolean {
    return this.#length === 0 && this.#pieces.length === 0;
  }

  /** Adds text whose code units are bytes. */
  putText(text: string): void {
    const start = this.#length;
    const room = this.#makeRoom(text.length);
    const { read, written } = UTF8.encodeInto(text, start === 0 ? room : room.subarray(start));
    // Beyond ASCII, UTF-8 takes more bytes than the text has code units, or does not get through it.
    if (written !== text.length || read !== text.length) {
      for (let i = 0; i < text.length; i++) room[start + i] = text.charCodeAt(i);
    }
    this.#length = start + text.length;
  }

  /** Adds bytes. Large ones are not copied, and must not change before they are written. */
  putBytes(bytes: Uint8Array): void {
    if (bytes.length > MAX_COALESCED_BYTES || (this.#length === 0 && bytes.length >= MIN_SEPARATE_BYTES)) {
      this.#seal();
      this.#pieces.push(bytes);
    } else {
      this.#makeRoom(bytes.length).set(bytes, this.#length);
      this.#length += bytes.length;
    }
  }

  /** The next bytes to write, valid until more is added; `undefined` when there are none. */
  take(): Uint8Array | undefined {
    const piece = this.#pieces.shift();
    if (piece !== undefined) return piece;
    if (this.#length === 0) return undefined;
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  /** Frees memory that only a large message needs. Bytes that were not written yet stay. */
  trim(): void {
    if (this.#length === 0 && this.#bytes.length > MAX_KEPT_BYTES) {
      this.#bytes = new Uint8Array(MIN_BUFFER_BYTES);
    }
  }

  /** Ends the piece that is being gathered, so that a large one can follow it. */
  #seal(): void {
    if (this.#length === 0) return;
    this.#pieces.push(this.#bytes.subarray(0, this.#length));
    this.#bytes = new Uint8Array(MIN_BUFFER_BYTES);
    this.#length = 0;
  }

  #makeRoom(count: number): Uint8Array {
    if (this.#length > 0 && this.#length + count > MAX_COALESCED_BYTES + MIN_BUFFER_BYTES) this.#seal();
    const needed = this.#length + count;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(2 * needed);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

const UTF8 = new TextEncoder();

/** Bytes of content that are copied behind what stands before them: 64 KiB cost less than a second write. */
const MAX_COALESCED_BYTES = 65_536;

/** Bytes of content that are not copied when nothing stands before them: from 4 KiB on. */
const MIN_SEPARATE_BYTES = 4096;

/** Bytes of the buffer at first, room for a usual head. It grows up to a head and one coalesced body. */
const MIN_BUFFER_BYTES = 2048;

/** Bytes of the buffer that are kept while there is nothing to write. */
const MAX_KEPT_BYTES = 16_384;
