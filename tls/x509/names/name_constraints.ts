/**
 * Name constraints (RFC 5280 §4.2.1.10): the names for which an authority may issue certificates.
 *
 * ```
 * NameConstraints ::= SEQUENCE {
 *      permittedSubtrees       [0]     GeneralSubtrees OPTIONAL,
 *      excludedSubtrees        [1]     GeneralSubtrees OPTIONAL }
 * GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF GeneralSubtree
 * GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }
 * ```
 *
 * If there are permitted subtrees of a name's kind, the name must lie within one; it must have nothing in common with
 * an excluded one. A certificate is refused where this cannot be decided: for a malformed name, or a kind of name whose
 * subtrees are not known here. Hence distinguished names are compared octet by octet with permitted subtrees, and by
 * their likeness with excluded ones; and a wildcard must lie within a permitted subtree with all names that it stands
 * for, and is excluded if one of them is.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { DerError, DerReader, DerTag } from "../../der/der.ts";
import { foldName, readName } from "./distinguished_name.ts";
import {
  isDnsConstraint,
  isPresentedDnsName,
  isWithinDnsConstraint,
  touchesDnsConstraint,
} from "./dns_name.ts";
import { CertificateError } from "../error.ts";
import { octetsToText, readGeneralName, textOfOctets } from "./general_name.ts";
import { isIpConstraint, isWithinIpConstraint } from "./ip_constraint.ts";
import { isEmailAddress, isEmailConstraint, isWithinEmailConstraint } from "./email_address.ts";
import { AttributeOid } from "../../der/oid.ts";
import type { Certificate, GeneralName, NameConstraints } from "../types.ts";

/** The comparisons that are left for one validation. */
export interface ComparisonBudget {
  /** Comparisons that are left; each one counts it down. */
  comparisons: number;
}

/**
 * The names of a certificate that constraints apply to: its alternative names, its subject, and, where it has no
 * alternative names, the mail addresses in its subject.
 *
 * @throws {CertificateError} `malformed_name` when the subject is no name.
 */
export function constrainedNames(certificate: Certificate): GeneralName[] {
  const { subject, subjectAltNames } = certificate;
  const names: GeneralName[] = [...subjectAltNames ?? []];
  const parts = readSubject(subject);
  if (parts.length > 0) names.push({ kind: "directory", name: subject });
  // "When constraints are imposed on the rfc822Name name form, but the certificate does not include a subject
  // alternative name, the rfc822Name constraint MUST be applied to the attribute of type emailAddress in the subject
  // distinguished name." (RFC 5280 §4.2.1.10)
  if (subjectAltNames !== undefined) return names;
  for (const { type, value } of parts.flat()) {
    if (type !== AttributeOid.emailAddress) continue;
    names.push({ kind: "email", value: new DerReader(value).content(value[0] ?? 0) });
  }
  return names;
}

/**
 * Checks the names of a certificate against the constraints of an authority above it.
 *
 * @param names Names, as {@linkcode constrainedNames} gives them.
 * @param budget Counted down by one for each pair of a name and a subtree.
 * @throws {CertificateError} `name_constraint_violation`, or `maximum_name_constraint_comparisons_exceeded` when the
 * budget is used up.
 */
export function checkNameConstraints(
  names: readonly GeneralName[],
  constraints: NameConstraints,
  budget: ComparisonBudget,
): void {
  for (const name of names) {
    const wellFormed = isKnownWellFormed(name);
    let isLimited = false;
    let isPermitted = false;
    for (const subtree of constraints.permitted) {
      spend(budget);
      if (subtree.kind !== name.kind) continue;
      isLimited = true;
      isPermitted = wellFormed && isWithin(name, subtree);
      if (isPermitted) break;
    }
    if (isLimited && !isPermitted) {
      throw violation(`its ${KIND_NAMES[name.kind]} lies outside of what an authority above it is permitted`);
    }
    for (const subtree of constraints.excluded) {
      spend(budget);
      if (subtree.kind !== name.kind) continue;
      if (!wellFormed || touches(name, subtree)) {
        throw violation(
          `its ${KIND_NAMES[name.kind]} is among those from which an authority above it is excluded`,
        );
      }
    }
  }
}

/**
 * Reads name constraints that stand alone, as those of a trust anchor.
 *
 * @param der A whole DER `NameConstraints`.
 * @throws {CertificateError} `bad_der` or `malformed_name_constraint`.
 */
export function parseNameConstraints(der: Uint8Array): NameConstraints {
  try {
    const reader = new DerReader(der);
    const constraints = readNameConstraints(reader);
    reader.end("NameConstraints");
    return constraints;
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new CertificateError("bad_der", `Cannot read name constraints: ${error.reason}`, { cause: error });
  }
}

/**
 * Reads `NameConstraints`. The certificate's size bounds the number of subtrees.
 *
 * @throws {DerError} when it is not of its type.
 * @throws {CertificateError} `malformed_name_constraint`.
 */
export function readNameConstraints(reader: DerReader): NameConstraints {
  const sequence = reader.read(DerTag.SEQUENCE);
  // "Conforming CAs MUST NOT issue certificates where name constraints is an empty sequence." (RFC 5280 §4.2.1.10)
  if (sequence.left === 0) throw malformed("it is empty");
  const permitted = readSubtrees(sequence.optional(0xa0));
  const excluded = readSubtrees(sequence.optional(0xa1));
  sequence.end("NameConstraints");
  return { permitted, excluded };
}

function readSubtrees(list: DerReader | undefined): GeneralName[] {
  if (list === undefined) return [];
  if (list.left === 0) throw malformed("it has an empty list of subtrees");
  const subtrees: GeneralName[] = [];
  while (list.left > 0) {
    const subtree = list.read(DerTag.SEQUENCE);
    const base = readGeneralName(subtree);
    // "the minimum MUST be zero, and maximum MUST be absent" (RFC 5280 §4.2.1.10); DER leaves out the zero.
    if (subtree.left > 0) throw malformed("a subtree has a minimum or a maximum");
    if (!isSubtree(base)) throw malformed(`a subtree's ${KIND_NAMES[base.kind]} is malformed`);
    subtrees.push(base);
  }
  return subtrees;
}

function isSubtree(base: GeneralName): boolean {
  switch (base.kind) {
    case "dns":
      return isDnsConstraint(base.name);
    case "ip":
      return isIpConstraint(base.address);
    case "directory":
      readName(base.name);
      return true;
    case "email":
      return isEmailConstraint(octetsToText(base.value));
    case "uri":
    case "other":
      return true;
  }
}

/** Whether names are well-formed, each found out once: a long one can be compared on each of a thousand paths. */
const WELL_FORMED = new WeakMap<GeneralName, boolean>();

function isKnownWellFormed(name: GeneralName): boolean {
  let known = WELL_FORMED.get(name);
  if (known === undefined) WELL_FORMED.set(name, known = isWellFormed(name));
  return known;
}

function isWellFormed(name: GeneralName): boolean {
  switch (name.kind) {
    case "dns":
      return isPresentedDnsName(name.name);
    case "ip":
      return name.address.length === 4 || name.address.length === 16;
    case "email":
      return isEmailAddress(textOfOctets(name.value));
    case "directory":
      return true;
    // Their subtrees are not known here: where there is one, a name of the kind is refused.
    case "uri":
    case "other":
      return false;
  }
}

/** Whether all of a well-formed `name` lies within a subtree of its kind. */
function isWithin(name: GeneralName, subtree: GeneralName): boolean {
  if (name.kind === "dns" && subtree.kind === "dns") return isWithinDnsConstraint(name.name, subtree.name);
  if (name.kind === "ip" && subtree.kind === "ip") return isWithinIpConstraint(name.address, subtree.address);
  if (name.kind === "directory" && subtree.kind === "directory") {
    return startsWithName(name.name, subtree.name);
  }
  if (name.kind === "email" && subtree.kind === "email") {
    return isWithinEmailConstraint(textOfOctets(name.value), textOfOctets(subtree.value));
  }
  return false;
}

/** Whether a part of a well-formed `name` lies within a subtree of its kind. */
function touches(name: GeneralName, subtree: GeneralName): boolean {
  if (name.kind === "dns" && subtree.kind === "dns") return touchesDnsConstraint(name.name, subtree.name);
  if (name.kind === "directory" && subtree.kind === "directory") {
    const parts = folded(name.name);
    return folded(subtree.name).every((part, index) => part === parts[index]);
  }
  return isWithin(name, subtree);
}

/** Whether the parts of one name begin with all parts of the other, octet by octet: both are lists of whole values. */
function startsWithName(name: Uint8Array, start: Uint8Array): boolean {
  const wanted = new DerReader(start).content(DerTag.SEQUENCE);
  const content = new DerReader(name).content(DerTag.SEQUENCE);
  return equals(content.subarray(0, wanted.length), wanted);
}

/**
 * Names in the form of {@linkcode foldName}, each made once, `null` where it cannot be: names can be as long as a
 * certificate, and one can be compared on each of a thousand paths.
 */
const FOLDED = new WeakMap<Uint8Array, readonly string[] | null>();

function folded(name: Uint8Array): readonly string[] {
  let parts = FOLDED.get(name);
  if (parts === undefined) FOLDED.set(name, parts = tryFold(name));
  if (parts !== null) return parts;
  throw violation(
    "one of its distinguished names cannot be read, and an authority above it is excluded from some",
  );
}

function tryFold(name: Uint8Array): readonly string[] | null {
  try {
    return foldName(name);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

function readSubject(subject: Uint8Array): ReturnType<typeof readName> {
  try {
    return readName(subject);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new CertificateError("malformed_name", `Cannot read the certificate's subject: ${error.reason}`, {
      cause: error,
    });
  }
}

const KIND_NAMES: Readonly<Record<GeneralName["kind"], string>> = {
  dns: "DNS name",
  ip: "IP address",
  directory: "distinguished name",
  email: "mail address",
  uri: "URI",
  other: "other name",
};

function spend(budget: ComparisonBudget): void {
  if (budget.comparisons <= 0) {
    throw new CertificateError(
      "maximum_name_constraint_comparisons_exceeded",
      "Cannot accept the certificate: it takes too many comparisons of names with name constraints",
    );
  }
  budget.comparisons--;
}

function violation(reason: string): CertificateError {
  return new CertificateError("name_constraint_violation", `Cannot accept the certificate: ${reason}`);
}

function malformed(reason: string): CertificateError {
  return new CertificateError("malformed_name_constraint", `Cannot read name constraints: ${reason}`);
}
