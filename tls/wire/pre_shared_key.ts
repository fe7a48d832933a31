/**
 * The extension pre_shared_key of a ClientHello (RFC 9846 §4.3.11).
 *
 * ```text
 * struct {
 *     opaque identity<1..2^16-1>;
 *     uint32 obfuscated_ticket_age;
 * } PskIdentity;
 *
 * opaque PskBinderEntry<32..255>;
 *
 * struct {
 *     PskIdentity identities<7..2^16-1>;
 *     PskBinderEntry binders<33..2^16-1>;
 * } OfferedPsks;
 * ```
 *
 * @module
 */

import type { OfferedPsks, PskIdentity } from "./messages.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/**
 * Reads the extension of a ClientHello.
 *
 * A binder may be shorter than the grammar allows: one of a wrong length is a wrong binder, which its verification
 * reports.
 *
 * @throws {TlsError} `illegal_parameter` when there is not one binder for each identity.
 */
export function readOfferedPsks(reader: Reader): OfferedPsks {
  const identities: PskIdentity[] = [];
  const identityList = reader.at("identities of pre_shared_key").vector16(7);
  while (identityList.left > 0) {
    identities.push({ identity: identityList.opaque16(1), obfuscatedTicketAge: identityList.u32() });
  }
  const binders: Uint8Array[] = [];
  const binderList = reader.at("binders of pre_shared_key").vector16(2);
  while (binderList.left > 0) binders.push(binderList.opaque8(1));
  // "A series of HMAC values, one for each value in the identities list and in the same order" (RFC 9846 §4.3.11)
  if (identities.length !== binders.length) {
    throw reader.error(
      "illegal_parameter",
      `pre_shared_key has ${identities.length} identities and ${binders.length} binders`,
    );
  }
  return { identities, binders };
}

/** Writes the extension of a ClientHello. */
export function writeOfferedPsks(writer: Writer, { identities, binders }: OfferedPsks): void {
  writer.vector16(() => {
    for (const { identity, obfuscatedTicketAge } of identities) {
      writer.vector16(() => writer.bytes(identity));
      writer.u32(obfuscatedTicketAge);
    }
  });
  writer.vector16(() => {
    for (const binder of binders) writer.vector8(() => writer.bytes(binder));
  });
}

/** Length of the list of binders at the end of a ClientHello, its length field included. */
export function bindersLength({ binders }: OfferedPsks): number {
  return binders.reduce((length, binder) => length + 1 + binder.length, 2);
}
