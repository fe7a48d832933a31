/**
 * Certificates as peers present them, whether or not they can be part of a certification path.
 *
 * @module
 */

import { judgeCertificate } from "./certificate.ts";
import { readFields } from "./certificate_fields.ts";
import { CertificateError } from "./error.ts";
import type { Certificate } from "./types.ts";

/** A certificate that is part of no certification path: it cannot be read, or breaks a rule for all certificates. */
export interface UnusableCertificate {
  /** The whole certificate. */
  readonly der: Uint8Array;
  /** A whole DER `Name`; empty where it could not be found. */
  readonly subject: Uint8Array;
  /** A whole DER `SubjectPublicKeyInfo`; empty where it could not be found. */
  readonly publicKey: Uint8Array;
  /** The rule that it breaks. */
  readonly fault: CertificateError;
}

/** A certificate as a peer presents it. Where no certification path is asked for, only its key is read. */
export type PresentedCertificate = Certificate | UnusableCertificate;

/**
 * Reads a certificate that a peer presents, of which it is not known yet whether a certification path is asked for.
 *
 * @param der The whole certificate. The result has views of it: it must not change.
 * @throws {CertificateError} `bad_der` when not even its key can be found.
 */
export function readPresented(der: Uint8Array): PresentedCertificate {
  const fields = readFields(der);
  try {
    return judgeCertificate(fields);
  } catch (fault) {
    if (!(fault instanceof CertificateError)) throw fault;
    return { der, subject: fields.subject, publicKey: fields.publicKey, fault };
  }
}
