/**
 * The payload of Close frames: a status code and a reason (RFC 6455 §5.5.1, §7.4).
 *
 * @module
 */

import { WebSocketError } from "./error.ts";

/** A status code and a reason. */
export interface Close {
  /** The status code; 1005 when there is none. */
  readonly code: number;
  /** The reason; empty when there is none. */
  readonly reason: string;
}

/**
 * Reads the payload of a Close frame.
 *
 * @throws {WebSocketError} `bad_close` for one byte, or a code that must not be sent; `bad_text` for a reason that is not
 * UTF-8.
 */
export function readClose(payload: Uint8Array): Close {
  if (payload.length === 0) return { code: NO_STATUS, reason: "" };
  // "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer (in network byte order)
  // representing a status code" (RFC 6455 §5.5.1)
  if (payload.length === 1) {
    throw new WebSocketError("bad_close", "Cannot read the Close frame: its status code has one byte");
  }
  const code = (payload[0] ?? 0) * 0x100 + (payload[1] ?? 0);
  if (!isSentCode(code)) {
    throw new WebSocketError("bad_close", `Cannot read the Close frame: ${code} is no status code of one`);
  }
  try {
    return { code, reason: UTF8.decode(payload.subarray(2)) };
  } catch {
    throw new WebSocketError("bad_text", "Cannot read the Close frame: its reason is not UTF-8");
  }
}

/**
 * Writes the payload of a Close frame.
 *
 * @param code The status code; `undefined` for an empty payload.
 * @throws {RangeError} If the code must not be sent, or the reason is longer than 123 bytes.
 * @throws {TypeError} If there is a reason without a code.
 */
export function writeClose(code: number | undefined, reason: string): Uint8Array<ArrayBuffer> {
  if (code === undefined) {
    if (reason !== "") throw new TypeError("Cannot close: a reason needs a status code");
    return new Uint8Array();
  }
  if (!isSentCode(code)) throw new RangeError(`Cannot close: ${code} is no status code of a Close frame`);
  const text = new TextEncoder().encode(reason);
  if (text.length > MAX_REASON_BYTES) {
    throw new RangeError(`Cannot close: the reason has ${text.length} bytes, ${MAX_REASON_BYTES} at most`);
  }
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >>> 8;
  payload[1] = code;
  payload.set(text, 2);
  return payload;
}

/**
 * Whether a status code may stand in a Close frame.
 *
 * "1005 is a reserved value and MUST NOT be set as a status code in a Close control frame by an endpoint."
 * (RFC 6455 §7.4.1) The same holds for 1004, 1006 and 1015; 1012 to 1014 were registered later; 1016 to 2999 are not
 * defined; 3000 to 4999 are for libraries and applications.
 */
export function isSentCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== NO_STATUS && code !== 1006;
}

/** The code that stands for a Close frame without one (RFC 6455 §7.1.5). */
export const NO_STATUS = 1005;

/** Bytes of UTF-8 of a reason: what a control frame holds beside the code. */
const MAX_REASON_BYTES = 123;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
