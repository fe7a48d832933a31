/**
 * The driver of a server's connection that speaks HTTP/2: many exchanges at a time over one duplex.
 *
 * {@linkcode Link} moves the bytes in batches. Handlers are called when a batch of reads is over, so that a stream that is
 * opened and reset within it starts nothing (CVE-2023-44487).
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { Duplex } from "../../io/duplex.ts";
import { clearTimeout, setTimeout } from "../../io/timers.ts";
import {
  type ErrorCodeName,
  Http2Connection,
  type Http2Event,
  type Http2RequestEvent,
} from "../../http2/mod.ts";
import { Link } from "../../http2/driver/link.ts";
import { StreamTunnel, TunnelContent } from "../../http2/driver/stream_tunnel.ts";
import { Uploads } from "../../http2/driver/uploads.ts";
import { Exchange } from "../exchange/exchange.ts";
import type { ReceivedRequest } from "../exchange/received_request.ts";
import type { Upgrade } from "../exchange/upgrade.ts";
import type { PreparedResponse } from "../exchange/prepared_response.ts";
import { refusedMethod } from "../exchange/refused_head.ts";
import { dateField } from "../exchange/response_fields.ts";
import { RequestUrls } from "../exchange/request_url.ts";
import { DEFAULT_MAX_RUNNING_HANDLERS, MAX_GO_AWAY_MS, MAX_LINGER_MS } from "../limits.ts";
import type { Service } from "../exchange/service.ts";
import type { Watched } from "../watch.ts";
import { Pace } from "./pace.ts";
import { clientLeft, serverClosed, tooSlow } from "./closed_error.ts";
import type { ConnectionDriver } from "./connection_driver.ts";
import { LeftHandlers } from "../exchange/left_handlers.ts";
import { Http2Stream, type Http2StreamListener } from "./http2_stream.ts";
import { authorityOf, type ServeConnection } from "../exchange/serve_connection_info.ts";

/** Serves the requests on one connection. */
export class Http2Server implements ConnectionDriver, Http2StreamListener, Watched {
  /** The deadline of what the connection waits for; 0 during exchanges, whose paces are looked at each time. */
  due: number;
  /** Handlers that run on although their streams are gone: each keeps its place. */
  readonly leftHandlers: LeftHandlers = new LeftHandlers();
  readonly #io: Duplex;
  readonly #service: Service;
  readonly #connection: ServeConnection;
  readonly #onClosed: () => void;
  readonly #machine: Http2Connection;
  readonly #urls: RequestUrls;
  readonly #streams = new Map<number, Http2Stream>();
  readonly #uploads: Uploads;
  /** The streams that something came for in this batch of reads. */
  #touched: Http2Stream[] = [];
  /** Undefined until {@linkcode start}. */
  #link: Link | undefined;
  #isClosed = false;
  #isShuttingDown = false;
  #hasSentGoAway = false;
  /** The deadline of a head that has begun. */
  #headDue = Infinity;
  #hasSettings = false;
  #requests = 0;
  readonly #pace: Pace;
  #goAwayTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Takes over a connection on which nothing was read.
   *
   * @param io The connection. Only the driver uses it from now on.
   * @param service The handler, and how clients are treated.
   * @param connection The facts of the connection.
   * @param onClosed Called once, when the connection is closed.
   */
  constructor(io: Duplex, service: Service, connection: ServeConnection, onClosed: () => void) {
    this.#io = io;
    this.#service = service;
    this.#connection = connection;
    this.#onClosed = onClosed;
    this.#machine = new Http2Connection("server", service.http2);
    this.#urls = new RequestUrls(connection.tls === undefined ? "http" : "https", authorityOf(connection));
    this.#uploads = new Uploads(this.#machine, () => this.#link?.schedule());
    this.#pace = new Pace(service.watch, service.timeouts.write, Infinity);
    this.due = service.watch.after(service.timeouts.headers);
    service.watch.add(this);
  }

  /** Begins to serve. */
  start(): void {
    this.#link = new Link(this.#io, this.#machine, {
      onReceived: () => this.#onReceived(),
      onBatchEnd: () => this.#onBatchEnd(),
      onRoom: () => this.#uploads.pump(MAX_OUTPUT_BATCH_BYTES),
      onUnwritable: () => {},
      onBroken: (error) => this.#shut(clientLeft(error)),
    });
  }

  /** Says that no more requests are taken, waits for those on their way, and then for those in progress. */
  shutDown(): void {
    if (this.#isShuttingDown || this.#isClosed) return;
    this.#isShuttingDown = true;
    // "A server that is attempting to gracefully shut down a connection SHOULD send an initial GOAWAY frame with the last
    // stream identifier set to 2^31-1 and a NO_ERROR code. [...] After allowing time for any in-flight stream creation
    // (at least one round-trip time), the server MAY send another GOAWAY frame with an updated last stream identifier."
    // (RFC 9113 §6.8)
    for (const { upgrade } of this.#streams.values()) upgrade?.onShutdown?.();
    this.#machine.announceGoAway();
    this.#machine.ping(SHUTDOWN_PING);
    this.#goAwayTimer = setTimeout(() => this.#goAway(), MAX_GO_AWAY_MS);
    this.#link?.schedule();
  }

  close(reason: unknown): void {
    if (!this.#machine.closing) this.#machine.goAway();
    this.#shut(reason);
  }

  /** Called when the client may have taken too long. */
  onDue(): void {
    const { watch, timeouts } = this.#service;
    if (this.#streams.size === 0 || this.#headDue <= watch.now) {
      return this.close(tooSlow("to send a request"));
    }
    if (this.#pace.isTooSlow(this.#link?.isWriting === true, this.#link?.steps ?? 0)) {
      return this.#shut(tooSlow("to take the response"));
    }
    for (const stream of this.#streams.values()) {
      const lateness = stream.look(watch, timeouts);
      if (lateness !== undefined) this.#onLate(stream, lateness);
    }
  }

  #onLate(stream: Http2Stream, lateness: "content" | "response"): void {
    const reason = tooSlow(lateness === "content" ? "to send the content" : "to take the response");
    if (lateness === "response" || !stream.exchange?.isWaiting) return this.#reset(stream, "CANCEL", reason);
    stream.exchange.abandon(reason);
    this.#refuse(stream, 408);
    this.#reset(stream, "NO_ERROR", reason);
  }

  onInformational(stream: Http2Stream, status: number, fields: readonly Field[]): void {
    this.#machine.sendInformational(stream.id, status, fields);
    this.#link?.schedule();
  }

  onResponse(stream: Http2Stream, response: PreparedResponse): void {
    const { status, fields, content, length } = response;
    const machine = this.#machine;
    if (stream.head.protocol !== undefined && status < 300) {
      // The client would take it for the tunnel that it asked for (RFC 8441 §5), which no one holds.
      if (content !== undefined && !(content instanceof Uint8Array)) content.cancel(serverClosed());
      stream.exchange?.abandon(
        new TypeError(
          "Cannot send the response: with its status, it would open the tunnel that the client asks for",
        ),
      );
      return this.#refuse(stream, 501);
    }
    if (length !== undefined) fields.push(["content-length", String(length)]);
    const ends = content === undefined || (content instanceof Uint8Array && content.length === 0);
    machine.sendResponse(stream.id, status, fields, ends);
    this.#link?.schedule();
    if (response.closes) this.shutDown();
    if (ends) return this.onSent(stream);
    const sendable = machine.sendable(stream.id);
    if (content instanceof Uint8Array) {
      if (content.length <= sendable) {
        machine.sendData(stream.id, content, true);
        return this.onSent(stream);
      }
    } else {
      const first = content.takeFirst?.(sendable);
      if (first !== undefined) machine.sendData(stream.id, first, false);
    }
    stream.upload = this.#uploads.add(stream.id, stream, content);
  }

  onUpgrade(stream: Http2Stream, fields: Field[], upgrade: Upgrade): void {
    this.#machine.sendResponse(stream.id, 200, fields, false);
    const outgoing = new TunnelContent();
    const tunnel = new StreamTunnel(stream, outgoing, {
      onAbort: (reason) => this.#reset(stream, "CANCEL", reason),
      onRef: () => {}, // the connection keeps the process alive
    });
    stream.upgrade = upgrade;
    stream.upload = this.#uploads.add(stream.id, stream, outgoing);
    this.#link?.schedule();
    stream.exchange?.finish();
    upgrade.give(tunnel);
    if (this.#isShuttingDown) upgrade.onShutdown?.();
  }

  onSent(stream: Http2Stream): void {
    this.#link?.schedule();
    stream.isSent = true;
    stream.exchange?.finish();
    // "A server can send a complete response prior to the client sending an entire request if the response does not
    // depend on any portion of the request that has not been sent and received. When this is true, a server MAY request
    // that the client abort transmission of a request without error by sending a RST_STREAM with an error code of
    // NO_ERROR after sending a complete response" (RFC 9113 §8.1)
    if (stream.hasUnreadContent) this.#reset(stream, "NO_ERROR");
    else this.#forgetIfOver(stream);
  }

  onConsumed(stream: Http2Stream, count: number): void {
    this.#machine.consume(stream.id, count);
    this.#link?.schedule();
  }

  onUnwanted(stream: Http2Stream): void {
    if (stream.isSent) this.#reset(stream, "NO_ERROR");
  }

  onUnanswerable(stream: Http2Stream): void {
    this.#reset(stream, "INTERNAL_ERROR");
  }

  onSourceFailed(stream: Http2Stream, reason: unknown): void {
    stream.exchange?.fail(reason);
    this.#reset(stream, "INTERNAL_ERROR");
  }

  #reset(
    stream: Http2Stream,
    code: ErrorCodeName,
    reason: unknown = serverClosed(),
  ): void {
    if (this.#streams.get(stream.id) !== stream) return; // it is over
    this.#machine.reset(stream.id, code);
    this.#streams.delete(stream.id);
    stream.end(reason);
    this.#link?.schedule();
    this.#closeIfOver();
  }

  #forgetIfOver(stream: Http2Stream): void {
    if (!stream.isOver) return;
    this.#streams.delete(stream.id);
    this.#closeIfOver();
  }

  /** The machine received bytes, or their end. */
  #onReceived(): void {
    try {
      for (let event = this.#machine.next(); event !== undefined; event = this.#machine.next()) {
        this.#headDue = Infinity; // what had begun before is complete
        this.#onEvent(event);
        if (this.#isClosed) return;
      }
      this.#watchHead();
    } catch (error) {
      this.#shut(error);
    }
  }

  /** Sets the deadline of a head of which a part has come: further bytes do not move it. */
  #watchHead(): void {
    if (!this.#machine.isInsideFrame) this.#headDue = Infinity;
    else if (this.#headDue === Infinity) {
      this.#headDue = this.#service.watch.after(this.#service.timeouts.headers);
    }
    if (this.#streams.size === 0) this.due = Math.min(this.due, this.#headDue);
  }

  #onEvent(event: Http2Event): void {
    switch (event.type) {
      case "request":
        return this.#onRequest(event);
      case "data":
        return this.#touch(event.streamId)?.onData(event.data);
      case "end_of_message":
        return this.#touch(event.streamId)?.onEnd(event.trailers);
      case "reset": {
        const stream = this.#streams.get(event.streamId);
        this.#streams.delete(event.streamId);
        stream?.end(clientLeft(event.error));
        return this.#closeIfOver();
      }
      case "window":
        return this.#link?.schedule();
      case "ping_ack":
        if (this.#isShuttingDown) this.#goAway();
        return;
      case "connection_closed":
        return this.#shut(clientLeft());
      case "settings":
        if (!this.#hasSettings) this.due = this.#service.watch.after(this.#service.timeouts.idle);
        this.#hasSettings = true;
        return;
      case "go_away": // a server opens no streams
      case "priority_update":
      case "informational":
      case "response":
    }
  }

  #onRequest(event: Http2RequestEvent): void {
    const stream = new Http2Stream(event, this);
    this.#streams.set(stream.id, stream);
    this.due = 0;
    this.#touched.push(stream);
  }

  #touch(streamId: number): Http2Stream | undefined {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined && !stream.isTouched) {
      stream.isTouched = true;
      this.#touched.push(stream);
    }
    return stream;
  }

  /** The batch of reads is over: content goes to its readers, and handlers start. */
  #onBatchEnd(): void {
    const touched = this.#touched;
    this.#touched = [];
    for (const stream of touched) {
      stream.isTouched = false;
      if (this.#streams.get(stream.id) !== stream) continue; // it was reset
      if (stream.exchange === undefined) this.#begin(stream);
      stream.flushBatch();
      if (stream.isOver) this.#forgetIfOver(stream);
    }
  }

  #begin(stream: Http2Stream): void {
    const { maxConcurrentStreams = DEFAULT_MAX_RUNNING_HANDLERS } = this.#service.http2;
    if (this.#streams.size + this.leftHandlers.count > maxConcurrentStreams) {
      return this.#reset(stream, "REFUSED_STREAM");
    }
    if (++this.#requests >= this.#service.maxRequests) this.shutDown();
    const { method, path, authority, scheme, fields, protocol } = stream.head;
    const refusal = protocol === undefined ? refusedMethod(method) : undefined;
    if (refusal !== undefined) return this.#refuse(stream, refusal.status, refusal.fields);
    const url = scheme === "http" || scheme === "https" ? this.#urls.of(path, authority) : undefined;
    if (url === undefined || path.includes("#")) return this.#refuse(stream, 400);
    if (stream.takeExpectations().length > 0) return this.#refuse(stream, 417);
    const received: ReceivedRequest = {
      method,
      target: path,
      url,
      version: "HTTP/2",
      fields,
      // Handlers know an upgrade as HTTP/1.1 has it; what the stream brings is no content.
      ...(protocol === undefined ? stream.takeContent() : asUpgrade(protocol, fields)),
    };
    stream.exchange = new Exchange(this.#service, this.#connection, received, stream);
    stream.exchange.start();
  }

  #refuse(stream: Http2Stream, status: number, fields: readonly Field[] = []): void {
    try {
      this.#machine.sendResponse(stream.id, status, [["content-length", "0"], ...fields, dateField()], true);
    } catch { // the client takes no head of this size
      return this.#reset(stream, "INTERNAL_ERROR");
    }
    stream.isSent = true;
    this.#link?.schedule();
    if (stream.hasUnreadContent) this.#reset(stream, "NO_ERROR");
    else this.#forgetIfOver(stream);
  }

  #goAway(): void {
    clearTimeout(this.#goAwayTimer);
    if (this.#hasSentGoAway || this.#isClosed) return;
    this.#hasSentGoAway = true;
    this.#machine.goAway();
    this.#link?.schedule();
    this.#closeIfOver();
  }

  /** Ends the connection when it is going away, and its last exchange is over. */
  #closeIfOver(): void {
    if (this.#streams.size > 0) return;
    this.due = Math.min(this.#service.watch.after(this.#service.timeouts.idle), this.#headDue);
    if (!this.#hasSentGoAway) return;
    // The client closes when it has read the GOAWAY.
    clearTimeout(this.#goAwayTimer);
    this.#goAwayTimer = setTimeout(() => this.#shut(serverClosed()), MAX_LINGER_MS);
  }

  #shut(reason: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#goAwayTimer);
    this.#service.watch.delete(this);
    for (const stream of this.#streams.values()) stream.end(reason);
    this.#streams.clear();
    this.#link?.close();
    this.#onClosed();
  }
}

/** An extended CONNECT (RFC 8441) in the form of HTTP/1.1. */
function asUpgrade(
  protocol: string,
  fields: readonly Field[],
): Pick<ReceivedRequest, "method" | "protocol" | "fields" | "body"> {
  const own: Field[] = [["connection", "upgrade"], ["upgrade", protocol]];
  return { method: "GET", protocol, fields: [...fields, ...own], body: undefined };
}

/** Bytes of content that are put into one write. More makes no write cheaper, and all of it waits before what comes next. */
const MAX_OUTPUT_BATCH_BYTES = 262_144;

/** The bytes of the PING by whose acknowledgement all requests have come that were on their way at a shutdown. */
const SHUTDOWN_PING = new TextEncoder().encode("shutdown");
