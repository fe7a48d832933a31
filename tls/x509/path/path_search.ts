/**
 * Searches the certification paths from an end entity to a trust anchor (RFC 5280 §6), by names alone: the caller
 * checks the signatures of each.
 *
 * A certificate's issuer is looked for first among the anchors, then among the certificates that came with it: those
 * that are nearest to an anchor first, then in the order in which they came. One name may stand for several
 * certificates: authorities sign each other crosswise, and are renewed with the same key. The search is depth-first with
 * a stack of its own, and passes over certificates from which no anchor can be reached, or only over too many authorities;
 * when a signature turns out not to be that of the next certificate's key, it is measured anew which these are.
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
import { PathGraph } from "./path_graph.ts";
import { canEnd, isLongEnough, isRuledOut, type PathNode, weightOf } from "./path_node.ts";
import type { PresentedCertificate } from "../presented_certificate.ts";

/** A path to an anchor, as far as names go. */
export interface PathCandidate {
  /** The certificates from the end entity up. The list changes when the search goes on. */
  readonly nodes: readonly PathNode[];
  /** The anchor, which has the issuer's name of the last certificate. */
  readonly anchor: TrustAnchor;
  /** The anchor's public key, in one and the same array for all candidates. */
  readonly anchorKey: Uint8Array;
}

/** The anchors of a search, what it costs, and where it reports. */
export interface PathSearchOptions extends CheckOptions {
  /** The anchors in which a path may end. */
  readonly roots: RootCertStore;
  /** Pays for each certificate that is looked at. */
  readonly budget: PathBudget;
  /** Collects the reasons for which paths end before they come to an anchor. */
  readonly failures: PathFailures;
}

/**
 * Yields the candidates, one after the other.
 *
 * @throws {CertificateError} `maximum_path_build_calls_exceeded` when more certificates are looked at than the budget
 * has.
 */
export function* searchPaths(
  endEntity: Certificate,
  intermediates: readonly PresentedCertificate[],
  { roots, budget, failures, ...options }: PathSearchOptions,
): Generator<PathCandidate, void, void> {
  if (intermediates.length > MAX_INTERMEDIATES_OFFERED) {
    throw new CertificateError(
      "maximum_path_build_calls_exceeded",
      `Cannot accept the certificate: ${intermediates.length} others came with it, ` +
        `and ${MAX_INTERMEDIATES_OFFERED} are the limit`,
    );
  }
  const graph = new PathGraph({ endEntity, intermediates, roots, options });
  for (const failure of graph.failures(budget)) failures.add(failure);
  graph.measure({ budget, failures });
  graph.sort();
  const { start } = graph;
  if (start.above === Infinity) failures.add(missingIssuer(start, intermediates, budget));
  const path = new PartialPath(start);
  for (let top = path.top; top !== undefined && start.above !== Infinity; top = path.top) {
    const edge = top.node.anchors[top.nextAnchor++];
    if (edge !== undefined) {
      budget.spendStep();
      if (!canEnd(top.node, edge, top.authorities, failures)) continue;
      yield { nodes: path.nodes, anchor: edge.anchor, anchorKey: edge.publicKey };
      if (!path.cutAtBadSignature(edge.publicKey)) continue;
      graph.measure({ budget, failures });
      continue;
    }
    const issuer = top.node.issuers[top.nextIssuer++];
    if (issuer === undefined) {
      path.pop();
      continue;
    }
    budget.spendStep();
    if (issuer.above === Infinity || isRuledOut(top.node, issuer.publicKey) || path.has(issuer)) continue;
    if (issuer.failureAsIssuer !== null) continue;
    if (!isLongEnough(issuer, top.authorities, failures)) continue;
    const authorities = top.authorities + weightOf(issuer);
    if (isTooDeep(issuer, authorities + issuer.above, { budget, failures })) continue;
    path.push(issuer, authorities);
  }
}

/** A certificate on the path, and how far the search above it has come. */
interface Step {
  readonly node: PathNode;
  /** The index of the anchor that is tried next. */
  nextAnchor: number;
  /** The index of the issuer that is tried next, after all anchors. */
  nextIssuer: number;
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
    this.#steps.push({ node, nextAnchor: 0, nextIssuer: 0, authorities });
    this.#entities.add(node.entity);
  }

  pop(): void {
    this.#steps.pop();
    const node = this.nodes.pop();
    if (node !== undefined) this.#entities.delete(node.entity);
  }

  /**
   * Goes back to the lowest certificate that the next one turned out not to have signed: no path leads through both.
   *
   * @param anchorKey The key of the anchor above the last certificate.
   * @returns Whether there was one.
   */
  cutAtBadSignature(anchorKey: Uint8Array): boolean {
    const lowest = this.nodes.findIndex((node, index) =>
      isRuledOut(node, this.nodes[index + 1]?.publicKey ?? anchorKey)
    );
    while (lowest !== -1 && this.nodes.length > lowest + 1) this.pop();
    return lowest !== -1;
  }
}

type Reporting = Pick<PathSearchOptions, "budget" | "failures">;

/** Whether a path has too many authorities, those included that have to follow. */
function isTooDeep(issuer: PathNode, authorities: number, { budget, failures }: Reporting): boolean {
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

/** The error of a search without an anchor: it names the authority that is missing above the first path upwards. */
function missingIssuer(
  start: PathNode,
  intermediates: readonly PresentedCertificate[],
  budget: PathBudget,
): CertificateError {
  const seen = new Set([start.entity]);
  let last = start;
  let hasIssuers = false;
  const next = (): PathNode | undefined =>
    last.issuers.find((issuer) => {
      budget.spendStep();
      hasIssuers = true;
      return !seen.has(issuer.entity) && issuer.failureAsIssuer === null;
    });
  for (let issuer = next(); issuer !== undefined; issuer = next()) {
    seen.add(issuer.entity);
    last = issuer;
    hasIssuers = false;
  }
  const { certificate } = start;
  const issuer = quoteName(last.certificate.issuer);
  const unread = unreadableAmong(intermediates);
  if (hasIssuers && !last.selfIssued) {
    return refusal(
      certificate,
      "unknown_issuer",
      "no path leads to a root: the certificates that came with it issued each other in a circle",
    );
  }
  if (last === start) {
    return start.selfIssued
      ? refusal(certificate, "unknown_issuer", "it has signed itself, and is not among the roots")
      : refusal(
        certificate,
        "unknown_issuer",
        `its issuer ${issuer} is neither among the roots nor among the certificates that came with it${unread}`,
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
        `nor among the certificates that came with it${unread}`,
      "Let the peer send its whole chain, or add the authority's certificate to the roots.",
    );
}

/** What is to be said of certificates of which not even the name could be read: the missing one may be among them. */
function unreadableAmong(intermediates: readonly PresentedCertificate[]): string {
  const index = intermediates.findIndex((each) => "fault" in each && each.subject.length === 0);
  const found = intermediates[index];
  if (found === undefined || !("fault" in found)) return "";
  return `; certificate ${index + 2} of the chain cannot be read: ${
    found.fault.message.replace(/^Cannot [^:]*: /, "")
  }`;
}
