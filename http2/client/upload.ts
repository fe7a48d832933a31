/**
 * The content of one request on its way out.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { OutgoingBody } from "../../http/message.ts";
import type { Http2Connection } from "../connection.ts";

/** Whom an upload tells how it went. */
export interface UploadOwner {
  /** The stream that it goes out on. */
  readonly streamId: number;
  /** All of it was handed to the machine. */
  onUploaded(): void;
  /** The source failed, or gave not what was promised. */
  onUploadFailed(reason: unknown): void;
}

/** What the uploads of one connection share. */
export interface UploadPool {
  /** How many bytes were read from sources and wait to be sent, or were asked for. */
  held: number;
  /** To be called when an upload can go on. */
  readonly wake: () => void;
}

/** Content that is sent piece by piece. */
export class Upload {
  readonly #owner: UploadOwner;
  readonly #pool: UploadPool;
  readonly #source: OutgoingBody | undefined;
  #state: UploadState;

  /** @param body The content: all of it, or its source. */
  constructor(owner: UploadOwner, body: Uint8Array | OutgoingBody, pool: UploadPool) {
    this.#owner = owner;
    this.#pool = pool;
    if (body instanceof Uint8Array) {
      this.#state = { name: "holding", rest: body, isLast: true };
    } else {
      this.#source = body;
      this.#state = { name: "empty" };
    }
  }

  /** Whether there is nothing left to do. */
  get isOver(): boolean {
    return this.#state.name === "over";
  }

  /**
   * Sends at most one frame, or asks the source for more.
   *
   * @param machine Where the content goes.
   * @returns Whether anything was sent.
   */
  send(machine: Http2Connection): boolean {
    try {
      switch (this.#state.name) {
        case "holding":
          return this.#sendPiece(machine, this.#state);
        case "ending":
          machine.sendTrailers(this.#owner.streamId, this.#state.trailers);
          this.#become({ name: "over" });
          this.#owner.onUploaded();
          return true;
        case "empty":
          // Whether more content or the end comes next, only the source knows: a server that opens its window no
          // further may be waiting for the end. So the source is asked even then, while not too much is held.
          if (
            this.#source !== undefined &&
            (this.#pool.held < MAX_HELD || machine.sendable(this.#owner.streamId) > 0)
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

  /** Ends it early; the source is told, unless it has ended or failed. */
  stop(reason: unknown): void {
    const { name } = this.#state;
    if (name === "over") return;
    this.#become({ name: "over" });
    if (name !== "ending") cancelSource(this.#source, reason);
  }

  #sendPiece(machine: Http2Connection, { rest, isLast }: Holding): boolean {
    const piece = rest.length <= PIECE ? rest : rest.subarray(0, PIECE);
    const end = isLast && piece.length === rest.length;
    const sent = machine.sendData(this.#owner.streamId, piece, end);
    if (sent < rest.length) {
      this.#become({ name: "holding", rest: rest.subarray(sent), isLast });
      return sent > 0;
    }
    if (isLast) {
      this.#become({ name: "over" });
      this.#owner.onUploaded();
      return true;
    }
    this.#become({ name: "empty" });
    return this.send(machine) || sent > 0; // asks for the next chunk at once
  }

  #ask(source: OutgoingBody): void {
    this.#become({ name: "asking" });
    this.#answer(source.read(), (chunk) => {
      if (chunk !== undefined) return this.#become({ name: "holding", rest: chunk, isLast: false });
      const trailers = source.trailers?.() ?? [];
      if (!(trailers instanceof Promise)) return this.#become({ name: "ending", trailers });
      this.#answer(trailers, (trailers) => this.#become({ name: "ending", trailers }));
    });
  }

  /** Goes on with what a promise gives, unless the upload is over by then. */
  #answer<T>(promise: Promise<T>, use: (value: T) => void): void {
    promise.then((value) => {
      if (this.#state.name !== "asking") return;
      use(value);
      this.#pool.wake();
    }).catch((reason) => this.#fail(reason));
  }

  #fail(reason: unknown): void {
    if (this.isOver) return;
    this.#become({ name: "over" });
    this.#owner.onUploadFailed(reason);
  }

  #become(state: UploadState): void {
    this.#pool.held += this.#weight(state) - this.#weight(this.#state);
    this.#state = state;
  }

  /** How much a state counts among what is held. What was given at once is nothing that can be helped. */
  #weight(state: UploadState): number {
    if (this.#source === undefined) return 0;
    if (state.name === "asking") return LIKELY_CHUNK;
    return state.name === "holding" ? state.rest.length : 0;
  }
}

/** Tells a source that no more is wanted. What it throws then is nobody's concern. */
export function cancelSource(source: OutgoingBody | undefined, reason: unknown): void {
  try {
    source?.cancel(reason);
  } catch {
    // It was told.
  }
}

/** Where an upload stands. */
type UploadState =
  | { readonly name: "empty" }
  | { readonly name: "asking" }
  | Holding
  | { readonly name: "ending"; readonly trailers: readonly Field[] }
  | { readonly name: "over" };

interface Holding {
  readonly name: "holding";
  /** What is left of the chunk. */
  readonly rest: Uint8Array;
  /** Whether nothing comes behind it. */
  readonly isLast: boolean;
}

/** What a stream sends in its turn: the frame that every peer takes. */
const PIECE = 16_384;

/** How much may be held for streams whose window is closed. Those whose window is open are not limited by it. */
const MAX_HELD = 1024 * 1024;

/** What a chunk that was asked for counts until it is there. */
const LIKELY_CHUNK = 64 * 1024;
