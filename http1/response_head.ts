/**
 * The head of a response, checked and written.
 *
 * @module
 */

import { type Field, isFieldValue } from "../http/fields.ts";
import {
  checkFields,
  type ContentLength,
  type OutgoingFraming,
  toFraming,
  toLength,
  writeFields,
  type WrittenHead,
} from "./outgoing_fields.ts";

/** What a response begins with. */
export interface ResponseHead {
  /** Three digits. */
  readonly status: number;
  /** The reason phrase; none by default. */
  readonly statusText?: string;
  /** The fields in the order to send, names lower-case. */
  readonly fields: readonly Field[];
}

/** What a response answers. */
export interface Answered {
  /** The method of the request. */
  readonly method: string;
  /** Whether its sender knows HTTP/1.1, and so the chunked coding. */
  readonly chunkedAllowed: boolean;
}

/**
 * Writes the head of a response, in HTTP/1.1, which every recipient of a lower minor version understands.
 *
 * @param content How long the content will be.
 * @throws {TypeError} If a part of the head may not be sent.
 */
export function writeResponseHead(
  head: ResponseHead,
  content: ContentLength,
  { method, chunkedAllowed }: Answered,
): WrittenHead {
  const { status, statusText = "", fields } = head;
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw new TypeError(`Cannot send status ${status}: it has not three digits`);
  }
  if (!isFieldValue(statusText)) throw new TypeError("Cannot send a status text with control characters");
  const own = checkFields(fields);
  const start = `HTTP/1.1 ${status} ${statusText}\r\n${writeFields(fields)}`;
  const switches = method === "CONNECT" && status >= 200 && status < 300;
  const length = own.contentLength;
  if (status < 200 || status === 204 || switches) {
    // "A server MUST NOT send a Content-Length header field in any response with a status code of 1xx
    // (Informational) or 204 (No Content)" nor "in any 2xx (Successful) response to a CONNECT request" (RFC 9110
    // §8.6); of Transfer-Encoding RFC 9112 §6.1 says the same.
    if (
      length !== undefined || own.transferEncoding !== undefined || (content !== 0 && content !== "unknown")
    ) {
      throw new TypeError(`Cannot send status ${status} with content`);
    }
    return { framing: 0, text: start + "\r\n" };
  }
  // What these say of their content is about a response that is not sent.
  if (method === "HEAD" || status === 304) {
    const stated = own.transferEncoding !== undefined
      ? "transfer-encoding: chunked\r\n"
      : length !== undefined
      ? `content-length: ${toLength(length)}\r\n`
      : "";
    return { framing: 0, text: `${start}${stated}\r\n` };
  }
  let framing: OutgoingFraming;
  if (own.transferEncoding !== undefined) {
    if (own.transferEncoding.toLowerCase() !== "chunked" || !chunkedAllowed) {
      throw new TypeError(
        'Cannot send field "transfer-encoding": only chunked can be applied, and to HTTP/1.1 only',
      );
    }
    framing = "chunked";
  } else {
    framing = toFraming(length, content, chunkedAllowed ? "chunked" : "close");
  }
  const stated = framing === "chunked"
    ? "transfer-encoding: chunked\r\n"
    : framing === "close"
    ? "connection: close\r\n"
    : `content-length: ${framing}\r\n`;
  return { framing, text: `${start}${stated}\r\n` };
}
