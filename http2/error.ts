/**
 * The one error of HTTP/2.
 *
 * The code on the wire follows from the error's code by one table here; it is never chosen where an error is
 * thrown.
 *
 * @module
 */

import { HttpError, type HttpErrorOptions } from "../http/error.ts";
import { ErrorCode, type ErrorCodeName } from "./protocol.ts";

/**
 * The code of an error: one of the RFC's names (RFC 9113 §7), or
 *
 * - `head_too_large`: a field section is larger than the limit.
 * - `uri_too_long`: the path of a request is longer than the limit.
 * - `too_many_informational`: the 1xx responses before a response have more bytes than the limit.
 * - `truncated`: the connection ended inside a response.
 * - `connection_closed`: the connection ended, or goes away, before a response.
 * - `keep_alive_timeout`: a keep-alive PING was not acknowledged in time.
 * - `settings_timeout`: the peer's SETTINGS did not come in time.
 * - `request_body_failed`: the source of the request's content failed, or its length is not what it said.
 * - `no_extended_connect`: the server has not allowed extended CONNECT (RFC 8441 §3), so no stream can carry another protocol.
 * - `closed`: this end closed the connection, or the tunnel.
 */
export type Http2ErrorCode =
  | ErrorCodeName
  | "head_too_large"
  | "uri_too_long"
  | "too_many_informational"
  | "truncated"
  | "connection_closed"
  | "keep_alive_timeout"
  | "settings_timeout"
  | "request_body_failed"
  | "no_extended_connect"
  | "closed";

/** The scope of an error: one stream, or the connection with all of its streams (RFC 9113 §5.4). */
export type Http2ErrorScope = "stream" | "connection";

/** Options of {@linkcode Http2Error}. */
export interface Http2ErrorOptions extends HttpErrorOptions {
  /** What the error ends; `connection` by default. */
  readonly scope?: Http2ErrorScope;
  /** The end that gave up; `local` by default, also where the peer's mistake led to it. */
  readonly initiator?: "local" | "remote";
}

/**
 * A failure of one stream or of the connection.
 *
 * @example The peer breaks a rule
 * ```ts
 * import { Http2Connection, Http2Error } from "@ductile/ductile/http2";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const machine = new Http2Connection("client");
 * machine.receive(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
 * const error = assertThrows(() => machine.next(), Http2Error);
 * assertEquals([error.code, error.scope], ["PROTOCOL_ERROR", "connection"]);
 * ```
 */
export class Http2Error extends HttpError {
  /** `Http2Error`. */
  override readonly name = "Http2Error";
  /** The code. */
  readonly code: Http2ErrorCode;
  /** What the error ends. */
  readonly scope: Http2ErrorScope;
  /** The end that gave up: `remote` when it was by the peer's RST_STREAM or GOAWAY. */
  readonly initiator: "local" | "remote";

  /**
   * Makes an error.
   *
   * @param code The code.
   * @param message "Cannot do x: reason".
   * @param options The scope, the initiator, how far the request got, and the cause.
   */
  constructor(code: Http2ErrorCode, message: string, options: Http2ErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.scope = options.scope ?? "connection";
    this.initiator = options.initiator ?? "local";
  }
}

/** Makes an error of one stream; `message` is "Cannot do x: reason". */
export function streamError(code: Http2ErrorCode, message: string): Http2Error {
  return new Http2Error(code, message, { scope: "stream" });
}

/**
 * The status of a server's response to a request that it does not read: 414 or 431 (RFC 9110 §15.5.15, RFC 6585 §5);
 * `undefined` where the stream is reset.
 */
export function statusFor(code: Http2ErrorCode): number | undefined {
  return code === "head_too_large" ? 431 : code === "uri_too_long" ? 414 : undefined;
}

/** The error code of RST_STREAM and GOAWAY for an error (RFC 9113 §7). */
export function wireCode(code: Http2ErrorCode): number {
  return code in ErrorCode ? ErrorCode[code as ErrorCodeName] : LOCAL_CODES[code as LocalCode];
}

type LocalCode = Exclude<Http2ErrorCode, ErrorCodeName>;

const LOCAL_CODES: Readonly<Record<LocalCode, number>> = {
  head_too_large: ErrorCode.PROTOCOL_ERROR,
  uri_too_long: ErrorCode.PROTOCOL_ERROR,
  too_many_informational: ErrorCode.ENHANCE_YOUR_CALM,
  truncated: ErrorCode.NO_ERROR,
  connection_closed: ErrorCode.NO_ERROR,
  keep_alive_timeout: ErrorCode.NO_ERROR,
  settings_timeout: ErrorCode.SETTINGS_TIMEOUT,
  request_body_failed: ErrorCode.CANCEL,
  no_extended_connect: ErrorCode.CANCEL,
  closed: ErrorCode.NO_ERROR,
};
