/**
 * The serializer of fields, and the framing of content that is sent.
 *
 * Every name and value of a caller is checked: a CR, an LF or a NUL on the wire would begin a second message, made by the
 * author of the value. A field that may not be sent is a `TypeError`, and nothing is written.
 *
 * @module
 */

import { type Field, isFieldValue, parseContentLength, TOKEN_BYTES } from "../http/fields.ts";
import { checkTrailerNames } from "../http/trailers.ts";

/** The length of content in bytes; `"unknown"` when it is known only at the end. */
export type ContentLength = number | "unknown";

/** The framing of content that is sent: a number of bytes, chunks, or up to the end of the connection. */
export type OutgoingFraming = number | "chunked" | "close";

/** A head as text, each code unit a byte, and the framing of its content. */
export interface WrittenHead {
  /** The text to send. */
  readonly text: string;
  /** The same as bytes, where those are at hand. */
  readonly bytes?: Uint8Array;
  /** The framing of the content. */
  readonly framing: OutgoingFraming;
  /** Whether the connection persists, by this message (RFC 9112 §9.3). */
  readonly persistent: boolean;
}

/** The bytes of names: 1 for those of tokens without upper case, because names are compared in lower case. */
const NAME_BYTES = TOKEN_BYTES.slice();
NAME_BYTES.fill(0, 0x41, 0x5b);

/**
 * Checks every name and value.
 *
 * @throws {TypeError} If a name or value is not valid.
 */
export function checkFields(fields: readonly Field[]): void {
  for (const field of fields) {
    const name = field[0];
    if (!isName(name)) throw new TypeError("Cannot send a field: its name is not a token in lower case");
    if (!isFieldValue(field[1])) {
      throw new TypeError(`Cannot send field "${name}": its value has a character that no value may have`);
    }
  }
}

function isName(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (NAME_BYTES[text.charCodeAt(i)] !== 1) return false;
  }
  return text.length > 0;
}

/**
 * The lines of the fields, without Content-Length and Transfer-Encoding: {@linkcode writeFraming} writes those, once, from
 * the framing that was decided.
 */
export function writeFields(fields: readonly Field[]): string {
  let text = "";
  for (const field of fields) {
    if (field[0] === "content-length" || field[0] === "transfer-encoding") continue;
    text += `${field[0]}: ${field[1]}\r\n`;
  }
  return text;
}

/** Writes the line that states a framing. Content-Length is written here and nowhere else. */
export function writeFraming(framing: OutgoingFraming): string {
  if (framing === "chunked") return "transfer-encoding: chunked\r\n";
  return framing === "close" ? "connection: close\r\n" : `content-length: ${framing}\r\n`;
}

/**
 * Decides the framing of content.
 *
 * @param stated The caller's own Content-Length, if there is one.
 * @param content The length that the caller announces.
 * @param otherwise The framing where no length is known.
 * @throws {TypeError} If a length is malformed, or the two disagree.
 */
export function toFraming(
  stated: string | undefined,
  content: ContentLength,
  otherwise: "chunked" | "close",
): OutgoingFraming {
  if (stated === undefined) return content === "unknown" ? otherwise : checkLength(content);
  const length = toLength(stated);
  if (content !== "unknown" && content !== length) {
    throw new TypeError(`Cannot send content of ${content} bytes: field "content-length" says ${length}`);
  }
  return length;
}

/**
 * Parses a caller's own Content-Length.
 *
 * @throws {TypeError} If it is malformed.
 */
export function toLength(stated: string): number {
  const length = parseContentLength(stated);
  if (length === undefined) {
    throw new TypeError('Cannot send field "content-length": it is not one decimal number');
  }
  return length;
}

function checkLength(length: number): number {
  if (Number.isSafeInteger(length) && length >= 0) return length;
  throw new TypeError(`Cannot send content of ${length} bytes: a length is a whole number below 2^53`);
}

/**
 * Writes trailer fields and the empty line.
 *
 * @throws {TypeError} If a field is not valid, or may not stand in trailers.
 */
export function writeTrailers(fields: readonly Field[]): string {
  checkFields(fields);
  checkTrailerNames(fields);
  return writeFields(fields) + "\r\n";
}
