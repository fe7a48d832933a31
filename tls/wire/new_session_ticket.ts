/**
 * NewSessionTicket (RFC 9846 §4.7.1).
 *
 * ```text
 * struct {
 *     uint32 ticket_lifetime;
 *     uint32 ticket_age_add;
 *     opaque ticket_nonce<0..255>;
 *     opaque ticket<1..2^16-1>;
 *     Extension extensions<0..2^16-1>;
 * } NewSessionTicket;
 * ```
 *
 * @module
 */

import { readExtensions, refuseMisplaced, writeExtension } from "./extension_block.ts";
import { writeMessage } from "./message_writer.ts";
import type { NewSessionTicket } from "./messages.ts";
import { ExtensionType, HandshakeType } from "./numbers.ts";
import { Reader } from "./reader.ts";

/**
 * Reads a NewSessionTicket.
 *
 * @param body The message without its header; the result has views of it.
 * @throws {TlsError} `decode_error`, `duplicate_extension`, `illegal_parameter`
 */
export function decodeNewSessionTicket(body: Uint8Array): NewSessionTicket {
  const reader = new Reader(body, "NewSessionTicket");
  const lifetime = reader.at("ticket_lifetime").u32();
  const ageAdd = reader.at("ticket_age_add").u32();
  const nonce = reader.at("ticket_nonce").opaque8();
  const ticket = reader.at("ticket").opaque16(1);
  let maxEarlyDataSize: number | undefined;
  const extensionOrder = readExtensions(reader, (type, data) => {
    if (type === ExtensionType.early_data) maxEarlyDataSize = data.u32();
    // "Clients MUST ignore unrecognized extensions." (RFC 9846 §4.7.1)
    else data.skip();
  });
  reader.end();
  refuseMisplaced(reader, extensionOrder, "NewSessionTicket");
  return {
    type: "new_session_ticket",
    lifetime,
    ageAdd,
    nonce,
    ticket,
    ...(maxEarlyDataSize !== undefined && { maxEarlyDataSize }),
  };
}

/** Writes a NewSessionTicket with its header. */
export function encodeNewSessionTicket(message: NewSessionTicket): Uint8Array {
  const { lifetime, ageAdd, nonce, ticket, maxEarlyDataSize } = message;
  return writeMessage(HandshakeType.new_session_ticket, (writer) => {
    writer.u32(lifetime);
    writer.u32(ageAdd);
    writer.vector8(() => writer.bytes(nonce));
    writer.vector16(() => writer.bytes(ticket));
    writer.vector16(() => {
      if (maxEarlyDataSize === undefined) return;
      writeExtension(writer, ExtensionType.early_data, () => writer.u32(maxEarlyDataSize));
    });
  });
}
