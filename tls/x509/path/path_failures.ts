/**
 * Chooses the reason that is told when every certification path was refused, each for its own.
 *
 * A chain with an expired certificate can have an unknown issuer as well, on another path; the reason that helps is
 * that it has expired. The more of a path was right before it was refused, the more specific the reason.
 *
 * @module
 */

import type { CertificateError, CertificateErrorCode } from "../error.ts";

/** Collects the reasons, and keeps the most specific one: of those that are equal, the first. */
export class PathFailures {
  #kept: CertificateError | undefined;

  /** Whether a reason of this kind would be kept: if not, its message need not be made. */
  wouldKeep(code: CertificateErrorCode): boolean {
    return this.#kept === undefined || rankOf(code) > rankOf(this.#kept.code);
  }

  /** Keeps a reason if it is more specific than the one before. */
  add(error: CertificateError): void {
    if (this.wouldKeep(error.code)) this.#kept = error;
  }

  /** The most specific reason, if there was one. */
  get mostSpecific(): CertificateError | undefined {
    return this.#kept;
  }
}

/** From the least specific on; a code that is not listed ranks between the first and the second. */
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
