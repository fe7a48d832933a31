/**
 * The authority of a request, in both directions: `:authority`, or the `host` field in its place.
 *
 * @module
 */

/**
 * Whether `text` is a host and perhaps a port, and nothing that could be read as more: every character is one that
 * a host, an IP literal or a port can have (RFC 3986 §3.2.2). Userinfo is none.
 */
export function isAuthority(text: string): boolean {
  return /^[!$%&'()*+,\-.0-9:;=A-Z[\]_a-z~]+$/.test(text);
}
