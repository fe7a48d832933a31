/**
 * The work that one validation may cause.
 *
 * The peer decides how many certificates there are, what they are called and which one signed which, and with
 * authorities that signed each other crosswise the number of paths through them grows as a factorial. So every kind of
 * work is counted, and when one count is used up the search is over: no further path is tried.
 *
 * @module
 */

import { CertificateError } from "./error.ts";
import {
  MAX_CANDIDATE_PATHS,
  MAX_INTERMEDIATES_IN_PATH,
  MAX_NAME_COMPARISONS,
  MAX_PATH_STEPS,
  MAX_SIGNATURE_CHECKS,
} from "./limits.ts";
import type { ComparisonBudget } from "./names/name_constraints.ts";

/** The limits of one validation; each defaults to the one of the same meaning in `limits.ts`. */
export interface PathLimits {
  /** Signatures that are checked. */
  readonly signatures?: number;
  /** Looks at a certificate, and at a revocation list. */
  readonly steps?: number;
  /** Paths to an anchor that are judged. */
  readonly paths?: number;
  /** Comparisons of names with name constraints. */
  readonly comparisons?: number;
  /** Authorities between an anchor and the end entity. */
  readonly intermediates?: number;
}

/** The work that is left for one validation. */
export class PathBudget implements ComparisonBudget {
  /** Comparisons of names with name constraints that are left; {@linkcode checkNameConstraints} counts down. */
  comparisons: number;
  /** Authorities between an anchor and the end entity. */
  readonly intermediates: number;
  #signatures: number;
  #steps: number;
  #paths: number;

  /** Begins with these limits. */
  constructor(limits: PathLimits = {}) {
    this.#signatures = limits.signatures ?? MAX_SIGNATURE_CHECKS;
    this.#steps = limits.steps ?? MAX_PATH_STEPS;
    this.#paths = limits.paths ?? MAX_CANDIDATE_PATHS;
    this.comparisons = limits.comparisons ?? MAX_NAME_COMPARISONS;
    this.intermediates = limits.intermediates ?? MAX_INTERMEDIATES_IN_PATH;
  }

  /** Counts one signature check. @throws {CertificateError} `maximum_signature_checks_exceeded` */
  spendSignature(): void {
    if (this.#signatures-- > 0) return;
    throw new CertificateError(
      "maximum_signature_checks_exceeded",
      "Cannot accept the certificate: finding a certification path takes too many signature checks",
    );
  }

  /** Counts one look at a certificate or a list. @throws {CertificateError} `maximum_path_build_calls_exceeded` */
  spendStep(): void {
    if (this.#steps-- <= 0) throw tooManyPaths();
  }

  /** Counts one path that is judged. @throws {CertificateError} `maximum_path_build_calls_exceeded` */
  spendPath(): void {
    if (this.#paths-- <= 0) throw tooManyPaths();
  }
}

/** Whether an error says that a budget is used up, which ends the search: no further path is tried. */
export function isBudgetExceeded(error: CertificateError): boolean {
  switch (error.code) {
    case "maximum_signature_checks_exceeded":
    case "maximum_path_build_calls_exceeded":
    case "maximum_name_constraint_comparisons_exceeded":
      return true;
    default:
      return false;
  }
}

function tooManyPaths(): CertificateError {
  return new CertificateError(
    "maximum_path_build_calls_exceeded",
    "Cannot accept the certificate: there are too many paths through the certificates that came with it",
  );
}
