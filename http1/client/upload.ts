/**
 * The content of a request on its way from its source into the machine, a piece at a time.
 *
 * The source is asked again only when the piece before is written, so that a slow peer slows the source down.
 *
 * @module
 */

import type { OutgoingBody } from "../../http/message.ts";
import type { Http1Connection } from "../connection.ts";

/** Who writes what the machine puts out. */
export interface UploadListener {
  /** Writes; calls {@linkcode Upload.pull} when all is written. */
  onOutput(): void;
  /** The source failed, or did not keep its word. */
  onUploadFailed(cause: unknown): void;
}

/** Feeds a machine from a source. */
export class Upload {
  /** Whether the end is in the machine. */
  ended = false;
  readonly #machine: Http1Connection;
  readonly #source: OutgoingBody;
  readonly #listener: UploadListener;
  #state: "held" | "ready" | "reading" | "stopped" = "held";

  /**
   * @param machine Whose head for this content was sent.
   * @param source The content.
   * @param listener Is told of what happens.
   */
  constructor(machine: Http1Connection, source: OutgoingBody, listener: UploadListener) {
    this.#machine = machine;
    this.#source = source;
    this.#listener = listener;
  }

  /** Whether the content waits for the server's leave. */
  get held(): boolean {
    return this.#state === "held";
  }

  /** Lets the content go. */
  start(): void {
    if (this.#state === "held") this.#state = "ready";
  }

  /** Asks for the next piece, unless one is awaited already. */
  pull(): void {
    if (this.#state !== "ready" || this.ended) return;
    this.#state = "reading";
    try {
      this.#source.read().then(this.#onPiece, this.#onFailure);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** Wants no more of the source. */
  stop(reason: unknown): void {
    if (this.#state === "stopped" || this.ended) return;
    this.#state = "stopped";
    try {
      this.#source.cancel(reason);
    } catch {
      // Nothing is wanted of it any more, not even this.
    }
  }

  readonly #onPiece = (piece: Uint8Array | undefined): void => {
    if (this.#state !== "reading") return;
    try {
      if (piece === undefined) {
        const trailers = this.#source.trailers?.() ?? [];
        if (trailers instanceof Promise) trailers.then((fields) => this.#end(fields)).catch(this.#onFailure);
        else this.#end(trailers);
      } else if (!(piece instanceof Uint8Array)) {
        throw new TypeError("Cannot send content: a piece of it is not a Uint8Array");
      } else {
        this.#machine.sendData(piece);
        this.#state = "ready";
        this.#listener.onOutput();
      }
    } catch (error) {
      this.#onFailure(error);
    }
  };

  #end(trailers: Parameters<Http1Connection["sendEnd"]>[0]): void {
    if (this.#state !== "reading") return;
    this.#machine.sendEnd(trailers);
    this.ended = true;
    this.#listener.onOutput();
  }

  readonly #onFailure = (cause: unknown): void => {
    if (this.#state === "stopped" || this.ended) return;
    this.stop(cause);
    this.#listener.onUploadFailed(cause);
  };
}

/** All the content at once, as a source; for content that has to wait. */
export function bodyOf(bytes: Uint8Array): OutgoingBody {
  let rest: Uint8Array | undefined = bytes;
  return {
    length: bytes.length,
    read() {
      const piece = rest;
      rest = undefined;
      return Promise.resolve(piece);
    },
    cancel() {},
  };
}
