/**
 * A decompression engine that is pulled: the stream of `node:zlib` pushes its output, this gives it on demand.
 *
 * However far one chunk of input expands, no more is decompressed ahead of the reader than the engine's output buffer
 * holds.
 *
 * @module
 */

/** The part of a `node:zlib` stream that is used here. */
export interface ZlibStream {
  /** The bytes of input that the decompressor has used, which may be fewer than it was given. */
  readonly bytesWritten: number;
  /** The next output, or `null`. */
  read(): Uint8Array | null;
  /** Gives it input; `done` is called when all output of it was read. */
  write(input: Uint8Array, done: (error?: Error | null) => void): boolean;
  /** Ends the input. */
  end(): unknown;
  /** Frees the engine. */
  destroy(): unknown;
  /** Adds a listener. */
  on(event: "readable" | "end" | "error", listener: (error: Error) => void): unknown;
}

/** A decompressor that gives output on demand. */
export class ZlibEngine {
  readonly #stream: ZlibStream;
  #given = 0;
  #busy = false;
  #closed = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /**
   * Listens to the stream.
   *
   * @param stream A fresh stream, which belongs to this engine from now on.
   */
  constructor(stream: ZlibStream) {
    this.#stream = stream;
    stream.on("readable", () => this.#changed());
    stream.on("end", () => this.#idle());
    stream.on("error", (error) => {
      this.#error ??= error;
      this.#idle();
    });
  }

  /**
   * The next output, which belongs to the caller; `undefined` when the engine needs more input.
   *
   * @throws {Error} The input is malformed, cut short, or has bytes after its end.
   */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const output = this.#closed ? null : this.#stream.read();
      if (output !== null) return owned(output);
      if (this.#error !== undefined) throw this.#error;
      if (!this.#busy || this.#closed) return undefined;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Gives the engine input. Call it only when {@linkcode read} has returned `undefined`. */
  write(input: Uint8Array): void {
    this.#given += input.length;
    this.#busy = true;
    this.#stream.write(input, (error) => {
      if (error) this.#error ??= error;
      // A decompressor leaves input only after its end.
      else if (this.#stream.bytesWritten < this.#given) {
        this.#error ??= new Error("there are bytes after its end");
      }
      this.#idle();
    });
  }

  /** Ends the input; {@linkcode read} then returns the rest of the output, and throws where input is missing. */
  end(): void {
    this.#busy = true;
    this.#stream.end();
  }

  /**
   * Whether the decompressor takes another byte, and so has not reached its end. The engine cannot be used afterwards.
   * Call it only when {@linkcode read} has returned `undefined`.
   */
  async takesMore(): Promise<boolean> {
    this.#busy = true;
    this.#stream.write(new Uint8Array(1), () => this.#idle());
    while (this.#busy && !this.#closed) {
      this.#stream.read();
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#error !== undefined || this.#stream.bytesWritten > this.#given;
  }

  /** Frees the engine. A pending {@linkcode read} ends. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.destroy();
    this.#changed();
  }

  #idle(): void {
    this.#busy = false;
    this.#changed();
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

/**
 * Output alone in its memory. A stream may detach the memory of a chunk that it is given, and the engine may have more of
 * its output there.
 */
export function owned(output: Uint8Array): Uint8Array {
  return output.byteLength === output.buffer.byteLength
    ? new Uint8Array(output.buffer) // not a Buffer
    : new Uint8Array(output); // a copy
}
