/**
 * The name of the server that is wanted, in the form in which its certificate is asked for it (RFC 9525 §6.1).
 *
 * @module
 */

import { normalizeServerName } from "../../server_name.ts";
import { formatIpAddress, parseIpAddress } from "./ip_address.ts";
import type { ServerName } from "../types.ts";

/**
 * Tells a DNS name from an IP address.
 *
 * @param text A DNS name, an IPv4 address, or an IPv6 address with or without brackets.
 * @throws {TypeError} when it is none of these.
 */
export function parseServerName(text: string): ServerName {
  const name = normalizeServerName(text);
  const address = parseIpAddress(name);
  return address === undefined
    ? { kind: "dns", name }
    : { kind: "ip", address, text: formatIpAddress(address) };
}
