/**
 * Reads certificates (RFC 5280 §4.1).
 *
 * ```
 * Certificate  ::=  SEQUENCE  {            TBSCertificate  ::=  SEQUENCE  {
 *      tbsCertificate       ...,                version         [0]  EXPLICIT Version DEFAULT v1,
 *      signatureAlgorithm   ...,                serialNumber         CertificateSerialNumber,
 *      signatureValue       BIT STRING  }       signature            AlgorithmIdentifier,
 *                                               issuer               Name,
 *                                               validity             Validity,
 *                                               subject              Name,
 *                                               subjectPublicKeyInfo SubjectPublicKeyInfo,
 *                                               issuerUniqueID  [1]  ...,  subjectUniqueID [2]  ...,
 *                                               extensions      [3]  EXPLICIT Extensions OPTIONAL  }
 * ```
 *
 * A peer's certificate is read strictly. Of a root that the user chose to trust only its name, its key and its
 * constraints are read: it may be of version 1, expired, or made by hand.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { DerError, DerReader, DerTag } from "../der/der.ts";
import { CertificateError } from "./error.ts";
import {
  type Extension,
  type Extensions,
  KeyUsage,
  readExtensionList,
  readExtensions,
} from "./extensions.ts";
import { ExtensionOid } from "../der/oid.ts";
import { MAX_CERTIFICATE_BYTES } from "./limits.ts";
import { readTime, TimeError } from "./time.ts";
import type { Certificate, TrustAnchor, Validity } from "./types.ts";

/**
 * Reads a certificate that a peer sent.
 *
 * @param der The whole certificate. The result has views of it: it must not change.
 * @returns The fields of the certificate, whose signature has not been checked.
 * @throws {CertificateError} `bad_der`, `trailing_data`, `unsupported_version`, `bad_serial_number`, `bad_time`,
 * `bad_validity`, `malformed_name`, `malformed_extensions`, `duplicate_extension`, `malformed_name_constraint` or
 * `signature_algorithm_mismatch`; nothing else, whatever the bytes.
 */
export function parseCertificate(der: Uint8Array): Certificate {
  return reading(() => {
    const { tbs, signatureAlgorithm, signature } = readSigned(der);
    const fields = new DerReader(tbs).read(DerTag.SEQUENCE);
    if (readVersion(fields) !== V3) {
      throw new CertificateError("unsupported_version", "Cannot read the certificate: its version is not 3");
    }
    const serialNumber = readSerialNumber(fields);
    checkSameAlgorithm(fields.element(DerTag.SEQUENCE), signatureAlgorithm);
    const issuer = fields.element(DerTag.SEQUENCE);
    const validity = readValidity(fields);
    const subject = fields.element(DerTag.SEQUENCE);
    const publicKey = fields.element(DerTag.SEQUENCE);
    const list = fields.optional(EXTENSIONS);
    fields.end("the certificate");
    const extensions = list === undefined ? [] : readExtensionList(list);
    const read = readExtensions(extensions);
    checkNames(issuer, subject, read);
    return {
      der,
      tbs,
      serialNumber,
      issuer,
      subject,
      isNamed: !isEmptyName(subject) || extensions.some(isCriticalAltName),
      validity,
      publicKey,
      signatureAlgorithm,
      signature,
      ...read,
    };
  });
}

/**
 * Reads a root certificate as a trust anchor.
 *
 * Its dates, serial number and signature do not matter: "Implementations that use self-signed certificates to
 * specify trust anchor information are free to process or ignore such information." (RFC 5280 §6.2) Yet it is
 * refused where it says of itself that it cannot be used as one: by a critical extension that is not understood,
 * policies excepted, or as an authority whose key may not sign certificates.
 *
 * @param der The whole certificate. The result has views of it: it must not change.
 * @throws {CertificateError} `bad_der`, `trailing_data`, `unsupported_version`, `malformed_name`,
 * `signature_algorithm_mismatch`, `unhandled_critical_extension`, `issuer_not_cert_signer`, and those of extensions.
 */
export function parseTrustAnchor(der: Uint8Array): TrustAnchor {
  return reading(() => {
    const { tbs, signatureAlgorithm } = readSigned(der);
    const fields = new DerReader(tbs).read(DerTag.SEQUENCE);
    const version = readVersion(fields);
    fields.skip(DerTag.INTEGER);
    checkSameAlgorithm(fields.element(DerTag.SEQUENCE), signatureAlgorithm);
    fields.skip(DerTag.SEQUENCE); // issuer
    fields.skip(DerTag.SEQUENCE); // validity
    const subject = fields.element(DerTag.SEQUENCE);
    if (isEmptyName(subject)) {
      throw new CertificateError("malformed_name", "Cannot trust a root without a name");
    }
    const publicKey = fields.element(DerTag.SEQUENCE);
    if (version > V1) {
      for (const unique of UNIQUE_IDS) if (fields.peekTag() === unique) fields.skip();
    }
    const list = version === V3 ? fields.optional(EXTENSIONS) : undefined;
    fields.end("the certificate");
    if (version !== V3) return { subject, publicKey };
    const { isAuthority, ...read } = readAnchorExtensions(list);
    return { subject, publicKey, ...read, ...(!isAuthority && { onlyCertificate: der }) };
  });
}

const V1 = 0;
const V3 = 2;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
/** issuerUniqueID and subjectUniqueID (RFC 5280 §4.1.2.8), which only very old roots have. */
const UNIQUE_IDS: readonly number[] = [0x81, 0x82];

/** Runs a reader, and turns its {@linkcode DerError} into a {@linkcode CertificateError}. */
function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    const code = error instanceof TimeError ? "bad_time" : "bad_der";
    throw new CertificateError(code, `Cannot read the certificate: ${error.reason}`, { cause: error });
  }
}

function readSigned(der: Uint8Array): Pick<Certificate, "tbs" | "signatureAlgorithm" | "signature"> {
  if (der.length > MAX_CERTIFICATE_BYTES) {
    throw new CertificateError(
      "bad_der",
      `Cannot read the certificate: it has more than ${MAX_CERTIFICATE_BYTES} bytes`,
    );
  }
  const outer = new DerReader(der);
  const certificate = outer.read(DerTag.SEQUENCE);
  if (outer.left > 0) {
    throw new CertificateError("trailing_data", `Cannot read the certificate: ${outer.left} bytes follow it`);
  }
  const tbs = certificate.element(DerTag.SEQUENCE);
  const signatureAlgorithm = certificate.element(DerTag.SEQUENCE);
  const signature = certificate.bitString();
  certificate.end("the certificate");
  return { tbs, signatureAlgorithm, signature };
}

/** `Version ::= INTEGER { v1(0), v2(1), v3(2) }` */
function readVersion(fields: DerReader): number {
  const tagged = fields.optional(VERSION);
  if (tagged === undefined) return V1;
  const version = tagged.smallInteger();
  tagged.end("the version");
  if (version > V3) {
    throw new CertificateError("unsupported_version", "Cannot read the certificate: its version is above 3");
  }
  return version;
}

/**
 * "The serial number MUST be a positive integer", and "Conforming CAs MUST NOT use serialNumber values longer than
 * 20 octets." (RFC 5280 §4.1.2.2) A number of 20 octets whose first bit is set is written in 21, which authorities
 * have overlooked; it is let pass.
 */
function readSerialNumber(fields: DerReader): Uint8Array {
  const serial = fields.content(DerTag.INTEGER);
  const [first = 0, second = 0] = serial;
  const isMinimal = serial.length > 0 && (serial.length === 1 || first !== 0 || second >= 0x80);
  if (!isMinimal) throw new DerError("the serial number is no INTEGER");
  const length = first === 0 ? serial.length - 1 : serial.length;
  if (first >= 0x80 || length === 0 || length > 20) {
    const reason = length > 20 ? "longer than 20 octets" : "not positive";
    throw new CertificateError(
      "bad_serial_number",
      `Cannot read the certificate: its serial number is ${reason}`,
    );
  }
  return serial;
}

/** "This field MUST contain the same algorithm identifier as the signatureAlgorithm field" (RFC 5280 §4.1.2.3) */
function checkSameAlgorithm(inner: Uint8Array, outer: Uint8Array): void {
  if (equals(inner, outer)) return;
  throw new CertificateError(
    "signature_algorithm_mismatch",
    "Cannot read the certificate: its signature algorithm is not the same inside and outside of what is signed",
  );
}

function readValidity(fields: DerReader): Validity {
  const times = fields.read(DerTag.SEQUENCE);
  const notBefore = readTime(times);
  const notAfter = readTime(times);
  times.end("the validity");
  if (notBefore > notAfter) {
    throw new CertificateError("bad_validity", "Cannot read the certificate: it ends before it begins");
  }
  return { notBefore, notAfter };
}

/** The rules that tie names and extensions to each other. */
function checkNames(
  issuer: Uint8Array,
  subject: Uint8Array,
  extensions: Extensions,
): void {
  // "The issuer field MUST contain a non-empty distinguished name (DN)." (RFC 5280 §4.1.2.4)
  if (isEmptyName(issuer)) {
    throw new CertificateError("malformed_name", "Cannot read the certificate: its issuer has no name");
  }
  const isCa = extensions.basicConstraints?.ca === true;
  // "If the subject is a CA [...], then the subject field MUST be populated with a non-empty distinguished name"
  // (RFC 5280 §4.1.2.6)
  if (isCa && isEmptyName(subject)) {
    throw new CertificateError("malformed_name", "Cannot read the certificate: the authority has no name");
  }
  // "The name constraints extension, which MUST be used only in a CA certificate" (RFC 5280 §4.2.1.10)
  if (extensions.nameConstraints !== undefined && !isCa) {
    throw new CertificateError(
      "malformed_name_constraint",
      "Cannot read the certificate: it is no authority's, and has name constraints",
    );
  }
}

function isCriticalAltName({ oid, critical }: Extension): boolean {
  return critical && oid === ExtensionOid.subjectAltName;
}

/** `Name ::= SEQUENCE OF RelativeDistinguishedName`: empty when nothing follows tag and length. */
function isEmptyName(name: Uint8Array): boolean {
  return name.length === 2;
}

/** Extensions of a root that may be critical although they are not processed: no policy is asked for here. */
const POLICIES: ReadonlySet<string> = new Set([
  ExtensionOid.certificatePolicies,
  ExtensionOid.policyMappings,
  ExtensionOid.policyConstraints,
  ExtensionOid.inhibitAnyPolicy,
]);

/**
 * @returns The name constraints, as they stand, what the key may do, and whether it is an authority's: "If the basic
 * constraints extension is not present in a version 3 certificate, or the extension is present but the cA
 * boolean is not asserted, then the certified public key MUST NOT be used to verify certificate signatures." (RFC 5280
 * §4.2.1.9) A user who trusts the certificate of one server does not mean to trust all that this server signs. Where
 * the extension is missing, keyCertSign in a key usage makes an authority, as in OpenSSL.
 */
function readAnchorExtensions(
  reader: DerReader | undefined,
): Pick<TrustAnchor, "nameConstraints" | "keyUsage"> & { readonly isAuthority: boolean } {
  const all = reader === undefined ? [] : readExtensionList(reader);
  const list = all.filter(({ oid }) => !POLICIES.has(oid));
  const { basicConstraints, keyUsage, unhandledCritical } = readExtensions(list);
  if (unhandledCritical !== undefined) {
    throw new CertificateError(
      "unhandled_critical_extension",
      `Cannot trust the root: its critical extension ${unhandledCritical} is not understood`,
    );
  }
  // "The keyCertSign bit is asserted when the subject public key is used for verifying signatures on public key
  // certificates." (RFC 5280 §4.2.1.3)
  if (basicConstraints?.ca === true && keyUsage !== undefined && (keyUsage & KeyUsage.keyCertSign) === 0) {
    throw new CertificateError(
      "issuer_not_cert_signer",
      "Cannot trust the root: its key may not sign certificates",
    );
  }
  const nameConstraints = list.find(({ oid }) => oid === ExtensionOid.nameConstraints)?.value;
  return {
    isAuthority: basicConstraints?.ca ?? ((keyUsage ?? 0) & KeyUsage.keyCertSign) !== 0,
    ...(nameConstraints !== undefined && { nameConstraints }),
    ...(keyUsage !== undefined && { keyUsage }),
  };
}
