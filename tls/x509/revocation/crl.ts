/**
 * Reads certificate revocation lists (RFC 5280 §5).
 *
 * ```
 * CertificateList  ::=  SEQUENCE  {          TBSCertList  ::=  SEQUENCE  {
 *      tbsCertList          ...,                  version                 Version OPTIONAL, -- v2
 *      signatureAlgorithm   ...,                  signature               AlgorithmIdentifier,
 *      signatureValue       BIT STRING  }         issuer                  Name,
 *                                                 thisUpdate              Time,
 *                                                 nextUpdate              Time OPTIONAL,
 *                                                 revokedCertificates     SEQUENCE OF ... OPTIONAL,
 *                                                 crlExtensions      [0]  EXPLICIT Extensions OPTIONAL }
 * ```
 *
 * Only complete lists are accepted: a delta names changes to another list, an indirect list is about certificates of
 * other authorities, and one that is partitioned by reason says nothing about the other reasons. To take one of these
 * for the whole would be to take a revoked certificate for a good one.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { TlsError } from "../../error/tls_error.ts";
import { type Revocation, RevocationEntries } from "./crl_entries.ts";
import { type IssuingDistributionPoint, readIssuingDistributionPoint } from "./crl_scope.ts";
import { DerError, DerReader, DerTag } from "../../der/der.ts";
import { CertificateError } from "../error.ts";
import { type Extension, readExtensionList } from "../extensions.ts";
import { CrlExtensionOid } from "../../der/oid.ts";
import { readTime } from "../time.ts";

/** A revocation list whose signature has not been checked. Every `Uint8Array` is a view of the bytes that were read. */
export interface RevocationList {
  /** The bytes that the signature covers. */
  readonly tbs: Uint8Array;
  /** A whole DER `AlgorithmIdentifier`, the same inside and outside of what is signed. */
  readonly signatureAlgorithm: Uint8Array;
  /** The bits of the signature. */
  readonly signature: Uint8Array;
  /** A whole DER `Name`. */
  readonly issuer: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** The number of the list, big-endian, without a zero in front (RFC 5280 §5.2.3). */
  readonly number: Uint8Array;
  /** Raw `AuthorityKeyIdentifier`, which tells the keys of one issuer apart (RFC 5280 §5.2.1). */
  readonly authorityKeyIdentifier?: Uint8Array;
  /** The certificates that the list is about; `undefined`: all of its issuer's (RFC 5280 §5.2.5). */
  readonly scope?: IssuingDistributionPoint;
  /** The number of certificates on it. */
  readonly size: number;
  /**
   * Looks for a certificate, in constant time.
   *
   * @param serialNumber As it stands in the certificate.
   */
  find(serialNumber: Uint8Array): Revocation | undefined;
}

/**
 * Reads a list.
 *
 * @param der The whole list, which must not change.
 * @throws {TlsError} `bad_revocation_list` when it cannot be read or is of a kind that is not supported.
 */
export function parseRevocationList(der: Uint8Array): RevocationList {
  try {
    return readRevocationList(der);
  } catch (error) {
    if (!(error instanceof DerError || error instanceof CertificateError)) throw error;
    const reason = error instanceof DerError ? error.reason : error.message.replace(/^Cannot [^:]*: /, "");
    throw refused(reason, error);
  }
}

const V2 = 1;

function readRevocationList(der: Uint8Array): RevocationList {
  const outer = new DerReader(der);
  const list = outer.read(DerTag.SEQUENCE);
  outer.end("the list");
  const tbs = list.element(DerTag.SEQUENCE);
  const signatureAlgorithm = list.element(DerTag.SEQUENCE);
  const signature = list.bitString();
  list.end("the list");
  const fields = new DerReader(tbs).read(DerTag.SEQUENCE);
  // "When extensions are used, as required by this profile, this field MUST be present and MUST specify version 2"
  // (RFC 5280 §5.1.2.1)
  if (fields.peekTag() !== DerTag.INTEGER || fields.smallInteger() !== V2) {
    throw refused("its version is not 2");
  }
  // "This field MUST contain the same algorithm identifier as the signatureAlgorithm field" (RFC 5280 §5.1.2.2)
  if (!equals(fields.element(DerTag.SEQUENCE), signatureAlgorithm)) {
    throw refused("its signature algorithm is not the same inside and outside of what is signed");
  }
  const issuer = fields.element(DerTag.SEQUENCE);
  const thisUpdate = readTime(fields);
  // "Conforming CRL issuers MUST include the nextUpdate field in all CRLs." (RFC 5280 §5.1.2.5)
  if (fields.peekTag() !== DerTag.UTC_TIME && fields.peekTag() !== DerTag.GENERALIZED_TIME) {
    throw refused("it has no nextUpdate");
  }
  const nextUpdate = readTime(fields);
  const entries = new RevocationEntries(fields.optional(DerTag.SEQUENCE)?.rest() ?? new Uint8Array(0));
  const tagged = fields.optional(0xa0);
  fields.end("the list");
  const extensions = tagged === undefined ? [] : readExtensionList(tagged);
  return {
    tbs,
    signatureAlgorithm,
    signature,
    issuer,
    thisUpdate,
    nextUpdate,
    ...readListExtensions(extensions),
    size: entries.size,
    find: (serialNumber) => entries.find(serialNumber),
  };
}

type ListExtensions = Pick<RevocationList, "number" | "authorityKeyIdentifier" | "scope">;

function readListExtensions(extensions: readonly Extension[]): ListExtensions {
  let number: Uint8Array | undefined;
  let authorityKeyIdentifier: Uint8Array | undefined;
  let scope: IssuingDistributionPoint | undefined;
  for (const { oid, critical, value } of extensions) {
    switch (oid) {
      case CrlExtensionOid.cRLNumber:
        // "CRL issuers conforming to this profile MUST include this extension in all CRLs and MUST mark this
        // extension as non-critical." (RFC 5280 §5.2.3)
        if (critical) throw refused("its number is marked critical");
        number = readNumber(value);
        break;
      case CrlExtensionOid.issuingDistributionPoint:
        scope = readIssuingDistributionPoint(value);
        break;
      case CrlExtensionOid.authorityKeyIdentifier:
        authorityKeyIdentifier = value;
        break;
      case CrlExtensionOid.deltaCRLIndicator:
        throw refused("it is a delta, which names only changes to another list");
      default:
        // "If a CRL contains a critical extension that the application cannot process, then the application MUST NOT
        // use that CRL to determine the status of certificates." (RFC 5280 §5.2)
        if (critical) throw refused(`its critical extension ${oid} is not understood`);
    }
  }
  if (number === undefined) throw refused("it has no number");
  return {
    number,
    ...(authorityKeyIdentifier !== undefined && { authorityKeyIdentifier }),
    ...(scope !== undefined && { scope }),
  };
}

/** "CRL verifiers MUST be able to handle CRLNumber values up to 20 octets." (RFC 5280 §5.2.3) */
function readNumber(value: Uint8Array): Uint8Array {
  const reader = new DerReader(value);
  const number = reader.integer();
  reader.end("the list's number");
  const magnitude = number[0] === 0 ? number.subarray(1) : number;
  if (magnitude.length > 20) throw refused("its number is longer than 20 octets");
  return magnitude;
}

function refused(reason: string, cause?: unknown): TlsError {
  return new TlsError(
    "bad_revocation_list",
    `Cannot use the revocation list: ${reason}`,
    cause === undefined ? {} : { cause },
  );
}
