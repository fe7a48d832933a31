/**
 * Identities of a server with several names, chosen by the name that the client asks for.
 *
 * @module
 */

import { invalidOption } from "./option_checks.ts";
import type { Identities, Identity, IdentityResolver, RawPublicKeyIdentity } from "./config_types.ts";
import { TlsError } from "../error/tls_error.ts";
import { readAnyIdentity } from "./identity.ts";
import { listOf } from "./load_identities.ts";
import { readTrustedItself } from "../x509/certificate.ts";
import type { CertificateFields } from "../x509/certificate_fields.ts";
import { CertificateError } from "../x509/error.ts";
import { parseServerName } from "../names/server_name.ts";
import { dnsNamesOf, type NamedCertificate, verifyServerName } from "../x509/names/subject_names.ts";

/**
 * Chooses a server's identity by the name that the client asks for (SNI, RFC 6066 §3).
 *
 * An exact name goes before a wildcard, which stands for one label. A client that asks for no name, or for an unknown
 * one, gets `fallback`; without a `fallback` it is refused (`no_suitable_certificate`, `unrecognized_name`).
 *
 * @param identities By DNS name, in any case; `*.example.org` is for all names one label below `example.org`. A name may
 * have several, in order of preference: an ECDSA and an RSA certificate.
 * @param fallback The identity, or identities, for all other clients. Default: they are refused.
 * @throws {TlsError} `invalid_option` for what is no DNS name, one that is there twice, and one that the certificate
 * is not valid for; `bad_certificate_pem` and `bad_key_pem` for an identity that cannot be used.
 *
 * @example A certificate must be for the name that it is shown for
 * ```ts
 * import { identitiesByName, TlsError } from "@ductile/ductile/tls";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const resolve = identitiesByName({});
 * assertEquals(resolve({
 *   serverName: "example.com",
 *   alpnProtocols: [],
 *   signatureSchemes: [],
 *   cipherSuites: [],
 *   groups: [],
 *   certificateAuthorities: [],
 * }), undefined);
 *
 * const identity = { chain: "no certificate", key: "no key" };
 * assertThrows(() => identitiesByName({ "192.0.2.1": identity }), TlsError);
 * ```
 */
export function identitiesByName(
  identities: Readonly<Record<string, Identities>>,
  fallback?: Identities,
): IdentityResolver {
  const byName = new Map<string, Identities>();
  for (const [name, each] of Object.entries(identities)) {
    const key = keyOf(name);
    if (byName.has(key)) throw refused(`"${name}" is there twice`);
    checkIdentities(each, (identity) => {
      const { certificate } = readAnyIdentity(identity);
      // A raw public key has no name.
      if (certificate !== undefined) checkName(namesOf(certificate), key);
    });
    byName.set(key, each);
  }
  if (fallback !== undefined) checkIdentities(fallback, readAnyIdentity);
  return ({ serverName }) => {
    if (serverName === undefined) return fallback;
    return byName.get(serverName) ?? byName.get(wildcardOf(serverName)) ?? fallback;
  };
}

function checkIdentities(
  identities: Identities,
  check: (identity: Identity | RawPublicKeyIdentity) => unknown,
): void {
  const list = listOf(identities);
  if (list.length === 0) throw refused("it has an empty list");
  for (const identity of list) check(identity);
}

const WILDCARD = "*.";

function wildcardOf(name: string): string {
  const dot = name.indexOf(".");
  return dot === -1 ? WILDCARD : `*${name.slice(dot)}`;
}

/** A name in the form in which it is looked up. */
function keyOf(name: string): string {
  const wildcard = name.startsWith(WILDCARD) ? WILDCARD : "";
  try {
    const parsed = parseServerName(name.slice(wildcard.length));
    if (parsed.kind === "dns") return wildcard + parsed.name;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw refused(`"${name}" is no DNS name`);
}

/** The certificate as far as its names go, whatever else it says: peers judge the rest. */
function namesOf({ der, subject }: CertificateFields): NamedCertificate {
  try {
    return readTrustedItself(der);
  } catch (error) {
    if (error instanceof CertificateError) return { subject };
    throw error;
  }
}

function checkName(certificate: NamedCertificate, name: string): void {
  if (name.startsWith(WILDCARD)) {
    const names = dnsNamesOf(certificate).map((each) => each.toLowerCase());
    if (!names.includes(name)) throw refused(`the certificate for "${name}" is not valid for all such names`);
    return;
  }
  try {
    verifyServerName(certificate, parseServerName(name));
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw refused(`the certificate for "${name}" is not valid for it`, error);
  }
}

function refused(reason: string, certificate?: CertificateError): TlsError {
  const { code, message } = invalidOption("resolver of identities", reason);
  return new TlsError(code, message, certificate && { certificate, cause: certificate });
}
