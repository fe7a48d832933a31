/**
 * The error class of HTTP/1.1, and its codes.
 *
 * @module
 */

import { HttpError, type HttpErrorOptions } from "../http/error.ts";

/**
 * The kind of an {@linkcode Http1Error}.
 *
 * The peer broke a rule:
 * - `bad_request_line`, `bad_status_line`, `bad_version`: the first line of a message.
 * - `bad_header`: a field line, of the head or of the trailers.
 * - `bad_host`: a request with no Host field, with more than one, or with one that is not a host and port.
 * - `bad_content_length`, `bad_transfer_encoding`: the end of the content is not certain.
 * - `unknown_transfer_coding`: a request whose content is in a transfer coding other than chunked.
 * - `bad_chunk`: the chunked coding.
 * - `unexpected_bytes`: bytes on a connection without a request.
 * - `unexpected_upgrade`: a 101 to a request without Upgrade, or to a protocol that it did not offer.
 *
 * The peer exceeded a limit:
 * - `uri_too_long`, `head_too_large`, `trailers_too_large`, `too_many_informational`.
 *
 * The connection ended:
 * - `truncated`: inside a message.
 * - `connection_closed`: before the first byte of one.
 * - `closed`: by this end.
 *
 * The application failed:
 * - `request_body_failed`: the source of the request's content failed, or gave another length than it declared.
 */
export type Http1ErrorCode =
  | "bad_request_line"
  | "bad_status_line"
  | "bad_version"
  | "bad_header"
  | "bad_host"
  | "bad_content_length"
  | "bad_transfer_encoding"
  | "unknown_transfer_coding"
  | "bad_chunk"
  | "unexpected_bytes"
  | "unexpected_upgrade"
  | "uri_too_long"
  | "head_too_large"
  | "trailers_too_large"
  | "too_many_informational"
  | "truncated"
  | "connection_closed"
  | "closed"
  | "request_body_failed";

/**
 * A failure of an HTTP/1.1 connection, which cannot be used afterwards.
 *
 * @example A length that is not a number
 * ```ts
 * import { Http1Connection, Http1Error } from "@ductile/ductile/http1";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const machine = new Http1Connection("client");
 * machine.sendRequest({ method: "GET", target: "/", authority: "example.com", fields: [] });
 * machine.sendEnd();
 * machine.receive(new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: +8\r\n\r\n"));
 * const error = assertThrows(() => machine.next(), Http1Error);
 * assertEquals(error.code, "bad_content_length");
 * ```
 */
export class Http1Error extends HttpError {
  /** `Http1Error`. */
  override readonly name = "Http1Error";
  /** The kind of failure. */
  readonly code: Http1ErrorCode;

  /**
   * Makes an error.
   *
   * @param code The kind of failure.
   * @param message What cannot be done, and why.
   * @param options The cause, and how far the request got.
   */
  constructor(code: Http1ErrorCode, message: string, options: HttpErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }

  /**
   * The status of a server's response to a request that it could not read: 400, 414, 431, 501 or 505 (RFC 9110 §15,
   * RFC 6585 §5).
   */
  get statusHint(): number {
    return STATUS_HINTS[this.code] ?? 400;
  }
}

const STATUS_HINTS: Readonly<Partial<Record<Http1ErrorCode, number>>> = {
  uri_too_long: 414,
  head_too_large: 431,
  trailers_too_large: 431,
  // "A server that receives a request message with a transfer coding it does not understand SHOULD respond with 501
  // (Not Implemented)." (RFC 9112 §6.1)
  unknown_transfer_coding: 501,
  bad_version: 505,
};
