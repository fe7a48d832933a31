/**
 * The client driver: many requests at a time over one duplex.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { IncomingResponse, OutgoingRequest, RequestOptions } from "../../http/message.ts";
import type { Duplex } from "../../io/duplex.ts";
import { withResolvers } from "../../io/with_resolvers.ts";
import type { Http2ClientOptions } from "./client_options.ts";
import { brokenOff, endOf, internal, noExtendedConnect, unsent } from "./driver_errors.ts";
import { Http2Connection } from "../connection.ts";
import { Http2Error } from "../error.ts";
import type { Http2Event } from "../events.ts";
import { AnsweredUploads } from "./answered_uploads.ts";
import { type ExchangeListener, StreamExchange } from "./stream_exchange.ts";
import { DEFAULT_SETTINGS_TIMEOUT_MS, MAX_OUTPUT_BATCH_BYTES } from "../limits.ts";
import { Link } from "../driver/link.ts";
import type { ErrorCodeName } from "../protocol.ts";
import { fieldsOf, targetOf } from "../request_head.ts";
import { Uploads } from "../driver/uploads.ts";
import { PeerTimers } from "./peer_timers.ts";

/**
 * An HTTP/2 connection to a server.
 *
 * - **Batches**: requests of one turn of the event loop go out in one write, together with the preface.
 * - **Order**: requests beyond the server's SETTINGS_MAX_CONCURRENT_STREAMS wait, and are sent in order as others
 * end.
 * - **Content**: streams both ways at once. Unread content holds back its own stream, and no other.
 * - **Failure**: each request rejects with an {@linkcode Http2Error} of its own, whose `progress` says whether it
 *   is safe to send again.
 * - **Uploads**: content goes on after the end of a 2xx response, as long as the server takes it; the end of any other
 *   response gives up the rest.
 * - **Idle**: without a response to wait for the connection does not keep the process alive.
 *
 * @example A request over any duplex
 * ```ts
 * import { Http2Client, Http2Connection } from "@ductile/ductile/http2";
 * import { assertEquals } from "@std/assert";
 *
 * // In place of a socket: a server machine that answers each request.
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
  readonly #timers: PeerTimers;
  readonly #io: Duplex;
  readonly #options: Http2ClientOptions;
  /** The exchanges in flight, by stream identifier. */
  readonly #exchanges = new Map<number, StreamExchange>();
  /** Exchanges that wait for a stream. */
  readonly #waiting: StreamExchange[] = [];
  /** Exchanges that something came for in this batch of reads. */
  #touched: StreamExchange[] = [];
  /** Exchanges of which only the upload goes on. */
  readonly #answered = new AnsweredUploads((exchange) => {
    this.#giveUpUpload(exchange);
    this.#update();
  });
  /** Exchanges whose tunnel keeps no process alive. */
  readonly #resting = new Set<StreamExchange>();
  readonly #pings: PromiseWithResolvers<void>[] = [];
  readonly #closed: PromiseWithResolvers<void> = withResolvers();
  readonly #exchangeListener: ExchangeListener = {
    onConsumed: (streamId, count) => this.#consume(streamId, count),
    onGivenUp: (exchange, reason) => this.#abandon(exchange, reason),
    onSent: (exchange) => this.#forgetIfOver(exchange),
    onRef: (exchange, isReffed) => this.#ref(exchange, isReffed),
    onPriority: (streamId, priority) => {
      this.#machine.updatePriority(streamId, priority);
      this.#link.schedule();
    },
  };
  #responses = 0;
  #isDraining = false;
  #isClosed = false;
  /** The transport's error. A server that refuses a client certificate may say so before the first request. */
  #brokenBy: unknown;
  #isIdle = true;
  /** Whether the server owes something: a response, or the acknowledgement of a PING. */
  #isWaiting = false;
  /** The capacity at the last call of `onCapacity`, or less where it has shrunk since. */
  #knownCapacity = 0;
  /** The error code of the peer's GOAWAY, unless it is NO_ERROR. */
  #goAwayCode: ErrorCodeName | undefined;

  /**
   * Begins a connection at once: the preface is written at the end of this turn, together with the requests that
   * were made by then.
   *
   * @param io A connected duplex, which belongs to the driver from now on.
   * @param options Windows, limits and callbacks.
   * @throws {RangeError} When a figure is out of its range.
   */
  constructor(io: Duplex, options: Http2ClientOptions = {}) {
    this.#io = io;
    this.#options = options;
    this.#machine = new Http2Connection("client", options);
    this.#knownCapacity = this.#machine.openable;
    this.#timers = new PeerTimers(
      {
        onSilence: () => this.#ping(KEEP_ALIVE_PING),
        onTimeout: (error) => this.#end(error),
      },
      { received: () => this.#link.received },
      options.settingsTimeout ?? DEFAULT_SETTINGS_TIMEOUT_MS,
      options.keepAlive,
    );
    io.unref?.();
    this.#link = new Link(io, this.#machine, {
      onReceived: () => this.#onReceived(),
      onBatchEnd: () => {
        this.#deliver();
        this.#update();
      },
      onRoom: () => this.#fill(),
      onUnwritable: () => this.#onUnwritable(),
      onBroken: (error) => this.#end(brokenOff(error)),
    });
    this.#uploads = new Uploads(this.#machine, () => {
      this.#uploads.pump(MAX_OUTPUT_BATCH_BYTES);
      this.#link.schedule();
    });
  }

  /**
   * How many more requests can be sent at once: 100 before the server's SETTINGS; 0 when the connection is closed
   * or going away, or its stream identifiers are used up.
   */
  get capacity(): number {
    return this.closing ? 0 : Math.max(0, this.#machine.openable - this.#waiting.length);
  }

  /** How many requests the server allows at a time; `undefined` before its SETTINGS. */
  get streamLimit(): number | undefined {
    return this.#machine.hasPeerSettings ? this.#machine.peerSettings.maxConcurrentStreams : undefined;
  }

  /** How many responses were received, as far as their heads. */
  get responses(): number {
    return this.#responses;
  }

  /** How many requests are in flight. */
  get activeStreams(): number {
    return this.#exchanges.size;
  }

  /** How many responses are here whose content has not ended and which no read waits for. */
  get unreadResponses(): number {
    let count = 0;
    for (const { isUnread } of this.#exchanges.values()) if (isUnread) count++;
    return count;
  }

  /** Whether no request is in flight. */
  get idle(): boolean {
    return this.#exchanges.size === 0 && this.#waiting.length === 0;
  }

  /** Whether the connection is closed. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /** Whether a request with `upgrade` can be sent now: the server has allowed extended CONNECT (RFC 8441 §3). */
  get allowsUpgrade(): boolean {
    return !this.closing && this.#machine.peerSettings.enableConnectProtocol;
  }

  /** Whether no more requests can be sent. Those in flight may go on. */
  get closing(): boolean {
    return this.#isClosed || this.#isDraining || this.#machine.closing || this.#link.isBroken ||
      this.#machine.streamIdsLeft === 0;
  }

  /**
   * Sends a request.
   *
   * @param request The request. Fields that are for an HTTP/1.1 connection only are left out, and
   *   `content-length` is added where the length is known.
   * @param options The callbacks for 1xx responses and for giving up.
   * @returns The response, once its head is there.
   * @throws {TypeError} (as a rejection) When the request cannot be sent as it is.
   * @throws {Http2Error} (as a rejection) When it fails.
   */
  request(request: OutgoingRequest, options?: RequestOptions): Promise<IncomingResponse> {
    const exchange = new StreamExchange(request, options, this.#exchangeListener, this.#options.shareMemory);
    if (this.closing) exchange.fail(unsent(this.#brokenBy));
    if (exchange.isAnswered) return exchange.response; // its caller may have given up at once
    if (this.#waiting.length > 0 || !this.#mayOpen(request)) this.#waiting.push(exchange);
    else if (!this.#open(exchange)) return exchange.response;
    this.#busy();
    this.#link.schedule(); // also starts the timers, where it waits
    this.#knownCapacity = this.capacity;
    return exchange.response;
  }

  /**
   * Sends a PING.
   *
   * @returns When the server acknowledges it.
   * @throws {Http2Error} (as a rejection) When the connection ends before.
   */
  ping(): Promise<void> {
    if (this.#isClosed || this.#link.isBroken) return Promise.reject(unsent());
    const answer = withResolvers<void>();
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

  /** Whether a stream can be opened for a request now: extended CONNECT waits for the server's SETTINGS. */
  #mayOpen({ upgrade }: OutgoingRequest): boolean {
    return this.#machine.openable > 0 && (upgrade === undefined || this.#machine.hasPeerSettings);
  }

  /** Sends the head of a request. `false`: it cannot be sent. */
  #open(exchange: StreamExchange): boolean {
    const { request, tunnel } = exchange;
    const body = tunnel ?? request.body;
    const hasContent = body !== undefined && !(body instanceof Uint8Array && body.length === 0);
    try {
      if (request.upgrade !== undefined && !this.allowsUpgrade) throw noExtendedConnect();
      exchange.streamId = this.#machine.sendRequest(targetOf(request), fieldsOf(request), !hasContent);
    } catch (error) {
      exchange.fail(error);
      return false;
    }
    exchange.writesBefore = this.#link.writes;
    this.#exchanges.set(exchange.streamId, exchange);
    if (hasContent) exchange.upload = this.#uploads.add(exchange.streamId, exchange, body);
    this.#link.schedule();
    return true;
  }

  /** Takes the machine's events. */
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

  /** Hands out what came in this batch of reads. */
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
        this.#responses++;
        return this.#touch(event.streamId)?.onResponse(event);
      case "data":
        return this.#touch(event.streamId)?.onData(event.data);
      case "end_of_message": {
        const exchange = this.#touch(event.streamId);
        if (exchange !== undefined) this.#onEndOfMessage(exchange, event.trailers);
        return;
      }
      case "informational":
        return this.#exchanges.get(event.streamId)?.onInformation(event);
      case "reset": {
        const exchange = this.#exchanges.get(event.streamId);
        exchange?.fail(event.error);
        if (exchange !== undefined) this.#forget(exchange);
        return;
      }
      case "settings":
        return this.#timers.onSettings();
      case "ping_ack":
        if (event.data[0] === CALLERS_PING[0]) this.#pings.shift()?.resolve();
        else this.#timers.onPingAck();
        return;
      case "go_away":
        if (event.code !== "NO_ERROR") this.#goAwayCode = event.code;
        return this.#options.onCapacity?.();
      case "window": // uploads go on at the end of the turn
        return this.#link.schedule();
      case "request": // only servers have those
      case "priority_update":
      case "connection_closed":
    }
  }

  /** The exchange of a stream, to be handed out when the batch of reads ends. */
  #touch(streamId: number): StreamExchange | undefined {
    const exchange = this.#exchanges.get(streamId);
    if (exchange !== undefined && !exchange.isTouched) {
      exchange.isTouched = true;
      this.#touched.push(exchange);
    }
    return exchange;
  }

  #onEndOfMessage(exchange: StreamExchange, trailers: readonly Field[]): void {
    exchange.onEnd(trailers);
    if (exchange.isSent) this.#forget(exchange);
    else if (exchange.isRefused) this.#giveUpUpload(exchange);
    else if (!exchange.isTunnel) this.#answered.add(exchange); // the other half of a tunnel is open
  }

  /** Gives up the rest of an upload whose response has ended. */
  #giveUpUpload(exchange: StreamExchange): void {
    exchange.stopSending(
      new Http2Error("NO_ERROR", "Cannot go on sending: the server has answered and takes no more", {
        scope: "stream",
      }),
    );
    this.#machine.reset(exchange.streamId, "NO_ERROR");
    this.#forget(exchange);
    this.#link.schedule();
  }

  /** Forgets an exchange that is over both ways. */
  #forgetIfOver(exchange: StreamExchange): void {
    if (exchange.isAnswered && exchange.isSent) this.#forget(exchange);
  }

  #forget(exchange: StreamExchange): boolean {
    this.#answered.delete(exchange);
    this.#resting.delete(exchange);
    return this.#exchanges.delete(exchange.streamId);
  }

  #consume(streamId: number, count: number): void {
    this.#machine.consume(streamId, count);
    if (this.#machine.wantsWrite) this.#link.schedule();
  }

  #abandon(exchange: StreamExchange, reason: unknown): void {
    exchange.stopSending(reason);
    if (exchange.streamId === 0) {
      const at = this.#waiting.indexOf(exchange);
      if (at >= 0) this.#waiting.splice(at, 1);
    } else if (this.#forget(exchange)) {
      this.#machine.reset(exchange.streamId);
      this.#link.schedule();
    }
    this.#update();
  }

  /** Gives the machine what waits to be sent, and starts the timers. */
  #fill(): void {
    this.#uploads.pump(MAX_OUTPUT_BATCH_BYTES);
    this.#update();
    // Only now, and last: the first timer of a process may let microtasks run, and everything can have happened
    // when it is set.
    if (this.#isWaiting && !this.#isClosed) this.#timers.start();
    if (this.#answered.size > 0) this.#answered.watch();
  }

  /** Takes note that no more requests can be sent; those in flight may still be answered. */
  #onUnwritable(): void {
    this.#update();
    this.#options.onCapacity?.();
  }

  /**
   * Sends requests that wait, and tells of capacity, idleness and the end, when streams may have ended or been
   * allowed.
   */
  #update(): void {
    if (this.#isClosed) return;
    if (this.closing) {
      for (const exchange of this.#waiting.splice(0)) exchange.fail(unsent());
    }
    for (
      let [next] = this.#waiting;
      next !== undefined && this.#mayOpen(next.request);
      [next] = this.#waiting
    ) {
      this.#waiting.shift();
      this.#open(next);
    }
    if (this.capacity > this.#knownCapacity) this.#options.onCapacity?.();
    this.#knownCapacity = this.capacity;
    const isOpen = this.#waiting.length > 0 || this.#pings.length > 0;
    const owed = this.#exchanges.size - this.#answered.size - this.#resting.size; // no exchange is both
    if (this.#isWaiting && !isOpen && owed === 0) this.#rest();
    if (isOpen || this.#exchanges.size > 0) return;
    if (this.closing) return this.#end(undefined);
    if (this.#isIdle) return;
    this.#isIdle = true;
    this.#options.onIdle?.();
  }

  /** Takes note that a request or PING is in flight. */
  #busy(): void {
    this.#isIdle = false;
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#io.ref?.();
  }

  /** Lets a tunnel keep the process alive, or not. */
  #ref(exchange: StreamExchange, isReffed: boolean): void {
    if (isReffed && this.#resting.delete(exchange)) this.#busy();
    else if (!isReffed && this.#exchanges.has(exchange.streamId)) this.#resting.add(exchange);
    this.#link.schedule(); // also starts and stops the timers
  }

  /** Takes note that the server owes nothing: the connection keeps no process alive. */
  #rest(): void {
    this.#isWaiting = false;
    this.#timers.stop();
    this.#io.unref?.();
  }

  #ping(data: Uint8Array): void {
    this.#machine.ping(data);
    this.#link.schedule();
  }

  /** Ends the connection, with an error unless it ends in good order. */
  #end(error: Http2Error | undefined): void {
    if (this.#isClosed) return;
    this.#deliver();
    this.#isClosed = true;
    this.#brokenBy = error?.cause;
    this.#timers.stop();
    if (this.#machine.failure === undefined) {
      this.#machine.goAway(error?.code === "settings_timeout" ? "SETTINGS_TIMEOUT" : "NO_ERROR");
    }
    this.#link.close();
    const failure = error ?? unsent();
    for (const exchange of [...this.#exchanges.values(), ...this.#waiting.splice(0)]) {
      exchange.fail(endOf(exchange.progress(this.#link.writes), failure, this.#goAwayCode));
    }
    this.#exchanges.clear();
    this.#answered.clear();
    this.#resting.clear();
    for (const answer of this.#pings.splice(0)) answer.reject(failure);
    this.#closed.resolve();
    this.#options.onClose?.(error);
  }
}

/** The content of PINGs, which tells their acknowledgements apart. */
const CALLERS_PING: Uint8Array = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]);
const KEEP_ALIVE_PING: Uint8Array = new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0]);
