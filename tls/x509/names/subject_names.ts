/**
 * Checks that a certificate is for the server that was asked for (RFC 9525 §6).
 *
 * Only names of the subjectAltName extension count. The common name of the subject, where names stood before there was
 * that extension, is ignored: name constraints do not hold for it.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { formatIpAddress, parseIpAddress } from "../../names/ip_address.ts";
import type { ServerName } from "../../names/server_name.ts";
import { escapeText, formatName, readName } from "./distinguished_name.ts";
import { matchesDnsName } from "./dns_name.ts";
import { DerError } from "../../der/der.ts";
import { AttributeOid } from "../../der/oid.ts";
import { CertificateError } from "../error.ts";
import { octetsToText } from "./general_name.ts";
import { MAX_NAMES_SHOWN } from "../limits.ts";
import type { Certificate, GeneralName } from "../types.ts";

/** A certificate, as far as its names go. */
export type NamedCertificate = Pick<Certificate, "subject" | "subjectAltNames">;

/**
 * Refuses a certificate that is not for this server. A DNS name is matched by dNSName entries alone, an address by
 * iPAddress entries; entries that are malformed match nothing.
 *
 * @throws {CertificateError} `not_valid_for_name`, with the names of the certificate.
 */
export function verifyServerName(certificate: NamedCertificate, name: ServerName): void {
  if (isForServer(certificate, name)) return;
  const { reason, hint } = describe(certificate, name);
  throw new CertificateError(
    "not_valid_for_name",
    `Cannot accept the certificate for "${textOf(name)}": ${reason}`,
    { subject: formatName(certificate.subject), ...(hint !== undefined && { hint }) },
  );
}

/** Whether a certificate is for a server; see {@linkcode verifyServerName}. */
export function isForServer({ subjectAltNames = [] }: NamedCertificate, name: ServerName): boolean {
  return subjectAltNames.some((presented) => isFor(presented, name));
}

/** The DNS names of a certificate, wildcards included, as they stand in it. */
export function dnsNamesOf(certificate: NamedCertificate): string[] {
  return (certificate.subjectAltNames ?? []).flatMap((name) => name.kind === "dns" ? [name.name] : []);
}

/** The IP addresses of a certificate, as text. */
export function ipAddressesOf(certificate: NamedCertificate): string[] {
  return (certificate.subjectAltNames ?? []).flatMap((name) =>
    name.kind === "ip" ? [formatIpAddress(name.address)] : []
  );
}

function isFor(presented: GeneralName, name: ServerName): boolean {
  return name.kind === "dns"
    ? presented.kind === "dns" && matchesDnsName(presented.name, name.name)
    : presented.kind === "ip" && equals(presented.address, name.address);
}

/** The URIs of a certificate, as they stand in it, each octet a character. */
export function urisOf(certificate: NamedCertificate): string[] {
  return (certificate.subjectAltNames ?? []).flatMap((name) =>
    name.kind === "uri" ? [octetsToText(name.value)] : []
  );
}

function textOf(name: ServerName): string {
  return name.kind === "dns" ? name.name : name.text;
}

/** What the certificate is for instead, and what can be done about it where that is not plain. */
function describe(
  certificate: NamedCertificate,
  name: ServerName,
): { readonly reason: string; readonly hint?: string } {
  const { subjectAltNames } = certificate;
  const names = [...dnsNamesOf(certificate), ...ipAddressesOf(certificate)];
  if (names.length === 0) {
    const others = subjectAltNames === undefined
      ? "it has no subjectAltName extension, where names of servers stand"
      : "its subjectAltName extension has no name of a server";
    const commonName = hasCommonName(certificate.subject) ? ", and its common name does not count" : "";
    return {
      reason: others + commonName,
      hint: `A common name does not count: the certificate must be made anew, with ${
        entryFor(name)
      } in its subjectAltName.`,
    };
  }
  if (name.kind === "ip" && dnsNamesOf(certificate).some((dns) => isText(dns, name))) {
    return {
      reason: `it has "${name.text}" as a DNS name, which does not count for an IP address`,
      hint: `A DNS name does not count for an IP address: the certificate must be made anew, with ${
        entryFor(name)
      } in its subjectAltName.`,
    };
  }
  const shown = names.slice(0, MAX_NAMES_SHOWN).map((each) => `"${escapeText(each)}"`);
  const more = names.length - shown.length;
  return { reason: `it is for ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}` };
}

/** An entry of the extension, as OpenSSL and others write it. */
function entryFor(name: ServerName): string {
  return name.kind === "ip" ? `IP:${name.text}` : `DNS:${name.name}`;
}

/** Whether a DNS name of a certificate is the text of an address. */
function isText(dnsName: string, { address }: Extract<ServerName, { kind: "ip" }>): boolean {
  const written = parseIpAddress(dnsName);
  return written !== undefined && equals(written, address);
}

function hasCommonName(subject: Uint8Array): boolean {
  try {
    return readName(subject).flat().some(({ type }) => type === AttributeOid.commonName);
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}
