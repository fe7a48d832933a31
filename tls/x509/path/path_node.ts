/**
 * A certificate in a path search, and what may stand above it.
 *
 * @module
 */

import type { Eventual } from "../../../io/script.ts";
import { checkIssuer, type CheckOptions, refusal } from "../checks.ts";
import { CertificateError } from "../error.ts";
import { octetsToText } from "../names/general_name.ts";
import { constrainedNames } from "../names/name_constraints.ts";
import type { PathFailures } from "./path_failures.ts";
import type { Certificate, GeneralName, TrustAnchor } from "../types.ts";

/** An anchor that has the issuer's name of a certificate. */
export interface AnchorEdge {
  readonly anchor: TrustAnchor;
  /** Its public key, in one and the same array for all certificates and anchors of the key. */
  readonly publicKey: Uint8Array;
}

/** A certificate in the search, with the results of its checks, so that each is made once. */
export class PathNode {
  /** The certificate. */
  readonly certificate: Certificate;
  /** The authorities among the trust anchors that have its issuer's name. */
  readonly anchors: readonly AnchorEdge[];
  /** Its subject as text, each octet a character. */
  readonly subject: string;
  /** Its issuer's name as text. */
  readonly issuer: string;
  /** Whether subject and issuer are one name (RFC 5280 §6.1). */
  readonly selfIssued: boolean;
  /** A number for its name and key: no path has two certificates of the same. */
  readonly entity: number;
  /** Its public key, in one and the same array for all certificates and anchors of the key. */
  readonly publicKey: Uint8Array;
  /** Whether a key (that array) has made its signature: `false` rules out every path through the two. */
  readonly signedBy: Map<Uint8Array, Eventual<boolean>> = new Map();
  /** The certificates that have its issuer's name, those nearest to an anchor first. */
  issuers: readonly PathNode[] = [];
  /** The least number of authorities from the end entity up to it, itself included; infinite: no path leads here. */
  below: number = Infinity;
  /** The least number of authorities between it and an anchor, as far as is known; infinite: no path leads there. */
  above: number = Infinity;
  readonly #options: CheckOptions;
  #failure: CertificateError | null | undefined;
  #names: readonly GeneralName[] | undefined;

  /** Begins with the certificate, and the anchors that have its issuer's name. */
  constructor(
    certificate: Certificate,
    fields: Pick<PathNode, "anchors" | "entity" | "publicKey">,
    options: CheckOptions,
  ) {
    this.certificate = certificate;
    this.anchors = fields.anchors;
    this.entity = fields.entity;
    this.publicKey = fields.publicKey;
    this.subject = octetsToText(certificate.subject);
    this.issuer = octetsToText(certificate.issuer);
    this.selfIssued = this.subject === this.issuer;
    this.#options = options;
  }

  /** The reason for which it cannot be an authority; `null`: it can. */
  get failureAsIssuer(): CertificateError | null {
    if (this.#failure === undefined) {
      try {
        checkIssuer(this.certificate, this.#options);
        this.#failure = null;
      } catch (error) {
        if (!(error instanceof CertificateError)) throw error;
        this.#failure = error;
      }
    }
    return this.#failure;
  }

  /**
   * The names that constraints apply to.
   *
   * @throws {CertificateError} `malformed_name`
   */
  get names(): readonly GeneralName[] {
    return this.#names ??= constrainedNames(this.certificate);
  }
}

/** Self-issued certificates do not count as authorities of a path (RFC 5280 §4.2.1.9). */
export function weightOf({ selfIssued }: PathNode): 0 | 1 {
  return selfIssued ? 0 : 1;
}

/**
 * Whether a path with so many authorities may end at an anchor: "the maximum number of non-self-issued intermediate
 * certificates that may follow this certificate in a valid certification path" (RFC 5280 §4.2.1.9)
 */
export function canEnd(
  node: PathNode,
  { anchor, publicKey }: AnchorEdge,
  authorities: number,
  failures: PathFailures,
): boolean {
  if (isRuledOut(node, publicKey)) return false;
  const { pathLength } = anchor;
  if (pathLength === undefined || authorities <= pathLength) return true;
  noteTooLong(
    node.certificate,
    failures,
    (most) => `${most} may stand between an end entity and its issuer, a root, and there are ${authorities}`,
    pathLength,
  );
  return false;
}

/** Whether so many authorities may stand below another one. */
export function isLongEnough(
  { certificate }: PathNode,
  authorities: number,
  failures: PathFailures,
): boolean {
  const pathLength = certificate.basicConstraints?.pathLength;
  if (pathLength === undefined || authorities <= pathLength) return true;
  noteTooLong(
    certificate,
    failures,
    (most) => `${most} may follow it, and there are ${authorities}`,
    pathLength,
  );
  return false;
}

function noteTooLong(
  certificate: Certificate,
  failures: PathFailures,
  reason: (most: string) => string,
  pathLength: number,
): void {
  if (!failures.wouldKeep("path_length_exceeded")) return;
  const most = pathLength === 0 ? "no authority" : `no more than ${pathLength} authorities`;
  failures.add(refusal(certificate, "path_length_exceeded", reason(most)));
}

/** Whether a certificate is known not to have been signed with a key, one of the arrays of the search. */
export function isRuledOut(node: PathNode, publicKey: Uint8Array): boolean {
  return node.signedBy.get(publicKey) === false;
}
