/**
 * The one error of the client.
 *
 * `fetch` rejects with a `TypeError`, so do we; what ours adds is a code to branch on, the failure underneath
 * as `cause`, and a hint that says what to do.
 *
 * @module
 */

/**
 * What went wrong. The words are stable; the messages are not.
 *
 * | code | meaning |
 * |---|---|
 * | `invalid_request` | the arguments cannot be made into a request |
 * | `invalid_url` | the URL cannot be parsed, or has no host |
 * | `unsupported_scheme` | neither `http:` nor `https:`, on the first URL or on a redirect |
 * | `https_required` | an `http:` URL with `httpsOnly`, on the first URL or on a redirect |
 * | `no_tls_connector` | an `https:` URL with `tls: false` |
 * | `unsupported_option` | options that cannot be honoured together |
 * | `dns` | the name has no address |
 * | `connection_refused` | nothing listens there |
 * | `connect_failed` | the connection could not be made for another reason |
 * | `permission_denied` | the runtime does not grant the access |
 * | `connect_timeout`, `handshake_timeout`, `headers_timeout`, `body_timeout`, `total_timeout` | the stage took longer than allowed |
 * | `certificate_expired`, `certificate_not_yet_valid`, `certificate_wrong_name`, `certificate_unknown_issuer`, `certificate_revoked`, `certificate_invalid` | the peer's certificate was refused |
 * | `certificate_rejected` | it was refused by the `verifier`, or has none of the `pins` |
 * | `roots_unavailable` | the roots to trust could not be loaded |
 * | `handshake_failed` | TLS could not agree, for another reason |
 * | `protocol_error` | the peer broke the rules of HTTP |
 * | `too_large` | the peer sent more than a limit allows: a head, 1xx responses, decoded content |
 * | `truncated` | the connection ended inside a message |
 * | `connection_closed` | the connection ended before an answer |
 * | `refused` | the server refused the request unprocessed, more often than it is sent again |
 * | `stream_reset` | the server reset the HTTP/2 stream |
 * | `too_many_redirects` | the redirect limit was met |
 * | `redirect_refused` | a redirect that must not or cannot be followed |
 * | `decoding_failed` | the content does not decode as its Content-Encoding says |
 * | `request_body_failed` | the source of the request's content failed |
 * | `client_closed` | the client was closed |
 */
export type ClientErrorCode =
  | "invalid_request"
  | "invalid_url"
  | "unsupported_scheme"
  | "https_required"
  | "no_tls_connector"
  | "unsupported_option"
  | "dns"
  | "connection_refused"
  | "connect_failed"
  | "permission_denied"
  | "connect_timeout"
  | "handshake_timeout"
  | "headers_timeout"
  | "body_timeout"
  | "total_timeout"
  | "certificate_expired"
  | "certificate_not_yet_valid"
  | "certificate_wrong_name"
  | "certificate_unknown_issuer"
  | "certificate_revoked"
  | "certificate_invalid"
  | "certificate_rejected"
  | "roots_unavailable"
  | "handshake_failed"
  | "protocol_error"
  | "too_large"
  | "truncated"
  | "connection_closed"
  | "refused"
  | "stream_reset"
  | "too_many_redirects"
  | "redirect_refused"
  | "decoding_failed"
  | "request_body_failed"
  | "client_closed";

/** What {@linkcode ClientError} takes besides code and message. */
export interface ClientErrorOptions extends ErrorOptions {
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string;
}

/**
 * Why a request failed.
 *
 * The message names the host but never the userinfo or the query of a URL, nor any field's value.
 * An aborted request rejects with the signal's reason instead, as `fetch` does.
 *
 * @example Branching on the code
 * ```ts
 * import { Client, ClientError } from "@ductile/ductile";
 * import { assert, assertEquals, assertRejects } from "@std/assert";
 *
 * using client = new Client({ httpsOnly: true });
 * const error = await assertRejects(() => client.fetch("http://localhost/"), ClientError);
 * assertEquals(error.code, "https_required");
 * assert(error instanceof TypeError); // as with the global fetch
 * ```
 */
export class ClientError extends TypeError {
  /** `ClientError`. */
  override readonly name = "ClientError";
  /** What went wrong. */
  readonly code: ClientErrorCode;
  /** What can be done about it, where there is something. */
  readonly hint?: string;

  /**
   * Makes an error.
   *
   * @param code What went wrong.
   * @param message What was refused and why.
   * @param options The failure underneath, and the hint.
   */
  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, options);
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}
