/**
 * Key shares: `struct { NamedGroup group; opaque key_exchange<1..2^16-1>; } KeyShareEntry`
 * (RFC 9846 §4.3.8).
 *
 * @module
 */
import { MAX_KEY_SHARES } from "../limits.ts";

import type { KeyShareEntry } from "./messages.ts";
import { hexNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/**
 * Reads the list of a ClientHello, which may be empty.
 *
 * "Clients MUST NOT offer multiple KeyShareEntry values for the same group. [...] Servers MAY check for violations of
 * these rules and abort the handshake with an "illegal_parameter" alert if one is violated." (RFC 9846 §4.3.8)
 *
 * @throws {TlsError} `illegal_parameter` for two shares of one group, and for more than {@linkcode MAX_KEY_SHARES}.
 */
export function readKeyShares(reader: Reader): KeyShareEntry[] {
  const list = reader.vector16();
  const entries: KeyShareEntry[] = [];
  while (list.left > 0) {
    const entry = readKeyShare(list);
    if (entries.some(({ group }) => group === entry.group)) {
      throw reader.error("illegal_parameter", `key_share has two keys for group ${hexNumber(entry.group)}`);
    }
    if (entries.length === MAX_KEY_SHARES) {
      throw reader.error("illegal_parameter", `key_share has more than ${MAX_KEY_SHARES} keys`);
    }
    entries.push(entry);
  }
  return entries;
}

/** Writes the list of a ClientHello. */
export function writeKeyShares(writer: Writer, entries: readonly KeyShareEntry[]): void {
  writer.vector16(() => {
    for (const entry of entries) writeKeyShare(writer, entry);
  });
}

/** Reads one share; a ServerHello has no list. */
export function readKeyShare(reader: Reader): KeyShareEntry {
  return { group: reader.u16(), keyExchange: reader.opaque16(1) };
}

/** Writes one share. */
export function writeKeyShare(writer: Writer, { group, keyExchange }: KeyShareEntry): void {
  writer.u16(group);
  writer.vector16(() => writer.bytes(keyExchange));
}
