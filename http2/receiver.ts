/**
 * The half of the machine that takes the peer's frames (RFC 9113 §6).
 *
 * Each frame causes at most one event at once; the few that cause more queue the rest in the core. A mistake of the
 * peer is thrown: an error of scope `connection` ends the connection, {@linkcode Receiver.refuse} turns one of
 * scope
 * `stream` into a reset.
 *
 * @module
 */

import { type Core, windowTooLarge } from "./core.ts";
import { Http2Error, statusFor, streamError, wireCode } from "./error.ts";
import type { Http2EndOfMessageEvent, Http2Event } from "./events.ts";
import { dependsOnItself, type FieldBlock, FieldBlockAssembler } from "./field_block.ts";
import type { Frame } from "./frame_reader.ts";
import { type DecodedBlock, HpackDecoder } from "./hpack/decoder.ts";
import { HpackError } from "./hpack/error.ts";
import { parseRequestHead, parseResponseHead, parseTrailers, type ResponseHead } from "./incoming_head.ts";
import { ErrorCode, errorCodeName, Flag, FrameType, MAX_STREAM_ID } from "./protocol.ts";
import { PriorityUpdates } from "./priority_update.ts";
import type { Stream } from "./stream.ts";
import {
  receiveContent,
  receiveHead,
  receiveInformational,
  receiveReset,
  receiveTrailers,
  remoteHalf,
} from "./stream_state.ts";
import type { Field } from "../http/fields.ts";

/** Takes the peer's frames, and makes events of them. */
export class Receiver {
  readonly #core: Core;
  readonly #decoder = new HpackDecoder();
  readonly #blocks: FieldBlockAssembler;
  readonly #priorityUpdates: PriorityUpdates;
  #lastSection: readonly Field[] | undefined;
  #lastHead: ResponseHead | undefined;
  /** Whether the peer has acknowledged the SETTINGS of the preface. */
  #settingsAcknowledged = false;

  /** @param core The state of the connection. */
  constructor(core: Core) {
    this.#core = core;
    this.#priorityUpdates = new PriorityUpdates(core);
    this.#blocks = new FieldBlockAssembler(core.local.maxHeaderListSize, core.local.maxFrameSize);
  }

  /**
   * Takes a frame.
   *
   * @returns The event that it causes, if any.
   * @throws {Http2Error} When the peer must not have sent it.
   */
  accept(frame: Frame): Http2Event | undefined {
    switch (frame.type) {
      case FrameType.DATA:
        return this.#data(frame);
      case FrameType.HEADERS:
      case FrameType.CONTINUATION:
        return this.#headers(frame);
      case FrameType.RST_STREAM:
        return this.#rstStream(frame);
      case FrameType.SETTINGS:
        return this.#settings(frame);
      case FrameType.PUSH_PROMISE:
        // Push is disabled, and clients cannot push at all: "MUST treat the receipt of a PUSH_PROMISE frame as a
        // connection error of type PROTOCOL_ERROR" (RFC 9113 §6.6, §8.4)
        throw new Http2Error("PROTOCOL_ERROR", "Cannot accept PUSH_PROMISE: push is not allowed");
      case FrameType.PING:
        return this.#ping(frame);
      case FrameType.GOAWAY:
        return this.#goAway(frame);
      case FrameType.WINDOW_UPDATE:
        return this.#windowUpdate(frame);
      case FrameType.PRIORITY_UPDATE:
        this.#core.guard.countControlFrames();
        return this.#priorityUpdates.receive(frame.payload);
      default: // PRIORITY
        return this.#priority(frame);
    }
  }

  /**
   * Takes PRIORITY, which is deprecated (RFC 9113 §5.3.2) and says nothing here. For a client it has no meaning at all.
   *
   * "A stream cannot depend on itself. An endpoint MUST treat this as a stream error (Section 5.4.2) of type
   * PROTOCOL_ERROR." (RFC 7540 §5.3.1) It is taken for one of the connection, because the stream may be idle.
   */
  #priority(frame: Frame): undefined {
    this.#core.guard.countControlFrames();
    if (this.#core.role === "server" && dependsOnItself(frame)) {
      throw new Http2Error("PROTOCOL_ERROR", DEPENDS_ON_ITSELF);
    }
  }

  /**
   * Resets the stream of a frame that caused an error of scope `stream`.
   *
   * @throws {Http2Error} When it is one too many.
   */
  refuse(streamId: number, error: Http2Error): Http2Event | undefined {
    const core = this.#core;
    const stream = core.streams.get(streamId);
    if (stream === undefined) {
      core.streams.remember(streamId, "reset_locally");
      core.writer.rstStream(streamId, wireCode(error.code));
    } else {
      core.resetStream(stream, wireCode(error.code));
    }
    core.guard.countErrorReset();
    return stream === undefined ? undefined : { type: "reset", streamId, error };
  }

  #data(frame: Frame): Http2Event | undefined {
    const core = this.#core;
    const { streamId, first, payload } = frame;
    const end = frame.last && (frame.flags & Flag.END_STREAM) !== 0;
    if (first) this.#countOnConnection(frame.length);
    const stream = core.streams.get(streamId);
    if (stream === undefined) {
      if (first) this.#refuseOnClosedStream(streamId);
      return undefined;
    }
    const state = receiveContent(stream.state, end);
    if (first) {
      this.#countOnStream(stream, frame);
      if ((frame.flags & Flag.END_STREAM) === 0) {
        stream.countData(frame.contentLength, core.local.maxEmptyDataFrames);
      }
    }
    stream.countReceived(payload.length, end);
    core.moveStream(stream, state);
    if (first && payload.length > 0) core.guard.countContentFrame();
    if (payload.length === 0) return end ? endOfMessage(streamId) : undefined;
    if (end) core.queueEvent(endOfMessage(streamId));
    return { type: "data", streamId, data: payload };
  }

  /**
   * Counts a DATA frame, "even if the frame is in error" (RFC 9113 §6.9), and lets the peer send as much again:
   * what bounds the memory of unread content is each stream's own window.
   */
  #countOnConnection(length: number): void {
    const { receiveWindow } = this.#core;
    if (!receiveWindow.receive(length)) {
      throw new Http2Error(
        "FLOW_CONTROL_ERROR",
        "Cannot accept DATA: it is more than the connection's window",
      );
    }
    this.#core.countOnConnection(length);
  }

  #countOnStream(stream: Stream, { length, contentLength }: Frame): void {
    if (!stream.receiveWindow.receive(length)) {
      throw streamError("FLOW_CONTROL_ERROR", "Cannot accept DATA: it is more than the stream's window");
    }
    // Padding is consumed at once: no event has it.
    if (length > contentLength) {
      this.#core.writeWindowUpdate(stream.id, stream.receiveWindow.consume(length - contentLength));
    }
  }

  #headers(frame: Frame): Http2Event | undefined {
    const core = this.#core;
    const block = this.#blocks.add(frame);
    if (block === undefined) return undefined;
    const { streamId, end } = block;
    // Every block is decoded, also those of streams that are gone, or the tables would differ (RFC 9113 §4.3).
    const section = this.#decode(block.bytes);
    const stream = core.streams.get(streamId);
    if (stream === undefined) return this.#headersOnNoStream(block, section);
    core.guard.countContentFrame();
    this.#checkSize(section);
    return remoteHalf(stream.state) === "head"
      ? this.#response(stream, section, end)
      : this.#trailers(stream, section, end);
  }

  #decode(block: Uint8Array): DecodedBlock {
    try {
      return this.#decoder.decode(block, this.#core.local.maxHeaderListSize);
    } catch (error) {
      if (!(error instanceof HpackError)) throw error;
      // "A receiver MUST terminate the connection with a connection error of type COMPRESSION_ERROR if it does not
      // decompress a field block." (RFC 9113 §4.3)
      const code = error.code === "COMPRESSION_ERROR" ? "COMPRESSION_ERROR" : "ENHANCE_YOUR_CALM";
      throw new Http2Error(code, error.message, { cause: error });
    }
  }

  #headersOnNoStream(
    { streamId, end, dependsOnItself }: FieldBlock,
    section: DecodedBlock,
  ): Http2Event | undefined {
    const core = this.#core;
    if (core.streams.isOwn(streamId) || core.streams.absence(streamId) !== "idle") {
      core.guard.countControlFrames();
      this.#refuseOnClosedStream(streamId, true);
      return undefined;
    }
    core.guard.countContentFrame();
    if (core.role === "client") {
      throw new Http2Error("PROTOCOL_ERROR", "Cannot accept HEADERS: a server opens no streams without push");
    }
    core.streams.refuse(streamId); // unless all of the following goes well
    if (core.hasSentGoAway) return undefined;
    if (dependsOnItself) throw streamError("PROTOCOL_ERROR", DEPENDS_ON_ITSELF);
    if (core.streams.peers >= core.local.maxConcurrentStreams) {
      throw streamError("REFUSED_STREAM", "Cannot accept a request: the client has too many streams open");
    }
    try {
      this.#checkSize(section);
      return this.#request(streamId, section.fields, end);
    } catch (error) {
      const status = error instanceof Http2Error ? statusFor(error.code) : undefined;
      if (status === undefined) throw error;
      this.#respond(streamId, status, end);
      return undefined;
    }
  }

  /**
   * Responds to a request that is too large to be read. It is no event, and counts as a stream that had to be reset.
   *
   * "A server can send a complete response prior to the client sending an entire request if the response does not depend on
   * any portion of the request that has not been sent and received. When this is true, a server MAY request that the client
   * abort transmission of a request without error by sending a RST_STREAM with an error code of NO_ERROR after sending a
   * complete response" (RFC 9113 §8.1).
   */
  #respond(streamId: number, status: number, hasEnded: boolean): void {
    const { encoder, guard, streams, writer } = this.#core;
    writer.headers(streamId, encoder.encode([[":status", String(status)], ["content-length", "0"]]), true);
    if (hasEnded) streams.remember(streamId, "ended");
    else writer.rstStream(streamId, ErrorCode.NO_ERROR);
    guard.countErrorReset();
  }

  #checkSize({ fields, oversize }: DecodedBlock): void {
    const { maxHeaderListSize, maxFields } = this.#core.local;
    if (oversize) {
      throw streamError(
        "head_too_large",
        `Cannot accept a field section: it is larger than the ${maxHeaderListSize} bytes of maxHeaderListSize`,
      );
    }
    // Pseudo-fields do not count: they are what the first line is in HTTP/1.1.
    if (fields.length > maxFields && countFields(fields) > maxFields) {
      throw streamError(
        "head_too_large",
        `Cannot accept a field section: it has more than the ${maxFields} fields of maxFields`,
      );
    }
  }

  #request(streamId: number, section: readonly Field[], end: boolean): Http2Event {
    const core = this.#core;
    const head = parseRequestHead(section, core.local.enableConnectProtocol, core.local.maxTargetBytes);
    const stream = core.newStream(streamId, head.method);
    const state = receiveHead(stream.state, end);
    stream.expectRequest(head.contentLength);
    stream.countReceived(0, end);
    core.openStream(stream, state);
    if (end) core.queueEvent(endOfMessage(streamId));
    return { type: "request", streamId, ...head };
  }

  #response(stream: Stream, { fields: section, size }: DecodedBlock, end: boolean): Http2Event {
    const { id: streamId } = stream;
    // The decoder gives the same list again for a block that it knows: one that was parsed before is still right.
    const toConnect = stream.method === "CONNECT";
    const head = section === this.#lastSection && this.#lastHead !== undefined && !toConnect
      ? this.#lastHead
      : parseResponseHead(section, toConnect);
    this.#lastSection = toConnect ? undefined : section;
    this.#lastHead = head;
    const { status, fields, contentLength } = head;
    if (status < 200) {
      this.#core.moveStream(stream, receiveInformational(stream.state, end));
      stream.countInformational(size, this.#core.local.maxInformationalBytes);
      return { type: "informational", streamId, status, fields };
    }
    const state = receiveHead(stream.state, end);
    stream.expectResponse(head);
    stream.countReceived(0, end);
    this.#core.moveStream(stream, state);
    if (end) this.#core.queueEvent(endOfMessage(streamId));
    return { type: "response", streamId, status, fields, contentLength };
  }

  #trailers(stream: Stream, { fields: section }: DecodedBlock, end: boolean): Http2Event {
    // "Frame types other than DATA or stream management frames (RST_STREAM, WINDOW_UPDATE, and PRIORITY) MUST NOT be
    // sent on a connected stream and MUST be treated as a stream error (Section 5.4.2) if received." (RFC 9113 §8.5)
    if (stream.isTunnel) throw streamError("PROTOCOL_ERROR", "Cannot accept HEADERS: its stream is a tunnel");
    const state = receiveTrailers(stream.state, end);
    const fields = parseTrailers(section, this.#core.role === "client");
    stream.countReceived(0, true);
    this.#core.moveStream(stream, state);
    return endOfMessage(stream.id, fields);
  }

  #rstStream({ streamId, payload }: Frame): Http2Event | undefined {
    const stream = this.#core.streams.get(streamId);
    if (stream === undefined) {
      this.#checkNotIdle(streamId);
      this.#core.guard.countControlFrames();
      return undefined;
    }
    const code = errorCodeName(uint32(payload, 0));
    const progress = code === "REFUSED_STREAM" ? "refused" : stream.progress;
    if (this.#core.role === "server" && !stream.answered) this.#core.guard.countEarlyReset();
    this.#core.moveStream(stream, receiveReset(stream.state));
    const error = new Http2Error(
      code,
      `Cannot complete the exchange: the peer reset the stream with ${code}`,
      {
        scope: "stream",
        initiator: "remote",
        progress,
      },
    );
    return { type: "reset", streamId, error };
  }

  #settings({ flags, payload }: Frame): Http2Event | undefined {
    const core = this.#core;
    if ((flags & Flag.ACK) !== 0) {
      this.#settingsAck(payload);
      return undefined;
    }
    core.guard.countControlFrames();
    core.applyPeerSettings(payload);
    return { type: "settings", settings: core.peer };
  }

  /** "... receipt of a SETTINGS frame with the ACK flag set and a length field value other than 0" (§6.5) */
  #settingsAck(payload: Uint8Array): void {
    if (payload.length > 0) {
      throw new Http2Error("FRAME_SIZE_ERROR", "Cannot accept SETTINGS: an acknowledgement has no payload");
    }
    if (this.#settingsAcknowledged) {
      throw new Http2Error("PROTOCOL_ERROR", "Cannot accept SETTINGS: it acknowledges what was not sent");
    }
    this.#settingsAcknowledged = true;
    this.#core.adoptStreamWindow();
  }

  #ping({ flags, payload }: Frame): Http2Event | undefined {
    this.#core.guard.countControlFrames();
    if ((flags & Flag.ACK) !== 0) {
      return this.#core.endProbe(payload) ? undefined : { type: "ping_ack", data: payload.slice() };
    }
    this.#core.writer.ping(payload, true);
    return undefined;
  }

  #goAway({ payload }: Frame): Http2Event {
    const core = this.#core;
    core.guard.countControlFrames();
    const lastStreamId = uint32(payload, 0) & MAX_STREAM_ID;
    const code = errorCodeName(uint32(payload, 4));
    for (const stream of core.receiveGoAway(lastStreamId)) {
      const message = `Cannot complete the exchange: the peer goes away without acting on it (${code})`;
      const error = new Http2Error("REFUSED_STREAM", message, {
        scope: "stream",
        initiator: "remote",
        progress: "refused",
      });
      core.moveStream(stream, receiveReset(stream.state));
      core.queueEvent({ type: "reset", streamId: stream.id, error });
    }
    return { type: "go_away", lastStreamId, code };
  }

  #windowUpdate({ streamId, payload }: Frame): Http2Event | undefined {
    const core = this.#core;
    core.guard.countControlFrames();
    const increment = uint32(payload, 0) & MAX_STREAM_ID;
    if (streamId === 0) {
      if (increment === 0) throw new Http2Error("PROTOCOL_ERROR", NO_INCREMENT);
      if (!core.sendWindow.grow(increment)) throw windowTooLarge();
      return { type: "window", streamId };
    }
    const stream = core.streams.get(streamId);
    if (stream === undefined) {
      this.#checkNotIdle(streamId);
      return undefined;
    }
    // "A receiver MUST treat the receipt of a WINDOW_UPDATE frame with a flow-control window increment of 0 as a
    // stream error of type PROTOCOL_ERROR" (RFC 9113 §6.9)
    if (increment === 0) throw streamError("PROTOCOL_ERROR", NO_INCREMENT);
    if (!stream.sendWindow.grow(increment)) {
      throw streamError(
        "FLOW_CONTROL_ERROR",
        "Cannot accept WINDOW_UPDATE: the stream's window is too large",
      );
    }
    return { type: "window", streamId };
  }

  #checkNotIdle(streamId: number): void {
    if (this.#core.streams.absence(streamId) === "idle") {
      throw new Http2Error("PROTOCOL_ERROR", "Cannot accept a frame: its stream was never opened");
    }
  }

  /** Decides on DATA or HEADERS for a stream that is not open: ignored, or an error of the stream or connection. */
  #refuseOnClosedStream(streamId: number, opening = false): void {
    const { streams } = this.#core;
    const absence = streams.absence(streamId);
    switch (absence) {
      case "reset_locally":
        // "An endpoint MUST minimally process and then discard any frames it receives in this state." (RFC 9113 §5.1)
        return;
      case "reset_remotely":
        throw streamError("STREAM_CLOSED", "Cannot accept a frame: the peer has reset its stream");
      case "ended":
        throw new Http2Error("STREAM_CLOSED", "Cannot accept a frame: both ends have ended its stream");
      case "idle":
        throw new Http2Error("PROTOCOL_ERROR", "Cannot accept a frame: its stream was never opened");
      case "forgotten":
        // "The identifier of a newly established stream MUST be numerically greater than all streams that the
        // initiating endpoint has opened" (RFC 9113 §5.1.1)
        if (opening && !streams.isOwn(streamId)) {
          throw new Http2Error(
            "PROTOCOL_ERROR",
            "Cannot accept HEADERS: its stream identifier was used before",
          );
        }
        // Not counted as an error: it may have been on the way when the application gave the stream up.
        streams.remember(streamId, "reset_locally");
        this.#core.writer.rstStream(streamId, ErrorCode.STREAM_CLOSED);
    }
  }
}

function countFields(section: readonly Field[]): number {
  return section.reduce((count, [name]) => name.startsWith(":") ? count : count + 1, 0);
}

function endOfMessage(streamId: number, trailers: readonly Field[] = NO_FIELDS): Http2EndOfMessageEvent {
  return { type: "end_of_message", streamId, trailers };
}

const NO_FIELDS: readonly Field[] = [];
const DEPENDS_ON_ITSELF = "Cannot accept a priority: by it the stream depends on itself";
const NO_INCREMENT = "Cannot accept WINDOW_UPDATE: its increment is 0";

/** Four bytes as an unsigned number. */
function uint32(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>> 0;
}
