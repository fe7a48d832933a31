/**
 * What a request is to HTTP/1.1 alone: the length that frames its content, and the fields of an upgrade.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { OutgoingBody, OutgoingRequest } from "../../http/message.ts";

/** Whether content comes from a source, and is not all at hand. */
export function isSource(body: OutgoingRequest["body"]): body is OutgoingBody {
  return body !== undefined && !(body instanceof Uint8Array);
}

/**
 * A request with the fields that it has over HTTP/1.1 alone.
 *
 * "A sender of Upgrade MUST also send an "Upgrade" connection option in the Connection header field" (RFC 9110 §7.8).
 */
export function withUpgrade(request: OutgoingRequest): OutgoingRequest {
  if (request.upgrade === undefined) return request;
  const { upgrade, fields, http1Fields = [] } = request;
  const own: readonly Field[] = [["connection", "upgrade"], ["upgrade", upgrade], ...http1Fields];
  return { ...request, fields: [...fields, ...own] };
}

/** The length of the content. With trailers it is "unknown", because trailers need chunks. */
export function contentLength(body: OutgoingRequest["body"]): number | "unknown" {
  if (body === undefined) return 0;
  if (!isSource(body)) return body.length;
  return body.trailers === undefined ? body.length ?? "unknown" : "unknown";
}
