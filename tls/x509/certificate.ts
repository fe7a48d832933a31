/**
 * Reads certificates (RFC 5280 §4.1): strictly where a certification path is asked for, and no more than has to be read
 * where none is.
 *
 * @module
 */

import { DerError, DerReader } from "../der/der.ts";
import {
  afterUniqueIds,
  type CertificateFields,
  checkNothingFollows,
  checkSameAlgorithm,
  openExtensions,
  readFields,
  reading,
  readSignature,
  readValidity,
} from "./certificate_fields.ts";
import { CertificateError } from "./error.ts";
import { type Extensions, readExtensionList, readExtensions } from "./extensions.ts";
import type { Certificate, Validity } from "./types.ts";

/**
 * Reads a certificate of a certification path.
 *
 * @param der The whole certificate. The result has views of it: it must not change.
 * @returns The fields of the certificate, whose signature has not been checked.
 * @throws {CertificateError} `bad_der`, `trailing_data`, `unsupported_version`, `bad_serial_number`, `bad_time`,
 * `bad_validity`, `malformed_name`, `malformed_extensions`, `duplicate_extension`, `malformed_name_constraint` or
 * `signature_algorithm_mismatch`; nothing else, whatever the bytes.
 */
export function parseCertificate(der: Uint8Array): Certificate {
  return judgeCertificate(readFields(der));
}

/**
 * Reads a certificate that the caller trusts as itself: its key, its names, its dates and its uses, whatever else it
 * says.
 *
 * @param der The whole certificate. The result has views of it: it must not change.
 * @throws {CertificateError} `bad_der`, `bad_time` and those of extensions.
 */
export function readTrustedItself(der: Uint8Array): Certificate {
  return reading(() => {
    const fields = readFields(der);
    const list = openExtensions(afterUniqueIds(fields));
    const extensions = list === undefined ? {} : readExtensions(readExtensionList(list));
    return certificateOf(fields, readValidity(fields), extensions, {
      signatureAlgorithm: fields.innerAlgorithm,
      signature: new Uint8Array(0),
    });
  });
}

/**
 * Judges the fields of a certificate by the rules for all certificates of a path; what it may do in its place in a path
 * is not judged here.
 *
 * @throws {CertificateError} as {@linkcode parseCertificate}.
 */
export function judgeCertificate(fields: CertificateFields): Certificate {
  return reading(() => {
    checkNothingFollows(fields);
    const { signatureAlgorithm, signature } = readSignature(fields);
    if (fields.version !== V3) {
      const which = fields.version > V3 ? "above 3" : "not 3";
      throw new CertificateError(
        "unsupported_version",
        `Cannot read the certificate: its version is ${which}`,
      );
    }
    checkSerialNumber(fields.serialNumber);
    checkSameAlgorithm(fields.innerAlgorithm, signatureAlgorithm);
    const validity = readValidity(fields);
    if (validity.notBefore > validity.notAfter) {
      throw new CertificateError("bad_validity", "Cannot read the certificate: it ends before it begins");
    }
    const reader = new DerReader(fields.afterKey);
    const list = openExtensions(reader);
    reader.end("the certificate");
    const extensions = list === undefined ? {} : readExtensions(readExtensionList(list));
    checkNames(fields, extensions);
    return certificateOf(fields, validity, extensions, { signatureAlgorithm, signature });
  });
}

function certificateOf(
  { der, tbs, serialNumber, issuer, subject, publicKey }: CertificateFields,
  validity: Validity,
  extensions: Extensions,
  signed: Pick<Certificate, "signatureAlgorithm" | "signature">,
): Certificate {
  const isNamed = !isEmptyName(subject) || extensions.subjectAltNames !== undefined;
  return {
    der,
    tbs,
    serialNumber,
    issuer,
    subject,
    isNamed,
    validity,
    publicKey,
    ...signed,
    ...extensions,
  };
}

const V3 = 2;

/**
 * "The serial number MUST be a positive integer", and "Conforming CAs MUST NOT use serialNumber values longer than
 * 20 octets." (RFC 5280 §4.1.2.2) Zero and longer numbers are let pass as other readers do, since authorities have issued
 * them; nothing depends on it. A negative one, which not all readers take, is not.
 */
function checkSerialNumber(serial: Uint8Array): void {
  const [first = 0, second = 0] = serial;
  const isMinimal = serial.length > 0 &&
    (serial.length === 1 || (first !== 0 || second >= 0x80) && (first !== 0xff || second < 0x80));
  if (!isMinimal) throw new DerError("the serial number is no INTEGER");
  if (first >= 0x80) {
    throw new CertificateError(
      "bad_serial_number",
      "Cannot read the certificate: its serial number is negative",
    );
  }
}

/**
 * The rules that tie names and extensions to each other. Name constraints "MUST be used only in a CA certificate" (RFC
 * 5280 §4.2.1.10); in another they constrain nothing, and other readers let them pass.
 */
function checkNames({ issuer, subject }: CertificateFields, extensions: Extensions): void {
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
}

/** `Name ::= SEQUENCE OF RelativeDistinguishedName`: empty when nothing follows tag and length. */
export function isEmptyName(name: Uint8Array): boolean {
  return name.length === 2;
}
