/**
 * From the messages of Deno's TLS about a refused certificate to codes, reasons and hints.
 *
 * @module
 */

import { MAX_LISTED_NAMES, MAX_REASON_CHARACTERS } from "../limits.ts";
import type { Verdict, VerdictRow } from "./deno_verdict.ts";

/**
 * Judges a refused certificate.
 *
 * @param words The runtime's message after `invalid peer certificate: `.
 * @param serverName The name that was asked for.
 */
export function judgeCertificate(words: string, serverName: string): Verdict {
  const row = ROWS.find((each) => each.words.test(words));
  // Of an unknown reason the name goes into the message, and the rest, which may be long, stays in the cause.
  if (row === undefined) {
    const [, name = ""] = /^(?:Other\(OtherError\()?(\w+)/.exec(words) ?? [];
    const reason = name === "" ? "its certificate is refused" : `its certificate is refused as ${name}`;
    return { code: "certificate_invalid", reason: reason.slice(0, MAX_REASON_CHARACTERS) };
  }
  const { code, hint } = row;
  const reason = code === "certificate_wrong_name"
    ? `its certificate is for ${namesIn(words)}, not for "${serverName}"`
    : row.reason + dateIn(words);
  return { code, reason, ...(hint !== undefined && { hint }) };
}

const ROWS: readonly VerdictRow[] = [
  {
    words: /^certificate expired|^Expired/,
    code: "certificate_expired",
    reason: "its certificate has expired",
    hint: "The server's certificate must be renewed, or this machine's clock is wrong.",
  },
  {
    words: /^certificate not valid yet|^NotValidYet/,
    code: "certificate_not_yet_valid",
    reason: "its certificate is not valid yet",
    hint: "Check this machine's clock.",
  },
  {
    words: /^certificate not valid for name|^NotValidForName/,
    code: "certificate_wrong_name",
    reason: "its certificate is for another name",
    hint: "Use a name that the certificate has, or set a DenoTls's serverName to one.",
  },
  {
    words: /^UnknownIssuer/,
    code: "certificate_unknown_issuer",
    reason: "no trusted authority signed its certificate",
    hint: "Add the authority's certificate to caCerts, or let the server send the ones in between.",
  },
  {
    words: /^(?:certificate )?revoked/i,
    code: "certificate_revoked",
    reason: "its certificate was revoked",
  },
  {
    words: /CaUsedAsEndEntity/,
    code: "certificate_invalid",
    reason: "its certificate is an authority's, which must not be a server's",
    hint:
      "Let the authority sign one for the server (CA:FALSE), and trust the authority by caCerts; or know the " +
      "server by its fingerprint, in a verifier, which TlsConnector and Client take.",
  },
  {
    words: /EndEntityUsedAsCa/,
    code: "certificate_invalid",
    reason: "its certificate was signed by one that is not an authority's",
  },
  {
    words: /^BadSignature|^UnsupportedSignatureAlgorithm/,
    code: "certificate_invalid",
    reason: "a signature does not verify",
    hint: "A trusted authority may have the name of the one that signed, but another key.",
  },
  {
    words: /extended key usage|InvalidPurpose/,
    code: "certificate_invalid",
    reason: "its certificate is not for servers",
    hint: "The certificate needs the extended key usage serverAuth.",
  },
  {
    words: /CriticalExtension/,
    code: "certificate_invalid",
    reason: "its certificate has a critical extension that Deno does not know",
  },
  {
    words: /UnsupportedCertVersion/,
    code: "certificate_invalid",
    reason: "its certificate is not of X.509 version 3",
  },
];

/** `certificate not valid for name "a"; certificate is only valid for DnsName("b") or IpAddress(1.2.3.4)` */
function namesIn(words: string): string {
  const names: string[] = [];
  for (const [, dns, ip] of words.matchAll(/DnsName\("([^"]*)"\)|IpAddress\(([^)]*)\)/g)) {
    if (names.length === MAX_LISTED_NAMES) return `${names.join(", ")} and more`;
    names.push(`"${dns ?? ip}"`);
  }
  return names.length === 0 ? "no name at all" : names.join(", ");
}

/** `certificate is not valid after 1795241598 (3600 seconds ago)`, in seconds since 1970. */
function dateIn(words: string): string {
  const [, side, seconds] = /certificate is not valid (after|before) ([0-9]+)/.exec(words) ?? [];
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return ""; // no date in the words, or none that Date can hold
  const text = date.toISOString().replace(".000", "");
  return side === "after" ? `, on ${text}` : `, but only from ${text} on`;
}
