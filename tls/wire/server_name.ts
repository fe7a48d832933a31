/**
 * The extension server_name of a ClientHello (RFC 6066 §3).
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

import { MAX_HOST_NAME_LENGTH } from "../names/host_name.ts";
import { serverNameKind } from "../names/server_name.ts";
import { latin1, writeLatin1 } from "./lists.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

const HOST_NAME = 0;

/**
 * Octets of a name that are decoded: one more than the longest host name with the dot of the root, so that a longer
 * name is refused.
 */
const MAX_NAME_OCTETS: number = MAX_HOST_NAME_LENGTH + 2;

/**
 * Reads the one host name.
 *
 * "Literal IPv4 and IPv6 addresses are not permitted in "HostName"." (RFC 6066 §3) Some clients send them all the same;
 * they count as no name.
 *
 * @returns The name as it was sent; `undefined` for an IP address.
 * @throws {TlsError} `illegal_parameter` for two names of one kind, `decode_error` for none, or for one that is no
 * name.
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
    if (kind === HOST_NAME) hostName = latin1(name.subarray(0, MAX_NAME_OCTETS));
  }
  if (hostName === undefined) throw reader.error("decode_error", "server_name has no host name");
  const kind = serverNameKind(hostName);
  if (kind === undefined) throw reader.error("decode_error", "server_name is not a host name");
  return kind === "dns" ? hostName : undefined;
}

/** Writes a list of one host name. */
export function writeServerName(writer: Writer, name: string): void {
  writer.vector16(() => {
    writer.u8(HOST_NAME);
    writer.vector16(() => writeLatin1(writer, name));
  });
}
