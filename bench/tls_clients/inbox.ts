/**
 * From libraries that call back with data to those who ask for it.
 *
 * @module
 */

/** Data that came and was not taken yet. */
export class Inbox {
  #pieces: Uint8Array[] = [];
  #ended = false;
  #failure: Error | undefined;
  #waiting: PromiseWithResolvers<void> | undefined;
  readonly #source: { pause(): void; resume(): void } | undefined;

  /** @param source Is held up while pieces are waiting. Default: it cannot be. */
  constructor(source?: { pause(): void; resume(): void }) {
    this.#source = source;
  }

  /** A piece came; it is kept. */
  put(piece: Uint8Array): void {
    this.#pieces.push(piece);
    if (this.#pieces.length === MAX_WAITING) this.#source?.pause();
    this.#wake();
  }

  /** No more will come. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** No more will come, and why. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  /** Whether something can be taken without waiting. */
  get isReady(): boolean {
    return this.#pieces.length > 0 || this.#ended || this.#failure !== undefined;
  }

  /** The next piece; `undefined`: the end. */
  async take(): Promise<Uint8Array | undefined> {
    while (!this.isReady) await (this.#waiting ??= Promise.withResolvers<void>()).promise;
    const piece = this.#pieces.shift();
    if (piece === undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      return undefined;
    }
    if (this.#pieces.length === 0) this.#source?.resume();
    return piece;
  }

  #wake(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}

/** Pieces that a source may be ahead. */
const MAX_WAITING = 16;
