/**
 * The name of a server: what goes into the server_name extension (RFC 6066 §3), and what its certificate is checked
 * against (RFC 9525 §6.1).
 *
 * @module
 */

import { isHostName, withoutRootDot } from "./host_name.ts";
import { formatIpAddress, parseIpAddress } from "./ip_address.ts";

/** The name of a server, which its certificate must have (RFC 9525 §6). */
export type ServerName =
  | { readonly kind: "dns"; readonly name: string }
  | { readonly kind: "ip"; readonly address: Uint8Array; readonly text: string };

/**
 * Tells a DNS name from an IP address. A DNS name comes out in lower case and without the dot of the root, an address
 * as octets.
 *
 * @param text A DNS name, an IPv4 address, or an IPv6 address with or without brackets.
 * @throws {TypeError} when it is none of these.
 */
export function parseServerName(text: string): ServerName {
  const { name, address } = readOrThrow(text);
  return address === undefined
    ? { kind: "dns", name }
    : { kind: "ip", address, text: formatIpAddress(address) };
}

/**
 * The name as text in the form in which it is compared: lower case, a DNS name without the dot of the root, an IPv6
 * address without brackets.
 *
 * @throws {TypeError} when it is neither a DNS name nor an IP address.
 */
export function normalizeServerName(text: string): string {
  return readOrThrow(text).name;
}

/** The kind of name that a text is; `undefined` when it is none. */
export function serverNameKind(text: string): ServerName["kind"] | undefined {
  const read = parse(text);
  return read === undefined ? undefined : read.address === undefined ? "dns" : "ip";
}

interface ReadName {
  readonly name: string;
  /** The octets of an IP address. */
  readonly address?: Uint8Array;
}

function readOrThrow(text: string): ReadName {
  if (typeof text !== "string") throw new TypeError("Cannot use a server name: it is no text");
  const read = parse(text);
  if (read !== undefined) return read;
  const reason = BEYOND_ASCII.test(text)
    ? "it is not ASCII; write it in Punycode, as new URL() does"
    : "it is neither a DNS name nor an IP address";
  throw new TypeError(`Cannot use "${text}" as a server name: ${reason}`);
}

/** "The hostname is represented as a byte string using ASCII encoding without a trailing dot." (RFC 6066 §3) */
function parse(text: string): ReadName | undefined {
  // Before the case is folded: the lower case of some letters beyond ASCII is in ASCII.
  if (BEYOND_ASCII.test(text)) return undefined;
  const lower = text.toLowerCase();
  if (lower.includes(":")) {
    const name = lower.startsWith("[") && lower.endsWith("]") ? lower.slice(1, -1) : lower;
    const address = parseIpAddress(name);
    return address && { name, address };
  }
  const name = withoutRootDot(lower);
  const address = parseIpAddress(name);
  if (address !== undefined) return { name, address };
  return isHostName(name) ? { name } : undefined;
}

const BEYOND_ASCII = /[\u0080-\uffff]/;
