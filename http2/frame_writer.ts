/**
 * Writes frames one behind the other, to go out together (RFC 9113 §4.1, §6).
 *
 * @module
 */

import {
  CLIENT_PREFACE,
  ErrorCode,
  Flag,
  FRAME_HEADER_LENGTH,
  FrameType,
  MIN_MAX_FRAME_SIZE,
} from "./protocol.ts";

/** A growing buffer of frames. */
export class FrameWriter {
  #maxFrameSize = MIN_MAX_FRAME_SIZE;
  #buffer = new Uint8Array(MIN_BUFFER_BYTES);
  #length = 0;
  #pendingAckBytes = 0;
  /** The buffer that was given out, and is to be used again. */
  #spare = new Uint8Array(MIN_BUFFER_BYTES);

  /** How many bytes wait to be taken. */
  get length(): number {
    return this.#length;
  }

  /**
   * How many of these bytes are frames that the peer can cause without end: acknowledgements of SETTINGS and PING,
   * RST_STREAM and WINDOW_UPDATE. `MAX_PENDING_ACK_BYTES` limits them.
   */
  get pendingAckBytes(): number {
    return this.#pendingAckBytes;
  }

  /** The largest payload that the peer accepts. */
  get maxFrameSize(): number {
    return this.#maxFrameSize;
  }

  /** Adopts the peer's SETTINGS_MAX_FRAME_SIZE. */
  setMaxFrameSize(size: number): void {
    this.#maxFrameSize = size;
  }

  /** Takes all that waits: a view, valid until the next call. */
  take(): Uint8Array {
    const taken = this.#buffer.subarray(0, this.#length);
    const spare = this.#spare;
    this.#spare = this.#buffer.length <= MAX_KEPT_BUFFER_BYTES
      ? this.#buffer
      : new Uint8Array(MIN_BUFFER_BYTES);
    this.#buffer = spare;
    this.#length = 0;
    this.#pendingAckBytes = 0;
    return taken;
  }

  /** The client's connection preface, before its SETTINGS (RFC 9113 §3.4). */
  preface(): void {
    const at = this.#reserve(CLIENT_PREFACE.length);
    this.#buffer.set(CLIENT_PREFACE, at);
  }

  /** A DATA frame without padding (RFC 9113 §6.1). */
  data(streamId: number, content: Uint8Array, end: boolean): void {
    const at = this.#header(content.length, FrameType.DATA, end ? Flag.END_STREAM : 0, streamId);
    this.#buffer.set(content, at);
  }

  /** A field block: HEADERS, and CONTINUATION where it is larger than a frame (RFC 9113 §6.2, §6.10). */
  headers(streamId: number, block: Uint8Array, end: boolean): void {
    let type: number = FrameType.HEADERS;
    let flags: number = end ? Flag.END_STREAM : 0;
    for (let start = 0;; start += this.#maxFrameSize) {
      const fragment = block.length <= this.#maxFrameSize
        ? block
        : block.subarray(start, start + this.#maxFrameSize);
      const last = start + fragment.length === block.length;
      const at = this.#header(fragment.length, type, last ? flags | Flag.END_HEADERS : flags, streamId);
      this.#buffer.set(fragment, at);
      if (last) return;
      type = FrameType.CONTINUATION;
      flags = 0;
    }
  }

  /** RST_STREAM (RFC 9113 §6.4). */
  rstStream(streamId: number, code: number): void {
    this.#uint32(this.#header(4, FrameType.RST_STREAM, 0, streamId), code);
  }

  /** SETTINGS with these pairs of identifier and value (RFC 9113 §6.5). */
  settings(pairs: readonly (readonly [id: number, value: number])[]): void {
    let at = this.#header(6 * pairs.length, FrameType.SETTINGS, 0, 0);
    for (const [id, value] of pairs) {
      this.#buffer[at] = id >>> 8;
      this.#buffer[at + 1] = id;
      this.#uint32(at + 2, value);
      at += 6;
    }
  }

  /** The acknowledgement of the peer's SETTINGS (RFC 9113 §6.5.3). */
  settingsAck(): void {
    this.#header(0, FrameType.SETTINGS, Flag.ACK, 0);
  }

  /** PING with eight bytes, or the acknowledgement of one (RFC 9113 §6.7). */
  ping(data: Uint8Array, ack: boolean): void {
    const at = this.#header(8, FrameType.PING, ack ? Flag.ACK : 0, 0);
    this.#buffer.set(data, at); // #header may have replaced the buffer
  }

  /** GOAWAY without debug data (RFC 9113 §6.8). */
  goAway(lastStreamId: number, code: number = ErrorCode.NO_ERROR): void {
    const at = this.#header(8, FrameType.GOAWAY, 0, 0);
    this.#uint32(at, lastStreamId);
    this.#uint32(at + 4, code);
  }

  /** WINDOW_UPDATE; stream 0 is the connection (RFC 9113 §6.9). */
  windowUpdate(streamId: number, increment: number): void {
    this.#uint32(this.#header(4, FrameType.WINDOW_UPDATE, 0, streamId), increment);
  }

  /** PRIORITY_UPDATE (RFC 9218 §7.1). */
  priorityUpdate(streamId: number, value: Uint8Array): void {
    const at = this.#header(4 + value.length, FrameType.PRIORITY_UPDATE, 0, 0);
    this.#uint32(at, streamId);
    this.#buffer.set(value, at + 4); // #header may have replaced the buffer
  }

  /** Writes a header, makes room for the payload, and returns where that goes. */
  #header(length: number, type: number, flags: number, streamId: number): number {
    const at = this.#reserve(FRAME_HEADER_LENGTH + length);
    if (isCausedByPeer(type, flags)) this.#pendingAckBytes += FRAME_HEADER_LENGTH + length;
    const buffer = this.#buffer;
    buffer[at] = length >>> 16;
    buffer[at + 1] = length >>> 8;
    buffer[at + 2] = length;
    buffer[at + 3] = type;
    buffer[at + 4] = flags;
    this.#uint32(at + 5, streamId);
    return at + FRAME_HEADER_LENGTH;
  }

  #uint32(at: number, value: number): void {
    const buffer = this.#buffer;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, at));
      this.#buffer = larger;
    }
    this.#length = needed;
    return at;
  }
}

/** Whether a frame is of a kind that the peer can make this end write, as often as the peer likes. */
function isCausedByPeer(type: number, flags: number): boolean {
  switch (type) {
    case FrameType.RST_STREAM:
    case FrameType.WINDOW_UPDATE:
      return true;
    case FrameType.SETTINGS:
    case FrameType.PING:
      return (flags & Flag.ACK) !== 0;
    default:
      return false;
  }
}

/** Bytes of a buffer at first: enough for the preface and the first requests. */
const MIN_BUFFER_BYTES = 1024;

/** Bytes of the largest buffer that is used again: a large upload must not hold its memory after it has ended. */
const MAX_KEPT_BUFFER_BYTES = 512 * 1024;
