/**
 * The signatures of a path.
 *
 * @module
 */

import type { CryptoProvider, SignatureAlgorithm } from "../../crypto/provider.ts";
import { type Eventual, ignoreRejection, type Script, settle } from "../../../io/script.ts";
import { refusal, refusalFor } from "../checks.ts";
import { CertificateError } from "../error.ts";
import type { PathBudget } from "./path_budget.ts";
import type { PathNode } from "./path_node.ts";
import type { PathCandidate } from "./path_search.ts";
import { signatureAlgorithmFor } from "../signature_algorithm.ts";
import type { Certificate } from "../types.ts";

/** Who checks signatures, and which are accepted. */
export interface SignatureOptions {
  /** Checks them. */
  readonly provider: CryptoProvider;
  /** What certificates may be signed with; default: all that the provider knows. */
  readonly signatureAlgorithms?: readonly SignatureAlgorithm[];
}

/**
 * Checks the signatures of a path from the root down: no work is spent on what only the peer vouches for. With an
 * asynchronous provider they are checked side by side. What was found is remembered with the certificates.
 *
 * @throws {CertificateError} `bad_signature`, `unsupported_signature_algorithm`, `unsupported_public_key`,
 * `weak_public_key`, `bad_der` or `maximum_signature_checks_exceeded`.
 */
export function* checkSignatures(
  { nodes, anchor }: PathCandidate,
  options: SignatureOptions,
  budget: PathBudget,
): Script<void> {
  const started: {
    readonly node: PathNode;
    readonly key: Uint8Array;
    readonly verdict: Eventual<boolean>;
  }[] = [];
  let key = anchor.publicKey;
  for (const node of nodes.toReversed()) {
    const verdict = node.signedBy.get(key) ?? startSignature(node.certificate, key, options, budget);
    node.signedBy.set(key, verdict);
    ignoreRejection(verdict);
    started.push({ node, key, verdict });
    if (verdict === false) break;
    key = node.publicKey;
  }
  for (const { node, key, verdict } of started) {
    // A provider of the application's may answer with something else: nothing but `true` is a yes.
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

function startSignature(
  certificate: Certificate,
  key: Uint8Array,
  { provider, signatureAlgorithms = provider.signatureAlgorithms }: SignatureOptions,
  budget: PathBudget,
): Eventual<boolean> {
  const algorithm = algorithmOf(certificate, key);
  if (!signatureAlgorithms.includes(algorithm)) {
    throw refusal(
      certificate,
      "unsupported_signature_algorithm",
      `its signature is of ${algorithm}, which is not among those that are accepted`,
    );
  }
  budget.spendSignature();
  return provider.verify(algorithm, key, certificate.tbs, certificate.signature);
}

function algorithmOf(certificate: Certificate, key: Uint8Array): SignatureAlgorithm {
  try {
    return signatureAlgorithmFor(certificate.signatureAlgorithm, key);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    const { code } = error;
    const isAboutKey = code === "weak_public_key" || code === "unsupported_public_key";
    throw refusalFor(certificate, error, isAboutKey ? "of its issuer's key, " : "");
  }
}
