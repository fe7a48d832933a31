/**
 * The client driver: many requests at a time over one duplex.
 *
 * @module
 */

import type { IncomingResponse, OutgoingRequest, RequestOptions } from "../../http/message.ts";
import type { Duplex } from "../../io/duplex.ts";
import type { Http2ClientOptions } from "./client_options.ts";
import { Http2Connection } from "../connection.ts";
import { Http2Error } from "../error.ts";
import type { Http2Event } from "../events.ts";
import { Exchange, type ExchangeHost } from "./exchange.ts";
import { Link } from "./link.ts";
import type { ErrorCodeName } from "../protocol.ts";
import { fieldsOf, targetOf } from "../request_head.ts";
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
 * // In the place of a socket: a server machine that answers what is written to it.
 * const server = new Http2Connection("server");
 * let answer = Promise.withResolvers<Uint8Array>();
 * const io = {
 *   write(bytes: Uint8Array): Promise<number> {
 *     server.receive(bytes.slice());
 *     for (let event = server.next(); event !== undefined; event = server.next()) {
 *       if (event.type !== "request") continue;
 *       server.sendResponse(event.streamId, 200, [], false);
 *       server.sendData(event.streamId, new TextEncoder().encode(`You asked for ${event.path}`), true);
 *     }
 *     const output = server.output();
 *     if (output !== undefined) answer.resolve(output.slice());
 *     return Promise.resolve(bytes.length);
 *   },
 *   async read(into: Uint8Array): Promise<number | null> {
 *     const bytes = await answer.promise;
 *     answer = Promise.withResolvers();
 *     into.set(bytes);
 *     return bytes.length;
 *   },
 *   close() {},
 * };
 *
 * const client = new Http2Client(io);
 * const request = { method: "GET", scheme: "https", authority: "example.com", target: "/", fields: [] };
 * const response = await client.request(request);
 * assertEquals(response.status, 200);
 * assertEquals(response.body, new TextEncoder().encode("You asked for /"));
 * client.close();
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
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #host: ExchangeHost = {
    consume: (streamId, count) => this.#consume(streamId, count),
    abandon: (exchange, reason) => this.#abandon(exchange, reason),
    settle: (exchange) => this.#settle(exchange),
  };
  #isDraining = false;
  #isClosed = false;
  /** What the transport failed with. A server that refuses a client certificate may say so before the first request. */
  #brokenBy: unknown;
  #isIdle = true;
  /** The capacity that whoever sends requests knows of. */
  #knownCapacity = 0;
  /** Why the peer goes away, when it does because of an error. */
  #peersReason: ErrorCodeName | undefined;

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
    this.#knownCapacity = this.#machine.openable;
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
      onReceived: () => this.#onReceived(),
      onQuiet: () => this.#onQuiet(),
      onRoom: () => this.#fill(),
      onUnwritable: () => this.#onUnwritable(),
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

  /** Whether no request is in flight. */
  get idle(): boolean {
    return this.#exchanges.size === 0 && this.#waiting.length === 0;
  }

  /** Whether the connection is closed. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /** Whether no more requests can be sent. Those in flight may go on. */
  get closing(): boolean {
    return this.#isClosed || this.#isDraining || this.#machine.closing || this.#link.isBroken ||
      this.#machine.streamIdsLeft === 0;
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
    const exchange = new Exchange(request, options, this.#host);
    if (this.closing) exchange.fail(unsent(this.#brokenBy));
    if (exchange.isAnswered) return exchange.response; // its caller may have given it up at once
    if (this.#waiting.length > 0 || this.#machine.openable === 0) this.#waiting.push(exchange);
    else if (!this.#open(exchange)) return exchange.response;
    this.#busy();
    this.#knownCapacity = this.capacity;
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
    this.#busy();
    return answer.promise;
  }

  /** Closes the connection now. The server is told; requests in flight reject with `closed`. */
  close(): void {
    this.#end(new Http2Error("closed", "Cannot complete the exchange: this end closed the connection"));
  }

  /**
   * Closes the connection once the requests in flight are over. Those that wait to be sent reject.
   *
   * @returns When it is closed.
   */
  shutdown(): Promise<void> {
    this.#isDraining = true;
    this.#update();
    return this.#closed.promise;
  }

  /** Sends the head of a request. `false`: it cannot be sent. */
  #open(exchange: Exchange): boolean {
    const { request } = exchange;
    const { body } = request;
    const hasContent = body !== undefined && !(body instanceof Uint8Array && body.length === 0);
    try {
      exchange.streamId = this.#machine.sendRequest(targetOf(request), fieldsOf(request), !hasContent);
    } catch (error) {
      exchange.fail(error);
      return false;
    }
    exchange.writesBefore = this.#link.writes;
    this.#exchanges.set(exchange.streamId, exchange);
    if (hasContent) exchange.upload = this.#uploads.add(exchange, body);
    this.#link.schedule();
    return true;
  }

  /** Takes what the machine made of the bytes that came. */
  #onReceived(): void {
    try {
      for (let event = this.#machine.next(); event !== undefined; event = this.#machine.next()) {
        if (event.type === "connection_closed") return this.#end(undefined);
        this.#on(event);
      }
    } catch (error) {
      this.#end(error instanceof Http2Error ? error : internal(error));
    }
  }

  #onQuiet(): void {
    this.#deliver();
    this.#update();
  }

  /** Hands out what came since the last time. */
  #deliver(): void {
    const touched = this.#touched;
    this.#touched = [];
    for (const exchange of touched) {
      exchange.isTouched = false;
      exchange.deliver();
    }
  }

  #on(event: Http2Event): void {
    switch (event.type) {
      case "response":
        return this.#touch(event.streamId)?.onResponse(event);
      case "data":
        return this.#touch(event.streamId)?.onData(event.data);
      case "end_of_message": {
        const exchange = this.#touch(event.streamId);
        exchange?.onEnd(event.trailers);
        if (exchange !== undefined) this.#settle(exchange);
        return;
      }
      case "informational":
        return this.#exchanges.get(event.streamId)?.onInformation(event);
      case "reset":
        this.#exchanges.get(event.streamId)?.fail(event.error);
        this.#exchanges.delete(event.streamId);
        return;
      case "settings":
        return this.#watch.onSettings();
      case "ping_ack":
        if (event.data[0] === CALLERS_PING[0]) this.#pings.shift()?.resolve();
        else this.#watch.onPong();
        return;
      case "go_away":
        if (event.code !== "NO_ERROR") this.#peersReason = event.code;
        return this.#options.onCapacity?.();
      case "window": // what may be sent is sent at the end of the turn
        return this.#link.schedule();
      case "request": // only servers have those
      case "connection_closed":
    }
  }

  /** The exchange of a stream, which has to be looked at when the batch ends. */
  #touch(streamId: number): Exchange | undefined {
    const exchange = this.#exchanges.get(streamId);
    if (exchange !== undefined && !exchange.isTouched) {
      exchange.isTouched = true;
      this.#touched.push(exchange);
    }
    return exchange;
  }

  /** Forgets an exchange that is over both ways. */
  #settle(exchange: Exchange): void {
    if (exchange.isAnswered && exchange.isSent) this.#exchanges.delete(exchange.streamId);
  }

  #consume(streamId: number, count: number): void {
    this.#machine.consume(streamId, count);
    if (this.#machine.wantsWrite) this.#link.schedule();
  }

  #abandon(exchange: Exchange, reason: unknown): void {
    exchange.stopSending(reason);
    if (exchange.streamId === 0) {
      const at = this.#waiting.indexOf(exchange);
      if (at >= 0) this.#waiting.splice(at, 1);
    } else if (this.#exchanges.delete(exchange.streamId)) {
      this.#machine.reset(exchange.streamId);
      this.#link.schedule();
    }
    this.#update();
  }

  /** There is room for more output. */
  #fill(): void {
    this.#uploads.pump(OUTPUT_LIMIT);
    this.#update();
    // Only now, and last: the first timer of a process may let microtasks run, and everything can have happened
    // when it is set.
    if (!this.#isIdle && !this.#isClosed) this.#watch.start();
  }

  /** No more requests can be sent; what the server still says is heard. */
  #onUnwritable(): void {
    this.#update();
    this.#options.onCapacity?.();
  }

  /** Does what follows when streams may have ended or been allowed. */
  #update(): void {
    if (this.#isClosed) return;
    if (this.closing) {
      for (const exchange of this.#waiting.splice(0)) exchange.fail(unsent());
    }
    while (this.#waiting.length > 0 && this.#machine.openable > 0) {
      const next = this.#waiting.shift();
      if (next !== undefined) this.#open(next);
    }
    if (this.capacity > this.#knownCapacity) this.#options.onCapacity?.();
    this.#knownCapacity = this.capacity;
    if (this.#exchanges.size > 0 || this.#waiting.length > 0 || this.#pings.length > 0) return;
    if (this.closing) return this.#end(undefined);
    if (this.#isIdle) return;
    this.#isIdle = true;
    this.#watch.stop();
    this.#io.unref?.();
    this.#options.onIdle?.();
  }

  /** Takes note that there is something in flight. */
  #busy(): void {
    if (!this.#isIdle) return;
    this.#isIdle = false;
    this.#io.ref?.();
  }

  #ping(data: Uint8Array): void {
    this.#machine.ping(data);
    this.#link.schedule();
  }

  /** Ends everything; `error` is why, when it is not in good order. */
  #end(error: Http2Error | undefined): void {
    if (this.#isClosed) return;
    this.#deliver();
    this.#isClosed = true;
    this.#brokenBy = error?.cause;
    this.#watch.stop();
    if (this.#machine.failure === undefined) {
      this.#machine.goAway(error?.code === "settings_timeout" ? "SETTINGS_TIMEOUT" : "NO_ERROR");
    }
    this.#link.close();
    const failure = error ?? unsent();
    for (const exchange of this.#exchanges.values()) exchange.fail(this.#errorFor(exchange, failure));
    this.#exchanges.clear();
    for (const exchange of this.#waiting.splice(0)) exchange.fail(this.#errorFor(exchange, failure));
    for (const answer of this.#pings.splice(0)) answer.reject(failure);
    this.#closed.resolve();
    this.#options.onClose?.(error);
  }

  /** What a failure of the connection means for one exchange. */
  #errorFor(exchange: Exchange, failure: Http2Error): Http2Error {
    const progress = exchange.progress(this.#link.writes);
    const { message } = failure;
    const cause = failure.cause ?? failure;
    if (failure.code !== "truncated") return new Http2Error(failure.code, message, { progress, cause });
    if (this.#peersReason !== undefined) {
      const reason = `Cannot complete the exchange: the peer went away with ${this.#peersReason}`;
      return new Http2Error(this.#peersReason, reason, { progress, cause, initiator: "remote" });
    }
    return new Http2Error(progress === "responding" ? "truncated" : "connection_closed", message, {
      progress,
      cause,
    });
  }
}

/**
 * How many bytes of content are put into one batch of output. More makes no write cheaper, and it all waits before
 * whatever comes next.
 */
const OUTPUT_LIMIT = 256 * 1024;

/** The content of PINGs, by which the answers are told apart. */
const CALLERS_PING: Uint8Array = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]);
const KEEP_ALIVE_PING: Uint8Array = new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0]);

function unsent(cause?: unknown): Http2Error {
  return new Http2Error("connection_closed", "Cannot send the request: the connection takes no more", {
    progress: "unsent",
    cause,
  });
}

function brokenOff(cause: unknown): Http2Error {
  return new Http2Error("truncated", "Cannot go on with the connection: it broke off", { cause });
}

function internal(cause: unknown): Http2Error {
  return new Http2Error("INTERNAL_ERROR", "Cannot go on with the connection: the driver has failed", {
    cause,
  });
}
