/**
 * The HTTP/2 machine: bytes in, events out; requests and content in, bytes out (RFC 9113).
 *
 * It is the same for clients and servers, and does nothing by itself: no sockets, no timers, no promises. Reading
 * and writing are independent. A mistake of the peer on one stream resets that stream. Any other ends the
 * connection: the error is thrown once GOAWAY is in the output, and again at every later call.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import type { Field } from "../http/fields.ts";
import type { Machine } from "../io/machine.ts";
import { plainBytes } from "../io/plain_bytes.ts";
import { CheckedFields } from "./checked_fields.ts";
import { Core } from "./core.ts";
import { Http2Error } from "./error.ts";
import type { Http2Event } from "./events.ts";
import { FrameReader } from "./frame_reader.ts";
import { MAX_PENDING_ACK_BYTES } from "./limits.ts";
import { type Http2ConnectionOptions, resolveOptions } from "./options.ts";
import {
  type OutgoingSection,
  requestSection,
  type RequestTarget,
  responseSection,
  trailerSection,
} from "./outgoing_head.ts";
import { CLIENT_PREFACE, ErrorCode, type ErrorCodeName } from "./protocol.ts";
import { sendPriorityUpdate } from "./priority_update.ts";
import { Receiver } from "./receiver.ts";
import type { Http2Settings } from "./settings.ts";
import type { Stream } from "./stream.ts";
import { localHalf, remoteHalf, sendContent, sendHead, sendInformational } from "./stream_state.ts";
import type { Http2Role } from "./streams.ts";

/**
 * One end of an HTTP/2 connection.
 *
 * @example Two machines, back to back
 * ```ts
 * import { Http2Connection } from "@ductile/ductile/http2";
 * import { assertEquals } from "@std/assert";
 *
 * const client = new Http2Connection("client");
 * const server = new Http2Connection("server");
 *
 * const target = { method: "GET", scheme: "https", authority: "example.com", path: "/" };
 * const id = client.sendRequest(target, [["accept", "*\/*"]], true);
 *
 * server.receive(client.output() ?? new Uint8Array());
 * for (let event = server.next(); event !== undefined; event = server.next()) {
 *   if (event.type !== "request") continue;
 *   server.sendResponse(event.streamId, 200, [["content-type", "text/plain"]], false);
 *   server.sendData(event.streamId, new TextEncoder().encode(`You asked for ${event.path}`), true);
 * }
 *
 * client.receive(server.output() ?? new Uint8Array());
 * const seen = [];
 * for (let event = client.next(); event !== undefined; event = client.next()) {
 *   if (event.type === "response") seen.push(event.streamId, event.status);
 *   if (event.type === "data") seen.push(new TextDecoder().decode(event.data));
 *   if (event.type === "end_of_message") seen.push("end");
 * }
 * assertEquals(seen, [id, 200, "You asked for /", "end"]);
 * ```
 */
export class Http2Connection implements Machine<Http2Event> {
  readonly #core: Core;
  readonly #reader: FrameReader;
  readonly #receiver: Receiver;
  readonly #checked = new CheckedFields();
  /** Server: the rest of the client's preface, which is still to come. */
  #preface: Uint8Array;
  #ended = false;
  #closedWasTold = false;
  #failure: Http2Error | undefined;

  /**
   * Begins a connection: the preface waits in {@linkcode Http2Connection.output}.
   *
   * @param role The end of the connection that this machine is.
   * @param options Windows and limits.
   * @throws {RangeError} When an option is out of its range.
   */
  constructor(role: Http2Role, options: Http2ConnectionOptions = {}) {
    this.#core = new Core(role, resolveOptions(role, options));
    this.#reader = new FrameReader(this.#core.local.maxFrameSize);
    this.#receiver = new Receiver(this.#core);
    this.#preface = role === "server" ? CLIENT_PREFACE : CLIENT_PREFACE.subarray(CLIENT_PREFACE.length);
  }

  /** The end of the connection that this machine is. */
  get role(): Http2Role {
    return this.#core.role;
  }

  /** The peer's SETTINGS, or their defaults until they come. */
  get peerSettings(): Http2Settings {
    return this.#core.peer;
  }

  /** Whether the peer's SETTINGS have come. */
  get hasPeerSettings(): boolean {
    return this.#core.peerIsKnown;
  }

  /** How many streams are open. */
  get activeStreams(): number {
    return this.#core.streams.size;
  }

  /** The error that ended the connection, if there was one. */
  get failure(): Http2Error | undefined {
    return this.#failure;
  }

  /** Whether no more streams can be opened: either end has sent GOAWAY, or the connection has failed. */
  get closing(): boolean {
    return this.#failure !== undefined || this.#core.isGoingAway;
  }

  /** Client: how many more requests may be sent now; 0 once it is closing, or all stream identifiers are used. */
  get openable(): number {
    const { role, peer, peerIsKnown, local, streams } = this.#core;
    if (role === "server" || this.closing) return 0;
    const limit = peerIsKnown ? peer.maxConcurrentStreams : local.initialMaxSendStreams;
    return Math.max(0, Math.min(limit - streams.own, streams.idsLeft));
  }

  /** Client: how many stream identifiers are left; with none, a new connection is needed (RFC 9113 §5.1.1). */
  get streamIdsLeft(): number {
    return this.#core.streams.idsLeft;
  }

  /**
   * Whether more bytes from the peer would bring the machine further. `false` while so many acknowledgements wait
   * to be written that nothing is read: after {@linkcode Http2Connection.output}, call
   * {@linkcode Http2Connection.next} first.
   */
  get wantsRead(): boolean {
    return this.#failure === undefined && !this.#ended &&
      this.#core.writer.pendingAckBytes < MAX_PENDING_ACK_BYTES;
  }

  /** Whether a frame other than DATA, or a field block, has begun and not ended: the rest of it must come. */
  get isInsideFrame(): boolean {
    return this.#reader.isInsideFrame;
  }

  /** Whether {@linkcode Http2Connection.output} has bytes. */
  get wantsWrite(): boolean {
    return this.#core.writer.length > 0;
  }

  /** How many bytes {@linkcode Http2Connection.output} has. */
  get pendingOutput(): number {
    return this.#core.writer.length;
  }

  /**
   * Takes bytes from the peer.
   *
   * The machine keeps a view of `bytes` until {@linkcode Http2Connection.next} has returned `undefined` while
   * {@linkcode Http2Connection.wantsRead} is true; their memory must not change before.
   */
  receive(bytes: Uint8Array): void {
    const rest = this.#preface.length === 0 ? bytes : this.#receivePreface(bytes);
    if (rest.length > 0 && this.#failure === undefined) this.#reader.receive(plainBytes(rest));
  }

  /** Takes note that the peer sends no more bytes: the transport is at its end. */
  receiveEnd(): void {
    this.#ended = true;
  }

  /**
   * The next event, or `undefined` when there is none until more bytes are received or output is written.
   *
   * @throws {Http2Error} When the connection has failed; the same error each time.
   */
  next(): Http2Event | undefined {
    const core = this.#core;
    const queued = core.takeEvent();
    if (queued !== undefined) return queued;
    if (this.#failure !== undefined) throw this.#failure;
    while (core.writer.pendingAckBytes < MAX_PENDING_ACK_BYTES) {
      const event = this.#step();
      if (event === undefined) return this.#ended ? this.#end() : undefined;
      if (event !== NO_EVENT) return event;
    }
    return undefined;
  }

  /**
   * Client: sends a request's head.
   *
   * @param target The method and the target.
   * @param fields The fields, without `host`. Those that are for an HTTP/1.1 connection only are left out.
   * @param end Whether the request has no content and no trailers.
   * @returns The identifier of the new stream.
   * @throws {TypeError} When the request is not valid, or no stream can be opened ({@linkcode openable}).
   * @throws {Http2Error} `head_too_large`, when it is larger than the server's SETTINGS_MAX_HEADER_LIST_SIZE.
   */
  sendRequest(target: RequestTarget, fields: readonly Field[], end: boolean): number {
    const core = this.#core;
    if (this.openable === 0) throw new TypeError("Cannot send a request: no stream can be opened now");
    // "If a client were to use the provisions of the extended CONNECT method defined in this document without first
    // receiving a SETTINGS_ENABLE_CONNECT_PROTOCOL parameter, a non-supporting peer would detect a malformed request and
    // generate a stream error" (RFC 8441 §3).
    if (target.protocol !== undefined && !core.peer.enableConnectProtocol) {
      throw new TypeError("Cannot send a request: the server has not allowed extended CONNECT");
    }
    const section = requestSection(target, fields, this.#checked.check);
    const stream = core.newStream(core.streams.nextOwn, target.method);
    checkNoContent(section, end && target.method !== "CONNECT");
    this.#checkSize(section);
    stream.announceContent(target.method === "CONNECT" ? undefined : section.contentLength, true);
    core.openStream(stream, sendHead(stream.state, end));
    core.writer.headers(stream.id, core.encoder.encode(section.fields), end);
    core.guard.countContentFrame();
    return stream.id;
  }

  /**
   * Server: sends a 1xx response.
   *
   * @throws {TypeError} When it is not valid, or the final response was sent.
   */
  sendInformational(streamId: number, status: number, fields: readonly Field[]): void {
    const stream = this.#stream(streamId);
    if (status >= 200) throw new TypeError(`Cannot send an informational response: ${status} is final`);
    const section = responseSection(status, fields);
    this.#checkSize(section);
    this.#core.moveStream(stream, sendInformational(stream.state));
    this.#core.writer.headers(streamId, this.#core.encoder.encode(section.fields), false);
  }

  /**
   * Server: sends the head of the final response.
   *
   * @param end Whether the response has no content and no trailers.
   * @throws {TypeError} When it is not valid, or was sent already.
   */
  sendResponse(streamId: number, status: number, fields: readonly Field[], end: boolean): void {
    const stream = this.#stream(streamId);
    if (status < 200) throw new TypeError(`Cannot send a response: ${status} is informational`);
    const section = responseSection(status, fields);
    const opensTunnel = stream.method === "CONNECT" && status < 300;
    const hasContent = opensTunnel || (stream.method !== "HEAD" && status !== 204 && status !== 304);
    checkNoContent(section, end && hasContent && !opensTunnel);
    this.#checkSize(section);
    const state = sendHead(stream.state, end);
    stream.announceContent(opensTunnel ? undefined : section.contentLength, hasContent);
    stream.isTunnel = opensTunnel;
    this.#core.writer.headers(streamId, this.#core.encoder.encode(section.fields), end);
    this.#core.guard.countContentFrame();
    this.#core.moveStream(stream, state);
  }

  /** How many bytes of content flow control allows on a stream now. */
  sendable(streamId: number): number {
    const stream = this.#core.streams.get(streamId);
    if (stream === undefined || localHalf(stream.state) !== "content") return 0;
    return Math.max(0, Math.min(stream.sendWindow.available, this.#core.sendWindow.available));
  }

  /**
   * Sends content, as much of it as flow control allows.
   *
   * @param bytes The content; copied.
   * @param end Whether it is the last, and there are no trailers. END_STREAM goes with the last byte.
   * @returns How many bytes were taken. With `end`, END_STREAM is sent when it is all of them.
   * @throws {TypeError} When the stream cannot be sent on, or the content disagrees with `content-length`.
   */
  sendData(streamId: number, bytes: Uint8Array, end: boolean): number {
    const core = this.#core;
    const stream = this.#stream(streamId);
    sendContent(stream.state, end); // throws when it must not be sent
    const allowed = Math.min(bytes.length, Math.max(0, this.sendable(streamId)));
    const ends = end && allowed === bytes.length;
    stream.countSent(allowed, ends);
    let at = 0;
    while (at < allowed || (ends && at === allowed)) {
      const count = Math.min(allowed - at, core.writer.maxFrameSize);
      const last = ends && at + count === allowed;
      core.writer.data(streamId, bytes.subarray(at, at + count), last);
      if (count > 0) core.guard.countContentFrame();
      at += count;
      if (last) break;
    }
    stream.sendWindow.available -= allowed;
    core.sendWindow.available -= allowed;
    core.moveStream(stream, sendContent(stream.state, ends));
    return allowed;
  }

  /**
   * Sends trailers, which end the stream.
   *
   * @throws {TypeError} When they are not valid, or the content is shorter than `content-length` says.
   */
  sendTrailers(streamId: number, fields: readonly Field[]): void {
    const section = trailerSection(fields);
    if (section.fields.length === 0) {
      this.sendData(streamId, new Uint8Array(0), true);
      return;
    }
    const stream = this.#stream(streamId);
    if (stream.isTunnel) throw new TypeError("Cannot send trailers: the stream is a tunnel");
    const state = sendContent(stream.state, true);
    this.#checkSize(section);
    stream.countSent(0, true);
    this.#core.writer.headers(streamId, this.#core.encoder.encode(section.fields), true);
    this.#core.moveStream(stream, state);
  }

  /**
   * Sends RST_STREAM: the stream has no more events. Nothing happens when it is closed.
   *
   * @param code The error code; `CANCEL` by default.
   */
  reset(streamId: number, code: ErrorCodeName = "CANCEL"): void {
    const stream = this.#core.streams.get(streamId);
    if (stream !== undefined) this.#core.resetStream(stream, ErrorCode[code]);
  }

  /**
   * Takes note that `count` bytes of a stream's content were used; WINDOW_UPDATE lets the peer send as many more.
   */
  consume(streamId: number, count: number): void {
    const core = this.#core;
    const stream = core.streams.get(streamId);
    if (stream === undefined) return;
    if (remoteHalf(stream.state) !== undefined) {
      core.consumeOnStream(stream, count);
    }
  }

  /**
   * Sends a PING; the peer's acknowledgement is a `ping_ack` event.
   *
   * @param data Eight bytes, by which the acknowledgement is known.
   */
  ping(data: Uint8Array): void {
    if (data.length !== 8) throw new RangeError(`Cannot ping with ${data.length} bytes: there must be eight`);
    this.#core.writer.ping(data, false);
  }

  /**
   * Client: sends PRIORITY_UPDATE, which gives the response of a stream another priority (RFC 9218 §7.1). Nothing happens
   * when the response has ended.
   *
   * @param priority The value, in the form of the Priority field: `u=1, i`.
   * @throws {TypeError} When it is no short ASCII text, or this end is a server.
   */
  updatePriority(streamId: number, priority: string): void {
    sendPriorityUpdate(this.#core, streamId, priority);
  }

  /**
   * Server: tells the client that no more streams will be accepted, and accepts those that are on their way. Call
   * {@linkcode Http2Connection.goAway} a round trip later, as the acknowledgement of a {@linkcode Http2Connection.ping} tells
   * it (RFC 9113 §6.8).
   *
   * @throws {TypeError} On a client.
   */
  announceGoAway(): void {
    if (this.role === "client") throw new TypeError("Cannot announce GOAWAY: a server opens no streams");
    this.#core.announceGoAway();
  }

  /** Sends GOAWAY: no more streams are accepted. Those that are open go on. */
  goAway(code: ErrorCodeName = "NO_ERROR"): void {
    this.#core.writeGoAway(ErrorCode[code]);
  }

  /** All bytes that wait to be written, or `undefined` when there are none: a view, valid until the next call. */
  output(): Uint8Array | undefined {
    if (!this.wantsWrite) return undefined;
    return this.#core.writer.take();
  }

  #step(): Http2Event | undefined | typeof NO_EVENT {
    let streamId = 0;
    try {
      const frame = this.#reader.next();
      const skipped = this.#reader.takeSkippedFrames();
      if (skipped > 0) this.#core.guard.countControlFrames(skipped);
      if (frame === undefined) return undefined;
      streamId = frame.streamId;
      return this.#receiver.accept(frame) ?? NO_EVENT;
    } catch (error) {
      if (!(error instanceof Http2Error)) throw error;
      return error.scope === "stream" ? this.#refuse(streamId, error) : this.#fail(error);
    }
  }

  #refuse(streamId: number, error: Http2Error): Http2Event | typeof NO_EVENT {
    try {
      return this.#receiver.refuse(streamId, error) ?? NO_EVENT;
    } catch (limit) {
      if (!(limit instanceof Http2Error)) throw limit;
      return this.#fail(limit);
    }
  }

  #fail(error: Http2Error): never {
    this.#failure = error;
    this.#core.fail(error);
    throw error;
  }

  #end(): Http2Event | undefined {
    if (this.#core.streams.size > 0 || !this.#reader.betweenFrames) {
      // Write no GOAWAY: the peer has gone.
      throw this.#failure = new Http2Error(
        "truncated",
        "Cannot go on with the connection: it ended too early",
      );
    }
    if (this.#closedWasTold) return undefined;
    this.#closedWasTold = true;
    return { type: "connection_closed" };
  }

  #receivePreface(bytes: Uint8Array): Uint8Array {
    const count = Math.min(bytes.length, this.#preface.length);
    if (!equals(bytes.subarray(0, count), this.#preface.subarray(0, count))) {
      // "Clients and servers MUST treat an invalid connection preface as a connection error of type
      // PROTOCOL_ERROR." (RFC 9113 §3.4)
      this.#failure = new Http2Error("PROTOCOL_ERROR", "Cannot speak HTTP/2: the client's preface is wrong");
      this.#core.fail(this.#failure);
    }
    this.#preface = this.#preface.subarray(count);
    return bytes.subarray(count);
  }

  #stream(streamId: number): Stream {
    if (this.#failure !== undefined) throw this.#failure;
    const stream = this.#core.streams.get(streamId);
    if (stream === undefined) throw new TypeError(`Cannot send on stream ${streamId}: it is not open`);
    return stream;
  }

  #checkSize({ size }: OutgoingSection): void {
    const { maxHeaderListSize } = this.#core.peer;
    if (size <= maxHeaderListSize) return;
    throw new Http2Error(
      "head_too_large",
      `Cannot send a field section: its ${size} bytes are more than the ${maxHeaderListSize} that the peer takes`,
      { scope: "stream", progress: "unsent" },
    );
  }
}

/** The result of a frame that causes no event. */
const NO_EVENT = Symbol("no event");

/** Refuses a content-length that announces content where none follows. */
function checkNoContent({ contentLength }: OutgoingSection, nothingFollows: boolean): void {
  if (nothingFollows && contentLength !== undefined && contentLength > 0) {
    throw new TypeError("Cannot send a message: content-length announces content, and there is none");
  }
}
