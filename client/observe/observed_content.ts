/**
 * Content on its way through a trace, which counts it and sees its end.
 *
 * @module
 */

import type { IncomingBody, OutgoingBody } from "../../http/message.ts";

/** Told of content. */
export interface ContentListener {
  /** A piece has passed. */
  onBytes?(bytes: Uint8Array): void;
  /** All of it has passed. */
  onEnd?(): void;
  /** The rest does not come. */
  onFailed?(error: unknown): void;
  /** The reader does not want the rest. */
  onCancelled?(): void;
}

/** Content of a response, as it is. */
export class ObservedBody implements IncomingBody {
  readonly length?: number;
  readonly #source: IncomingBody;
  readonly #listener: ContentListener;

  /**
   * @param source The content.
   * @param listener Told of it.
   */
  constructor(source: IncomingBody, listener: ContentListener) {
    this.#source = source;
    this.#listener = listener;
    if (source.length !== undefined) this.length = source.length;
  }

  /** The next bytes, or `undefined` at the end. */
  async read(): Promise<Uint8Array | undefined> {
    try {
      const bytes = await this.#source.read();
      if (bytes === undefined) this.#listener.onEnd?.();
      else this.#listener.onBytes?.(bytes);
      return bytes;
    } catch (error) {
      this.#listener.onFailed?.(error);
      throw error;
    }
  }

  /** Gives the rest up. */
  cancel(reason?: unknown): void {
    this.#listener.onCancelled?.();
    this.#source.cancel(reason);
  }
}

/** Content of a request out of a source, as it is. */
export function observedUpload(source: OutgoingBody, listener: ContentListener): OutgoingBody {
  return {
    ...(source.length !== undefined && { length: source.length }),
    async read() {
      const bytes = await source.read();
      if (bytes === undefined) listener.onEnd?.();
      else listener.onBytes?.(bytes);
      return bytes;
    },
    cancel: (reason) => source.cancel(reason),
    ...(source.trailers !== undefined && { trailers: () => source.trailers?.() ?? [] }),
  };
}
