/**
 * Which of the reasons is told when every way to a root was refused for another one.
 *
 * A chain with an expired certificate can be unknown as well, by another way round; what helps is to hear that it has
 * expired. The more a way had to be right to be refused for it, the more specific the reason.
 *
 * @module
 */

import type { CertificateError, CertificateErrorCode } from "../error.ts";

/** Reasons that end the search: no other way is tried. */
const FATAL: ReadonlySet<CertificateErrorCode> = new Set<CertificateErrorCode>([
  "maximum_signature_checks_exceeded",
  "maximum_path_build_calls_exceeded",
  "maximum_name_constraint_comparisons_exceeded",
]);

/** Whether a reason ends the search. */
export function isFatal(error: CertificateError): boolean {
  return FATAL.has(error.code);
}

/** From the least specific on; what is not named comes between the first and the second. */
const RANKS: readonly CertificateErrorCode[] = [
  "unknown_issuer",
  "maximum_path_depth_exceeded",
  "unsupported_public_key",
  "unsupported_signature_algorithm",
  "weak_public_key",
  "bad_signature",
  "unhandled_critical_extension",
  "issuer_not_cert_signer",
  "end_entity_used_as_ca",
  "path_length_exceeded",
  "empty_extended_key_usage",
  "required_extended_key_usage_missing",
  "name_constraint_violation",
  "distrusted_root",
  "issuer_not_crl_signer",
  "bad_crl_signature",
  "unknown_revocation_status",
  "expired_crl",
  "not_yet_valid",
  "expired",
  "revoked",
];

const RANK: ReadonlyMap<CertificateErrorCode, number> = new Map(RANKS.map((code, rank) => [code, rank]));

function rankOf(code: CertificateErrorCode): number {
  return RANK.get(code) ?? 0.5;
}

/** Collects the reasons, and keeps the most specific one: of those that are equal, the first. */
export class PathFailures {
  #worst: CertificateError | undefined;

  /** Whether a reason of this kind would be kept: if not, it need not be put into words. */
  wants(code: CertificateErrorCode): boolean {
    return this.#worst === undefined || rankOf(code) > rankOf(this.#worst.code);
  }

  /** Takes note of a reason. */
  add(error: CertificateError): void {
    if (this.wants(error.code)) this.#worst = error;
  }

  /** The most specific reason, if there was one. */
  get mostSpecific(): CertificateError | undefined {
    return this.#worst;
  }
}
