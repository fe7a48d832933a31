/**
 * One decompression engine, turned around: its streams push, this is pulled.
 *
 * Nothing is decompressed ahead of the reader but what fits into the engine's own output buffer, however far one
 * chunk of input would expand.
 *
 * @module
 */

/** What is used of a `node:zlib` stream. */
export interface ZlibStream {
  /** How many bytes of input the decompressor has used, which can be fewer than it was given. */
  readonly bytesWritten: number;
  /** What it has put out, or `null`. */
  read(): Uint8Array | null;
  /** Gives it input; `done` is called when all that comes of it was put out. */
  write(input: Uint8Array, done: (error?: Error | null) => void): boolean;
  /** Tells it that the input has ended. */
  end(): unknown;
  /** Frees it. */
  destroy(): unknown;
  /** Listens. */
  on(event: "readable" | "end" | "error", listener: (error: Error) => void): unknown;
}

/** A decompressor that is asked for output and told its input. */
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
   * @param stream A fresh stream, which is this engine's alone from now on.
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
   * The next output, which belongs to the caller; `undefined` when it takes more input to get any.
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

  /** Gives input. To be called when {@linkcode read} has asked for it. */
  write(input: Uint8Array): void {
    this.#given += input.length;
    this.#busy = true;
    this.#stream.write(input, (error) => {
      if (error) this.#error ??= error;
      // A decompressor that leaves input has met its end before.
      else if (this.#stream.bytesWritten < this.#given) {
        this.#error ??= new Error("there are bytes after its end");
      }
      this.#idle();
    });
  }

  /** Tells it that the input has ended; {@linkcode read} then gives what is left, and complains of what is missing. */
  end(): void {
    this.#busy = true;
    this.#stream.end();
  }

  /**
   * Whether the decompressor would take another byte, that is, has not met its end. It is of no use afterwards.
   * To be called when {@linkcode read} has asked for input.
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

  /** Frees it. A pending {@linkcode read} ends. */
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
 * Output that shares its memory with nothing: a stream that a chunk is put into may take the memory behind it away,
 * and the engine has more of its output there.
 */
export function owned(output: Uint8Array): Uint8Array {
  return output.byteLength === output.buffer.byteLength
    ? new Uint8Array(output.buffer) // not a Buffer
    : new Uint8Array(output); // a copy
}
