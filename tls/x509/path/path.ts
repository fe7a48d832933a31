/**
 * Builds and validates certification paths (RFC 5280 §6).
 *
 * The search yields a path to a trust anchor as soon as the names fit. Then its signatures are checked from the anchor
 * down (so that no signature of an authority is checked before that authority's own certificate), then the name
 * constraints, then revocation. If a check fails, the next path is tried, until there is none or the
 * {@linkcode PathBudget} is used up.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import type { Script } from "../../../io/script.ts";
import { checkEndEntity, type CheckOptions, checkTrustedItself, refusal, refusalFor } from "../checks.ts";
import { CertificateError } from "../error.ts";
import { formatName } from "../names/distinguished_name.ts";
import { checkNameConstraints, parseNameConstraints } from "../names/name_constraints.ts";
import { isBudgetExceeded, PathBudget, type PathLimits } from "../path_budget.ts";
import type { RevocationPolicy } from "../revocation/revocation.ts";
import type { RootCertStore } from "../root_cert_store.ts";
import type { SignatureOptions } from "../signature_check.ts";
import type { Certificate, KeyPurpose, NameConstraints, TrustAnchor, Validity } from "../types.ts";
import { PathFailures } from "./path_failures.ts";
import type { PathNode } from "./path_node.ts";
import { type PathCandidate, searchPaths } from "./path_search.ts";
import { checkSignatures } from "./path_signatures.ts";
import type { PresentedCertificate } from "../presented_certificate.ts";

declare const verified: unique symbol;

/** A certification path, valid or not. */
export interface CertificatePath {
  /** The end entity's certificate and those of the authorities above it, without the root. */
  readonly chain: readonly Certificate[];
  /** The trust anchor, which issued the last certificate of the chain. */
  readonly anchor: TrustAnchor;
  /** The time in which all of them are valid, and the revocation lists current, where they have to be. */
  readonly validity: Validity;
}

/** A valid certification path; only {@linkcode verifyPath} makes one. */
export type VerifiedPath = CertificatePath & { readonly [verified]: true };

/** The trust anchors, the purpose, the time and the limits of a validation. */
export interface PathOptions extends SignatureOptions {
  /** The trust anchors. */
  readonly roots: RootCertStore;
  /** The purpose for which the end entity must be good. */
  readonly purpose: KeyPurpose;
  /** The time at which every certificate must be valid. */
  readonly time: Date;
  /** The revocation lists; default: revocation is not checked. */
  readonly revocation?: RevocationPolicy;
  /** The limits of the work; default: those of `limits.ts`. */
  readonly limits?: PathLimits;
}

/**
 * Finds a valid certification path from an end entity to a trust anchor. {@linkcode verifyServerName} checks the name.
 *
 * A certificate that the caller has put among the roots is trusted as itself, authority or not, byte for byte: only its
 * dates, its purpose and its key are checked, and no revocation list, since no list is about roots.
 *
 * @param endEntity The certificate to verify.
 * @param intermediates Further certificates, in any order; those that no path needs do no harm.
 * @returns The first path that is valid.
 * @throws {CertificateError} The most specific of the reasons for which paths were refused.
 * @throws {TypeError} when `time` is no date.
 */
export function* verifyPath(
  endEntity: Certificate,
  intermediates: readonly PresentedCertificate[],
  options: PathOptions,
): Script<VerifiedPath> {
  if (Number.isNaN(options.time.getTime())) throw new TypeError("Cannot verify a path: the time is no date");
  const { roots, time, purpose } = options;
  const own = roots.anchorOf(endEntity.der);
  if (own !== undefined) return verifyTrustedItself(endEntity, own, { time, purpose });
  const budget = new PathBudget(options.limits);
  const failures = new PathFailures();
  try {
    checkEndEntity(endEntity, { time, purpose });
    for (
      const candidate of searchPaths(endEntity, intermediates, { roots, time, purpose, budget, failures })
    ) {
      try {
        return yield* verifyCandidate(candidate, options, budget);
      } catch (error) {
        if (!(error instanceof CertificateError) || isBudgetExceeded(error)) throw error;
        failures.add(error);
      }
    }
  } catch (error) {
    throw error instanceof CertificateError ? withSelfSignedHint(error, endEntity, roots) : error;
  }
  const reason = failures.mostSpecific ??
    refusal(
      endEntity,
      "unknown_issuer",
      "no path leads to a root: the certificates that came with it issued each other in a circle",
    );
  throw withLeftOutHint(withSelfSignedHint(reason, endEntity, roots), endEntity, intermediates, roots);
}

/** Checks a certificate that is a root itself. */
function verifyTrustedItself(
  endEntity: Certificate,
  anchor: TrustAnchor,
  options: CheckOptions,
): VerifiedPath {
  checkTrustedItself(endEntity, options);
  return asVerified({ chain: [endEntity], anchor, validity: endEntity.validity });
}

/** What all checks have passed; no other line has this cast. */
function asVerified(path: CertificatePath): VerifiedPath {
  return path as VerifiedPath;
}

function* verifyCandidate(
  candidate: PathCandidate,
  options: PathOptions,
  budget: PathBudget,
): Script<VerifiedPath> {
  const { nodes, anchor } = candidate;
  budget.spendPath();
  checkDistrust(nodes, anchor);
  yield* checkSignatures(candidate, options, budget);
  checkConstraints(candidate, budget);
  const { revocation } = options;
  const current = revocation === undefined
    ? undefined
    : yield* revocation.check(nodes.map(({ certificate }) => certificate), anchor, options, budget);
  const chain = nodes.map(({ certificate }) => certificate);
  return asVerified({ chain, anchor, validity: windowOf(chain, current) });
}

/** Refuses what was issued after the day up to which a root is trusted. */
function checkDistrust([first]: readonly PathNode[], { distrustAfter }: TrustAnchor): void {
  if (first === undefined || distrustAfter === undefined) return;
  const { notBefore } = first.certificate.validity;
  if (notBefore <= distrustAfter) return;
  throw refusal(
    first.certificate,
    "distrusted_root",
    `it was issued on ${notBefore.toISOString()}, and its root is trusted only for what was issued up to ` +
      distrustAfter.toISOString(),
  );
}

/**
 * Checks the name constraints of anchor and authorities: "Name constraints are not applied to self-issued certificates
 * (unless the certificate is the final certificate in the path)." (RFC 5280 §4.2.1.10)
 */
function checkConstraints({ nodes, anchor }: PathCandidate, budget: PathBudget): void {
  if (anchor.nameConstraints !== undefined) {
    checkBelow(nodes, nodes.length, constraintsOf(anchor.nameConstraints), budget);
  }
  for (const [index, { certificate }] of nodes.entries()) {
    const { nameConstraints } = certificate;
    if (nameConstraints !== undefined) checkBelow(nodes, index, nameConstraints, budget);
  }
}

/** Constraints of anchors, each read once: a search can judge a thousand paths. */
const READ = new WeakMap<Uint8Array, NameConstraints>();

function constraintsOf(der: Uint8Array): NameConstraints {
  let constraints = READ.get(der);
  if (constraints === undefined) READ.set(der, constraints = parseNameConstraints(der));
  return constraints;
}

function checkBelow(
  nodes: readonly PathNode[],
  end: number,
  constraints: NameConstraints,
  budget: PathBudget,
): void {
  for (let index = 0; index < end; index++) {
    const node = nodes[index];
    if (node === undefined || (node.selfIssued && index > 0)) continue;
    try {
      checkNameConstraints(node.names, constraints, budget);
    } catch (error) {
      throw error instanceof CertificateError ? refusalFor(node.certificate, error) : error;
    }
  }
}

/** The time in which all certificates are valid, and up to which the revocation lists are current. */
function windowOf(chain: readonly Certificate[], current: Date | undefined): Validity {
  const notBefore = Math.max(...chain.map(({ validity }) => validity.notBefore.getTime()));
  const notAfter = Math.min(
    ...chain.map(({ validity }) => validity.notAfter.getTime()),
    ...(current === undefined ? [] : [current.getTime()]),
  );
  return { notBefore: new Date(notBefore), notAfter: new Date(notAfter) };
}

/** Adds a hint for the most common mistake: a certificate that signed itself. */
function withSelfSignedHint(
  error: CertificateError,
  endEntity: Certificate,
  roots: RootCertStore,
): CertificateError {
  if (error.code !== "unknown_issuer" && error.code !== "ca_used_as_end_entity") return error;
  if (!equals(endEntity.subject, endEntity.issuer)) return error;
  const isRoot = roots.anchorsFor(endEntity.subject)
    .some(({ publicKey }) => equals(publicKey, endEntity.publicKey));
  const hint = isRoot
    ? "The roots have its name and key only as an authority's: let it sign a certificate for the peer, or add the " +
      "very certificate to roots of your own."
    : "The peer signed its certificate itself: add it to the roots if you know that it is the peer's, or let an " +
      "authority of yours sign one, and trust the authority.";
  return new CertificateError(error.code, error.message, {
    hint,
    ...(error.subject !== undefined && { subject: error.subject }),
  });
}

/** Adds a hint where the missing issuer is among the roots of a bundle that were left out. */
function withLeftOutHint(
  error: CertificateError,
  endEntity: Certificate,
  intermediates: readonly PresentedCertificate[],
  roots: RootCertStore,
): CertificateError {
  if (error.code !== "unknown_issuer" || roots.leftOut.length === 0) return error;
  const presented = [endEntity, ...intermediates].flatMap((each) => "fault" in each ? [] : [each.issuer]);
  const issuers = new Set(presented.map(formatName));
  const left = roots.leftOut.find(({ certificate }) => issuers.has(certificate?.subject ?? ""));
  if (left === undefined) return error;
  return new CertificateError(error.code, error.message, {
    hint: `A root of that name was left out of the roots: ${left.message}.`,
    ...(error.subject !== undefined && { subject: error.subject }),
  });
}
