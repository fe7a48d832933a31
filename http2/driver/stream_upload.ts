/**
 * The content of one request, sent on its stream as flow control allows.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { OutgoingBody } from "../../http/message.ts";
import type { Http2Connection } from "../connection.ts";
import { TunnelContent } from "./stream_tunnel.ts";
import { DEFAULT_UPLOAD_CHUNK_BYTES, MAX_HELD_UPLOAD_BYTES, MAX_UPLOAD_TURN_BYTES } from "../limits.ts";

/** Told by an upload how it ends. */
export interface UploadListener {
  /** The machine has taken all content and the trailers. */
  onUploaded(): void;
  /** The source failed, or its content is not as long as it said. */
  onUploadFailed(reason: unknown): void;
}

/** State that the uploads of one connection share. */
export interface UploadPool {
  /** Bytes that were read from sources and wait to be sent, and a guess of those that were asked for. */
  held: number;
  /** Called when an upload can go on. */
  readonly onReady: () => void;
}

/** Content of one request that is sent piece by piece. */
export class StreamUpload {
  readonly #streamId: number;
  readonly #listener: UploadListener;
  readonly #pool: UploadPool;
  readonly #source: OutgoingBody | undefined;
  #state: UploadState;
  #sent = 0;

  /**
   * @param streamId The stream of the request.
   * @param listener The exchange.
   * @param body All of the content, or its source.
   * @param pool The state that uploads share.
   */
  constructor(
    streamId: number,
    listener: UploadListener,
    body: Uint8Array | OutgoingBody,
    pool: UploadPool,
  ) {
    this.#streamId = streamId;
    this.#listener = listener;
    this.#pool = pool;
    if (body instanceof Uint8Array) {
      this.#state = { name: "holding", rest: body, isLast: true };
    } else {
      this.#source = body;
      this.#state = { name: "empty" };
    }
  }

  /** Whether the upload has ended, failed or been stopped. */
  get isOver(): boolean {
    return this.#state.name === "over";
  }

  /** Whether it has content that waits for flow control, or for its turn. */
  get isHolding(): boolean {
    return this.#state.name === "holding";
  }

  /** How many bytes the machine has taken. */
  get sent(): number {
    return this.#sent;
  }

  /**
   * Sends at most one frame, or asks the source for more.
   *
   * @param machine The machine of the connection.
   * @returns Whether anything was sent.
   */
  send(machine: Http2Connection): boolean {
    try {
      switch (this.#state.name) {
        case "holding":
          return this.#sendPiece(machine, this.#state);
        case "ending":
          machine.sendTrailers(this.#streamId, this.#state.trailers);
          this.#become({ name: "over" });
          this.#listener.onUploaded();
          return true;
        case "empty":
          // Only the source knows whether more content or the end comes next, and a server that opens its window no
          // further may be waiting for the end. So the source is asked even then, while not too much is held.
          if (
            this.#source !== undefined &&
            (this.#pool.held < MAX_HELD_UPLOAD_BYTES || machine.sendable(this.#streamId) > 0)
          ) {
            this.#ask(this.#source);
          }
          return false;
        case "asking":
        case "over":
          return false;
      }
    } catch (reason) {
      cancelSource(this.#source, reason);
      this.#fail(reason);
      return false;
    }
  }

  /** Stops the upload, and cancels its source unless that has ended or failed. */
  stop(reason: unknown): void {
    const { name } = this.#state;
    if (name === "over") return;
    this.#become({ name: "over" });
    if (name !== "ending") cancelSource(this.#source, reason);
  }

  #sendPiece(machine: Http2Connection, { rest, isLast }: Holding): boolean {
    const piece = rest.length <= MAX_UPLOAD_TURN_BYTES ? rest : rest.subarray(0, MAX_UPLOAD_TURN_BYTES);
    const end = isLast && piece.length === rest.length;
    const sent = machine.sendData(this.#streamId, piece, end);
    this.#sent += sent;
    if (sent < rest.length) {
      this.#become({ name: "holding", rest: rest.subarray(sent), isLast });
      return sent > 0;
    }
    if (isLast) {
      this.#become({ name: "over" });
      this.#listener.onUploaded();
      return true;
    }
    this.#become({ name: "empty" });
    return this.send(machine) || sent > 0; // asks for the next chunk at once
  }

  #ask(source: OutgoingBody): void {
    this.#become({ name: "asking" });
    this.#await(source.read(), (chunk) => {
      if (chunk !== undefined) return this.#become({ name: "holding", rest: chunk, isLast: false });
      const trailers = source.trailers?.() ?? [];
      if (!(trailers instanceof Promise)) return this.#become({ name: "ending", trailers });
      this.#await(trailers, (trailers) => this.#become({ name: "ending", trailers }));
    });
  }

  /** Goes on with the value of a promise, unless the upload is over by then. */
  #await<T>(promise: Promise<T>, use: (value: T) => void): void {
    promise.then((value) => {
      if (this.#state.name !== "asking") return;
      use(value);
      this.#pool.onReady();
    }).catch((reason) => this.#fail(reason));
  }

  #fail(reason: unknown): void {
    if (this.isOver) return;
    this.#become({ name: "over" });
    this.#listener.onUploadFailed(reason);
  }

  #become(state: UploadState): void {
    this.#pool.held += this.#weight(state) - this.#weight(this.#state);
    this.#state = state;
  }

  /**
   * The bytes that a state counts as held. Content that was given whole, and what is written to a tunnel, do not count:
   * they are the caller's.
   */
  #weight(state: UploadState): number {
    if (this.#source === undefined || this.#source instanceof TunnelContent) return 0;
    if (state.name === "asking") return DEFAULT_UPLOAD_CHUNK_BYTES;
    return state.name === "holding" ? state.rest.length : 0;
  }
}

/** Cancels a source; an error that it throws then is ignored. */
export function cancelSource(source: OutgoingBody | undefined, reason: unknown): void {
  try {
    source?.cancel(reason);
  } catch {
    // The source was told.
  }
}

/** The state of an upload. */
type UploadState =
  | { readonly name: "empty" }
  | { readonly name: "asking" }
  | Holding
  | { readonly name: "ending"; readonly trailers: readonly Field[] }
  | { readonly name: "over" };

interface Holding {
  readonly name: "holding";
  /** The rest of the chunk. */
  readonly rest: Uint8Array;
  /** Whether the content ends with it. */
  readonly isLast: boolean;
}
