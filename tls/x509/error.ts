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
  invalid_ocsp_response: "bad_certificate_status_response",
};

/**
 * Code of a {@linkcode CertificateError}: the reason to refuse a certificate. The codes are stable, the messages are not;
 * more codes may come.
 *
 * ### It cannot be read
 *
 * | code | meaning |
 * |---|---|
 * | `bad_der` | a field is not DER, or not of its type |
 * | `trailing_data` | bytes follow the certificate |
 * | `unsupported_version` | it is not of X.509 version 3 |
 * | `bad_serial_number` | its serial number is negative |
 * | `bad_time` | a date does not exist, or is not of the form of RFC 5280 |
 * | `bad_validity` | it ends before it begins |
 * | `malformed_name` | it has no subject or no issuer, or one that is no name |
 * | `malformed_extensions` | its list of extensions is empty |
 * | `duplicate_extension` | it has an extension twice |
 * | `malformed_name_constraint` | its name constraints are malformed |
 * | `signature_algorithm_mismatch` | it names two algorithms for its one signature |
 *
 * ### It is not valid for its place, the name, the time or the purpose
 *
 * | code | meaning |
 * |---|---|
 * | `expired` | its time is over |
 * | `not_yet_valid` | its time is to come |
 * | `not_valid_for_name` | it is for other names than the one that was asked for |
 * | `unhandled_critical_extension` | it has a critical extension that is not understood |
 * | `ca_used_as_end_entity` | a peer shows an authority's certificate that is not itself among the roots |
 * | `end_entity_used_as_ca` | it was signed by one that is not an authority's |
 * | `issuer_not_cert_signer` | it was signed with a key that may not sign certificates |
 * | `digital_signature_not_allowed` | its key may not sign handshakes |
 * | `path_length_exceeded` | more authorities stand below one than that one allows |
 * | `name_constraint_violation` | an authority above it may not issue certificates for its names |
 * | `empty_extended_key_usage` | its list of purposes is empty |
 * | `required_extended_key_usage_missing` | it is not for servers, or not for clients |
 *
 * ### No certification path leads to a root
 *
 * | code | meaning |
 * |---|---|
 * | `unknown_issuer` | its issuer, or one above that, is neither among the roots nor among the certificates sent |
 * | `distrusted_root` | its root is trusted only for what was issued earlier |
 * | `bad_signature` | its signature was not made with the key of the authority that has its issuer's name |
 * | `unsupported_signature_algorithm` | its signature is of an algorithm that is not accepted, or not for the key |
 * | `unsupported_public_key` | a key is of a kind, a curve or a form that is not supported |
 * | `weak_public_key` | a key is too short, or too long, to be used |
 * | `maximum_signature_checks_exceeded` | finding a path takes too many signature checks |
 * | `maximum_path_build_calls_exceeded` | finding a path takes too many looks at certificates, or too many paths |
 * | `maximum_path_depth_exceeded` | too many authorities stand between it and a root |
 * | `maximum_name_constraint_comparisons_exceeded` | names and constraints are too many to compare |
 *
 * ### Revocation
 *
 * | code | meaning |
 * |---|---|
 * | `revoked` | it is on a revocation list of its issuer |
 * | `unknown_revocation_status` | it is in the scope of no revocation list |
 * | `issuer_not_crl_signer` | its issuer's key may not sign revocation lists |
 * | `bad_crl_signature` | the signature of its issuer's revocation list was not made with its issuer's key |
 * | `expired_crl` | its issuer's revocation list is past its nextUpdate |
 * | `invalid_ocsp_response` | its OCSP response is missing or not valid; only verifiers of the application say so |
 */
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
  | "expired_crl"
  | "invalid_ocsp_response";

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
