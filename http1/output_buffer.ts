/**
 * Bytes on their way to the wire: what is small is gathered into one piece, what is large is passed on as it is.
 *
 * A head and a small body thus leave in one write, and a large body is never copied.
 *
 * @module
 */

/** Content up to this length is copied behind what stands before it: 64 KiB, which costs less than a second write. */
export const COALESCED_BYTES = 65_536;

/** Content from this length on is not copied where nothing stands before it: 4 KiB. */
const ALONE_BYTES = 4096;

/** Room for a usual head. It grows when more is gathered, up to a head and one coalesced body. */
const INITIAL_BYTES = 2048;

/** How much room may stay while nothing is to be written. */
const KEPT_BYTES = 16_384;

/** Gathers what is to be written. */
export class OutputBuffer {
  readonly #pieces: Uint8Array[] = [];
  #bytes = new Uint8Array(INITIAL_BYTES);
  #length = 0;

  /** Whether nothing is to be written. */
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

  /** Adds bytes; many are not copied, and must not change before they are written. */
  putBytes(bytes: Uint8Array): void {
    if (bytes.length > COALESCED_BYTES || (this.#length === 0 && bytes.length >= ALONE_BYTES)) {
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

  /** Forgets what was not written, and gives up memory that only a large message needs. */
  reset(): void {
    this.#pieces.length = 0;
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(INITIAL_BYTES);
  }

  /** Turns what was gathered into a piece, because something has to come behind it. */
  #seal(): void {
    if (this.#length === 0) return;
    this.#pieces.push(this.#bytes.subarray(0, this.#length));
    this.#bytes = new Uint8Array(INITIAL_BYTES);
    this.#length = 0;
  }

  #makeRoom(count: number): Uint8Array {
    if (this.#length > 0 && this.#length + count > COALESCED_BYTES + INITIAL_BYTES) this.#seal();
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
