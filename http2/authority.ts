/**
 * The authority of a request that this end sends; `http/authority.ts` is about those that it receives.
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
