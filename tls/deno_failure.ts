/**
 * What Deno says about a failed handshake, made into a {@linkcode TlsError}.
 *
 * Deno's TLS has one error class for nearly everything, `InvalidData`, and tells the rest in words. The words are
 * those of its TLS library and may change with it; words that are not known here still become a `TlsError`, of
 * the broadest code that fits, and the runtime's own error is always its cause.
 *
 * @module
 */

import { TlsError, type TlsErrorCode } from "./error.ts";
import { AlertDescription, type AlertName } from "./wire/alert.ts";

/** What a failure is to be called. */
interface Verdict {
  readonly code: TlsErrorCode;
  readonly reason: string;
  readonly hint?: string;
  readonly alert?: AlertName;
}

/**
 * The {@linkcode TlsError} for what the handshake, or the making of it, rejected with.
 *
 * @param error What was thrown.
 * @param serverName The name that was asked for.
 * @returns The error to throw instead; `error` itself when it has nothing to do with TLS.
 */
export function toTlsError(error: unknown, serverName: string): unknown {
  if (!(error instanceof Error) || error instanceof TlsError) return error;
  const verdict = judge(error, serverName);
  if (verdict === undefined) return error;
  const { code, reason, ...more } = verdict;
  return new TlsError(code, `Cannot shake hands with "${serverName}": ${reason}`, { cause: error, ...more });
}

function judge(error: Error, serverName: string): Verdict | undefined {
  const { name, message } = error;
  const certificate = after(message, "invalid peer certificate: ");
  if (certificate !== undefined) return judgeCertificate(certificate, serverName);
  const alert = after(message, "received fatal alert: ");
  if (alert !== undefined) return judgeAlert(alert);
  if (name === "UnexpectedEof") {
    return { code: "unexpected_eof", reason: "the server hung up", hint: PERHAPS_NO_TLS };
  }
  if (name === "ConnectionReset" || name === "ConnectionAborted" || name === "BrokenPipe") {
    return { code: "connection_reset", reason: "the server tore the connection down", hint: PERHAPS_NO_TLS };
  }
  const row = OTHERS.find(({ words }) => words.test(message));
  if (row !== undefined) return row;
  // What is left of InvalidData is a broken rule of TLS; other classes are not about TLS.
  return name === "InvalidData" ? { code: "handshake_failed", reason: message.slice(0, LONGEST_QUOTE) } : undefined;
}

const PERHAPS_NO_TLS = "Check that the port speaks TLS.";
const OLD_TLS = "It may speak only TLS 1.1 or older, or no cipher suite with forward secrecy; Deno speaks neither.";

const OTHERS: readonly (Verdict & { readonly words: RegExp })[] = [
  {
    words: /^received corrupt message of type Invalid(?:ContentType|ProtocolVersion)|UnknownProtocolVersion/,
    code: "handshake_failed",
    reason: "what it answers is not TLS",
    hint: "Check that the port speaks TLS, or use http: for one that does not.",
  },
  {
    words: /SelectedUnofferedApplicationProtocol|UnsolicitedExtension.*ALPN/i,
    code: "no_application_protocol",
    reason: "the server chose a protocol that was not offered",
  },
  {
    words: /^peer is incompatible/,
    code: "handshake_failed",
    reason: "the server supports nothing that Deno does",
    hint: OLD_TLS,
  },
  {
    words: /KeyMismatch|keys may not be consistent/,
    code: "bad_key_pem",
    reason: "the client's key does not belong to its certificate",
  },
  {
    words: /private key|No keys found/i,
    code: "bad_key_pem",
    reason: "the client's key cannot be read",
  },
  {
    words: /add pem file to certificate store|No certificates found/,
    code: "bad_certificate_pem",
    reason: "a certificate that was handed in cannot be read",
  },
];

/** The runtime's own words are quoted up to here: part of them came from the peer. */
const LONGEST_QUOTE = 200;

const CERTIFICATES: readonly (Verdict & { readonly words: RegExp })[] = [
  {
    words: /^certificate expired|^(?:Cert)?Expired/,
    code: "certificate_expired",
    reason: "its certificate has expired",
    hint: "The server's certificate must be renewed; or check this machine's clock.",
  },
  {
    words: /^certificate not valid yet|^(?:Cert)?NotValidYet/,
    code: "certificate_not_yet_valid",
    reason: "its certificate is not valid yet",
    hint: "Check this machine's clock.",
  },
  {
    words: /^certificate not valid for name|^(?:Cert)?NotValidForName/,
    code: "certificate_wrong_name",
    reason: "its certificate is for another name",
    hint: "Use a name that the certificate has, or set serverName to it.",
  },
  {
    words: /^UnknownIssuer/,
    code: "certificate_unknown_issuer",
    reason: "no trusted authority signed its certificate",
    hint: "Add the authority's certificate to caCerts; or the server does not send the ones in between.",
  },
  {
    words: /^(?:certificate )?revoked/i,
    code: "certificate_revoked",
    reason: "its certificate was revoked",
  },
  {
    words: /CaUsedAsEndEntity/,
    code: "certificate_invalid",
    reason: "its certificate is an authority's, which must not be used as a server's",
    hint: "Let the authority sign a certificate for the server (CA:FALSE), and trust the authority by caCerts.",
  },
  {
    words: /EndEntityUsedAsCa/,
    code: "certificate_invalid",
    reason: "its certificate was signed by one that is no authority's",
  },
  {
    words: /^BadSignature|^InvalidSignature|^UnsupportedSignatureAlgorithm/,
    code: "certificate_invalid",
    reason: "a signature does not verify",
    hint: "A trusted authority may have the same name as the one that signed, but another key.",
  },
  {
    words: /extended key usage|InvalidPurpose/,
    code: "certificate_invalid",
    reason: "its certificate is not for servers",
    hint: "The certificate needs the extended key usage serverAuth.",
  },
  {
    words: /UnsupportedCriticalExtension|UnhandledCriticalExtension/,
    code: "certificate_invalid",
    reason: "its certificate has a critical extension that Deno does not know",
  },
  {
    words: /UnsupportedCertVersion/,
    code: "certificate_invalid",
    reason: "its certificate is not X.509 version 3",
  },
];

function judgeCertificate(words: string, serverName: string): Verdict {
  const row = CERTIFICATES.find((each) => each.words.test(words));
  if (row === undefined) {
    // The first word is the reason's name in Deno's TLS library; what follows may be long, and is in the cause.
    const [name = "for a reason of its own"] = /[A-Z]\w+(?=\W*$)|\w+/.exec(words) ?? [];
    return { code: "certificate_invalid", reason: `its certificate is refused: ${name}` };
  }
  const { code, hint } = row;
  const reason = code === "certificate_wrong_name"
    ? `its certificate is for ${namesIn(words)}, not for "${serverName}"`
    : row.reason + dateIn(words);
  return { code, reason, ...(hint !== undefined && { hint }) };
}

/** A certificate can have thousands of names; a message has room for some. */
const MOST_NAMES = 8;

function namesIn(words: string): string {
  const found = words.slice(words.indexOf(";") + 1).matchAll(/DnsName\("([^"]*)"\)|IpAddress\(([^)]*)\)/g);
  const names: string[] = [];
  for (const [, dns, ip] of found) {
    if (names.length === MOST_NAMES) return `${names.join(", ")} and more`;
    names.push(`"${dns ?? ip}"`);
  }
  return names.length === 0 ? "no name at all" : names.join(", ");
}

/** `certificate is not valid after 1795241598 (3600 seconds ago)`: the time, in seconds since 1970. */
function dateIn(words: string): string {
  const [, side, seconds] = /certificate is not valid (after|before) ([0-9]+)/.exec(words) ?? [];
  const date = new Date(Number(seconds) * 1000);
  // A certificate may name the year 9999, but Date ends far behind it; what is not a number is no date.
  if (Number.isNaN(date.getTime())) return "";
  const text = date.toISOString().replace(".000", "");
  return side === "after" ? `, on ${text}` : ` before ${text}`;
}

function judgeAlert(words: string): Verdict {
  const alert = alertCalled(words);
  const code = alert === "no_application_protocol" ? alert : "handshake_failed";
  const hint = alert === undefined ? undefined : ALERT_HINTS[alert];
  const reason = alert === undefined ? "the server refused, with an alert" : `the server refused: ${alert}`;
  return { code, reason, ...(alert !== undefined && { alert }), ...(hint !== undefined && { hint }) };
}

const CLIENT_CERTIFICATE = "The server does not accept the client's certificate; check cert and key.";
const ALERT_HINTS: Partial<Record<AlertName, string>> = {
  handshake_failure: `${OLD_TLS} Some servers say this when they want a client certificate.`,
  insufficient_security: OLD_TLS,
  protocol_version: OLD_TLS,
  no_application_protocol: "Offer a protocol that the server speaks, with alpnProtocols.",
  unrecognized_name: "The server has no site of this name; set serverName to one that it has.",
  certificate_required: "The server wants a client certificate; set cert and key.",
  bad_certificate: CLIENT_CERTIFICATE,
  unsupported_certificate: CLIENT_CERTIFICATE,
  certificate_revoked: CLIENT_CERTIFICATE,
  certificate_expired: CLIENT_CERTIFICATE,
  certificate_unknown: CLIENT_CERTIFICATE,
  unknown_ca: CLIENT_CERTIFICATE,
  access_denied: CLIENT_CERTIFICATE,
};

/** Deno's names for the alerts are the RFC's in another case, and one of them in another spelling. */
function alertCalled(words: string): AlertName | undefined {
  const plain = words.toLowerCase().replace("unrecognised", "unrecognized");
  return ALERT_NAMES.find((name) => name.replaceAll("_", "") === plain);
}

const ALERT_NAMES = Object.keys(AlertDescription) as AlertName[]; // the type is made of these keys

function after(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}
