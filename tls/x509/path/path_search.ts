/**
 * Searches the certification paths from an end entity to a trust anchor (RFC 5280 §6), by names alone: the caller
 * checks the signatures of each.
 *
 * A certificate's issuer is looked for first among the anchors, then among the certificates that came with it, in the
 * order in which they came. One name may stand for several certificates: authorities sign each other crosswise, and
 * are renewed with the same key. The search is depth-first with a stack of its own, so that each path costs no more
 * than the step to it.
 *
 * @module
 */

import { type CheckOptions, quoteName, refusal } from "../checks.ts";
import { CertificateError } from "../error.ts";
import { MAX_INTERMEDIATES_OFFERED } from "../limits.ts";
import type { PathBudget } from "../path_budget.ts";
import type { RootCertStore } from "../root_cert_store.ts";
import type { Certificate, TrustAnchor } from "../types.ts";
import type { PathFailures } from "./path_failures.ts";
import { connectNodes, type PathNode } from "./path_node.ts";

/** A path to an anchor, as far as names go. */
export interface PathCandidate {
  /** The certificates from the end entity up. The list changes when the search goes on. */
  readonly nodes: readonly PathNode[];
  /** The anchor, which has the issuer's name of the last certificate. */
  readonly anchor: TrustAnchor;
}

/** The anchors of a search, what it costs, and where it reports. */
export interface PathSearchOptions extends CheckOptions {
  /** The anchors in which a path may end. */
  readonly roots: RootCertStore;
  /** Pays for each step. */
  readonly budget: PathBudget;
  /** Collects the reasons for which paths end before they come to an anchor. */
  readonly failures: PathFailures;
}

/**
 * Yields the candidates, one after the other.
 *
 * @throws {CertificateError} `maximum_path_build_calls_exceeded` when there are more steps than the budget has.
 */
export function* searchPaths(
  endEntity: Certificate,
  intermediates: readonly Certificate[],
  options: PathSearchOptions,
): Generator<PathCandidate, void, void> {
  const { roots, budget, failures } = options;
  if (intermediates.length > MAX_INTERMEDIATES_OFFERED) {
    throw new CertificateError(
      "maximum_path_build_calls_exceeded",
      `Cannot accept the certificate: ${intermediates.length} others came with it, ` +
        `and ${MAX_INTERMEDIATES_OFFERED} are the limit`,
    );
  }
  const start = connectNodes(endEntity, intermediates, roots);
  const path = new PartialPath(start);
  for (const anchor of start.anchors) yield { nodes: path.nodes, anchor };
  noteMissingIssuer(path, failures);
  for (let top = path.top; top !== undefined; top = path.top) {
    const issuer = top.node.issuers[top.next++];
    if (issuer === undefined) {
      path.pop();
      continue;
    }
    const authorities = top.authorities + (issuer.selfIssued ? 0 : 1);
    if (!canIssue(issuer, top, path, options) || isTooDeep(issuer, authorities, options)) continue;
    budget.spendStep();
    path.push(issuer, authorities);
    for (const anchor of issuer.anchors) yield { nodes: path.nodes, anchor };
    if (issuer.anchors.length > 0) path.cutAtBadSignature();
    noteMissingIssuer(path, failures);
  }
}

/** A certificate on the path, and how far the search above it has come. */
interface Step {
  readonly node: PathNode;
  /** The index of the issuer that is tried next. */
  next: number;
  /** The number of authorities up to here, self-issued certificates not counted. */
  readonly authorities: number;
}

/** The path so far, from the end entity up to the certificate whose issuers are being tried. */
class PartialPath {
  readonly nodes: PathNode[] = [];
  readonly #steps: Step[] = [];
  readonly #entities = new Set<number>();

  constructor(endEntity: PathNode) {
    this.push(endEntity, 0);
  }

  /** The last certificate; `undefined` when the search has gone back past the end entity, and so is over. */
  get top(): Step | undefined {
    return this.#steps.at(-1);
  }

  /** Whether a certificate of the same name and key is on the path. */
  has(node: PathNode): boolean {
    return this.#entities.has(node.entity);
  }

  push(node: PathNode, authorities: number): void {
    this.nodes.push(node);
    this.#steps.push({ node, next: 0, authorities });
    this.#entities.add(node.entity);
  }

  pop(): void {
    this.#steps.pop();
    const node = this.nodes.pop();
    if (node !== undefined) this.#entities.delete(node.entity);
  }

  /** Goes back to the lowest certificate that the next one turned out not to have signed: no path leads through both. */
  cutAtBadSignature(): void {
    const lowest = this.nodes.findIndex((node, index) => {
      const issuer = this.nodes[index + 1];
      return issuer !== undefined && node.signedBy.get(issuer.publicKey) === false;
    });
    while (lowest !== -1 && this.nodes.length > lowest + 1) this.pop();
  }
}

function canIssue(
  issuer: PathNode,
  { node, authorities }: Step,
  path: PartialPath,
  options: PathSearchOptions,
): boolean {
  if (node.signedBy.get(issuer.publicKey) === false) return false;
  if (path.has(issuer)) return false;
  const failure = issuer.failureAsIssuer(options);
  if (failure !== null) {
    options.failures.add(failure);
    return false;
  }
  // "the maximum number of non-self-issued intermediate certificates that may follow this certificate in a valid
  // certification path" (RFC 5280 §4.2.1.9)
  const pathLength = issuer.certificate.basicConstraints?.pathLength;
  if (pathLength === undefined || authorities <= pathLength) return true;
  if (options.failures.wouldKeep("path_length_exceeded")) {
    options.failures.add(refusal(
      issuer.certificate,
      "path_length_exceeded",
      `no more than ${pathLength} authorities may follow it, and there are ${authorities}`,
    ));
  }
  return false;
}

function isTooDeep(issuer: PathNode, authorities: number, { budget, failures }: PathSearchOptions): boolean {
  if (authorities <= budget.intermediates) return false;
  if (failures.wouldKeep("maximum_path_depth_exceeded")) {
    failures.add(refusal(
      issuer.certificate,
      "maximum_path_depth_exceeded",
      `there are more than ${budget.intermediates} authorities between the end entity and a root`,
    ));
  }
  return true;
}

/** Notes the missing issuer of a path that cannot go on; only the first one found is kept. */
function noteMissingIssuer(path: PartialPath, failures: PathFailures): void {
  const [first] = path.nodes;
  const last = path.top?.node;
  if (first === undefined || last === undefined || !failures.wouldKeep("unknown_issuer")) return;
  const goesOn = last.anchors.length > 0 || last.issuers.some((issuer) => !path.has(issuer));
  if (!goesOn) failures.add(missingIssuer(first, last));
}

function missingIssuer(first: PathNode, last: PathNode): CertificateError {
  const { certificate } = first;
  const issuer = quoteName(last.certificate.issuer);
  if (last === first) {
    return first.selfIssued
      ? refusal(certificate, "unknown_issuer", "it has signed itself, and is not among the roots")
      : refusal(
        certificate,
        "unknown_issuer",
        `its issuer ${issuer} is neither among the roots nor among the readable certificates that came with it`,
        "Let the peer send the certificates between its own and the root, or add the issuer's to the roots.",
      );
  }
  return last.selfIssued
    ? refusal(
      certificate,
      "unknown_issuer",
      `the authority at the end of its chain, ${issuer}, is not among the roots`,
      "Add the authority's certificate to the roots, if it is to be trusted.",
    )
    : refusal(
      certificate,
      "unknown_issuer",
      `the authority above ${quoteName(last.certificate.subject)}, ${issuer}, is neither among the roots ` +
        "nor among the readable certificates that came with it",
      "Let the peer send its whole chain, or add the authority's certificate to the roots.",
    );
}
