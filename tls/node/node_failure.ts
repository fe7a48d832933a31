/**
 * From the errors of `node:tls` to {@linkcode TlsError}, by their codes, which are those of OpenSSL.
 *
 * @module
 */

import { AlertDescription, type AlertName } from "../error/alert_description.ts";
import { TlsError, type TlsErrorOptions } from "../error/tls_error.ts";
import type { TlsErrorCode } from "../error/error_codes.ts";
import { MAX_QUOTED_CHARACTERS } from "../limits.ts";

/** Code, reason and hint of a failure. */
type Verdict = readonly [code: TlsErrorCode, reason: string, hint?: string];

/**
 * The error for a handshake that failed.
 *
 * @param error The error of the socket; `undefined` where it was closed without one.
 * @param serverName The name that was asked for.
 */
export function toHandshakeError(error: unknown, serverName: string): TlsError {
  if (error instanceof TlsError) return error;
  const verdict = verdictOf(error, serverName) ?? HUNG_UP;
  return tlsError(error, `Cannot shake hands with "${serverName}"`, verdict);
}

/**
 * The error for a connection that failed after its handshake; `error` itself where it has nothing to do with TLS. In
 * TLS 1.3 a server refuses a client's certificate only then (RFC 9846 §2).
 */
export function toStreamError(error: unknown, serverName: string): unknown {
  const verdict = alertOf(error) === undefined ? undefined : verdictOf(error, serverName);
  return verdict === undefined ? error : tlsError(error, `Cannot go on with "${serverName}"`, verdict);
}

/** The error for the end of a connection, of which the runtime does not tell whether it is a proper one. */
export function endOf(serverName: string): TlsError {
  return new TlsError(
    "unexpected_eof",
    `Cannot go on with "${serverName}": the connection ended, and this runtime does not tell whether properly`,
    { hint: 'Ductile\'s TLS tells: set roots to "mozilla".' },
  );
}

function tlsError(cause: unknown, what: string, [code, reason, hint]: Verdict): TlsError {
  const alert = alertOf(cause);
  const options: TlsErrorOptions = { cause, ...(alert && { alert }), ...(hint !== undefined && { hint }) };
  return new TlsError(code, `${what}: ${reason}`, options);
}

const CHECK_PORT = "Check that the port speaks TLS.";
const HUNG_UP: Verdict = ["unexpected_eof", "the server hung up", CHECK_PORT];

function verdictOf(error: unknown, serverName: string): Verdict | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return wrongName(error, serverName);
  const known = VERDICTS.get(code);
  if (known !== undefined) return known;
  const alert = alertOf(error);
  if (alert !== undefined) return verdictOnAlert(alert);
  return ["handshake_failed", error.message.slice(0, MAX_QUOTED_CHARACTERS)];
}

const NEW_NAME = "Use a name that the certificate has.";

function wrongName(error: Error, serverName: string): Verdict {
  const { cert } = error as { cert?: { subjectaltname?: unknown } }; // as Node documents it
  const names = typeof cert?.subjectaltname === "string"
    ? cert.subjectaltname.slice(0, MAX_QUOTED_CHARACTERS)
    : "";
  return [
    "certificate_wrong_name",
    names === ""
      ? "its certificate has no name of a server in a subjectAltName extension, and a common name does not count"
      : `its certificate is for ${names}, not for "${serverName}"`,
    NEW_NAME,
  ];
}

const UNKNOWN_ISSUER: Verdict = [
  "certificate_unknown_issuer",
  "no trusted authority signed its certificate",
  "Add the authority's certificate to caCerts, or let the server send the ones in between.",
];
const NOT_TLS: Verdict = [
  "handshake_failed",
  "the server's answer is not TLS",
  "Check that the port speaks TLS, or use http: for one that does not.",
];
const RESET: Verdict = ["connection_reset", "the server closed the connection", CHECK_PORT];

function invalid(reason: string): Verdict {
  return ["certificate_invalid", reason];
}

const VERDICTS: ReadonlyMap<string, Verdict> = new Map<string, Verdict>([
  ["CERT_HAS_EXPIRED", [
    "certificate_expired",
    "a certificate of its chain has expired",
    "That certificate must be renewed, or this machine's clock is wrong.",
  ]],
  ["CERT_NOT_YET_VALID", [
    "certificate_not_yet_valid",
    "a certificate of its chain is not valid yet",
    "Check this machine's clock.",
  ]],
  ["CERT_REVOKED", ["certificate_revoked", "a certificate of its chain was revoked"]],
  ["UNABLE_TO_GET_ISSUER_CERT", UNKNOWN_ISSUER],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", UNKNOWN_ISSUER],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", UNKNOWN_ISSUER],
  ["SELF_SIGNED_CERT_IN_CHAIN", UNKNOWN_ISSUER],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", UNKNOWN_ISSUER],
  ["CERT_UNTRUSTED", UNKNOWN_ISSUER],
  ["CERT_SIGNATURE_FAILURE", invalid("a signature does not verify")],
  ["INVALID_PURPOSE", invalid("a certificate of its chain is not for servers")],
  ["INVALID_CA", invalid("a certificate of its chain was signed by one that is not an authority's")],
  [
    "PATH_LENGTH_EXCEEDED",
    invalid("an authority of its chain has signed another authority, which it may not"),
  ],
  ["CERT_CHAIN_TOO_LONG", invalid("its chain is too long")],
  ["CERT_REJECTED", invalid("its certificate is refused")],
  ["ERR_SSL_WRONG_VERSION_NUMBER", NOT_TLS],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", NOT_TLS],
  ["ERR_SSL_HTTP_REQUEST", NOT_TLS],
  ["ERR_SSL_UNSUPPORTED_PROTOCOL", [
    "handshake_failed",
    "the server's TLS and the platform's are incompatible",
    "It may have only TLS 1.1 or older.",
  ]],
  ["ECONNRESET", HUNG_UP],
  ["ENOTCONN", HUNG_UP],
  ["ECONNABORTED", RESET],
  ["EPIPE", RESET],
]);

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

const CLIENT_ALERTS: ReadonlySet<AlertName> = new Set([
  "bad_certificate",
  "unsupported_certificate",
  "certificate_revoked",
  "certificate_expired",
  "certificate_unknown",
  "unknown_ca",
  "access_denied",
]);

function verdictOnAlert(alert: AlertName): Verdict {
  const reason = `the server ended it with the alert ${alert}`;
  if (alert === "certificate_required") {
    return [alert, reason, "The server wants a client certificate; set cert and key."];
  }
  if (alert === "no_application_protocol") {
    return [alert, reason, "The server speaks none of the protocols that ALPN offers."];
  }
  if (CLIENT_ALERTS.has(alert)) {
    return [
      "handshake_failed",
      reason,
      "The server refuses the client's certificate, or that there is none; check cert and key.",
    ];
  }
  return ["handshake_failed", reason];
}

/** The alert in a code such as `ERR_SSL_TLSV1_ALERT_UNKNOWN_CA` or `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED`. */
function alertOf(error: unknown): AlertName | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error).toLowerCase();
  if (!code.startsWith("err_ssl_") || !code.includes("_alert_")) return undefined;
  return ALERT_NAMES.find((name) => code.endsWith(`_alert_${name}`));
}

const ALERT_NAMES = Object.keys(AlertDescription) as AlertName[]; // the type is made of these keys
