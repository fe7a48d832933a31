/**
 * Checks that a certificate is for the server that was asked for (RFC 9525 §6).
 *
 * Only names of the subjectAltName extension count. The common name of the subject, where names stood before there was
 * that extension, is ignored: name constraints do not hold for it.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { formatIpAddress } from "../../names/ip_address.ts";
import type { ServerName } from "../../names/server_name.ts";
import { escapeText, formatName } from "./distinguished_name.ts";
import { matchesDnsName } from "./dns_name.ts";
import { CertificateError } from "../error.ts";
import { MAX_NAMES_SHOWN } from "../limits.ts";
import type { Certificate, GeneralName } from "../types.ts";

/**
 * Refuses a certificate that is not for this server. A DNS name is matched by dNSName entries alone, an address by
 * iPAddress entries; entries that are malformed match nothing.
 *
 * @throws {CertificateError} `not_valid_for_name`, with the names of the certificate.
 */
export function verifyServerName(certificate: Certificate, name: ServerName): void {
  for (const presented of certificate.subjectAltNames ?? []) {
    if (isFor(presented, name)) return;
  }
  throw new CertificateError(
    "not_valid_for_name",
    `Cannot accept the certificate for "${textOf(name)}": ${describe(certificate)}`,
    { subject: formatName(certificate.subject) },
  );
}

/** The DNS names of a certificate, wildcards included, as they stand in it. */
export function dnsNamesOf(certificate: Certificate): string[] {
  return (certificate.subjectAltNames ?? []).flatMap((name) => name.kind === "dns" ? [name.name] : []);
}

/** The IP addresses of a certificate, as text. */
export function ipAddressesOf(certificate: Certificate): string[] {
  return (certificate.subjectAltNames ?? []).flatMap((name) =>
    name.kind === "ip" ? [formatIpAddress(name.address)] : []
  );
}

function isFor(presented: GeneralName, name: ServerName): boolean {
  return name.kind === "dns"
    ? presented.kind === "dns" && matchesDnsName(presented.name, name.name)
    : presented.kind === "ip" && equals(presented.address, name.address);
}

function textOf(name: ServerName): string {
  return name.kind === "dns" ? name.name : name.text;
}

function describe(certificate: Certificate): string {
  const names = [...dnsNamesOf(certificate), ...ipAddressesOf(certificate)];
  if (names.length === 0) return "it is for no server";
  const shown = names.slice(0, MAX_NAMES_SHOWN).map((name) => `"${escapeText(name)}"`);
  const more = names.length - shown.length;
  return `it is for ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
