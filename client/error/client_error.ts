/**
 * The error of the client.
 *
 * Like that of the global `fetch` it is a `TypeError`. It adds a code to branch on, the failure underneath as `cause`,
 * and a hint that says what to do.
 *
 * Libraries recognise a network failure of `fetch` by its name and its whole message, so both are part of the contract:
 * such a failure is called `fetch failed`, as by undici, and the sentence that says what happened is the message of
 * its `cause`. {@linkcode ClientError.detail} is that sentence in either case.
 *
 * @module
 */

/**
 * The reason of a {@linkcode ClientError}. Codes are stable; messages are not.
 *
 * | code | meaning |
 * |---|---|
 * | `invalid_request` | the arguments cannot be made into a request |
 * | `invalid_url` | the URL cannot be parsed, or has no host |
 * | `unsupported_scheme` | the scheme is neither `http:` nor `https:`, on the first URL or on a redirect |
 * | `https_required` | an `http:` URL with `httpsOnly`, on the first URL or on a redirect |
 * | `no_tls_connector` | an `https:` URL with `tls: false` |
 * | `unsupported_option` | options that cannot be honoured together |
 * | `dns` | the host name has no address |
 * | `connection_refused` | nothing listens on the port |
 * | `connect_failed` | the connection could not be made for another reason |
 * | `permission_denied` | the runtime does not grant the access |
 * | `connect_timeout`, `handshake_timeout`, `headers_timeout`, `body_timeout`, `total_timeout` | the stage took longer than allowed |
 * | `certificate_expired`, `certificate_not_yet_valid`, `certificate_wrong_name`, `certificate_unknown_issuer`, `certificate_revoked`, `certificate_invalid` | the peer's certificate was refused |
 * | `certificate_rejected` | it was refused by the `verifier` |
 * | `pin_mismatch` | it has none of the `pins` |
 * | `client_certificate_required` | the server wants a client certificate |
 * | `bad_certificate_pem`, `bad_key_pem` | a certificate or key of the options cannot be read, or they do not fit each other |
 * | `roots_unavailable` | the roots to trust could not be loaded |
 * | `handshake_failed` | TLS could not agree, for another reason |
 * | `protocol_error` | the peer broke the rules of HTTP |
 * | `too_large` | the peer sent more than a limit allows: a head, 1xx responses, decoded content |
 * | `truncated` | the connection ended inside a message |
 * | `connection_closed` | the connection ended before a response |
 * | `refused` | the server refused the request unprocessed, and its retries |
 * | `stream_reset` | the server reset the HTTP/2 stream |
 * | `tunnel_refused` | the server refused to switch protocols, or to open a tunnel; `status` and `headers` tell more |
 * | `too_many_redirects` | the redirect limit was met |
 * | `redirect_refused` | a redirect that must not or cannot be followed |
 * | `decoding_failed` | the content does not decode as its Content-Encoding says |
 * | `request_body_failed` | the source of the request's content failed |
 * | `client_closed` | the client was closed |
 * | `proxy_auth_required` | a proxy wants credentials, or others (407, or a SOCKS method that was not offered) |
 * | `proxy_auth_failed` | a SOCKS proxy refused the credentials |
 * | `proxy_refused` | a proxy refused the tunnel; the message has its status or reply |
 * | `proxy_unreachable` | a SOCKS proxy cannot reach the network or host of the target |
 * | `proxy_closed` | a proxy ended the connection before its reply was complete |
 * | `proxy_protocol` | a proxy broke the rules of its protocol |
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
  | "pin_mismatch"
  | "client_certificate_required"
  | "bad_certificate_pem"
  | "bad_key_pem"
  | "roots_unavailable"
  | "handshake_failed"
  | "protocol_error"
  | "too_large"
  | "truncated"
  | "connection_closed"
  | "refused"
  | "stream_reset"
  | "tunnel_refused"
  | "too_many_redirects"
  | "redirect_refused"
  | "decoding_failed"
  | "request_body_failed"
  | "client_closed"
  | "proxy_auth_required"
  | "proxy_auth_failed"
  | "proxy_refused"
  | "proxy_unreachable"
  | "proxy_closed"
  | "proxy_protocol";

/** Options of {@linkcode ClientError}. */
export interface ClientErrorOptions extends ErrorOptions {
  /** A sentence that says what can be done. */
  readonly hint?: string;
  /** The status of the response that refused. */
  readonly status?: number;
  /** The fields of the response that refused. */
  readonly headers?: Headers;
}

/**
 * The error of a request that failed, or of options that cannot be honoured.
 *
 * A failure of the network or of the peer has the message `fetch failed`, by which libraries recognise it, and as its
 * `cause` a `ClientError` of the same code whose message is {@linkcode detail}. An error that a retry would meet again,
 * such as a malformed argument, has the sentence as its own message.
 *
 * The sentence names the host but never the userinfo or the query of a URL, nor any field's value.
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
  /** The reason, to branch on. */
  readonly code: ClientErrorCode;
  /** A sentence that says what can be done; absent where nothing is known. */
  readonly hint?: string;
  /** The status of the response that refused a tunnel or an upgrade; absent for other failures. */
  readonly status?: number;
  /** The fields of the response that refused a tunnel or an upgrade; absent for other failures. */
  readonly headers?: Headers;

  /**
   * Makes an error.
   *
   * @param code The reason, to branch on.
   * @param message A sentence "Cannot do x: reason".
   * @param options The failure underneath, and the hint.
   */
  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, options);
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.status !== undefined) this.status = options.status;
    // Not shown when the error is printed: they may set cookies.
    if (options.headers !== undefined) {
      Object.defineProperty(this, "headers", { value: options.headers, enumerable: false });
    }
  }

  /** The sentence that says what happened: the message, or that of the cause where the message is `fetch failed`. */
  get detail(): string {
    return withoutWrapper(this).message;
  }
}

/**
 * The error that a caller gets for `error`: where it is a failure of the network or of the peer, one that libraries
 * recognise, made here so that its stack leads to the caller. Any other is returned as it is.
 */
export function toFetchFailure(error: unknown): unknown {
  if (!(error instanceof ClientError) || NEVER_RETRIED.has(error.code) || isWrapper(error)) return error;
  const { code, hint } = error;
  // Libraries look for a timeout in the text of the cause, which begins with its name.
  if (code.endsWith("_timeout")) Object.defineProperty(error, "name", { value: "TimeoutError" });
  return new ClientError(code, FETCH_FAILED, { cause: error, ...(hint !== undefined && { hint }) });
}

/** The error whose message is the sentence: that beneath `fetch failed`, or `error` itself. */
export function withoutWrapper(error: ClientError): ClientError {
  return isWrapper(error) && error.cause instanceof ClientError ? error.cause : error;
}

function isWrapper(error: ClientError): boolean {
  return error.message === FETCH_FAILED;
}

/** The message of every network failure in undici, which all libraries that look at messages know. */
const FETCH_FAILED = "fetch failed";

/** Codes of failures of this program or of its settings, which no retry mends. */
const NEVER_RETRIED: ReadonlySet<ClientErrorCode> = new Set([
  "no_tls_connector",
  "unsupported_option",
  "permission_denied",
  "roots_unavailable",
  "client_closed",
  "proxy_auth_required",
  "proxy_auth_failed",
]);
