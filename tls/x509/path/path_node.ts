/**
 * The certificates of a path search, each with those that could have issued it.
 *
 * @module
 */

import type { Eventual } from "../../../io/script.ts";
import { checkIssuer, type CheckOptions } from "../checks.ts";
import { sameName } from "../names/distinguished_name.ts";
import { CertificateError } from "../error.ts";
import { octetsToText } from "../names/general_name.ts";
import { constrainedNames } from "../names/name_constraints.ts";
import type { RootCertStore } from "../root_cert_store.ts";
import type { Certificate, GeneralName, TrustAnchor } from "../types.ts";

/** A certificate in the search, with the results of its checks, so that each is made once. */
export class PathNode {
  /** The certificate. */
  readonly certificate: Certificate;
  /** The trust anchors that have its issuer's name. */
  readonly anchors: readonly TrustAnchor[];
  /** Whether subject and issuer are one name (RFC 5280 §6.1). */
  readonly selfIssued: boolean;
  /** A number for its name and key: no path has two certificates of the same. */
  readonly entity: number;
  /** Its public key, in one and the same array for all certificates of the key. */
  readonly publicKey: Uint8Array;
  /** Whether a key (that array) has made its signature: `false` rules out every path through the two. */
  readonly signedBy: Map<Uint8Array, Eventual<boolean>> = new Map();
  /** The certificates that have its issuer's name. */
  issuers: readonly PathNode[] = [];
  #failure: CertificateError | null | undefined;
  #names: readonly GeneralName[] | undefined;

  /** Begins with the certificate, and the anchors that have its issuer's name. */
  constructor(certificate: Certificate, entity: number, publicKey: Uint8Array, roots: RootCertStore) {
    this.certificate = certificate;
    this.entity = entity;
    this.publicKey = publicKey;
    this.anchors = roots.anchorsFor(certificate.issuer);
    this.selfIssued = sameName(certificate.subject, certificate.issuer);
  }

  /** The reason for which it cannot be an authority; `null`: it can. */
  failureAsIssuer(options: CheckOptions): CertificateError | null {
    if (this.#failure === undefined) {
      try {
        checkIssuer(this.certificate, options);
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

/**
 * Connects each certificate with those that could have issued it, as far as names go.
 *
 * @returns The end entity, from which the others can be reached.
 */
export function connectNodes(
  endEntity: Certificate,
  intermediates: readonly Certificate[],
  roots: RootCertStore,
): PathNode {
  const entities = new Map<string, number>();
  const keys = new Map<string, Uint8Array>();
  const bySubject = new Map<string, PathNode[]>();
  const toNode = (certificate: Certificate): PathNode => {
    const key = octetsToText(certificate.publicKey);
    const publicKey = keys.get(key) ?? certificate.publicKey;
    keys.set(key, publicKey);
    const name = octetsToText(certificate.subject) + key;
    const entity = entities.get(name) ?? entities.size;
    entities.set(name, entity);
    return new PathNode(certificate, entity, publicKey, roots);
  };
  const start = toNode(endEntity);
  const others = intermediates.map(toNode);
  for (const node of others) {
    const subject = octetsToText(node.certificate.subject);
    const namesakes = bySubject.get(subject);
    if (namesakes === undefined) bySubject.set(subject, [node]);
    else namesakes.push(node);
  }
  for (const node of [start, ...others]) {
    node.issuers = bySubject.get(octetsToText(node.certificate.issuer)) ?? [];
  }
  return start;
}
