/**
 * The state of a connection, on which both halves of the machine act: {@linkcode Receiver} for the peer's frames,
 * and {@linkcode Http2Connection} for the application's calls.
 *
 * The fields that both change are private and have verbs, so that the consequences of a change (a closed stream is
 * forgotten, new SETTINGS resize windows and are acknowledged) are written once.
 *
 * @module
 */

import { AbuseGuard } from "./abuse.ts";
import { Http2Error, wireCode } from "./error.ts";
import type { Http2Event } from "./events.ts";
import { FrameWriter } from "./frame_writer.ts";
import { HpackEncoder } from "./hpack/encoder.ts";
import type { ResolvedConnectionOptions } from "./options.ts";
import { DEFAULT_WINDOW, ErrorCode, MAX_STREAM_ID, MAX_WINDOW, SettingId } from "./protocol.ts";
import { applySettings, DEFAULT_SETTINGS, type Http2Settings } from "./settings.ts";
import { Stream } from "./stream.ts";
import { sendReset, type StreamState } from "./stream_state.ts";
import { type Http2Role, Streams } from "./streams.ts";
import { ReceiveWindow, SendWindow } from "./window.ts";
import { PROBE, WindowGrowth } from "./window_growth.ts";

/** The state of a connection. */
export class Core {
  /** The end of the connection that the machine is. */
  readonly role: Http2Role;
  /** The options of this end; SETTINGS tell the peer of them. */
  readonly local: ResolvedConnectionOptions;
  /** Frames to be written. */
  readonly writer: FrameWriter = new FrameWriter();
  /** Compresses the field blocks that are sent. */
  readonly encoder: HpackEncoder = new HpackEncoder();
  /** The streams. */
  readonly streams: Streams;
  /** Flow control of what this end sends on all streams together. */
  readonly sendWindow: SendWindow = new SendWindow(DEFAULT_WINDOW);
  /** Flow control of what the peer sends on all streams together. */
  readonly receiveWindow: ReceiveWindow;
  /** Counts what costs the peer little and this end more. */
  readonly guard: AbuseGuard;
  /** Lets receive windows grow; absent where they may not. */
  readonly growth: WindowGrowth | undefined;
  readonly #events: Http2Event[] = [];
  #peer = DEFAULT_SETTINGS;
  #peerIsKnown = false;
  #peerLastStreamId: number | undefined;
  #ownLastStreamId: number | undefined;
  #streamWindow: number;

  /** Queues the connection preface. */
  constructor(role: Http2Role, options: ResolvedConnectionOptions) {
    this.role = role;
    this.local = options;
    this.guard = new AbuseGuard(options.now);
    this.streams = new Streams(role, options.firstStreamId);
    this.receiveWindow = new ReceiveWindow(options.initialConnectionWindow);
    this.#streamWindow = Math.max(DEFAULT_WINDOW, options.initialStreamWindow);
    if (options.maxStreamWindow > options.initialStreamWindow) {
      this.growth = new WindowGrowth(options.initialStreamWindow, options.maxStreamWindow);
    }
    if (role === "client") this.writer.preface();
    this.writer.settings([
      role === "client"
        ? [SettingId.ENABLE_PUSH, 0]
        : [SettingId.MAX_CONCURRENT_STREAMS, options.maxConcurrentStreams],
      [SettingId.INITIAL_WINDOW_SIZE, options.initialStreamWindow],
      [SettingId.MAX_FRAME_SIZE, options.maxFrameSize],
      [SettingId.MAX_HEADER_LIST_SIZE, options.maxHeaderListSize],
      ...(options.enableConnectProtocol ? [[SettingId.ENABLE_CONNECT_PROTOCOL, 1] as const] : []),
    ]);
    const more = options.initialConnectionWindow - DEFAULT_WINDOW;
    if (more > 0) this.writer.windowUpdate(0, more);
  }

  /** The peer's SETTINGS, or their defaults until they come. */
  get peer(): Http2Settings {
    return this.#peer;
  }

  /** Whether the peer's SETTINGS came. */
  get peerIsKnown(): boolean {
    return this.#peerIsKnown;
  }

  /** Whether either end has sent GOAWAY. */
  get isGoingAway(): boolean {
    return this.#peerLastStreamId !== undefined || this.hasSentGoAway;
  }

  /** Whether this end has sent GOAWAY, and acts on no further streams. */
  get hasSentGoAway(): boolean {
    return this.#ownLastStreamId !== undefined;
  }

  /** Queues an event behind the one that the same frame causes. */
  queueEvent(event: Http2Event): void {
    this.#events.push(event);
  }

  /** The first of the queued events, if there is one; it is no longer queued. */
  takeEvent(): Http2Event | undefined {
    return this.#events.shift();
  }

  /**
   * Applies the peer's SETTINGS and acknowledges them.
   *
   * @param payload The payload of the frame.
   * @throws {Http2Error} When a value is out of its range, or makes a window too large.
   */
  applyPeerSettings(payload: Uint8Array): void {
    const before = this.#peer.initialWindowSize;
    this.#peer = applySettings(this.#peer, payload, this.role === "client");
    this.#peerIsKnown = true;
    this.encoder.setMaxTableSize(this.#peer.headerTableSize);
    this.writer.setMaxFrameSize(this.#peer.maxFrameSize);
    this.#resizeSendWindows(this.#peer.initialWindowSize - before);
    this.writer.settingsAck();
  }

  /**
   * "When the value of SETTINGS_INITIAL_WINDOW_SIZE changes, a receiver MUST adjust the size of all stream
   * flow-control windows that it maintains by the difference between the new value and the old value."
   * (RFC 9113 §6.9.2)
   */
  #resizeSendWindows(change: number): void {
    if (change === 0) return;
    for (const { sendWindow } of this.streams.values()) {
      if (!sendWindow.grow(change)) throw windowTooLarge();
    }
  }

  /**
   * Shrinks the windows of streams to `initialStreamWindow` where that is less than the protocol's default: the
   * peer has acknowledged the SETTINGS of the preface, and until then may send as much as the default allows.
   */
  adoptStreamWindow(): void {
    const excess = DEFAULT_WINDOW - this.local.initialStreamWindow;
    if (excess <= 0) return;
    this.#streamWindow -= excess;
    for (const { id, receiveWindow } of this.streams.values()) {
      receiveWindow.shrink(excess);
      // Consumed bytes that were too few for a WINDOW_UPDATE of the larger window may be enough for the smaller one.
      this.writeWindowUpdate(id, receiveWindow.consume(0));
    }
  }

  /** Makes a stream that is idle. */
  newStream(id: number, method: string): Stream {
    return new Stream(id, method, this.#peer.initialWindowSize, this.#streamWindow);
  }

  /** Opens a stream with the state that follows from its first HEADERS. */
  openStream(stream: Stream, state: StreamState): void {
    stream.state = state;
    this.streams.add(stream);
  }

  /** Moves an open stream to its next state, and forgets it when that is `closed`. */
  moveStream(stream: Stream, state: StreamState): void {
    stream.state = state;
    const cause = stream.closed;
    if (cause === undefined) return;
    this.streams.remove(stream, cause);
    if (stream.grownBytes > 0) this.growth?.giveBack(stream.grownBytes);
    this.guard.countClosed(stream);
  }

  /** Resets an open stream with RST_STREAM; its queued events are dropped. */
  resetStream(stream: Stream, code: number): void {
    this.moveStream(stream, sendReset(stream.state));
    this.writer.rstStream(stream.id, code);
    const queued = this.#events.findIndex((event) => "streamId" in event && event.streamId === stream.id);
    if (queued >= 0) this.#events.splice(queued, 1);
  }

  /** Writes WINDOW_UPDATE, so that the peer may send more on a stream, or on all for stream 0; nothing for 0. */
  writeWindowUpdate(streamId: number, increment: number): void {
    if (increment > 0) this.writer.windowUpdate(streamId, increment);
  }

  /** Lets the peer send more on all streams, after `length` bytes of DATA; at times a PING measures the path. */
  countOnConnection(length: number): void {
    const { growth } = this;
    if (growth?.count(length)) this.writer.ping(PROBE, false);
    const increment = this.receiveWindow.consume(length);
    this.writeWindowUpdate(0, increment);
    if (increment > 0) growth?.onWindowUpdate();
  }

  /**
   * Takes the acknowledgement of a PING.
   *
   * @returns Whether the PING measured the path; the application knows nothing of it then.
   */
  endProbe(data: Uint8Array): boolean {
    const more = this.growth?.endProbe(data);
    if (more === undefined) return false;
    this.receiveWindow.grow(Math.min(more, MAX_WINDOW - this.receiveWindow.size));
    this.writeWindowUpdate(0, this.receiveWindow.consume(0));
    return true;
  }

  /** Lets the peer send more on a stream of which `count` bytes were consumed. */
  consumeOnStream(stream: Stream, count: number): void {
    const { receiveWindow } = stream;
    const more = this.growth?.take(receiveWindow.size) ?? 0;
    if (more > 0) {
      stream.grownBytes += more;
      receiveWindow.grow(more);
    }
    this.writeWindowUpdate(stream.id, receiveWindow.consume(count));
  }

  /** Writes GOAWAY: this end acts on no streams but those that are open already. */
  writeGoAway(code: number): void {
    // "Endpoints MUST NOT increase the value they send in the last stream identifier" (RFC 9113 §6.8)
    this.#ownLastStreamId ??= this.streams.lastPeer;
    this.writer.goAway(this.#ownLastStreamId, code);
  }

  /**
   * Writes GOAWAY with the largest stream identifier: streams that the peer opens in the meantime are still acted on.
   *
   * "A server that is attempting to gracefully shut down a connection SHOULD send an initial GOAWAY frame with the last
   * stream identifier set to 2^31-1 and a NO_ERROR code." (RFC 9113 §6.8)
   */
  announceGoAway(): void {
    if (!this.hasSentGoAway) this.writer.goAway(MAX_STREAM_ID, ErrorCode.NO_ERROR);
  }

  /** Writes GOAWAY because of an error of the connection. */
  fail(error: Http2Error): void {
    this.writeGoAway(wireCode(error.code));
  }

  /**
   * Takes note of the peer's GOAWAY.
   *
   * @param lastStreamId The last stream that the peer acts on.
   * @returns The streams of this end that the peer does not act on.
   * @throws {Http2Error} When it names a later stream than a GOAWAY before it.
   */
  receiveGoAway(lastStreamId: number): Stream[] {
    // "Endpoints MUST NOT increase the value they send in the last stream identifier" (RFC 9113 §6.8)
    if (this.#peerLastStreamId !== undefined && lastStreamId > this.#peerLastStreamId) {
      throw new Http2Error(
        "PROTOCOL_ERROR",
        "Cannot accept GOAWAY: it takes up streams that it gave up before",
      );
    }
    this.#peerLastStreamId = lastStreamId;
    return [...this.streams.values()].filter(({ id }) => id > lastStreamId && this.streams.isOwn(id));
  }
}

/** The error of a window that would be larger than a window can be (RFC 9113 §6.9.1). */
export function windowTooLarge(): Http2Error {
  return new Http2Error("FLOW_CONTROL_ERROR", "Cannot accept a window: it would be larger than 2^31 - 1");
}
