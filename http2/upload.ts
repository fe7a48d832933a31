/**
 * The content of one request on its way out.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import type { OutgoingBody } from "../http/message.ts";
import type { Http2Connection } from "./connection.ts";

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
  /** How many bytes were read from sources and wait to be sent. */
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
          this.#state = { name: "over" };
          this.#owner.onUploaded();
          return true;
        case "empty":
          // Whether more content or the end comes next, only the source knows: a server that opens its window no
          // further may be waiting for the end. So the source is asked even then, while not too much is held.
          if (this.#pool.held < MAX_HELD || machine.sendable(this.#owner.streamId) > 0) this.#pull();
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
    this.#release();
    this.#state = { name: "over" };
    if (name !== "ending") cancelSource(this.#source, reason);
  }

  #sendPiece(machine: Http2Connection, { rest, isLast }: Holding): boolean {
    const piece = rest.length <= PIECE ? rest : rest.subarray(0, PIECE);
    const end = isLast && piece.length === rest.length;
    const sent = machine.sendData(this.#owner.streamId, piece, end);
    if (this.#source !== undefined) this.#pool.held -= sent;
    if (sent < rest.length) {
      this.#state = { name: "holding", rest: rest.subarray(sent), isLast };
    } else if (isLast) {
      this.#state = { name: "over" };
      this.#owner.onUploaded();
      return true;
    } else {
      this.#state = { name: "empty" };
      return this.send(machine) || sent > 0; // asks for the next chunk at once
    }
    return sent > 0;
  }

  #pull(): void {
    const source = this.#source;
    if (source === undefined) return;
    this.#state = { name: "asking" };
    this.#answer(source.read(), (chunk) => {
      if (chunk !== undefined) {
        this.#pool.held += chunk.length;
        this.#state = { name: "holding", rest: chunk, isLast: false };
      } else if (source.trailers === undefined) {
        this.#state = { name: "ending", trailers: [] };
      } else {
        this.#answer(Promise.resolve(source.trailers()), (trailers) => {
          this.#state = { name: "ending", trailers };
        });
        return;
      }
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
    if (this.#state.name === "over") return;
    this.#release();
    this.#state = { name: "over" };
    this.#owner.onUploadFailed(reason);
  }

  #release(): void {
    if (this.#state.name === "holding" && this.#source !== undefined) {
      this.#pool.held -= this.#state.rest.length;
    }
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
