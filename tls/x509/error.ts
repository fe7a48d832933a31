/**
 * The error of a refused certificate: a code for each reason, the subject of the certificate, a hint.
 *
 * @module
 */

import type { AlertName } from "../error/alert_description.ts";

/** The alert for each reason to refuse a certificate (RFC 9846 §6.2). */
export const CERTIFICATE_ALERTS: Readonly<Record<CertificateErrorCode, AlertName>> = {
  // It cannot be read.
  bad_der: "bad_certificate",
  trailing_data: "bad_certificate",
  unsupported_version: "bad_certificate",
  bad_serial_number: "bad_certificate",
  bad_time: "bad_certificate",
  bad_validity: "bad_certificate",
  malformed_extensions: "bad_certificate",
  duplicate_extension: "bad_certificate",
  malformed_name_constraint: "bad_certificate",
  malformed_name: "bad_certificate",
  signature_algorithm_mismatch: "bad_certificate",
  // It is not valid for its place in the path, or for the name, the time or the purpose.
  expired: "certificate_expired",
  not_yet_valid: "certificate_expired",
  not_valid_for_name: "bad_certificate",
  unhandled_critical_extension: "bad_certificate",
  ca_used_as_end_entity: "bad_certificate",
  end_entity_used_as_ca: "bad_certificate",
  issuer_not_cert_signer: "bad_certificate",
  end_entity_is_cert_signer: "bad_certificate",
  digital_signature_not_allowed: "bad_certificate",
  path_length_exceeded: "bad_certificate",
  name_constraint_violation: "bad_certificate",
  empty_extended_key_usage: "unsupported_certificate",
  required_extended_key_usage_missing: "unsupported_certificate",
  // No path leads to a trust anchor.
  unknown_issuer: "unknown_ca",
  distrusted_root: "unknown_ca",
  bad_signature: "decrypt_error",
  unsupported_signature_algorithm: "decrypt_error",
  unsupported_public_key: "decrypt_error",
  weak_public_key: "decrypt_error",
  maximum_signature_checks_exceeded: "unknown_ca",
  maximum_path_build_calls_exceeded: "unknown_ca",
  maximum_path_depth_exceeded: "unknown_ca",
  maximum_name_constraint_comparisons_exceeded: "unknown_ca",
  // Revocation.
  revoked: "certificate_revoked",
  unknown_revocation_status: "unknown_ca",
  issuer_not_crl_signer: "unknown_ca",
  bad_crl_signature: "unknown_ca",
  expired_crl: "unknown_ca",
};

/** The reason to refuse a certificate. The words are stable; more may come. */
export type CertificateErrorCode =
  | "bad_der"
  | "trailing_data"
  | "unsupported_version"
  | "bad_serial_number"
  | "bad_time"
  | "bad_validity"
  | "malformed_extensions"
  | "duplicate_extension"
  | "malformed_name_constraint"
  | "malformed_name"
  | "signature_algorithm_mismatch"
  | "expired"
  | "not_yet_valid"
  | "not_valid_for_name"
  | "unhandled_critical_extension"
  | "ca_used_as_end_entity"
  | "end_entity_used_as_ca"
  | "issuer_not_cert_signer"
  | "end_entity_is_cert_signer"
  | "digital_signature_not_allowed"
  | "path_length_exceeded"
  | "name_constraint_violation"
  | "empty_extended_key_usage"
  | "required_extended_key_usage_missing"
  | "unknown_issuer"
  | "distrusted_root"
  | "bad_signature"
  | "unsupported_signature_algorithm"
  | "unsupported_public_key"
  | "weak_public_key"
  | "maximum_signature_checks_exceeded"
  | "maximum_path_build_calls_exceeded"
  | "maximum_path_depth_exceeded"
  | "maximum_name_constraint_comparisons_exceeded"
  | "revoked"
  | "unknown_revocation_status"
  | "issuer_not_crl_signer"
  | "bad_crl_signature"
  | "expired_crl";

/** Options of {@linkcode CertificateError}, besides code and message. */
export interface CertificateErrorOptions extends ErrorOptions {
  /** Subject of the certificate that was refused, as text (RFC 4514). */
  readonly subject?: string;
  /** A sentence that says what can be done about it. */
  readonly hint?: string;
}

/** A certificate, or the chain above it, was refused. */
export class CertificateError extends Error {
  /** `CertificateError`. */
  override readonly name = "CertificateError";
  /** The reason. */
  readonly code: CertificateErrorCode;
  /** Subject of the certificate that was refused, as text (RFC 4514), where it could be read. */
  readonly subject?: string;
  /** A sentence that says what can be done about it, where this is more than the code says. */
  readonly hint?: string;

  /** Says which certificate was refused and why. */
  constructor(code: CertificateErrorCode, message: string, options: CertificateErrorOptions = {}) {
    super(message, options);
    this.code = code;
    if (options.subject !== undefined) this.subject = options.subject;
    if (options.hint !== undefined) this.hint = options.hint;
  }

  /** The alert that reports it to the peer. */
  get alert(): AlertName {
    return CERTIFICATE_ALERTS[this.code];
  }
}
