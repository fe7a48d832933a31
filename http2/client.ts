/**
 * The client driver: many requests at a time over one duplex.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import type { IncomingResponse, OutgoingRequest, RequestOptions } from "../http/message.ts";
import type { Duplex } from "../io/duplex.ts";
import type { Http2ClientOptions } from "./client_options.ts";
import { Http2Connection } from "./connection.ts";
import { Http2Error } from "./error.ts";
import type { Http2Event } from "./events.ts";
import { Exchange } from "./exchange.ts";
import { Link } from "./link.ts";
import { Uploads } from "./uploads.ts";
import { Watch } from "./watch.ts";

/**
 * An HTTP/2 connection to a server.
 *
 * - **Batches**: what is asked in one turn of the event loop goes out in one write, and so does the preface.
 * - **Order**: requests beyond what the server takes at a time wait, and are sent in order as others end.
 * - **Content**: streams both ways at once. What is not read holds back its own stream, and no other.
 * - **Failure**: each request rejects with an {@linkcode Http2Error} of its own, whose `progress` says whether it
 *   is safe to send again.
 * - **Idle**: without a request in flight the connection does not keep the process alive.
 *
 * @example A request over any duplex
 * ```ts
 * import { Http2Client, Http2Connection } from "@ductile/ductile/http2";
 * import { assertEquals } from "@std/assert";
 *
 * // Instead of a socket: a server machine that answers whatever is written to it.
 * const server = new Http2Connection("server");
 * const pipe = new TransformStream<Uint8Array, Uint8Array>();
 * const toClient = pipe.writable.getWriter();
 * const fromServer = pipe.readable.getReader({ mode: "byob" as never });
 * ```
 */
export class Http2Client {
  readonly #machine: Http2Connection;
  readonly #link: Link;
  readonly #uploads: Uploads;
  readonly #watch: Watch;
  readonly #io: Duplex;
  readonly #options: Http2ClientOptions;
  /** By stream. */
  readonly #exchanges = new Map<number, Exchange>();
  /** Those that have no stream yet. */
  readonly #waiting: Exchange[] = [];
  /** Those that something came for in this batch. */
  #touched: Exchange[] = [];
  readonly #pings: PromiseWithResolvers<void>[] = [];
  #isDraining = false;
  #isClosed = false;
  #isIdle = true;
  /** What was told to onCapacity, or is known without. */
  #knownCapacity: number;
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #host = {
    consume: (streamId: number, count: number): void => {
      this.#machine.consume(streamId, count);
      if (this.#machine.pendingOutput > 0) this.#link.schedule();
    },
    abandon: (exchange: Exchange, reason: unknown): void => this.#abandon(exchange, reason),
    settle: (exchange: Exchange): void => this.#settle(exchange),
  };

  /**
   * Begins a connection at once: the preface is written at the end of this turn, together with the requests that
   * were made by then.
   *
   * @param io A connected duplex, which is the driver's alone from now on.
   * @param options Windows, limits, and whom to tell what.
   * @throws {RangeError} When a figure is out of its range.
   */
  constructor(io: Duplex, options: Http2ClientOptions = {}) {
    this.#io = io;
    this.#options = options;
    this.#machine = new Http2Connection("client", options);
    this.#knownCapacity = this.capacity;
    this.#watch = new Watch(
      {
        received: () => this.#link.received,
        ping: () => this.#ping(KEEP_ALIVE_PING),
        onTimeout: (error) => this.#end(error),
      },
      options.settingsTimeout ?? 10_000,
      options.keepAlive,
    );
    io.unref?.();
    this.#link = new Link(io, this.#machine, {
      onReceived: (buffer) => this.#onReceived(buffer),
      onRoom: () => this.#fill(),
      onBroken: (error) => this.#end(brokenOff(error)),
    });
    this.#uploads = new Uploads(this.#machine, () => {
      this.#uploads.pump(OUTPUT_LIMIT);
      this.#link.schedule();
    });
  }

  /**
   * How many more requests can be sent at once. Before the server has said how many it takes, 100; 0 when the
   * connection is closed or goes away, or its streams are used up.
   */
  get capacity(): number {
    return this.closing ? 0 : Math.max(0, this.#machine.openable - this.#waiting.length);
  }

  /** How many requests are in flight. */
  get activeStreams(): number {
    return this.#exchanges.size;
  }

  /** Whether the connection is closed. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /** Whether no more requests can be sent. Those in flight may go on. */
  get closing(): boolean {
    return this.#isClosed || this.#isDraining || this.#machine.closing || this.#link.isBroken ||
      this.#machine.numbersLeft === 0;
  }

  /**
   * Sends a request.
   *
   * @param request What to send. Fields that are for an HTTP/1.1 connection only are left out, and
   *   `content-length` is added where the length is known.
   * @param options Whom to tell of 1xx responses, and who may give it up.
   * @returns The response, once its head is there.
   * @throws {TypeError} (as a rejection) When the request cannot be sent as it is.
   * @throws {Http2Error} (as a rejection) When it fails.
   */
  request(request: OutgoingRequest, options?: RequestOptions): Promise<IncomingResponse> {
    if (this.closing) return Promise.reject(unsent());
    const exchange = new Exchange(request, options, this.#host);
    if (this.#waiting.length === 0 && this.#machine.openable > 0) this.#open(exchange);
    else if (!exchange.isAnswered) this.#waiting.push(exchange);
    return exchange.response;
  }

  /**
   * Asks the server for a sign of life.
   *
   * @returns When it answers.
   * @throws {Http2Error} (as a rejection) When the connection ends before.
   */
  ping(): Promise<void> {
    if (this.#isClosed || this.#link.isBroken) return Promise.reject(unsent());
    const answer = Promise.withResolvers<void>();
    this.#pings.push(answer);
    this.#ping(CALLERS_PING);
    return answer.promise;
  }

  /** Closes the connection now. The server is told; requests in flight reject with `closed`. */
  close(): void {
    this.#end(new Http2Error("closed", "Cannot complete the exchange: this end closed the connection"), true);
  }

  /**
   * Closes the connection once the requests in flight are over. Those that wait to be sent reject.
   *
   * @returns When it is closed.
   */
  shutdown(): Promise<void> {
    this.#isDraining = true;
    for (const exchange of this.#waiting.splice(0)) exchange.fail(unsent());
    this.#checkIdle();
    return this.#closed.promise;
  }
}
