/**
 * From the errors of Deno's TLS to {@linkcode TlsError}.
 *
 * Deno's TLS has one error class for nearly everything, `InvalidData`; the rest is in the message. The messages are
 * those of its TLS library and may change with it; a failure with an unknown message still becomes a `TlsError`, with
 * the broadest code that fits, and the runtime's own error is always its cause.
 *
 * @module
 */

import { judgeCertificate } from "./deno_certificate_failure.ts";
import type { Verdict, VerdictRow } from "./deno_verdict.ts";
import { TlsError } from "../error/tls_error.ts";
import { AlertDescription, type AlertName } from "../error/alert_description.ts";
import { MAX_QUOTED_CHARACTERS } from "../limits.ts";

/**
 * The {@linkcode TlsError} for a handshake that failed.
 *
 * @param error The error that `handshake` rejected with.
 * @param serverName The name that was asked for.
 * @returns The error to throw instead; `error` itself when it has nothing to do with TLS.
 */
export function toHandshakeError(error: unknown, serverName: string): unknown {
  const verdict = error instanceof Error ? judge(error, serverName) : undefined;
  if (verdict === undefined) return error;
  const { code, reason, ...more } = verdict;
  return new TlsError(code, `Cannot shake hands with "${serverName}": ${reason}`, { cause: error, ...more });
}

/**
 * The {@linkcode TlsError} for a connection that failed after its handshake.
 *
 * @param error The error that a read or a write rejected with.
 * @param serverName The name that was asked for.
 * @returns The error that says so; `error` itself when it has nothing to do with TLS.
 */
export function toStreamError(error: unknown, serverName: string): unknown {
  const verdict = error instanceof Error ? judge(error, serverName) : undefined;
  if (verdict === undefined) return error;
  const { code, reason, alert, hint } = verdict;
  // In TLS 1.3 the client's handshake is done before the server has seen its certificate (RFC 9846 §2), so a refusal of
  // it comes here. The other hints are about negotiation, which is over.
  const isRefusal = alert !== undefined && alert in CLIENT_HINTS;
  return new TlsError(
    code === "handshake_failed" && !isRefusal ? "protocol_error" : code,
    `Cannot go on with "${serverName}": ${reason}`,
    { cause: error, ...(alert !== undefined && { alert }), ...(isRefusal && hint !== undefined && { hint }) },
  );
}

/**
 * The {@linkcode TlsError} for a connection that could not be set up because of its options.
 *
 * @param error The error that `Deno.startTls` or `Deno.connectTls` rejected with.
 * @returns The error to throw instead; `error` itself when it has nothing to do with certificates or keys.
 */
export function toSetupError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const row = SETUP.find(({ words }) => words.test(error.message));
  return row === undefined
    ? error
    : new TlsError(row.code, `Cannot set up TLS: ${row.reason}`, { cause: error });
}

/** Failures before the handshake: a refused certificate is then one of the options. */
const SETUP: readonly VerdictRow[] = [
  {
    words: /KeyMismatch|keys may not be consistent/,
    code: "bad_key_pem",
    reason: "the key does not belong to the certificate",
  },
  {
    words: /private key|No keys found/i,
    code: "bad_key_pem",
    reason: "the key cannot be read",
  },
  {
    words: /^invalid peer certificate|certificate store|No certificates found/,
    code: "bad_certificate_pem",
    reason: "Deno does not take a certificate of the options",
  },
];

function judge({ name, message }: Error, serverName: string): Verdict | undefined {
  const certificate = after(message, "invalid peer certificate: ");
  if (certificate !== undefined) return judgeCertificate(certificate, serverName);
  const alert = after(message, "received fatal alert: ");
  if (alert !== undefined) return judgeAlert(alert);
  if (SYSTEM_ERRORS[name] !== undefined) {
    return { ...SYSTEM_ERRORS[name], hint: "Check that the port speaks TLS." };
  }
  if (name !== "InvalidData") return undefined;
  // All other failures are a violation of the protocol, or a negotiation without a result.
  return HANDSHAKE.find(({ words }) => words.test(message)) ??
    { code: "handshake_failed", reason: message.slice(0, MAX_QUOTED_CHARACTERS) };
}

/** Verdicts on the errors of the system that can end a handshake, by their names. */
const SYSTEM_ERRORS: Readonly<Record<string, Verdict>> = {
  UnexpectedEof: { code: "unexpected_eof", reason: "the server hung up" },
  ConnectionReset: { code: "connection_reset", reason: "the server reset the connection" },
  ConnectionAborted: { code: "connection_reset", reason: "the connection was aborted" },
  BrokenPipe: { code: "connection_reset", reason: "the server closed the connection" },
};

const OLD_TLS =
  "It may have only TLS 1.1 or older, or no cipher suite with forward secrecy; Deno takes neither.";

const HANDSHAKE: readonly VerdictRow[] = [
  {
    words: /InvalidContentType|UnknownProtocolVersion/,
    code: "handshake_failed",
    reason: "the server's answer is not TLS",
    hint: "Check that the port speaks TLS, or use http: for one that does not.",
  },
  {
    words: /UnofferedApplicationProtocol/,
    code: "no_application_protocol",
    reason: "the server chose a protocol that was not offered",
  },
  {
    words: /^peer is incompatible/,
    code: "handshake_failed",
    reason: "the server's TLS and Deno's are incompatible",
    hint: OLD_TLS,
  },
];

function judgeAlert(words: string): Verdict {
  const alert = alertNamed(words);
  if (alert === undefined) {
    return { code: "handshake_failed", reason: "the server ended it with an unknown alert" };
  }
  const code = alert === "no_application_protocol" || alert === "certificate_required"
    ? alert
    : "handshake_failed";
  const hint = ALERT_HINTS[alert];
  return {
    code,
    reason: `the server ended it with the alert ${alert}`,
    alert,
    ...(hint !== undefined && { hint }),
  };
}

const REFUSED = "The server refuses the client's certificate, or that there is none; check cert and key.";
/** The alerts by which a server refuses a client for its certificate or for the lack of one (RFC 9846 §6.2). */
const CLIENT_HINTS: Partial<Record<AlertName, string>> = {
  certificate_required: "The server wants a client certificate; set cert and key.",
  bad_certificate: REFUSED,
  unsupported_certificate: REFUSED,
  certificate_revoked: REFUSED,
  certificate_expired: REFUSED,
  certificate_unknown: REFUSED,
  unknown_ca: REFUSED,
  access_denied: REFUSED,
};
const ALERT_HINTS: Partial<Record<AlertName, string>> = {
  ...CLIENT_HINTS,
  handshake_failure: `${OLD_TLS} Some servers say this when they want a client certificate.`,
  insufficient_security: OLD_TLS,
  protocol_version: OLD_TLS,
  no_application_protocol: "The server speaks none of the protocols that ALPN offers.",
  unrecognized_name: "The server has no site of this name.",
};

/** The alert by Deno's name for it, which is the RFC's in another case; one has another spelling. */
function alertNamed(words: string): AlertName | undefined {
  const plain = words.toLowerCase().replace("unrecognised", "unrecognized");
  return ALERT_NAMES.find((name) => name.replaceAll("_", "") === plain);
}

const ALERT_NAMES = Object.keys(AlertDescription) as AlertName[]; // the type is made of these keys

function after(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}
