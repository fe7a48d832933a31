/**
 * DNS names in certificates: whether one is that of the server that was asked for (RFC 9525 §6.3), and whether it lies
 * within a name constraint (RFC 5280 §4.2.1.10).
 *
 * A presented name is one of a certificate, a reference name that of the server that was asked for. Both are ASCII, and compared
 * without regard to case; the grammar of both is that of `tls/names/host_name.ts`. A name that is malformed matches
 * nothing.
 *
 * @module
 */

import { countLabels, isHostName, withoutRootDot } from "../../names/host_name.ts";

/**
 * "The wildcard character appears only as the complete content of the left-most label" (RFC 9525 §6.3), and it
 * stands for that one label. As in other readers, at least two labels must follow it: `*.com` matches no name.
 */
const WILDCARD = "*.";
const LABELS_AFTER_WILDCARD = 2;

/**
 * Whether a name of a certificate is the one that was asked for.
 *
 * @param presented A dNSName, perhaps with a wildcard.
 * @param reference A DNS name, perhaps with the dot of the root.
 */
export function matchesDnsName(presented: string, reference: string): boolean {
  const asked = withoutRootDot(reference);
  const wanted = asked.toLowerCase();
  const shown = presented.toLowerCase();
  let isSame = shown === wanted;
  if (shown.startsWith(WILDCARD)) {
    const dot = wanted.indexOf(".");
    isSame = dot !== -1 && wanted.slice(dot) === shown.slice(1);
  }
  // The grammar is checked last, since most names of a certificate do not match; and on the names as they stand, since
  // the lower case of some letters beyond ASCII is in ASCII.
  return isSame && isPresentedDnsName(presented) && isHostName(asked);
}

/** Whether a certificate may present this name: labels of letters, digits, hyphens, underscores; perhaps a wildcard. */
export function isPresentedDnsName(name: string): boolean {
  return name.startsWith(WILDCARD)
    ? countLabels(name, WILDCARD.length) >= LABELS_AFTER_WILDCARD
    : isHostName(name);
}

/**
 * Whether a name constraint can have this as dNSName: a DNS name without the dot of the root, or nothing, which all
 * names lie within. A dot in front, which RFC 5280 does not have, means "only names below": authorities, among them some
 * whose roots are trusted everywhere, use it so.
 */
export function isDnsConstraint(constraint: string): boolean {
  return constraint === "" || constraint === "." ||
    countLabels(constraint, constraint.startsWith(".") ? 1 : 0) > 0;
}

/**
 * Whether all names that a presented name stands for lie within a constraint.
 *
 * "Any DNS name that can be constructed by simply adding zero or more labels to the left-hand side of the name
 * satisfies the name constraint." (RFC 5280 §4.2.1.10) The names of a wildcard lie within if the name
 * behind it does: `*.example.com` does not lie within `www.example.com`.
 */
export function isWithinDnsConstraint(presented: string, constraint: string): boolean {
  const name = presented.toLowerCase();
  const limit = constraint.toLowerCase();
  if (limit === "" || limit === ".") return true;
  if (!name.startsWith(WILDCARD)) return isWithin(name, limit);
  const parent = name.slice(WILDCARD.length);
  // Everything that the wildcard stands for has a label more than its parent.
  return isWithin(parent, limit) || `.${parent}` === limit;
}

/** Whether any name that a presented name stands for lies within a constraint. */
export function touchesDnsConstraint(presented: string, constraint: string): boolean {
  if (isWithinDnsConstraint(presented, constraint)) return true;
  if (!presented.startsWith(WILDCARD)) return false;
  // A wildcard for one label can stand for the constraint itself.
  const limit = constraint.toLowerCase();
  return limit.indexOf(".") > 0 && limit.slice(limit.indexOf(".")) === presented.slice(1).toLowerCase();
}

/** Whether `name` is `limit` or below it; a `limit` with a dot in front has only what is below. */
function isWithin(name: string, limit: string): boolean {
  if (limit.startsWith(".")) return name.length > limit.length && name.endsWith(limit);
  return name === limit || (name.endsWith(limit) && name.at(-limit.length - 1) === ".");
}
