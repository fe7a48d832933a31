/**
 * What the two halves of the machine share: what the peer does ({@linkcode Receiver}) and what the application
 * does ({@linkcode Http2Connection}) both act on the same streams, windows and output.
 *
 * @module
 */

import { AbuseGuard } from "./abuse.ts";
import { type Http2Error, wireCode } from "./error.ts";
import type { Http2Event } from "./events.ts";
import { FrameWriter } from "./frame_writer.ts";
import { HpackEncoder } from "./hpack/encoder.ts";
import type { Http2Figures } from "./options.ts";
import { DEFAULT_WINDOW, SettingId } from "./protocol.ts";
import { DEFAULT_SETTINGS, type Http2Settings } from "./settings.ts";
import { Stream } from "./stream.ts";
import { sendReset } from "./stream_state.ts";
import { type Http2Role, Streams } from "./streams.ts";
import { ReceiveWindow, SendWindow } from "./window.ts";

/** The state of a connection. */
export class Core {
  /** Which end this is. */
  readonly role: Http2Role;
  /** What this end told the peer. */
  readonly local: Http2Figures;
  /** What the peer told this end. */
  peer: Http2Settings = DEFAULT_SETTINGS;
  /** Whether it did already. */
  peerIsKnown = false;
  /** What goes out. */
  readonly writer: FrameWriter = new FrameWriter();
  /** Compresses what goes out. */
  readonly encoder: HpackEncoder = new HpackEncoder();
  /** The streams. */
  readonly streams: Streams;
  /** What may be sent on all streams together. */
  readonly sendWindow: SendWindow = new SendWindow(DEFAULT_WINDOW);
  /** What may be received on all streams together. */
  readonly receiveWindow: ReceiveWindow;
  /** Counts what is free for the peer. */
  readonly guard: AbuseGuard = new AbuseGuard();
  /** Events beyond the first that one frame caused. */
  readonly events: Http2Event[] = [];
  /** How many bytes of answers to the peer wait. */
  answers = 0;
  /** The last stream that the peer acts upon, once it goes away. */
  peerLastStream: number | undefined;
  /** The last stream that this end acts upon, once it goes away. */
  ownLastStream: number | undefined;
  /** How many bytes new streams may receive; less once the peer has agreed to a smaller window than the default. */
  streamWindow: number;

  /** Queues the connection preface. */
  constructor(role: Http2Role, figures: Http2Figures) {
    this.role = role;
    this.local = figures;
    this.streams = new Streams(role, figures.firstStreamId);
    this.receiveWindow = new ReceiveWindow(figures.initialConnectionWindow);
    this.streamWindow = Math.max(DEFAULT_WINDOW, figures.initialStreamWindow);
    if (role === "client") this.writer.preface();
    this.writer.settings([
      role === "client"
        ? [SettingId.ENABLE_PUSH, 0]
        : [SettingId.MAX_CONCURRENT_STREAMS, figures.maxConcurrentStreams],
      [SettingId.INITIAL_WINDOW_SIZE, figures.initialStreamWindow],
      [SettingId.MAX_FRAME_SIZE, figures.maxFrameSize],
      [SettingId.MAX_HEADER_LIST_SIZE, figures.maxHeaderListSize],
    ]);
    const more = figures.initialConnectionWindow - DEFAULT_WINDOW;
    if (more > 0) this.writer.windowUpdate(0, more);
  }

  /** Makes a stream that either end opens. */
  newStream(id: number, method: string): Stream {
    return new Stream(id, method, this.peer.initialWindowSize, this.streamWindow);
  }

  /** Forgets a stream if it is closed. To be called after each change of its state. */
  settle(stream: Stream): void {
    const cause = stream.closed;
    if (cause === undefined) return;
    this.streams.remove(stream, cause);
    this.guard.countClosed(stream);
  }

  /** Resets an open stream. */
  reset(stream: Stream, code: number): void {
    stream.state = sendReset(stream.state);
    this.settle(stream);
    this.writeReset(stream.id, code);
  }

  /** Tells the peer that a stream is reset. */
  writeReset(streamId: number, code: number): void {
    this.writer.rstStream(streamId, code);
    this.answers += 13;
  }

  /** Lets the peer send more; nothing for 0. */
  writeWindowUpdate(streamId: number, increment: number): void {
    if (increment === 0) return;
    this.writer.windowUpdate(streamId, increment);
    this.answers += 13;
  }

  /** Says goodbye. */
  writeGoAway(code: number): void {
    // "Endpoints MUST NOT increase the value they send in the last stream identifier" (RFC 9113 §6.8)
    this.ownLastStream ??= this.streams.lastPeer;
    this.writer.goAway(this.ownLastStream, code);
  }

  /** Says goodbye because of an error. */
  fail(error: Http2Error): void {
    this.writeGoAway(wireCode(error.code));
  }
}
