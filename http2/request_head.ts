/**
 * From a request as the client gives it to what the machine sends.
 *
 * @module
 */

import { type Field, parseContentLength } from "../http/fields.ts";
import type { OutgoingRequest } from "../http/message.ts";
import type { RequestTarget } from "./outgoing_head.ts";

/** The methods whose requests say so when they have no content (RFC 9110 §8.6). */
const EXPECTING_CONTENT: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/**
 * The pseudo-fields of a request. CONNECT names its target as the authority (RFC 9113 §8.5); an upgrade is an extended
 * CONNECT, which has the pseudo-fields of other requests as well (RFC 8441 §4).
 */
export function targetOf({ method, scheme, authority, target, upgrade }: OutgoingRequest): RequestTarget {
  if (upgrade !== undefined) {
    return { method: "CONNECT", scheme, authority, path: target, protocol: upgrade };
  }
  return method === "CONNECT"
    ? { method, scheme, authority: target, path: "" }
    : { method, scheme, authority, path: target };
}

/**
 * The fields of a request, with `content-length` where it is known and of use.
 *
 * @throws {TypeError} When they have one that is wrong.
 */
export function fieldsOf({ method, fields, body, upgrade }: OutgoingRequest): readonly Field[] {
  if (method === "CONNECT" || upgrade !== undefined) return fields; // what follows is no content (RFC 9110 §9.3.6)
  const length = body?.length ?? (body === undefined ? 0 : undefined);
  if (length === undefined || (length === 0 && !EXPECTING_CONTENT.has(method))) return fields;
  const stated = fields.find(([name]) => name.toLowerCase() === "content-length")?.[1];
  if (stated === undefined) return [...fields, ["content-length", String(length)]];
  if (parseContentLength(stated) !== length) {
    throw new TypeError(`Cannot send a request: its content-length is not the ${length} bytes that it has`);
  }
  return fields;
}
