/**
 * The scope of a revocation list (RFC 5280 §5.2.5), and the distribution points that a certificate names
 * (RFC 5280 §4.2.1.13).
 *
 * ```
 * IssuingDistributionPoint ::= SEQUENCE {
 *      distributionPoint          [0] DistributionPointName OPTIONAL,
 *      onlyContainsUserCerts      [1] BOOLEAN DEFAULT FALSE,
 *      onlyContainsCACerts        [2] BOOLEAN DEFAULT FALSE,
 *      onlySomeReasons            [3] ReasonFlags OPTIONAL,
 *      indirectCRL                [4] BOOLEAN DEFAULT FALSE,
 *      onlyContainsAttributeCerts [5] BOOLEAN DEFAULT FALSE }
 * DistributionPointName ::= CHOICE {
 *      fullName                [0]     GeneralNames,
 *      nameRelativeToCRLIssuer [1]     RelativeDistinguishedName }
 * ```
 *
 * @module
 */

import { DerError, DerReader, DerTag } from "../../der/der.ts";
import { octetsToText, readGeneralName } from "../names/general_name.ts";
import type { Certificate } from "../types.ts";

/** The scope of a list: one kind of certificate at most, and never none. */
export interface IssuingDistributionPoint {
  /** The whole value of the extension: the same for lists of the same scope. */
  readonly der: Uint8Array;
  /** The names of its distribution point, each a whole DER `GeneralName`, octets as characters; `undefined`: any. */
  readonly names?: ReadonlySet<string>;
  /** The one kind of certificate that it is about; `undefined`: both. */
  readonly only?: "end_entities" | "authorities";
}

/**
 * Reads the extension.
 *
 * @throws {DerError} when it is malformed, or of a kind that is not supported.
 */
export function readIssuingDistributionPoint(der: Uint8Array): IssuingDistributionPoint {
  const outer = new DerReader(der);
  const fields = outer.read(DerTag.SEQUENCE);
  outer.end("issuingDistributionPoint");
  const names = readPointName(fields.optional(0xa0));
  if (names === "relative") throw new DerError("its distribution point is named relative to its issuer");
  const onlyEndEntities = readFlag(fields, 0x81);
  const onlyAuthorities = readFlag(fields, 0x82);
  // A certificate that was revoked for another reason would not be on it.
  if (fields.peekTag() === 0x83) throw new DerError("it is only about some reasons");
  if (readFlag(fields, 0x84)) {
    throw new DerError("it is about certificates of other authorities than its issuer");
  }
  if (readFlag(fields, 0x85)) throw new DerError("it is about attribute certificates");
  fields.end("issuingDistributionPoint");
  // "at most one of onlyContainsUserCerts, onlyContainsCACerts, and onlyContainsAttributeCerts may be set to TRUE" (RFC
  // 5280 §5.2.5)
  if (onlyEndEntities && onlyAuthorities) throw new DerError("it is only about two kinds of certificate");
  return {
    der,
    ...(names !== undefined && { names }),
    ...(onlyEndEntities && { only: "end_entities" as const }),
    ...(onlyAuthorities && { only: "authorities" as const }),
  };
}

/**
 * Whether a list of the certificate's issuer would have the certificate on it, if it were revoked
 * (RFC 5280 §6.3.3 (b)). All distribution points of the certificate are looked at. A list with a distribution point
 * says nothing about certificates that name none.
 *
 * @param scope The scope of the list; `undefined`: everything.
 */
export function isInScope(certificate: Certificate, scope: IssuingDistributionPoint | undefined): boolean {
  if (scope === undefined) return true;
  const isAuthority = certificate.basicConstraints?.ca === true;
  if (scope.only !== undefined && (scope.only === "authorities") !== isAuthority) return false;
  const { names } = scope;
  if (names === undefined) return true;
  if (certificate.crlDistributionPoints === undefined) return false;
  const points = pointsOf(certificate.crlDistributionPoints);
  return names.values().some((name) => points.has(name));
}

/** The names of a certificate's distribution points, read once: there can be many lists, and many paths. */
const POINTS = new WeakMap<Uint8Array, ReadonlySet<string>>();

function pointsOf(points: Uint8Array): ReadonlySet<string> {
  let names = POINTS.get(points);
  if (names === undefined) POINTS.set(points, names = tryReadPoints(points));
  return names;
}

/** Distribution points that cannot be read name no list, so that the certificate's status is not known. */
function tryReadPoints(points: Uint8Array): ReadonlySet<string> {
  try {
    return readPoints(points);
  } catch (error) {
    if (error instanceof DerError) return new Set();
    throw error;
  }
}

/** `DistributionPoint ::= SEQUENCE { distributionPoint [0], reasons [1], cRLIssuer [2] }`, each OPTIONAL. */
function readPoints(points: Uint8Array): ReadonlySet<string> {
  const names = new Set<string>();
  const list = new DerReader(points).read(DerTag.SEQUENCE);
  while (list.left > 0) {
    const point = list.read(DerTag.SEQUENCE);
    const found = readPointName(point.optional(0xa0));
    // A point with reasons, or an issuer of its own, leads to lists of a kind that is not supported.
    if (point.left > 0 || found === undefined || found === "relative") continue;
    for (const name of found) names.add(name);
  }
  return names;
}

function readPointName(tagged: DerReader | undefined): ReadonlySet<string> | "relative" | undefined {
  if (tagged === undefined) return undefined;
  if (tagged.peekTag() === 0xa1) return "relative";
  const fullName = tagged.read(0xa0);
  tagged.end("a distribution point's name");
  if (fullName.left === 0) throw new DerError("a distribution point's list of names is empty");
  const names = new Set<string>();
  while (fullName.left > 0) {
    const name = fullName.element();
    readGeneralName(new DerReader(name));
    names.add(octetsToText(name));
  }
  return names;
}

/** `[tag] IMPLICIT BOOLEAN DEFAULT FALSE`; DER leaves out what is the default. */
function readFlag(fields: DerReader, tag: number): boolean {
  if (fields.peekTag() !== tag) return false;
  const content = fields.content(tag);
  if (content.length !== 1 || content[0] !== 0xff) throw new DerError("a flag is not the BOOLEAN TRUE");
  return true;
}
