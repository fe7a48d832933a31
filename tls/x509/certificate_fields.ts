/**
 * The fields of a certificate, none of which is judged (RFC 5280 §4.1).
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
 *                                               extensions      [3]  EXPLICIT Extensions OPTIONAL }
 * ```
 *
 * The key is where it always is, whatever else a certificate says: that is all that is needed of one for
 * which no certification path is asked, and of one's own.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { DerError, DerReader, DerTag } from "../der/der.ts";
import { CertificateError } from "./error.ts";
import { MAX_CERTIFICATE_BYTES } from "./limits.ts";
import { readTime, TimeError } from "./time.ts";
import type { Validity } from "./types.ts";

/** The fields of a certificate as they stand there; views of its bytes. */
export interface CertificateFields {
  /** The whole certificate. */
  readonly der: Uint8Array;
  /** The bytes that the signature covers. */
  readonly tbs: Uint8Array;
  /** The number of the version: 0 for version 1. */
  readonly version: number;
  /** The content of the INTEGER. */
  readonly serialNumber: Uint8Array;
  /** The AlgorithmIdentifier inside of what is signed. */
  readonly innerAlgorithm: Uint8Array;
  readonly issuer: Uint8Array;
  /** A whole DER `Validity`. */
  readonly validity: Uint8Array;
  readonly subject: Uint8Array;
  readonly publicKey: Uint8Array;
  /** What follows the key: unique identifiers and extensions. */
  readonly afterKey: Uint8Array;
  /** What follows the signed part: the AlgorithmIdentifier and the signature. */
  readonly afterSigned: Uint8Array;
  /** The number of bytes that follow the certificate. */
  readonly trailing: number;
}

/**
 * Reads the fields.
 *
 * @param der The whole certificate, which must not change.
 * @throws {CertificateError} `bad_der` when the fields up to the key are not there.
 */
export function readFields(der: Uint8Array): CertificateFields {
  return reading(() => {
    if (der.length > MAX_CERTIFICATE_BYTES) {
      throw new DerError(`it has more than ${MAX_CERTIFICATE_BYTES} bytes`);
    }
    const outer = new DerReader(der);
    const certificate = outer.read(DerTag.SEQUENCE);
    const tbs = certificate.element(DerTag.SEQUENCE);
    const fields = new DerReader(tbs).read(DerTag.SEQUENCE);
    return {
      der,
      tbs,
      version: readVersion(fields),
      serialNumber: fields.content(DerTag.INTEGER),
      innerAlgorithm: fields.element(DerTag.SEQUENCE),
      issuer: fields.element(DerTag.SEQUENCE),
      validity: fields.element(DerTag.SEQUENCE),
      subject: fields.element(DerTag.SEQUENCE),
      publicKey: fields.element(DerTag.SEQUENCE),
      afterKey: fields.rest(),
      afterSigned: certificate.rest(),
      trailing: outer.left,
    };
  });
}

/** Runs a reader, and turns its {@linkcode DerError} into a {@linkcode CertificateError}. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    const code = error instanceof TimeError ? "bad_time" : "bad_der";
    throw new CertificateError(code, `Cannot read the certificate: ${error.reason}`, { cause: error });
  }
}

/**
 * Reads the two times, in whichever order they are.
 *
 * @throws {DerError} when they are none.
 */
export function readValidity({ validity }: CertificateFields): Validity {
  const times = new DerReader(validity).read(DerTag.SEQUENCE);
  const notBefore = readTime(times);
  const notAfter = readTime(times);
  times.end("the validity");
  return { notBefore, notAfter };
}

/** `[3]`, around the extensions. */
const EXTENSIONS = 0xa3;
/** issuerUniqueID and subjectUniqueID (RFC 5280 §4.1.2.8), which only very old certificates have. */
const UNIQUE_IDS: readonly number[] = [0x81, 0x82];

/**
 * What follows the signed part.
 *
 * @throws {DerError} when something else does.
 */
export function readSignature({ afterSigned }: CertificateFields): {
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
} {
  const outer = new DerReader(afterSigned);
  const signatureAlgorithm = outer.element(DerTag.SEQUENCE);
  const signature = outer.bitString();
  outer.end("the certificate");
  return { signatureAlgorithm, signature };
}

/**
 * "This field MUST contain the same algorithm identifier as the signatureAlgorithm field" (RFC 5280 §4.1.2.3)
 *
 * @throws {CertificateError} `signature_algorithm_mismatch`
 */
export function checkSameAlgorithm(inner: Uint8Array, outer: Uint8Array): void {
  if (equals(inner, outer)) return;
  throw new CertificateError(
    "signature_algorithm_mismatch",
    "Cannot read the certificate: its signature algorithm is not the same inside and outside of what is signed",
  );
}

/** Refuses bytes behind the certificate. @throws {CertificateError} `trailing_data` */
export function checkNothingFollows({ trailing }: CertificateFields): void {
  if (trailing === 0) return;
  throw new CertificateError("trailing_data", `Cannot read the certificate: ${trailing} bytes follow it`);
}

/** Passes over the unique identifiers. @returns A reader that stands at the extensions, if there are any. */
export function afterUniqueIds({ afterKey, version }: CertificateFields): DerReader {
  const reader = new DerReader(afterKey);
  // Version 1 has none of them.
  if (version === 0) return reader;
  for (const unique of UNIQUE_IDS) if (reader.peekTag() === unique) reader.skip();
  return reader;
}

/** Reads the tag around the extensions. @returns A reader over the list; `undefined`: there is none. */
export function openExtensions(reader: DerReader): DerReader | undefined {
  return reader.optional(EXTENSIONS);
}

/** `Version ::= INTEGER { v1(0), v2(1), v3(2) }` */
function readVersion(fields: DerReader): number {
  const tagged = fields.optional(VERSION);
  if (tagged === undefined) return 0;
  const version = tagged.smallInteger();
  tagged.end("the version");
  return version;
}

const VERSION = 0xa0;
