/**
 * Checks a signature that an authority made, of a certificate or of a revocation list (RFC 5280 §4.1.1.3, §5.1.1.3).
 *
 * @module
 */

import type { CryptoProvider, SignatureAlgorithm } from "../crypto/provider.ts";
import type { Eventual } from "../../io/script.ts";
import { CertificateError } from "./error.ts";
import type { PathBudget } from "./path_budget.ts";
import { signatureAlgorithmFor } from "./signature_algorithm.ts";

/** The provider that checks signatures, and the algorithms that are accepted. */
export interface SignatureOptions {
  /** Checks them. */
  readonly provider: CryptoProvider;
  /** Algorithms that certificates may be signed with; default: all that the provider knows. */
  readonly signatureAlgorithms?: readonly SignatureAlgorithm[];
}

/** A certificate or a revocation list, as far as its signature goes. */
export interface Signed {
  /** The bytes that the signature covers. */
  readonly tbs: Uint8Array;
  /** A whole DER `AlgorithmIdentifier`. */
  readonly signatureAlgorithm: Uint8Array;
  /** The bits of the signature. */
  readonly signature: Uint8Array;
}

/**
 * Begins to check a signature, at the cost of one check of the budget.
 *
 * @param publicKey The key of the issuer: a whole DER `SubjectPublicKeyInfo`.
 * @returns Whether the signature was made with that key. An application's provider may answer with something else than
 * a boolean: take nothing but `true` for a yes.
 * @throws {CertificateError} `unsupported_signature_algorithm`, `unsupported_public_key`, `weak_public_key`, `bad_der`
 * or `maximum_signature_checks_exceeded`.
 */
export function checkSignature(
  { tbs, signatureAlgorithm, signature }: Signed,
  publicKey: Uint8Array,
  { provider, signatureAlgorithms = provider.signatureAlgorithms }: SignatureOptions,
  budget: PathBudget,
): Eventual<boolean> {
  const algorithm = signatureAlgorithmFor(signatureAlgorithm, publicKey);
  if (!signatureAlgorithms.includes(algorithm)) {
    throw new CertificateError(
      "unsupported_signature_algorithm",
      `Cannot check the signature: its signature was made with ${algorithm}, which is not accepted`,
    );
  }
  budget.spendSignature();
  const unavailable = provider.unavailable?.();
  const verify = (missing: ReadonlySet<string> | undefined): Eventual<boolean> => {
    if (missing?.has(algorithm) === true) throw unavailableAlgorithm(algorithm);
    return provider.verify(algorithm, publicKey, tbs, signature);
  };
  return unavailable instanceof Promise ? unavailable.then(verify) : verify(unavailable);
}

function unavailableAlgorithm(algorithm: SignatureAlgorithm): CertificateError {
  return new CertificateError(
    "unsupported_signature_algorithm",
    `Cannot check the signature: it was made with ${algorithm}, which this platform's cryptography does not have`,
  );
}
