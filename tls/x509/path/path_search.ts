/**
 * Looks for ways from an end entity to a root, by names alone; whether the signatures are right is seen to by whoever
 * takes the ways.
 *
 * A certificate's issuer is looked for first among the roots, then among the certificates that came with it, in the
 * order in which they came. A name may stand for several: authorities are signed crosswise, and renewed with the
 * same key. The search goes into depth with a stack of its own, so that a way costs no more than the step to it.
 *
 * @module
 */

import { type CheckOptions, quoteName, refusal } from "../checks.ts";
import { CertificateError } from "../error.ts";
import { MOST_INTERMEDIATES_OFFERED, type PathBudget } from "./path_budget.ts";
import type { PathFailures } from "./path_failures.ts";
import { connectNodes, type PathNode } from "./path_node.ts";
import type { RootCertStore } from "../root_cert_store.ts";
import type { Certificate, TrustAnchor } from "../types.ts";

/** A way that ends in a root, as far as names go. */
export interface PathCandidate {
  /** From the end entity on. It changes when the search goes on. */
  readonly nodes: readonly PathNode[];
  /** The root. */
  readonly anchor: TrustAnchor;
}

/** What a search is told. */
export interface PathSearchOptions extends CheckOptions {
  /** What a way may end in. */
  readonly roots: RootCertStore;
  /** Is charged for each step. */
  readonly budget: PathBudget;
  /** Is told why ways end before they come to a root. */
  readonly failures: PathFailures;
}

/**
 * The ways, one after the other.
 *
 * @throws {CertificateError} `maximum_path_build_calls_exceeded` when there are more steps than the budget has.
 */
export function* searchPaths(
  endEntity: Certificate,
  intermediates: readonly Certificate[],
  options: PathSearchOptions,
): Generator<PathCandidate, void, void> {
  const { roots, budget, failures } = options;
  if (intermediates.length > MOST_INTERMEDIATES_OFFERED) {
    throw new CertificateError(
      "maximum_path_build_calls_exceeded",
      `Cannot accept the certificate: ${intermediates.length} others came with it, ` +
        `and ${MOST_INTERMEDIATES_OFFERED} are the limit`,
    );
  }
  const start = connectNodes(endEntity, intermediates, roots);
  const way = new Way(start);
  for (const anchor of start.anchors) yield { nodes: way.nodes, anchor };
  noteDeadEnd(way, failures);
  for (let head = way.head; head !== undefined; head = way.head) {
    const issuer = head.node.issuers[head.next++];
    if (issuer === undefined) {
      way.pop();
      continue;
    }
    const authorities = head.authorities + (issuer.selfIssued ? 0 : 1);
    if (!canIssue(issuer, head, way, options) || isTooDeep(issuer, authorities, options)) continue;
    budget.spendStep();
    way.push(issuer, authorities);
    for (const anchor of issuer.anchors) yield { nodes: way.nodes, anchor };
    if (issuer.anchors.length > 0) way.cutWhereClosed();
    noteDeadEnd(way, failures);
  }
}

/** A certificate on the way. */
interface Step {
  readonly node: PathNode;
  /** Which of its issuers is tried next. */
  next: number;
  /** How many authorities there are up to here, those that issued certificates to themselves not counted. */
  readonly authorities: number;
}

/** The way so far, the end entity at its foot. */
class Way {
  readonly nodes: PathNode[] = [];
  readonly #steps: Step[] = [];
  readonly #entities = new Set<number>();

  constructor(start: PathNode) {
    this.push(start, 0);
  }

  /** The last certificate; `undefined` when the way has been left. */
  get head(): Step | undefined {
    return this.#steps.at(-1);
  }

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

  /** Goes back to where one turned out not to have been signed by the next: whatever is above is of no use. */
  cutWhereClosed(): void {
    const closed = this.nodes.findIndex((node, index) => {
      const next = this.nodes[index + 1];
      return next !== undefined && node.signedBy.get(next.publicKey) === false;
    });
    while (closed !== -1 && this.nodes.length > closed + 1) this.pop();
  }
}

function canIssue(
  issuer: PathNode,
  { node, authorities }: Step,
  way: Way,
  options: PathSearchOptions,
): boolean {
  if (node.signedBy.get(issuer.publicKey) === false) return false;
  if (way.has(issuer)) return false;
  const failure = issuer.failureAsIssuer(options);
  if (failure !== null) {
    options.failures.add(failure);
    return false;
  }
  // "the maximum number of non-self-issued intermediate certificates that may follow this certificate in a valid
  // certification path" (RFC 5280 §4.2.1.9)
  const pathLength = issuer.certificate.basicConstraints?.pathLength;
  if (pathLength === undefined || authorities <= pathLength) return true;
  if (options.failures.wants("path_length_exceeded")) {
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
  if (failures.wants("maximum_path_depth_exceeded")) {
    failures.add(refusal(
      issuer.certificate,
      "maximum_path_depth_exceeded",
      `there are more than ${budget.intermediates} authorities between the end entity and a root`,
    ));
  }
  return true;
}

/** Notes who is missing, when a way does not go on. The first one found is told. */
function noteDeadEnd(way: Way, failures: PathFailures): void {
  const [first] = way.nodes;
  const last = way.head?.node;
  if (first === undefined || last === undefined || !failures.wants("unknown_issuer")) return;
  const goesOn = last.anchors.length > 0 ||
    last.issuers.some((issuer) => !way.has(issuer));
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
