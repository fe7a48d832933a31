/**
 * The fields of a request: the caller's, what the URL and the content add, and the client's defaults.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { type PreparedBody, TEXT_TYPE } from "./body.ts";
import { hasField, withDefaults } from "./headers.ts";
import type { Target } from "./target.ts";

/**
 * The fields of a request.
 *
 * @param own The caller's fields.
 * @param target The URL, whose userinfo stands for an `authorization`.
 * @param body The content, which has a type of its own.
 * @param defaults The client's fields, for names that no other source sets.
 */
export function composeFields(
  own: readonly Field[],
  target: Target,
  body: PreparedBody | undefined,
  defaults: readonly Field[],
): readonly Field[] {
  let added = own;
  if (target.authorization !== undefined && !hasField(own, "authorization")) {
    added = [...added, ["authorization", target.authorization]];
  }
  const type = body?.type;
  // text/plain is the weakest guess of a string's type: a default content-type of the client's wins over it.
  const isKnown = hasField(own, "content-type") || (type === TEXT_TYPE && hasField(defaults, "content-type"));
  if (type !== undefined && !isKnown) added = [...added, ["content-type", type]];
  if ((body === undefined || body.length === 0) && hasField(own, "expect")) {
    // "A client MUST NOT generate a 100-continue expectation in a request that does not include content."
    // (RFC 9110 §10.1.1)
    added = added.filter(([name]) => name !== "expect");
  }
  if (added.length === 0) return defaults;
  if (hasField(own, "range") && hasField(defaults, "accept-encoding") && !hasField(own, "accept-encoding")) {
    // A range of encoded content cannot be decoded (Fetch §4.6).
    added = [...added, ["accept-encoding", "identity"]];
  }
  return withDefaults(added, defaults);
}
