/**
 * Mail addresses in certificates, and the constraints on them (RFC 5280 §4.2.1.6, §4.2.1.10).
 *
 * An address is one mailbox: a local part, which is compared as it stands, an at sign, and a host. Addresses whose
 * local part has a quoted at sign are taken for malformed, because readers do not agree on them.
 *
 * @module
 */

import { isDnsConstraint } from "./dns_name.ts";

/** Whether a text is one mailbox and no more. */
export function isEmailAddress(text: string): boolean {
  const [local = "", host = "", ...rest] = text.split("@");
  return rest.length === 0 && isLocalPart(local) && isHost(host);
}

/** Whether a text is a constraint: a mailbox, a host, or, with a dot in front, all hosts below a domain. */
export function isEmailConstraint(text: string): boolean {
  return isEmailAddress(text) || isHost(text.startsWith(".") ? text.slice(1) : text);
}

/**
 * Whether a mailbox lies within a constraint.
 *
 * "To indicate a particular mailbox, the constraint is the complete mail address. [...] To indicate all Internet mail
 * addresses on a particular host, the constraint is specified as the host name. [...] To specify any address within a
 * domain, the constraint is specified with a leading period" (RFC 5280 §4.2.1.10).
 */
export function isWithinEmailConstraint(address: string, constraint: string): boolean {
  const at = address.lastIndexOf("@");
  const host = address.slice(at + 1).toLowerCase();
  const limitAt = constraint.lastIndexOf("@");
  const limit = constraint.slice(limitAt + 1).toLowerCase();
  if (limitAt !== -1) return host === limit && address.slice(0, at) === constraint.slice(0, limitAt);
  return limit.startsWith(".") ? host.length > limit.length && host.endsWith(limit) : host === limit;
}

function isLocalPart(text: string): boolean {
  return /^[!-~]+$/.test(text);
}

function isHost(text: string): boolean {
  return text !== "" && !text.startsWith(".") && isDnsConstraint(text);
}
