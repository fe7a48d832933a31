/**
 * From the messages of Deno's TLS about a refused certificate to codes, reasons and hints.
 *
 * @module
 */

import { DerError, DerReader } from "../der/der.ts";
import { SIGNATURE_NAMES } from "../der/oid.ts";
import { MAX_LISTED_NAMES, MAX_REASON_CHARACTERS } from "../limits.ts";
import { parseServerName, type ServerName, serverNameKind } from "../names/server_name.ts";
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
  if (code === "certificate_wrong_name") return judgeNames(words, serverName, row);
  const reason = row.reason + (row.reason.endsWith(NOT_TAKEN) ? algorithmIn(words) : "") + dateIn(words);
  return { code, reason, ...(hint !== undefined && { hint }) };
}

/** The end of a reason that the name of the algorithm may follow. */
const NOT_TAKEN = "that Deno does not take";

const ROWS: readonly VerdictRow[] = [
  {
    words: /^certificate expired|^Expired/,
    code: "certificate_expired",
    reason: "a certificate of its chain has expired",
    hint: "That certificate must be renewed, or this machine's clock is wrong.",
  },
  {
    words: /^certificate not valid yet|^NotValidYet/,
    code: "certificate_not_yet_valid",
    reason: "a certificate of its chain is not valid yet",
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
    reason: "a certificate of its chain was revoked",
  },
  {
    words: /CaUsedAsEndEntity/,
    code: "certificate_invalid",
    reason: "its certificate is an authority's, which must not be a server's",
    hint:
      "Let the authority sign one for the server (CA:FALSE), and trust the authority by caCerts; or add the very " +
      "certificate to a RootCertStore of yours, as roots, which TlsConnector and Client take.",
  },
  {
    words: /EndEntityUsedAsCa/,
    code: "certificate_invalid",
    reason: "a certificate of its chain was signed by one that is not an authority's",
  },
  {
    words: /^UnsupportedSignatureAlgorithmForPublicKey/,
    code: "certificate_invalid",
    reason: "a certificate of its chain is signed with an algorithm that is not for its issuer's key",
    hint: "A trusted authority may have the name of the one that signed, but another key.",
  },
  {
    words: /^UnsupportedSignatureAlgorithm/,
    code: "certificate_invalid",
    reason: `a certificate of its chain is signed with an algorithm ${NOT_TAKEN}`,
    hint: "The certificate must be signed anew: with ECDSA or RSA and SHA-256 or longer, or with Ed25519.",
  },
  {
    words: /^BadSignature/,
    code: "certificate_invalid",
    reason: "a signature does not verify",
    hint:
      "A trusted authority may have the name of the one that signed, but another key; or a key is one that Deno " +
      "does not take, such as RSA with fewer than 2048 bits.",
  },
  {
    words: /extended key usage|InvalidPurpose/,
    code: "certificate_invalid",
    reason: "a certificate of its chain is not for servers",
    hint: "Each certificate of the chain that lists extended key usages needs serverAuth among them.",
  },
  {
    words: /CriticalExtension/,
    code: "certificate_invalid",
    reason: "a certificate of its chain has a critical extension that Deno does not know",
  },
  {
    words: /UnsupportedCertVersion/,
    code: "certificate_invalid",
    reason: "a certificate of its chain is not of X.509 version 3",
  },
  {
    words: /NameConstraintViolation/,
    code: "certificate_invalid",
    reason: "an authority of its chain may not sign certificates for these names",
  },
  {
    words: /PathLenConstraintViolated/,
    code: "certificate_invalid",
    reason: "an authority of its chain has signed another authority, which it may not",
  },
];

/**
 * Judges the names of a certificate: `certificate not valid for name "a"; certificate is only valid for DnsName("b") or
 * IpAddress(1.2.3.4)`, or `...; certificate is not valid for any names (according to its subjectAltName extension)`.
 */
function judgeNames(words: string, serverName: string, { code, hint }: VerdictRow): Verdict {
  const found = [...words.matchAll(/DnsName\("([^"]*)"\)|IpAddress\(([^()]*)\)/g)];
  const name = tryParseName(serverName);
  const entry = name?.kind === "ip" ? `IP:${name.text}` : `DNS:${serverName}`;
  const anew = `the certificate must be made anew, with ${entry} in its subjectAltName.`;
  if (found.length === 0) {
    return {
      code,
      reason: "its certificate has no name of a server in a subjectAltName extension, " +
        "and a common name does not count",
      hint: `A common name does not count: ${anew}`,
    };
  }
  if (name?.kind === "ip" && found.some(([, dns]) => dns !== undefined && isSameAddress(dns, name.text))) {
    return {
      code,
      reason: `its certificate has "${name.text}" as a DNS name, which does not count for an IP address`,
      hint: `A DNS name does not count for an IP address: ${anew}`,
    };
  }
  const shown = found.slice(0, MAX_LISTED_NAMES).map(([, dns, ip]) => `"${dns ?? ip}"`);
  const more = found.length > shown.length ? " and more" : "";
  return {
    code,
    reason: `its certificate is for ${shown.join(", ")}${more}, not for "${serverName}"`,
    ...(hint !== undefined && { hint }),
  };
}

function isSameAddress(dnsName: string, address: string): boolean {
  const name = tryParseName(dnsName);
  return name?.kind === "ip" && name.text === address;
}

function tryParseName(text: string): ServerName | undefined {
  return serverNameKind(text) === undefined ? undefined : parseServerName(text);
}

/** `signature_algorithm_id: [6, 7, 42, ...]`, the DER of an object identifier in decimal. */
function algorithmIn(words: string): string {
  const [, list] = /signature_algorithm_id: \[([0-9, ]{1,200})\]/.exec(words) ?? [];
  if (list === undefined) return "";
  try {
    const oid = new DerReader(Uint8Array.from(list.split(","), Number)).oid();
    return `: ${SIGNATURE_NAMES.get(oid) ?? oid}`;
  } catch (error) {
    if (error instanceof DerError) return "";
    throw error;
  }
}

/** `certificate is not valid after 1795241598 (3600 seconds ago)`, in seconds since 1970. */
function dateIn(words: string): string {
  const [, side, seconds] = /certificate is not valid (after|before) ([0-9]+)/.exec(words) ?? [];
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return ""; // no date in the words, or none that Date can hold
  const text = date.toISOString().replace(".000", "");
  return side === "after" ? `, on ${text}` : `, but only from ${text} on`;
}
