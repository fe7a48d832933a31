/**
 * Text that can be shown: whatever a peer writes, a terminal or a page gets visible characters alone.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";

/**
 * `text` with everything escaped that is not visible as it is: control characters, those that change the direction of
 * text or have no width, separators of lines.
 */
export function visible(text: string): string {
  return INVISIBLE.test(text) ? text.replace(EACH_INVISIBLE, escaped) : text;
}

const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/u;
const EACH_INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** Bytes that are meant to be ASCII, in quotation marks; each other byte as an escape. */
export function quoted(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, MAX_QUOTED_BYTES);
  const text = Array.from(
    shown,
    (byte) =>
      byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c
        ? `\\x${byte.toString(16).padStart(2, "0")}`
        : String.fromCharCode(byte),
  ).join("");
  return `"${text}"${shown.length < bytes.length ? ` and ${bytes.length - shown.length} more bytes` : ""}`;
}

/** Bytes that are quoted as text: the longest DNS name and the longest protocol name fit. */
const MAX_QUOTED_BYTES = 255;

/** Bytes as hexadecimal, in pairs: `16 03 01`. */
export function hexPairs(bytes: Uint8Array): string {
  return encodeHex(bytes).replace(/../g, "$& ").trimEnd();
}

/** `1 byte`, `32 bytes`. */
export function lengthText(length: number): string {
  return length === 1 ? "1 byte" : `${length} bytes`;
}
