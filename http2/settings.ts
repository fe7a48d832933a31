/**
 * The settings of one end (RFC 9113 §6.5).
 *
 * @module
 */

import { Http2Error } from "./error.ts";
import { MAX_SETTINGS } from "./limits.ts";
import { DEFAULT_WINDOW, MAX_MAX_FRAME_SIZE, MAX_WINDOW, MIN_MAX_FRAME_SIZE, SettingId } from "./protocol.ts";

/** The SETTINGS of one end: what it accepts from the other. */
export interface Http2Settings {
  /** The largest dynamic table for field blocks sent to it, in octets. */
  readonly headerTableSize: number;
  /** Whether it may be sent PUSH_PROMISE. */
  readonly enablePush: boolean;
  /** The most streams that the other end may have open at a time; `Infinity` where it did not say. */
  readonly maxConcurrentStreams: number;
  /** The flow-control window of a new stream, in bytes. */
  readonly initialWindowSize: number;
  /** The largest payload of a frame. */
  readonly maxFrameSize: number;
  /** The largest field section, each field counting its name, its value and 32; `Infinity` where it did not say. */
  readonly maxHeaderListSize: number;
  /** Whether it takes an extended CONNECT (RFC 8441 §3); only servers say so. */
  readonly enableConnectProtocol: boolean;
}

/** The settings before the first SETTINGS (RFC 9113 §6.5.2). */
export const DEFAULT_SETTINGS: Http2Settings = {
  headerTableSize: 4096,
  enablePush: true,
  maxConcurrentStreams: Infinity,
  initialWindowSize: DEFAULT_WINDOW,
  maxFrameSize: MIN_MAX_FRAME_SIZE,
  maxHeaderListSize: Infinity,
  enableConnectProtocol: false,
};

/**
 * The settings after a SETTINGS frame.
 *
 * @param settings The settings before it.
 * @param payload The frame's payload, a multiple of 6 bytes.
 * @param fromServer Whether a server sent it.
 * @throws {Http2Error} When a value is out of its range, or there are too many.
 */
export function applySettings(
  settings: Http2Settings,
  payload: Uint8Array,
  fromServer: boolean,
): Http2Settings {
  if (payload.length > 6 * MAX_SETTINGS) {
    throw new Http2Error(
      "ENHANCE_YOUR_CALM",
      `Cannot accept SETTINGS: it has more than ${MAX_SETTINGS} settings`,
    );
  }
  const next = { ...settings };
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  for (let at = 0; at < payload.length; at += 6) {
    const value = view.getUint32(at + 2);
    switch (view.getUint16(at)) {
      case SettingId.HEADER_TABLE_SIZE:
        next.headerTableSize = value;
        break;
      case SettingId.ENABLE_PUSH:
        // "Any value other than 0 or 1 MUST be treated as a connection error of type PROTOCOL_ERROR. ... A client
        // MUST treat receipt of a SETTINGS frame with SETTINGS_ENABLE_PUSH set to 1 as a connection error of type
        // PROTOCOL_ERROR." (RFC 9113 §6.5.2)
        if (value > (fromServer ? 0 : 1)) throw outOfRange("SETTINGS_ENABLE_PUSH", value, "PROTOCOL_ERROR");
        next.enablePush = value === 1;
        break;
      case SettingId.MAX_CONCURRENT_STREAMS:
        next.maxConcurrentStreams = value;
        break;
      case SettingId.INITIAL_WINDOW_SIZE:
        // "Values above the maximum flow-control window size of 2^31-1 MUST be treated as a connection error of
        // type FLOW_CONTROL_ERROR." (RFC 9113 §6.5.2)
        if (value > MAX_WINDOW) throw outOfRange("SETTINGS_INITIAL_WINDOW_SIZE", value, "FLOW_CONTROL_ERROR");
        next.initialWindowSize = value;
        break;
      case SettingId.MAX_FRAME_SIZE:
        // "Values outside this range MUST be treated as a connection error of type PROTOCOL_ERROR."
        // (RFC 9113 §6.5.2)
        if (value < MIN_MAX_FRAME_SIZE || value > MAX_MAX_FRAME_SIZE) {
          throw outOfRange("SETTINGS_MAX_FRAME_SIZE", value, "PROTOCOL_ERROR");
        }
        next.maxFrameSize = value;
        break;
      case SettingId.MAX_HEADER_LIST_SIZE:
        next.maxHeaderListSize = value;
        break;
      case SettingId.ENABLE_CONNECT_PROTOCOL:
        // "The value of the parameter MUST be 0 or 1. ... A sender MUST NOT send a SETTINGS_ENABLE_CONNECT_PROTOCOL
        // parameter with the value of 0 after previously sending a value of 1." (RFC 8441 §3)
        if (value > 1 || (value === 0 && next.enableConnectProtocol)) {
          throw outOfRange("SETTINGS_ENABLE_CONNECT_PROTOCOL", value, "PROTOCOL_ERROR");
        }
        next.enableConnectProtocol = value === 1;
        break;
      default: // "An endpoint that receives ... any unknown ... identifier MUST ignore that setting." (RFC 9113 §6.5.2)
    }
  }
  return next;
}

function outOfRange(name: string, value: number, code: "PROTOCOL_ERROR" | "FLOW_CONTROL_ERROR"): Http2Error {
  return new Http2Error(code, `Cannot accept ${name}: ${value} is out of its range`);
}
