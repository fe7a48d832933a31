/**
 * As much of the wire form of HTTP/2 as a loop over a socket needs (RFC 9113 §4.1, §6).
 *
 * @module
 */

/** RFC 9113 §6 */
export const FrameType = {
  DATA: 0x00,
  HEADERS: 0x01,
  RST_STREAM: 0x03,
  SETTINGS: 0x04,
  PING: 0x06,
  GOAWAY: 0x07,
  WINDOW_UPDATE: 0x08,
} as const;

/** RFC 9113 §6.1, §6.2, §6.5, §6.7 */
export const Flag = { END_STREAM: 0x01, ACK: 0x01, END_HEADERS: 0x04 } as const;

/** RFC 9113 §6.5.2 */
export const SETTINGS_INITIAL_WINDOW_SIZE = 0x04;
/** RFC 9113 §7 */
export const REFUSED_STREAM = 0x07;

/** The largest window there is (RFC 9113 §6.9.1). */
export const MAX_WINDOW = 0x7fffffff;
/** The window that every connection begins with (RFC 9113 §6.9.2). */
export const FIRST_WINDOW = 65_535;

/** The length of a frame header. */
export const FRAME_HEADER = 9;

/** A whole frame. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER + payload.length);
  bytes.set(u32(payload.length << 8 | type));
  bytes[4] = flags;
  bytes.set(u32(stream), 5);
  bytes.set(payload, FRAME_HEADER);
  return bytes;
}

/**
 * The header block of a GET over https: `:method` and `:scheme` from the static table, `:path` and `:authority` as
 * literals that are neither indexed nor Huffman coded (RFC 7541 §6.1, §6.2.2).
 */
export function getBlock(path: string, authority: string): Uint8Array {
  return Uint8Array.of(0x82, 0x87, 0x04, ...literal(path), 0x01, ...literal(authority));
}

/** Four bytes, the most significant first. */
export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** Reads up to four bytes, the most significant first. */
export function int(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value << 8 | (bytes[at + i] ?? 0);
  return value;
}

/** A string of at most 126 bytes (RFC 7541 §5.2). */
function literal(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return Uint8Array.of(bytes.length, ...bytes);
}
