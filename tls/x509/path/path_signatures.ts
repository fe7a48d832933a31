/**
 * Checks the signatures of a certification path (RFC 5280 §6.1.3 (a) (1)).
 *
 * @module
 */

import { type Eventual, ignoreRejection, type Script, settle } from "../../../io/script.ts";
import { refusal, refusalFor } from "../checks.ts";
import { CertificateError } from "../error.ts";
import { isBudgetExceeded, type PathBudget } from "../path_budget.ts";
import { checkSignature, type SignatureOptions } from "../signature_check.ts";
import type { PathNode } from "./path_node.ts";
import type { PathCandidate } from "./path_search.ts";

/**
 * Checks the signatures of a path from the anchor down, so that no key is used before an authority has certified it.
 * With an asynchronous provider they are checked side by side. The nodes remember the results.
 *
 * @throws {CertificateError} `bad_signature`, `unsupported_signature_algorithm`, `unsupported_public_key`,
 * `weak_public_key`, `bad_der` or `maximum_signature_checks_exceeded`.
 */
export function* checkSignatures(
  { nodes, anchorKey }: PathCandidate,
  options: SignatureOptions,
  budget: PathBudget,
): Script<void> {
  const started: {
    readonly node: PathNode;
    readonly key: Uint8Array;
    readonly verdict: Eventual<boolean>;
  }[] = [];
  let key = anchorKey;
  for (const node of nodes.toReversed()) {
    const verdict = node.signedBy.get(key) ?? startCheck(node, key, options, budget);
    node.signedBy.set(key, verdict);
    ignoreRejection(verdict);
    started.push({ node, key, verdict });
    if (verdict === false) break;
    key = node.publicKey;
  }
  for (const { node, key, verdict } of started) {
    const isRight = (yield* settle(verdict)) === true;
    node.signedBy.set(key, isRight);
    if (!isRight) {
      throw refusal(
        node.certificate,
        "bad_signature",
        "its signature was not made with the key of the authority that has its issuer's name",
      );
    }
  }
}

/** Starts a check. A signature that cannot be checked with a key rules out every path through the two, too. */
function startCheck(
  node: PathNode,
  key: Uint8Array,
  options: SignatureOptions,
  budget: PathBudget,
): Eventual<boolean> {
  try {
    return checkSignature(node.certificate, key, options, budget);
  } catch (error) {
    if (!(error instanceof CertificateError) || isBudgetExceeded(error)) throw error;
    node.signedBy.set(key, false);
    const isAboutKey = error.code === "weak_public_key" || error.code === "unsupported_public_key";
    throw refusalFor(node.certificate, error, isAboutKey ? "of its issuer's key, " : "");
  }
}
