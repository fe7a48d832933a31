/**
 * Cuts what the peer sends into frames (RFC 9113 §4.1).
 *
 * Frames come whole, except two kinds. DATA is handed on piece by piece as it arrives, because there is more
 * content than anything else, and no piece of it needs to wait for the next. Frames of unknown types are skipped.
 * So only a frame that lies across two reads is copied, and nothing larger than one frame is ever held.
 *
 * @module
 */

import { Http2Error } from "./error.ts";
import { Flag, FRAME_HEADER_LENGTH, FrameType, MAX_STREAM_ID } from "./protocol.ts";

/** A frame, or a piece of a DATA frame. The reader owns it: it is valid until the next call of `next`. */
export interface Frame {
  /** One of {@linkcode FrameType}, never another. */
  readonly type: number;
  /** All eight bits. */
  readonly flags: number;
  /** 0 for the connection. */
  readonly streamId: number;
  /**
   * The payload, a view. Of DATA, the content in this piece without padding; of all others, everything between
   * the header and the end.
   */
  readonly payload: Uint8Array;
  /** The length of the whole payload, as the header states it; of DATA, padding included. */
  readonly length: number;
  /** Of DATA, how many bytes of content the whole frame has. */
  readonly contentLength: number;
  /** Whether this is the first piece, or all of it. */
  readonly first: boolean;
  /** Whether no more content of this frame follows. */
  readonly last: boolean;
}

/** An incremental decoder: bytes in, frames out. */
export class FrameReader {
  readonly #maxFrameSize: number;
  /** The stream whose field block has begun, so that only its CONTINUATION may come next; 0 when there is none. */
  #continuedStreamId = 0;
  readonly #frame: Mutable<Frame> = {
    type: FrameType.DATA,
    flags: 0,
    streamId: 0,
    payload: NOTHING,
    length: 0,
    contentLength: 0,
    first: true,
    last: true,
  };
  /** Bytes that were received and not yet read: a view of the caller's. */
  #input: Uint8Array = NOTHING;
  #position = 0;
  /** The beginning of a header that was cut. */
  readonly #header = new Uint8Array(FRAME_HEADER_LENGTH);
  #headerLength = 0;
  #state: "header" | "payload" | "pad_length" | "content" | "skip" = "header";
  /** A whole frame that is being put together. */
  #partial: Uint8Array = NOTHING;
  #partialLength = 0;
  /** Bytes of padding or of an unknown frame that are left to skip, or of content that are left to read. */
  #left = 0;
  #padding = 0;
  /** Frames of unknown types that were skipped since they were taken note of. */
  #skippedFrames = 0;
  /** Whether the first frame, which must be SETTINGS, is still to come. */
  #fresh = true;

  /** @param maxFrameSize The largest payload that the peer may send. */
  constructor(maxFrameSize: number) {
    this.#maxFrameSize = maxFrameSize;
  }

  /** Whether the last byte so far ended a frame. */
  get betweenFrames(): boolean {
    return this.#state === "header" && this.#headerLength === 0 && this.#position === this.#input.length;
  }

  /** Whether a frame other than DATA, or a field block, has begun and not ended. */
  get isInsideFrame(): boolean {
    return this.#headerLength > 0 || this.#state === "payload" || this.#continuedStreamId !== 0;
  }

  /** Whether bytes wait to be read. */
  get hasInput(): boolean {
    return this.#position < this.#input.length;
  }

  /** How many frames of unknown types were skipped since the last call. */
  takeSkippedFrames(): number {
    const count = this.#skippedFrames;
    this.#skippedFrames = 0;
    return count;
  }

  /** Takes bytes, and keeps a view of them until {@linkcode next} has returned `undefined`. */
  receive(bytes: Uint8Array): void {
    if (this.#position < this.#input.length) {
      const rest = this.#input.subarray(this.#position);
      const joined = new Uint8Array(rest.length + bytes.length);
      joined.set(rest);
      joined.set(bytes, rest.length);
      this.#input = joined;
    } else {
      this.#input = bytes;
    }
    this.#position = 0;
  }

  /**
   * The next frame or piece, or `undefined` when more bytes are needed.
   *
   * @throws {Http2Error} For a frame that is larger than allowed, has the wrong size for its type, or stands on a
   * stream, or on none, where it must not.
   */
  next(): Frame | undefined {
    for (;;) {
      switch (this.#state) {
        case "header":
          if (!this.#readHeader()) return undefined;
          break;
        case "payload":
          return this.#readPayload();
        case "pad_length":
          if (!this.#readPadLength()) return undefined;
          break;
        case "content":
          return this.#readContent();
        case "skip":
          if (!this.#skip()) return undefined;
      }
    }
  }

  /** Reads a header and decides what becomes of the payload. `false`: there is not enough. */
  #readHeader(): boolean {
    const input = this.#input;
    let bytes = input;
    let at = this.#position;
    if (this.#headerLength > 0 || input.length - at < FRAME_HEADER_LENGTH) {
      const count = Math.min(FRAME_HEADER_LENGTH - this.#headerLength, input.length - at);
      for (let i = 0; i < count; i++) this.#header[this.#headerLength + i] = byte(input, at + i);
      this.#headerLength += count;
      this.#position += count;
      if (this.#headerLength < FRAME_HEADER_LENGTH) return false;
      this.#headerLength = 0;
      bytes = this.#header;
      at = 0;
    } else {
      this.#position += FRAME_HEADER_LENGTH;
    }
    const frame = this.#frame;
    frame.length = byte(bytes, at) << 16 | byte(bytes, at + 1) << 8 | byte(bytes, at + 2);
    frame.type = byte(bytes, at + 3);
    frame.flags = byte(bytes, at + 4);
    // "Reserved: ... this bit ... MUST be ignored when receiving." (RFC 9113 §4.1)
    frame.streamId = uint32(bytes, at + 5) & MAX_STREAM_ID;
    this.#checkOrder(frame);
    checkHeader(frame, this.#maxFrameSize);
    this.#begin(frame);
    return true;
  }

  #checkOrder({ type, flags, streamId }: Frame): void {
    // "This sequence MUST be followed by a SETTINGS frame ... [it] MUST be the first frame" of both ends'
    // prefaces (RFC 9113 §3.4). An acknowledgement of ours cannot be it.
    if (this.#fresh && (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0)) {
      throw new Http2Error("PROTOCOL_ERROR", "Cannot speak HTTP/2: the peer does not begin with SETTINGS");
    }
    this.#fresh = false;
    // "A receiver MUST treat the receipt of any other type of frame or a frame on a different stream as a
    // connection error of type PROTOCOL_ERROR." (RFC 9113 §6.2)
    if (
      this.#continuedStreamId !== 0 &&
      (type !== FrameType.CONTINUATION || streamId !== this.#continuedStreamId)
    ) {
      throw new Http2Error(
        "PROTOCOL_ERROR",
        "Cannot read a frame: it comes inside the field block of another",
      );
    }
    if (this.#continuedStreamId === 0 && type === FrameType.CONTINUATION) {
      throw new Http2Error("PROTOCOL_ERROR", "Cannot read CONTINUATION: there is nothing to continue");
    }
  }

  #begin(frame: Mutable<Frame>): void {
    if (frame.type === FrameType.DATA) {
      frame.first = true;
      frame.contentLength = this.#left = frame.length;
      this.#padding = 0;
      this.#state = (frame.flags & Flag.PADDED) === 0 ? "content" : "pad_length";
    } else if (frame.type > FrameType.CONTINUATION && frame.type !== FrameType.PRIORITY_UPDATE) {
      this.#left = frame.length;
      this.#skippedFrames++;
      this.#state = "skip";
    } else {
      if (frame.type === FrameType.HEADERS || frame.type === FrameType.CONTINUATION) {
        this.#continuedStreamId = (frame.flags & Flag.END_HEADERS) === 0 ? frame.streamId : 0;
      }
      frame.first = true;
      frame.last = true;
      frame.contentLength = 0;
      this.#partialLength = 0;
      this.#state = "payload";
    }
  }

  #readPayload(): Frame | undefined {
    const frame = this.#frame;
    const missing = frame.length - this.#partialLength;
    const available = this.#input.length - this.#position;
    const count = Math.min(missing, available);
    const piece = this.#input.subarray(this.#position, this.#position + count);
    this.#position += count;
    if (count === frame.length) {
      frame.payload = piece;
    } else {
      if (this.#partialLength === 0) this.#partial = new Uint8Array(frame.length);
      this.#partial.set(piece, this.#partialLength);
      this.#partialLength += count;
      if (count < missing) return undefined;
      frame.payload = this.#partial;
      this.#partial = NOTHING;
    }
    this.#state = "header";
    return frame;
  }

  /**
   * "If the length of the padding is the length of the frame payload or greater, [it is] a connection error"
   * (§6.1).
   */
  #readPadLength(): boolean {
    const frame = this.#frame;
    if (frame.length === 0) throw tooMuchPadding();
    if (this.#position === this.#input.length) return false;
    this.#padding = byte(this.#input, this.#position++);
    // (RFC 9113 §6.1)
    if (this.#padding >= frame.length) throw tooMuchPadding();
    frame.contentLength = this.#left = frame.length - 1 - this.#padding;
    this.#state = "content";
    return true;
  }

  #readContent(): Frame | undefined {
    const frame = this.#frame;
    const count = Math.min(this.#left, this.#input.length - this.#position);
    if (count === 0 && this.#left > 0) return undefined;
    frame.first = this.#left === frame.contentLength;
    frame.payload = this.#input.subarray(this.#position, this.#position + count);
    this.#position += count;
    this.#left -= count;
    frame.last = this.#left === 0;
    if (frame.last) {
      this.#left = this.#padding;
      this.#state = this.#padding > 0 ? "skip" : "header";
    }
    return frame;
  }

  #skip(): boolean {
    const count = Math.min(this.#left, this.#input.length - this.#position);
    this.#position += count;
    this.#left -= count;
    if (this.#left > 0) return false;
    this.#state = "header";
    return true;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const NOTHING = new Uint8Array(0);

/** Checks that a frame of its type may be on its stream, and has a length that it may have. */
function checkHeader({ type, length, streamId }: Frame, maxFrameSize: number): void {
  // "An endpoint MUST send an error code of FRAME_SIZE_ERROR if a frame exceeds the size defined in
  // SETTINGS_MAX_FRAME_SIZE, exceeds any limit defined for the frame type, or is too small to contain mandatory
  // frame data." (RFC 9113 §4.2)
  if (length > maxFrameSize) {
    throw new Http2Error(
      "FRAME_SIZE_ERROR",
      `Cannot read a frame: ${length} bytes are more than the ${maxFrameSize} that are allowed`,
    );
  }
  switch (type) {
    case FrameType.DATA:
    case FrameType.HEADERS:
    case FrameType.PUSH_PROMISE:
    case FrameType.CONTINUATION:
      return checkOnStream(type, streamId);
    case FrameType.PRIORITY: // a stream error that is taken for one of the connection (RFC 9113 §5.4.1, §6.3)
      checkOnStream(type, streamId);
      return checkLength(type, length === 5);
    case FrameType.RST_STREAM:
      checkOnStream(type, streamId);
      return checkLength(type, length === 4);
    case FrameType.WINDOW_UPDATE:
      return checkLength(type, length === 4);
    case FrameType.SETTINGS:
      checkOnConnection(type, streamId);
      return checkLength(type, length % 6 === 0);
    case FrameType.PING:
      checkOnConnection(type, streamId);
      return checkLength(type, length === 8);
    case FrameType.GOAWAY:
      checkOnConnection(type, streamId);
      return checkLength(type, length >= 8);
    case FrameType.PRIORITY_UPDATE:
      checkOnConnection(type, streamId);
      return checkLength(type, length >= 4);
    default: // "Implementations MUST ignore and discard frames of unknown types." (RFC 9113 §4.1)
  }
}

function checkOnStream(type: number, streamId: number): void {
  if (streamId === 0) {
    throw new Http2Error("PROTOCOL_ERROR", `Cannot read ${typeName(type)}: it needs a stream and is on none`);
  }
}

function checkOnConnection(type: number, streamId: number): void {
  if (streamId !== 0) {
    throw new Http2Error("PROTOCOL_ERROR", `Cannot read ${typeName(type)}: it must not be on a stream`);
  }
}

function checkLength(type: number, right: boolean): void {
  if (!right) {
    throw new Http2Error("FRAME_SIZE_ERROR", `Cannot read ${typeName(type)}: it has the wrong length`);
  }
}

function typeName(type: number): string {
  return Object.entries(FrameType).find(([, code]) => code === type)?.[0] ?? "a frame";
}

function tooMuchPadding(): Http2Error {
  return new Http2Error("PROTOCOL_ERROR", "Cannot read a frame: its padding is longer than the frame");
}

/** A byte that is known to be there. */
function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** Four bytes as an unsigned number. */
function uint32(bytes: Uint8Array, at: number): number {
  return (byte(bytes, at) << 24 | byte(bytes, at + 1) << 16 | byte(bytes, at + 2) << 8 |
    byte(bytes, at + 3)) >>> 0;
}
