/**
 * Requests that no handler sees, whatever the version of HTTP.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { ALLOW_FIELD } from "./response_fields.ts";

/** The status, and fields, with which a head is refused. */
export interface RefusedHead {
  /** 400, 405, 417 or 501. */
  readonly status: number;
  /** The fields to send beside the usual ones. */
  readonly fields: readonly Field[];
}

/** The refusal of a method; `undefined` for one that a handler may see. */
export function refusedMethod(method: string): RefusedHead | undefined {
  // There is no tunnel to another host to offer; nothing of what follows is a request.
  if (method === "CONNECT") return refused(501);
  // An echo would show fields that scripts may not see, and a `Request` of these methods cannot be made.
  if (method === "TRACE" || method === "TRACK") return refused(405, [ALLOW_FIELD]);
  return undefined;
}

/** A refusal. */
export function refused(status: number, fields: readonly Field[] = []): RefusedHead {
  return { status, fields };
}
