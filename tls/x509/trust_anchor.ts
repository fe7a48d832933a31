/**
 * Reads root certificates as trust anchors.
 *
 * Of a root that the user chose to trust only its name, its key and its constraints are read: it may be of version 1,
 * expired, or made by hand.
 *
 * @module
 */

import type { DerReader } from "../der/der.ts";
import { ExtensionOid } from "../der/oid.ts";
import { isEmptyName } from "./certificate.ts";
import {
  afterUniqueIds,
  checkNothingFollows,
  checkSameAlgorithm,
  openExtensions,
  readFields,
  reading,
  readSignature,
} from "./certificate_fields.ts";
import { CertificateError } from "./error.ts";
import { KeyUsage, readExtensionList, readExtensions } from "./extensions.ts";
import type { TrustAnchor } from "./types.ts";

/**
 * Reads a root certificate as a trust anchor.
 *
 * Its dates, serial number and signature do not matter: "Implementations that use self-signed certificates to
 * specify trust anchor information are free to process or ignore such information." (RFC 5280 §6.2) Yet it is
 * refused where it says of itself that it cannot be used as one: by a critical extension that is not understood,
 * policies excepted.
 *
 * @param der The whole certificate. The result has views of it: it must not change.
 * @throws {CertificateError} `bad_der`, `trailing_data`, `unsupported_version`, `signature_algorithm_mismatch`,
 * `unhandled_critical_extension`, and those of extensions.
 */
export function parseTrustAnchor(der: Uint8Array): TrustAnchor {
  return reading(() => {
    const fields = readFields(der);
    const { subject, publicKey, version } = fields;
    checkNothingFollows(fields);
    checkSameAlgorithm(fields.innerAlgorithm, readSignature(fields).signatureAlgorithm);
    if (version > V3) {
      throw new CertificateError(
        "unsupported_version",
        "Cannot read the certificate: its version is above 3",
      );
    }
    // "If the subject is a CA [...], then the subject field MUST be populated with a non-empty distinguished name"
    // (RFC 5280 §4.1.2.6): no certificate can name this one as its issuer.
    const isNamed = !isEmptyName(subject);
    const reader = afterUniqueIds(fields);
    if (version !== V3) {
      reader.end("the certificate");
      return { subject, publicKey, ...(!isNamed && { isAuthority: false }) };
    }
    const list = openExtensions(reader);
    reader.end("the certificate");
    const { isAuthority, ...read } = readAnchorExtensions(list);
    return { subject, publicKey, ...read, ...(!(isAuthority && isNamed) && { isAuthority: false }) };
  });
}

const V3 = 2;

/** Extensions of a root that may be critical although they are not processed: no policy is asked for here. */
const POLICIES: ReadonlySet<string> = new Set([
  ExtensionOid.certificatePolicies,
  ExtensionOid.policyMappings,
  ExtensionOid.policyConstraints,
  ExtensionOid.inhibitAnyPolicy,
]);

/**
 * @returns The name constraints, as they stand, what the key may do, how many authorities may follow, and whether it is
 * an authority's: "If the basic constraints extension is not present in a version 3 certificate, or the extension is
 * present but the cA boolean is not asserted, then the certified public key MUST NOT be used to verify certificate
 * signatures." (RFC 5280 §4.2.1.9) A user who trusts the certificate of one server does not mean to trust all that this
 * server signs. Where the extension is missing, keyCertSign in a key usage makes an authority, as in OpenSSL.
 */
function readAnchorExtensions(
  reader: DerReader | undefined,
): Pick<TrustAnchor, "nameConstraints" | "keyUsage" | "pathLength"> & { readonly isAuthority: boolean } {
  const all = reader === undefined ? [] : readExtensionList(reader);
  const list = all.filter(({ oid }) => !POLICIES.has(oid));
  const { basicConstraints, keyUsage, unhandledCritical } = readExtensions(list);
  if (unhandledCritical !== undefined) {
    throw new CertificateError(
      "unhandled_critical_extension",
      `Cannot trust the root: its critical extension ${unhandledCritical} is not understood`,
    );
  }
  const nameConstraints = list.find(({ oid }) => oid === ExtensionOid.nameConstraints)?.value;
  const pathLength = basicConstraints?.ca === true ? basicConstraints.pathLength : undefined;
  // "The keyCertSign bit is asserted when the subject public key is used for verifying signatures on public key
  // certificates." (RFC 5280 §4.2.1.3)
  const maySign = keyUsage === undefined || (keyUsage & KeyUsage.keyCertSign) !== 0;
  return {
    isAuthority: maySign && (basicConstraints?.ca ?? keyUsage !== undefined),
    ...(nameConstraints !== undefined && { nameConstraints }),
    ...(keyUsage !== undefined && { keyUsage }),
    ...(pathLength !== undefined && { pathLength }),
  };
}
