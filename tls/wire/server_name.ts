/**
 * The name of the server that a client wants to talk to (RFC 6066 §3).
 *
 * ```text
 * struct {
 *     NameType name_type;
 *     opaque HostName<1..2^16-1>;      // of name_type host_name(0)
 * } ServerName;
 *
 * struct { ServerName server_name_list<1..2^16-1> } ServerNameList;
 * ```
 *
 * @module
 */

import { normalizeServerName } from "../server_name.ts";
import { latin1, writeLatin1 } from "./lists.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

const HOST_NAME = 0;

/** The longest name that is looked at; a host name has 253 characters at most, and perhaps a dot behind them. */
const LONGEST_NAME = 254;

/**
 * Reads the one host name.
 *
 * "Literal IPv4 and IPv6 addresses are not permitted in "HostName"." (RFC 6066 §3) Clients send them all the same;
 * they are as good as no name.
 *
 * @returns The name as it was sent; `undefined` for an IP address.
 * @throws {TlsError} `illegal_parameter` for two names of one kind, `decode_error` for none, or what is no name.
 */
export function readServerName(reader: Reader): string | undefined {
  const list = reader.vector16(1);
  const kinds = new Set<number>();
  let hostName: string | undefined;
  while (list.left > 0) {
    const kind = list.u8();
    // "The ServerNameList MUST NOT contain more than one name of the same name_type." (RFC 6066 §3)
    if (kinds.has(kind)) {
      throw reader.error("illegal_parameter", `server_name has two names of the kind ${kind}`);
    }
    kinds.add(kind);
    // "all future data structures associated with new NameTypes MUST begin with a 16-bit length field" (RFC 6066 §3)
    const name = list.opaque16(1);
    if (kind === HOST_NAME) hostName = latin1(name.subarray(0, LONGEST_NAME + 1));
  }
  if (hostName === undefined) throw reader.error("decode_error", "server_name has no host name");
  const normal = normalized(hostName);
  if (normal === undefined) throw reader.error("decode_error", "server_name is not a host name");
  return isAddress(normal) ? undefined : hostName;
}

/** Writes a list of one host name. */
export function writeServerName(writer: Writer, name: string): void {
  writer.vector16(() => {
    writer.u8(HOST_NAME);
    writer.vector16(() => writeLatin1(writer, name));
  });
}

function normalized(name: string): string | undefined {
  try {
    return normalizeServerName(name);
  } catch {
    return undefined; // A TypeError: it says what the application should have done.
  }
}

/** Whether a name in its normal form is an address: no DNS name has a colon, or ends in a label of digits. */
function isAddress(name: string): boolean {
  return name.includes(":") || /\.[0-9]+$/.test(name);
}
