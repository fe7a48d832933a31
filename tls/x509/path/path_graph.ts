/**
 * The certificates of a path search, each with those that could have issued it, as far as names go.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { type CheckOptions, refusalFor } from "../checks.ts";
import { CertificateError } from "../error.ts";
import { octetsToText } from "../names/general_name.ts";
import type { PathBudget } from "../path_budget.ts";
import type { RootCertStore } from "../root_cert_store.ts";
import type { Certificate } from "../types.ts";
import type { PathFailures } from "./path_failures.ts";
import { canEnd, isLongEnough, isRuledOut, PathNode, weightOf } from "./path_node.ts";
import type { PresentedCertificate, UnusableCertificate } from "../presented_certificate.ts";

/** What the nodes of a search are made of. */
export interface PathInput {
  readonly endEntity: Certificate;
  readonly intermediates: readonly PresentedCertificate[];
  readonly roots: RootCertStore;
  readonly options: CheckOptions;
}

/** All certificates of a search. */
export class PathGraph {
  /** The end entity, from which the others can be reached. */
  readonly start: PathNode;
  readonly #input: PathInput;
  readonly #nodes: readonly PathNode[];
  readonly #unusable = new Map<string, UnusableCertificate[]>();
  readonly #bySubject = new Map<string, PathNode[]>();
  readonly #byIssuer = new Map<string, PathNode[]>();
  readonly #entities = new Map<string, number>();
  readonly #keys = new Map<string, Uint8Array>();

  /** Connects each certificate with those that could have issued it. */
  constructor(input: PathInput) {
    this.#input = input;
    this.start = this.#toNode(input.endEntity);
    const others: PathNode[] = [];
    for (const presented of input.intermediates) {
      if ("fault" in presented) push(this.#unusable, octetsToText(presented.subject), presented);
      else others.push(this.#toNode(presented));
    }
    this.#nodes = [this.start, ...others];
    for (const node of others) push(this.#bySubject, node.subject, node);
    for (const node of this.#nodes) {
      node.issuers = this.#bySubject.get(node.issuer) ?? [];
      push(this.#byIssuer, node.issuer, node);
    }
  }

  /**
   * Measures how many authorities have to stand below and above each certificate. No path is tried through one from which
   * no anchor can be reached, so that strangers cost no more than some looks at each of their certificates.
   */
  measure({ budget, failures }: Measuring): void {
    for (const node of this.#nodes) node.below = node.above = Infinity;
    this.start.below = 0;
    spread(this.#bySubject, [this.start], {
      budget,
      costOf: ({ below }) => below,
      keyOf: ({ issuer }) => issuer,
      reach: (node, issuer, below) => {
        if (issuer.failureAsIssuer !== null || issuer.below !== Infinity) return "done";
        if (isRuledOut(node, issuer.publicKey)) return "waits";
        // The others are reached over no fewer authorities.
        if (!isLongEnough(issuer, below, failures)) return "done";
        issuer.below = below + weightOf(issuer);
        return "reached";
      },
    });
    const ends = this.#nodes.filter((node) => {
      budget.spendStep();
      return node.below !== Infinity && node.anchors.some((edge) => canEnd(node, edge, node.below, failures));
    });
    for (const node of ends) node.above = 0;
    spread(this.#byIssuer, ends, {
      budget,
      costOf: (node) => node.above + weightOf(node),
      keyOf: ({ subject }) => subject,
      reach: (issuer, node, above) => {
        if (node.above !== Infinity || issuer === this.start) return "done";
        if (isRuledOut(node, issuer.publicKey)) return "waits";
        node.above = above;
        return "reached";
      },
    });
  }

  /** Puts the issuers of each certificate in order: those nearest to an anchor first, then as they came. */
  sort(): void {
    for (const issuers of this.#bySubject.values()) {
      // The difference of two infinite numbers is none.
      issuers.sort((a, b) => a.above === b.above ? 0 : a.above - b.above);
    }
  }

  /**
   * The reasons for which certificates that are asked for, by name, from the end entity on, cannot be authorities.
   *
   * @param budget Pays for each look at a certificate.
   */
  *failures(budget: PathBudget): Generator<CertificateError> {
    const seen = new Set([this.start]);
    const names = new Set<string>();
    for (const node of seen) {
      if (names.has(node.issuer)) continue;
      names.add(node.issuer);
      for (const anchor of this.#input.roots.anchorsFor(node.certificate.issuer)) {
        if (anchor.isAuthority === false) yield notAuthority(node.certificate);
      }
      for (const unusable of this.#unusable.get(node.issuer) ?? []) {
        yield refusalFor(unusable, unusable.fault);
      }
      for (const other of node.issuers) {
        budget.spendStep();
        const failure = other.failureAsIssuer;
        if (failure === null) seen.add(other);
        else yield failure;
      }
    }
  }

  #toNode(certificate: Certificate): PathNode {
    const { roots, options } = this.#input;
    const publicKey = this.#keyOf(certificate.publicKey);
    const name = octetsToText(certificate.subject) + octetsToText(publicKey);
    const entity = this.#entities.get(name) ?? this.#entities.size;
    this.#entities.set(name, entity);
    const anchors = roots.anchorsFor(certificate.issuer).filter(({ isAuthority }) => isAuthority !== false)
      .map((anchor) => ({ anchor, publicKey: this.#keyOf(anchor.publicKey) }));
    return new PathNode(certificate, { anchors, entity, publicKey }, options);
  }

  /** One array for each key. */
  #keyOf(publicKey: Uint8Array): Uint8Array {
    const text = octetsToText(publicKey);
    const known = this.#keys.get(text);
    if (known !== undefined && equals(known, publicKey)) return known;
    this.#keys.set(text, publicKey);
    return publicKey;
  }
}

/** What measuring costs, and where it reports. */
export interface Measuring {
  /** Pays for each look at a certificate. */
  readonly budget: PathBudget;
  /** Collects the reasons for which certificates are no authorities of a path. */
  readonly failures: PathFailures;
}

/** How {@linkcode spread} goes from certificate to certificate. */
interface Spreading {
  readonly budget: PathBudget;
  /** The number of authorities up to a certificate. */
  readonly costOf: (node: PathNode) => number;
  /** The name under which its neighbours are listed. */
  readonly keyOf: (node: PathNode) => string;
  /** Tries to reach a neighbour: it is reached, waits for another certificate, or need not be tried again. */
  readonly reach: (node: PathNode, neighbour: PathNode, cost: number) => "reached" | "waits" | "done";
}

/**
 * Goes from certificate to certificate, those with the fewest authorities first. Each is reached once; a pair of which one
 * has not signed the other is looked at once more.
 */
function spread(
  lists: ReadonlyMap<string, readonly PathNode[]>,
  starts: readonly PathNode[],
  { budget, costOf, keyOf, reach }: Spreading,
): void {
  const waiting = new Map(lists);
  const levels: PathNode[][] = [];
  const enter = (node: PathNode): void => {
    const cost = costOf(node);
    while (levels.length <= cost) levels.push([]);
    levels[cost]?.push(node);
  };
  starts.forEach(enter);
  // A level grows while it is gone through, and may be followed by another.
  for (let cost = 0; cost < levels.length; cost++) {
    for (const node of levels[cost] ?? []) {
      const key = keyOf(node);
      const left: PathNode[] = [];
      for (const neighbour of waiting.get(key) ?? []) {
        budget.spendStep();
        const outcome = reach(node, neighbour, cost);
        if (outcome === "reached") enter(neighbour);
        else if (outcome === "waits") left.push(neighbour);
      }
      waiting.set(key, left);
    }
  }
}

function notAuthority(certificate: Certificate): CertificateError {
  return refusalFor(
    certificate,
    new CertificateError(
      "end_entity_used_as_ca",
      "its issuer is trusted for one certificate alone, its own: it is no authority's",
    ),
  );
}

function push<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
