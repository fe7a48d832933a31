/**
 * Puts a field block together from HEADERS and the CONTINUATION frames behind it (RFC 9113 §4.3).
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { Http2Error } from "./error.ts";
import type { Frame } from "./frame_reader.ts";
import { MAX_BLOCK_RATIO, maxBlockFrames } from "./limits.ts";
import { Flag, FrameType, MAX_STREAM_ID } from "./protocol.ts";

/** A whole field block. */
export interface FieldBlock {
  /** The stream. */
  readonly streamId: number;
  /** Whether HEADERS had END_STREAM. */
  readonly end: boolean;
  /** Whether HEADERS had a priority by which the stream depends on itself. */
  readonly dependsOnItself: boolean;
  /** The compressed fields: a view of the frame where there was only one. */
  readonly bytes: Uint8Array;
}

/** Collects the frames of one block at a time. */
export class FieldBlockAssembler {
  readonly #maxFrames: number;
  readonly #maxSize: number;
  #end = false;
  #dependsOnItself = false;
  #parts: Uint8Array[] = [];
  #size = 0;

  /**
   * @param maxHeaderListSize The largest field section that is accepted.
   * @param maxFrameSize The largest frame that the peer may send.
   */
  constructor(maxHeaderListSize: number, maxFrameSize: number) {
    this.#maxFrames = maxBlockFrames(maxHeaderListSize, maxFrameSize);
    this.#maxSize = MAX_BLOCK_RATIO * maxHeaderListSize;
  }

  /**
   * Takes a HEADERS frame, or a CONTINUATION that continues one.
   *
   * @returns The block when this was its last frame.
   * @throws {Http2Error} When there are too many frames or bytes, or the padding is wrong.
   */
  add(frame: Frame): FieldBlock | undefined {
    const { streamId, flags } = frame;
    const isFirst = frame.type === FrameType.HEADERS;
    const fragment = isFirst ? headersFragment(frame) : frame.payload;
    const isLast = (flags & Flag.END_HEADERS) !== 0;
    if (isFirst) {
      this.#end = (flags & Flag.END_STREAM) !== 0;
      this.#dependsOnItself = dependsOnItself(frame);
    }
    this.#size += fragment.length;
    if (this.#size > this.#maxSize || this.#parts.length >= this.#maxFrames) {
      throw new Http2Error("ENHANCE_YOUR_CALM", "Cannot accept a field block: it does not end");
    }
    if (isFirst && isLast) {
      this.#size = 0;
      return { streamId, end: this.#end, dependsOnItself: this.#dependsOnItself, bytes: fragment };
    }
    this.#parts.push(fragment.slice());
    if (!isLast) return undefined;
    const bytes = concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    return { streamId, end: this.#end, dependsOnItself: this.#dependsOnItself, bytes };
  }
}

/** Whether HEADERS, or PRIORITY, has a priority by which its stream depends on itself (RFC 9113 §6.2, §6.3). */
export function dependsOnItself({ type, flags, payload, streamId }: Frame): boolean {
  if (type === FrameType.HEADERS && (flags & Flag.PRIORITY) === 0) return false;
  const at = type === FrameType.HEADERS && (flags & Flag.PADDED) !== 0 ? 1 : 0;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return payload.length >= at + 4 && (view.getUint32(at) & MAX_STREAM_ID) === streamId;
}

/** The part of a HEADERS payload that is neither padding nor the deprecated priority (RFC 9113 §6.2). */
function headersFragment({ flags, payload }: Frame): Uint8Array {
  if ((flags & (Flag.PADDED | Flag.PRIORITY)) === 0) return payload;
  let start = 0;
  let padding = 0;
  if ((flags & Flag.PADDED) !== 0) padding = payload[start++] ?? 0;
  if ((flags & Flag.PRIORITY) !== 0) start += 5;
  // "If the length of the padding is the length of the frame payload or greater, the recipient MUST treat this as a
  // connection error of type PROTOCOL_ERROR." (RFC 9113 §6.2) What is left for the field block is less.
  if (start + padding > payload.length) {
    throw new Http2Error("PROTOCOL_ERROR", "Cannot read HEADERS: its padding is longer than the frame");
  }
  return payload.subarray(start, payload.length - padding);
}
