/**
 * The content of a message on its way from its source into the machine, a piece at a time.
 *
 * The source is read again only when the piece before is written, so that a slow peer slows the source down.
 *
 * @module
 */

import type { OutgoingBody } from "../../http/message.ts";
import type { Http1Connection } from "../connection.ts";

/** Events of an {@linkcode Upload}. */
export interface UploadListener {
  /** The machine has output. Once it is written, {@linkcode Upload.pull} is to be called. */
  onOutput(): void;
  /** The source failed, or gave another length than it declared. */
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
   * @param machine The machine, which has the head of this content.
   * @param source The source of the content.
   * @param listener Receives the events.
   */
  constructor(machine: Http1Connection, source: OutgoingBody, listener: UploadListener) {
    this.#machine = machine;
    this.#source = source;
    this.#listener = listener;
  }

  /** Whether the content is held back for a 100 (Continue). */
  get held(): boolean {
    return this.#state === "held";
  }

  /** Permits the content to be sent. */
  start(): void {
    if (this.#state === "held") this.#state = "ready";
  }

  /** Reads the next piece, unless a read is pending. */
  pull(): void {
    if (this.#state !== "ready" || this.ended) return;
    this.#state = "reading";
    try {
      this.#source.read().then(this.#onPiece, this.#onFailure);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** Stops, and cancels the source. */
  stop(reason: unknown): void {
    if (this.#state === "stopped" || this.ended) return;
    this.#state = "stopped";
    try {
      this.#source.cancel(reason);
    } catch {
      // The source is not used any more, so its error has no effect.
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

/** A source that gives all the content at once, for content that is held back. */
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
