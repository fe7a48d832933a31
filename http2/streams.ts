/**
 * The streams of a connection: which are open, which stream identifiers were used, and how the last ones closed.
 *
 * @module
 */

import { ClosedStreams } from "./closed_streams.ts";
import { MAX_STREAM_ID } from "./protocol.ts";
import type { Stream } from "./stream.ts";
import type { CloseCause } from "./stream_state.ts";

/** The end of a connection that a machine is. */
export type Http2Role = "client" | "server";

/** The registry of streams. */
export class Streams {
  readonly #open = new Map<number, Stream>();
  readonly #closed = new ClosedStreams();
  readonly #ownParity: number;
  #nextOwn: number;
  #lastPeer = 0;
  #own = 0;

  /**
   * @param role Streams of clients have odd identifiers, those of servers even ones (RFC 9113 §5.1.1).
   * @param firstOwn The identifier of this end's first stream.
   */
  constructor(role: Http2Role, firstOwn: number) {
    this.#ownParity = role === "client" ? 1 : 0;
    this.#nextOwn = firstOwn;
  }

  /** How many streams are open. */
  get size(): number {
    return this.#open.size;
  }

  /** How many of the open streams this end opened. */
  get own(): number {
    return this.#own;
  }

  /** How many of the open streams the peer opened. */
  get peers(): number {
    return this.#open.size - this.#own;
  }

  /** The identifier of the last stream that the peer opened, or 0. */
  get lastPeer(): number {
    return this.#lastPeer;
  }

  /** How many stream identifiers are left for streams of this end. */
  get idsLeft(): number {
    return Math.max(0, (MAX_STREAM_ID - this.#nextOwn) / 2 + 1);
  }

  /** The stream with this identifier, if it is open. */
  get(id: number): Stream | undefined {
    return this.#open.get(id);
  }

  /** All open streams. */
  values(): Iterable<Stream> {
    return this.#open.values();
  }

  /** Whether streams with this identifier are for this end, not the peer, to open. */
  isOwn(id: number): boolean {
    return (id & 1) === this.#ownParity;
  }

  /** The identifier of the next stream that this end opens. */
  get nextOwn(): number {
    return this.#nextOwn;
  }

  /** Adds a stream that was opened, by either end. */
  add(stream: Stream): void {
    this.#open.set(stream.id, stream);
    if (this.isOwn(stream.id)) {
      this.#nextOwn = stream.id + 2;
      this.#own++;
    } else {
      this.#lastPeer = stream.id;
    }
  }

  /** Takes note that a stream of the peer was refused. */
  refuse(id: number): void {
    this.#lastPeer = id;
    this.remember(id, "reset_locally");
  }

  /** Removes a stream that is closed. */
  remove(stream: Stream, cause: CloseCause): void {
    this.#open.delete(stream.id);
    if (this.isOwn(stream.id)) this.#own--;
    this.#closed.add(stream.id, cause);
  }

  /** Remembers that a stream that is not open was reset once more. */
  remember(id: number, cause: CloseCause): void {
    this.#closed.add(id, cause);
  }

  /**
   * Why a stream is not open: it never was (`idle`), it closed in this way, or that is so long ago that it is
   * forgotten.
   */
  absence(id: number): "idle" | CloseCause | "forgotten" {
    const used = this.isOwn(id) ? id < this.#nextOwn : id <= this.#lastPeer;
    return used ? this.#closed.causeOf(id) ?? "forgotten" : "idle";
  }
}
