/**
 * How much work one chain may cause.
 *
 * Whoever sends certificates decides how many there are, what they are called and who signed whom, and with
 * authorities that signed each other crosswise the number of ways through them grows as a factorial. So every kind of
 * work is counted, and when one count is used up the search is over: no way that is left is tried.
 *
 * @module
 */

import { CertificateError } from "../error.ts";
import type { ComparisonBudget } from "../names/name_constraints.ts";

/** Signatures that are checked: one takes up to 2 ms, and a chain that is needed has about 3. */
export const MOST_SIGNATURE_CHECKS = 100;
/** Certificates that are put on top of the way so far. A chain that is needed takes about 2. */
export const MOST_PATH_STEPS = 200_000;
/**
 * Ways to a root that are judged. Signatures are checked once however many ways they are part of; yet an authority whose
 * certificates are refused for their names can sign a few dozen others such that there are thousands of ways.
 */
export const MOST_PATHS_JUDGED = 1000;
/** Comparisons of a name with a name constraint: 500 names against 500 constraints. */
export const MOST_NAME_COMPARISONS = 250_000;
/**
 * Authorities between a root and an end entity, those that issued certificates to themselves not counted. Public
 * chains have 1 or 2, with cross-signed roots 3.
 */
export const MOST_INTERMEDIATES_IN_PATH = 6;
/** Certificates beside the end entity's that are looked at, as many as the longest chains of those that send all they have. */
export const MOST_INTERMEDIATES_OFFERED = 64;

/** What one validation may use up; whatever is left out has the limit above. */
export interface PathLimits {
  /** Signatures that are checked. */
  readonly signatures?: number;
  /** Certificates that are put on top of the way so far. */
  readonly steps?: number;
  /** Ways to a root that are judged. */
  readonly paths?: number;
  /** Comparisons of names with name constraints. */
  readonly comparisons?: number;
  /** Authorities between a root and the end entity. */
  readonly intermediates?: number;
}

/** What is left for one validation. */
export class PathBudget implements ComparisonBudget {
  /** Counted down by {@linkcode checkNameConstraints}. */
  comparisons: number;
  /** Authorities between a root and the end entity. */
  readonly intermediates: number;
  #signatures: number;
  #steps: number;
  #paths: number;

  /** Begins with the limits above, or these. */
  constructor(limits: PathLimits = {}) {
    this.#signatures = limits.signatures ?? MOST_SIGNATURE_CHECKS;
    this.#steps = limits.steps ?? MOST_PATH_STEPS;
    this.#paths = limits.paths ?? MOST_PATHS_JUDGED;
    this.comparisons = limits.comparisons ?? MOST_NAME_COMPARISONS;
    this.intermediates = limits.intermediates ?? MOST_INTERMEDIATES_IN_PATH;
  }

  /** @throws {CertificateError} `maximum_signature_checks_exceeded` */
  spendSignature(): void {
    if (this.#signatures-- > 0) return;
    throw new CertificateError(
      "maximum_signature_checks_exceeded",
      "Cannot accept the certificate: to find a way to a root takes too many signature checks",
    );
  }

  /** @throws {CertificateError} `maximum_path_build_calls_exceeded` */
  spendStep(): void {
    if (this.#steps-- <= 0) throw tooManyWays();
  }

  /** @throws {CertificateError} `maximum_path_build_calls_exceeded` */
  spendPath(): void {
    if (this.#paths-- <= 0) throw tooManyWays();
  }
}

function tooManyWays(): CertificateError {
  return new CertificateError(
    "maximum_path_build_calls_exceeded",
    "Cannot accept the certificate: there are too many ways through the certificates that came with it",
  );
}
