/**
 * The key usage of an end entity whose certificate is not verified otherwise.
 *
 * The verification of a certification path includes this check. Where the application's verifier decides alone, it
 * decides which peer is trusted, not the purpose of a key: a signature by a key that must not sign proves nothing.
 *
 * @module
 */

import { refusal } from "../x509/checks.ts";
import { KeyUsage } from "../x509/extensions.ts";
import { refusedCertificate } from "../x509/refused_certificate.ts";
import type { PresentedCertificate } from "../x509/presented_certificate.ts";

/**
 * "The end-entity certificate MUST allow the key to be used for signing [...]. That is, the digitalSignature bit MUST
 * be set if the Key Usage extension is present" (RFC 9846 §4.5.1.2).
 *
 * @throws {TlsError} `certificate_invalid`, with `digital_signature_not_allowed`.
 */
export function requireSigningKey(certificate: PresentedCertificate): void {
  // Of a certificate that cannot be part of a certification path nothing counts but the key.
  if ("fault" in certificate) return;
  const { keyUsage } = certificate;
  if (keyUsage === undefined || (keyUsage & KeyUsage.digitalSignature) !== 0) return;
  const reason = "its key may not sign handshakes";
  throw refusedCertificate(refusal(certificate, "digital_signature_not_allowed", reason));
}
