/**
 * The error of the client for each failure of the layers below.
 *
 * Every layer has its own errors (`Http1Error`, `Http2Error`, `TlsError`, the runtime's system errors). Callers get one
 * class with a code; the failure underneath is its `cause`.
 *
 * @module
 */

import { HttpError } from "../../http/error.ts";
import type { Http2Error } from "../../http2/mod.ts";
import type { AlertName, TlsErrorCode } from "../../tls/mod.ts";
import { systemErrorName } from "../runtime.ts";
import { ClientError, type ClientErrorCode } from "./client_error.ts";

/**
 * The {@linkcode ClientError} for a failure of a layer below, or `error` itself where it is none: the reason of an
 * abort signal, or an exception of the caller's own code.
 *
 * @param host The host and port that the request was for.
 */
export function toClientError(error: unknown, host: string): unknown {
  if (error instanceof ClientError) return error;
  if (error instanceof HttpError) return fromHttp(error, host);
  if (error instanceof Error && error.name === "TlsError") return fromTls(error, host);
  const name = systemErrorName(error);
  return name === undefined || !(error instanceof Error) ? error : fromSystem(error, name, host);
}

/**
 * The {@linkcode ClientError} for a connection that could not be made, for any error that was thrown.
 *
 * @param host The host and port that were dialled.
 */
export function toConnectError(error: unknown, host: string): unknown {
  const known = toClientError(error, host);
  // The runtime reports a failed name lookup as a plain Error; a caller's own `dial` may throw anything.
  return known === error && error instanceof Error && !(error instanceof ClientError)
    ? fromSystem(error, "", host)
    : known;
}

/** The codes for those of a driver; any other becomes `protocol_error`. */
const HTTP_CODES: Readonly<Record<string, ClientErrorCode>> = {
  truncated: "truncated",
  connection_closed: "connection_closed",
  keep_alive_timeout: "connection_closed",
  settings_timeout: "handshake_timeout",
  closed: "client_closed",
  head_too_large: "too_large",
  trailers_too_large: "too_large",
  too_many_informational: "too_large",
  ENHANCE_YOUR_CALM: "too_large",
  request_body_failed: "request_body_failed",
  no_extended_connect: "tunnel_refused",
};

function fromHttp(error: HttpError, host: string): ClientError {
  const alert = isAboutCertificates(error.cause);
  const isMissing = wantsCertificate(error.cause);
  return new ClientError(
    isMissing ? "client_certificate_required" : alert ? "handshake_failed" : httpCode(error),
    `Cannot complete the exchange with "${host}": ${uncapitalize(error.message)}${
      reasonBehind(error.cause, alert)
    }`,
    {
      cause: error,
      ...(alert && {
        hint: isMissing
          ? "The server wants a client certificate: see cert and key."
          : "The server may want a client certificate, or another one: see cert and key.",
      }),
    },
  );
}

/**
 * Whether the server ended TLS with an alert about certificates. With TLS 1.3 it arrives after the handshake, at the
 * first read. Deno's TLS tells of alerts only in the text of its message.
 */
function isAboutCertificates(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return cause.name === "TlsError" && "alert" in cause
    ? IDENTITY_ALERTS.has(cause.alert)
    : /fatal alert/i.test(cause.message);
}

/** Whether the server ended TLS because the client showed no certificate. */
function wantsCertificate(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return cause.name === "TlsError" && "alert" in cause
    ? cause.alert === "certificate_required"
    : /fatal alert: CertificateRequired/i.test(cause.message);
}

/** The reason of TLS for a connection that failed, as the end of a message. */
function reasonBehind(cause: unknown, alert: boolean): string {
  if (!(cause instanceof Error) || !(alert || cause.name === "TlsError")) return "";
  return `: ${uncapitalize(cause.message.replace(/^Cannot [^:]*: /, ""))}`;
}

/** The alerts by which a server refuses a client's certificate, or the lack of one (RFC 9846 §6.2). */
const IDENTITY_ALERTS: ReadonlySet<unknown> = new Set<AlertName>([
  "handshake_failure",
  "bad_certificate",
  "unsupported_certificate",
  "certificate_revoked",
  "certificate_expired",
  "certificate_unknown",
  "unknown_ca",
  "access_denied",
  "decrypt_error",
  "certificate_required",
]);

function httpCode(error: HttpError): ClientErrorCode {
  if (error.progress === "refused") return "refused";
  if (isHttp2Error(error) && error.initiator === "remote") {
    return error.scope === "stream" ? "stream_reset" : "connection_closed";
  }
  return HTTP_CODES[error.code] ?? "protocol_error";
}

/** Whether an error is that of HTTP/2, by its name: clients of HTTP/1.1 never load its class. */
function isHttp2Error(error: HttpError): error is Http2Error {
  return error.name === "Http2Error";
}

/** The codes for those of a `TlsError`; any other becomes `handshake_failed`. */
const TLS_CODES: ReadonlyMap<unknown, ClientErrorCode> = new Map<TlsErrorCode, ClientErrorCode>([
  ["certificate_expired", "certificate_expired"],
  ["certificate_not_yet_valid", "certificate_not_yet_valid"],
  ["certificate_wrong_name", "certificate_wrong_name"],
  ["certificate_unknown_issuer", "certificate_unknown_issuer"],
  ["certificate_revoked", "certificate_revoked"],
  ["certificate_invalid", "certificate_invalid"],
  ["certificate_too_large", "certificate_invalid"],
  ["certificate_rejected", "certificate_rejected"],
  ["pin_mismatch", "pin_mismatch"],
  ["certificate_required", "client_certificate_required"],
  ["bad_certificate_pem", "bad_certificate_pem"],
  ["bad_key_pem", "bad_key_pem"],
  ["connect_timeout", "connect_timeout"],
  ["handshake_timeout", "handshake_timeout"],
  ["unsupported_option", "unsupported_option"],
  ["invalid_option", "unsupported_option"],
]);

function fromTls(error: Error & { code?: unknown; hint?: unknown }, host: string): ClientError {
  return new ClientError(
    TLS_CODES.get(error.code) ?? "handshake_failed",
    `Cannot connect to "${host}": ${uncapitalize(error.message)}`,
    {
      cause: error,
      ...(typeof error.hint === "string" && { hint: error.hint }),
    },
  );
}

function fromSystem(error: Error, name: string, host: string): ClientError {
  const make = (code: ClientErrorCode, reason: string, hint?: string): ClientError =>
    new ClientError(code, `Cannot connect to "${host}": ${reason}`, {
      cause: error,
      ...(hint !== undefined && { hint }),
    });
  switch (name) {
    case "ConnectionRefused":
      return make("connection_refused", "nothing listens there", "Check the port, and that the server runs.");
    case "NotCapable":
      return make(
        "permission_denied",
        "the runtime does not allow it",
        `Run with ${flagIn(error.message, host)}.`,
      );
    case "PermissionDenied":
      return make(
        "permission_denied",
        "the operating system does not allow it",
        "Check the firewall and this user's rights.",
      );
    case "TimedOut":
      return make("connect_timeout", "the other end does not answer", "Check the address and the firewall.");
    case "ConnectionReset":
    case "ConnectionAborted":
    case "BrokenPipe":
    case "UnexpectedEof":
    case "NotConnected":
    case "BadResource":
    case "Interrupted":
      return make("connection_closed", "the connection ended");
    default:
      if (/too many open files|\bEMFILE\b/i.test(error.message)) {
        return make("connect_failed", uncapitalize(error.message), TOO_MANY_FILES);
      }
      return /lookup|resolve|name or service|nodename|getaddrinfo/i.test(error.message)
        ? make("dns", "the name has no address", "Check the spelling of the host name.")
        : make("connect_failed", uncapitalize(error.message));
  }
}

/** The flag for what a message of the runtime says: an address may be denied where the name of the host is allowed. */
function flagIn(message: string, host: string): string {
  const [, kind = "net", name = host] = /^Requires ([a-z]{1,10}) access to "([^"]{1,300})"/.exec(message) ??
    [];
  return `--allow-${kind}=${name}`; // an address comes with its port, as the flag wants it
}

const TOO_MANY_FILES =
  "Read or cancel every response, set pool.maxConnectionsPerOrigin, or raise the limit (ulimit -n).";

function uncapitalize(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
