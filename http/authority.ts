/**
 * The authority of a received request: the Host field, `:authority`, or what a request target names.
 *
 * A server makes a URL of it, and a proxy in front of the server may have chosen by it where the request goes. So it is
 * refused where two parsers could find different hosts in it.
 *
 * @module
 */

import { MAX_AUTHORITY_CHARS } from "./limits.ts";

/**
 * ```
 * uri-host [ ":" port ]
 * ```
 * (RFC 9110 §7.2.) Two things that RFC 3986 allows in a host are missing: a comma, by which intermediaries join the values
 * of two Host fields, and percent signs, which a URL parser decodes.
 */
const AUTHORITY = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+;=-]+)(?::([0-9]{0,5}))?$/;

const MAX_PORT = 65_535;

/** An authority whose parts were checked. */
export interface CheckedAuthority {
  /** The host, as it came; an IPv6 address in brackets. */
  readonly host: string;
  /** The port; `undefined` where none is given, or an empty one. */
  readonly port: number | undefined;
}

/**
 * Reads an authority.
 *
 * @returns Its parts, or `undefined` unless a URL with this authority parses and has exactly this host: `1` would be read
 * as the address 0.0.0.1 there, and `[::1` or `a:b` not at all.
 */
export function readAuthority(text: string): CheckedAuthority | undefined {
  if (text.length > MAX_AUTHORITY_CHARS) return undefined;
  const parts = AUTHORITY.exec(text);
  const host = parts?.[1];
  if (host === undefined) return undefined;
  const digits = parts?.[2] ?? "";
  if (Number(digits) > MAX_PORT) return undefined;
  const parsed = hostOfUrl(host);
  // A URL has IPv6 addresses in their canonical form.
  if (parsed === undefined || (!host.startsWith("[") && parsed !== host.toLowerCase())) return undefined;
  return { host, port: digits === "" ? undefined : Number(digits) };
}

function hostOfUrl(host: string): string | undefined {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return undefined;
  }
}
