/**
 * The code points of HTTP/2, by the names that RFC 9113 gives them.
 *
 * @module
 */

/** The types of frames (RFC 9113 §6; RFC 9218 §7.1). Others are ignored. */
export const FrameType = {
  DATA: 0x00,
  HEADERS: 0x01,
  PRIORITY: 0x02,
  RST_STREAM: 0x03,
  SETTINGS: 0x04,
  PUSH_PROMISE: 0x05,
  PING: 0x06,
  GOAWAY: 0x07,
  WINDOW_UPDATE: 0x08,
  CONTINUATION: 0x09,
  PRIORITY_UPDATE: 0x10,
} as const;

/** The flags of frames; what a bit means depends on the type (RFC 9113 §6). */
export const Flag = {
  /** DATA, HEADERS: the last frame that the sender sends on the stream. */
  END_STREAM: 0x01,
  /** SETTINGS, PING: an acknowledgement. */
  ACK: 0x01,
  /** HEADERS, CONTINUATION: the field block ends here. */
  END_HEADERS: 0x04,
  /** DATA, HEADERS: padding is there. */
  PADDED: 0x08,
  /** HEADERS: the deprecated priority fields are there. */
  PRIORITY: 0x20,
} as const;

/** The settings (RFC 9113 §6.5.2; RFC 8441 §3). Others are ignored. */
export const SettingId = {
  HEADER_TABLE_SIZE: 0x01,
  ENABLE_PUSH: 0x02,
  MAX_CONCURRENT_STREAMS: 0x03,
  INITIAL_WINDOW_SIZE: 0x04,
  MAX_FRAME_SIZE: 0x05,
  MAX_HEADER_LIST_SIZE: 0x06,
  ENABLE_CONNECT_PROTOCOL: 0x08,
} as const;

/** The error codes of RST_STREAM and GOAWAY (RFC 9113 §7). */
export const ErrorCode = {
  NO_ERROR: 0x00,
  PROTOCOL_ERROR: 0x01,
  INTERNAL_ERROR: 0x02,
  FLOW_CONTROL_ERROR: 0x03,
  SETTINGS_TIMEOUT: 0x04,
  STREAM_CLOSED: 0x05,
  FRAME_SIZE_ERROR: 0x06,
  REFUSED_STREAM: 0x07,
  CANCEL: 0x08,
  COMPRESSION_ERROR: 0x09,
  CONNECT_ERROR: 0x0a,
  ENHANCE_YOUR_CALM: 0x0b,
  INADEQUATE_SECURITY: 0x0c,
  HTTP_1_1_REQUIRED: 0x0d,
} as const;

/** The name of an error code (RFC 9113 §7). */
export type ErrorCodeName = keyof typeof ErrorCode;

/**
 * The name of an error code as it came over the wire.
 *
 * "Unknown or unsupported error codes MUST NOT trigger any special behavior. These MAY be treated by an
 * implementation as being equivalent to INTERNAL_ERROR." (RFC 9113 §7)
 */
export function errorCodeName(code: number): ErrorCodeName {
  return ERROR_CODE_NAMES[code] ?? "INTERNAL_ERROR";
}

const ERROR_CODE_NAMES = Object.keys(ErrorCode) as ErrorCodeName[]; // listed above in the order of their codes

/** The connection preface of a client, before its SETTINGS (RFC 9113 §3.4). */
export const CLIENT_PREFACE: Uint8Array = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** The length of a frame header (RFC 9113 §4.1). */
export const FRAME_HEADER_LENGTH = 9;

/** The largest stream identifier (RFC 9113 §4.1). */
export const MAX_STREAM_ID = 0x7fff_ffff;

/** The largest flow-control window (RFC 9113 §6.9.1). */
export const MAX_WINDOW = 0x7fff_ffff;

/** The flow-control window of the connection, and of streams by default, to begin with (RFC 9113 §6.9.2). */
export const DEFAULT_WINDOW = 65_535;

/** The least SETTINGS_MAX_FRAME_SIZE, which every endpoint accepts (RFC 9113 §4.2). */
export const MIN_MAX_FRAME_SIZE = 16_384;

/** The largest SETTINGS_MAX_FRAME_SIZE (RFC 9113 §6.5.2). */
export const MAX_MAX_FRAME_SIZE = 0xff_ffff;
