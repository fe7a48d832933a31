/**
 * The `:path` of a request, in both directions.
 *
 * @module
 */

/** Whether `text` is a path and perhaps a query, all of it visible ASCII and without a fragment (RFC 9110 §7.1). */
export function isPath(text: string): boolean {
  return /^\/[\x21\x22\x24-\x7e]*$/.test(text);
}
