/**
 * The fields that may not stand in trailers, by one list for both versions and both directions (RFC 9110 §6.5.1).
 *
 * @module
 */

import { CONNECTION_FIELDS, type Field } from "./fields.ts";

/**
 * Field names that may not stand in trailers, lower-case.
 *
 * "Many fields cannot be processed outside the header section because their evaluation is necessary prior to
 * receiving the content, such as those that describe message framing, routing, authentication, request modifiers,
 * response controls, or content format. A sender MUST NOT generate a trailer field unless the sender knows the
 * corresponding header field name's definition permits the field to be sent in trailers." (RFC 9110 §6.5.1)
 *
 * Of other names the caller has to know. Authentication-Info and Proxy-Authentication-Info are not listed:
 * they "can be sent as a trailer field (Section 6.5) when the authentication scheme explicitly allows this"
 * (§11.6.3, §11.7.3).
 */
export const FORBIDDEN_TRAILERS: ReadonlySet<string> = new Set([
  ...CONNECTION_FIELDS,
  // Message framing and routing.
  ...["content-length", "trailer", "host", "http2-settings", "max-forwards"],
  // Authentication, cookies among it.
  ...["authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate"],
  ...["cookie", "cookie2", "set-cookie", "set-cookie2"],
  // Request modifiers: controls and conditionals (RFC 9110 §10.1, §13.1).
  ...["expect", "range", "cache-control", "pragma"],
  ...["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"],
  // Response controls (RFC 9110 §10.2).
  ...["age", "date", "expires", "location", "retry-after", "vary", "warning"],
  // Content format.
  ...["content-encoding", "content-type", "content-range"],
]);

/**
 * Refuses to send a field in trailers that may not stand there.
 *
 * @param fields Names in any case.
 * @throws {TypeError} If one of them is in {@linkcode FORBIDDEN_TRAILERS}.
 */
export function checkTrailerNames(fields: readonly Field[]): void {
  for (const [name] of fields) {
    if (FORBIDDEN_TRAILERS.has(name.toLowerCase())) {
      throw new TypeError(`Cannot send field "${name.toLowerCase()}": it may not stand in trailers`);
    }
  }
}

/**
 * The trailer fields of a peer that may stand in trailers. The others are left out, so that no caller takes them for
 * header fields.
 *
 * @param trailers Names in lower case.
 */
export function permittedTrailers(trailers: readonly Field[]): readonly Field[] {
  return trailers.length === 0 ? NO_FIELDS : trailers.filter(([name]) => !FORBIDDEN_TRAILERS.has(name));
}

const NO_FIELDS: readonly Field[] = [];
