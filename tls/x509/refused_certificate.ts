/**
 * The error of a connection whose peer's certificate was refused.
 *
 * @module
 */

import { TlsError, type TlsErrorCode } from "../error/tls_error.ts";
import type { CertificateError, CertificateErrorCode } from "./error.ts";
import { MAX_SHOWN_NAME_LENGTH } from "./limits.ts";

/**
 * Makes the error of a connection from that of a certificate.
 *
 * @returns A {@linkcode TlsError} with one of the coarse codes, `error` as its `certificate` and `cause`, and a hint
 * that says what can be done.
 */
export function refusedCertificate(error: CertificateError): TlsError {
  const hint = error.hint ?? HINTS[error.code] ?? hintFromReason(error);
  return new TlsError(CODES[error.code] ?? "certificate_invalid", error.message, {
    cause: error,
    certificate: error,
    ...(hint !== undefined && { hint }),
  });
}

/** Reasons with a code of their own; every other one is `certificate_invalid`. */
const CODES: Readonly<Partial<Record<CertificateErrorCode, TlsErrorCode>>> = {
  expired: "certificate_expired",
  not_yet_valid: "certificate_not_yet_valid",
  not_valid_for_name: "certificate_wrong_name",
  unknown_issuer: "certificate_unknown_issuer",
  distrusted_root: "certificate_unknown_issuer",
  revoked: "certificate_revoked",
};

/** Hints for errors that have none of their own. */
const HINTS: Readonly<Partial<Record<CertificateErrorCode, string>>> = {
  expired: "The certificate must be renewed, or this machine's clock is wrong.",
  not_yet_valid: "Check this machine's clock.",
  not_valid_for_name: "Use a name that the certificate has.",
  unknown_issuer: "Add the authority's certificate to the roots, or let the peer send the ones in between.",
  distrusted_root: "The peer needs a certificate of another authority.",
  unsupported_signature_algorithm:
    "The certificate must be signed anew, with SHA-256 or longer and an algorithm that is for its issuer's key.",
  weak_public_key: "The certificate must be made anew, with an RSA key of 2048 to 8192 bits.",
  bad_signature: "A trusted authority may have the name of the one that signed, but another key.",
  ca_used_as_end_entity:
    "Let the authority sign a certificate for the peer (CA:FALSE), and add the authority's to the roots; " +
    "or add the very certificate to roots of your own.",
  required_extended_key_usage_missing:
    "A server's certificate needs the extended key usage serverAuth, a client's clientAuth.",
  digital_signature_not_allowed: "TLS 1.3 takes a key that may sign: key usage digitalSignature.",
  unsupported_version: "The certificate must be made anew, as one of X.509 version 3.",
  unknown_revocation_status:
    'Add the revocation list of its authority to the crls, or set unknownStatus to "allow".',
  expired_crl: "The revocation lists must be renewed.",
};

/** Reasons that only the authority can mend, by another certificate. */
const MADE_ANEW: ReadonlySet<CertificateErrorCode> = new Set([
  "bad_der",
  "trailing_data",
  "bad_serial_number",
  "bad_time",
  "bad_validity",
  "malformed_name",
  "malformed_extensions",
  "duplicate_extension",
  "malformed_name_constraint",
  "signature_algorithm_mismatch",
  "unhandled_critical_extension",
  "end_entity_used_as_ca",
  "issuer_not_cert_signer",
  "path_length_exceeded",
  "name_constraint_violation",
  "empty_extended_key_usage",
  "unsupported_public_key",
]);

/** The hint of a certificate that can only be made anew: it has the reason, for a reader who sees the hint alone. */
function hintFromReason({ code, message, subject }: CertificateError): string | undefined {
  if (!MADE_ANEW.has(code)) return undefined;
  const which = subject === undefined
    ? "The certificate"
    : `The certificate "${subject.slice(0, MAX_SHOWN_NAME_LENGTH)}"`;
  return `${which} must be made anew: ${message.replace(/^Cannot [^:]*: /, "")}.`;
}
