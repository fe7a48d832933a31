/**
 * The end of a server's certificate, which no session outlives.
 *
 * @module
 */

import { CertificateError } from "../../x509/error.ts";
import type { PeerCertificate } from "../../x509/peer_certificate.ts";

/**
 * The end of a certificate's time, in milliseconds since 1970; `Infinity` for a raw public key, which has none. Where it
 * cannot be read it is now: a config that trusts such a certificate goes on, and resumes nothing.
 */
export function endOfCertificate(certificate: PeerCertificate | undefined, now: number): number {
  try {
    return certificate?.notAfter.getTime() ?? Infinity;
  } catch (error) {
    if (error instanceof CertificateError) return now;
    throw error;
  }
}
