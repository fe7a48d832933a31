/**
 * NewSessionTicket of TLS 1.2: `struct { uint32 ticket_lifetime_hint; opaque ticket<0..2^16-1>; } NewSessionTicket`
 * (RFC 5077 §3.3).
 *
 * @module
 */

import { writeMessage } from "../message_writer.ts";
import type { Tls12NewSessionTicket } from "../messages.ts";
import { HandshakeType } from "../numbers.ts";
import { Reader } from "../reader.ts";

/**
 * Reads a NewSessionTicket.
 *
 * @param body The message without its header; the result has a view of it.
 * @throws {TlsError} `decode_error`
 */
export function decodeTls12NewSessionTicket(body: Uint8Array): Tls12NewSessionTicket {
  const reader = new Reader(body, "NewSessionTicket");
  const lifetimeHint = reader.at("ticket_lifetime_hint").u32();
  const ticket = reader.at("ticket").opaque16();
  reader.end();
  return { type: "tls12_new_session_ticket", lifetimeHint, ticket };
}

/** Writes a NewSessionTicket with its header. */
export function encodeTls12NewSessionTicket(
  { lifetimeHint, ticket }: Tls12NewSessionTicket,
): Uint8Array {
  return writeMessage(HandshakeType.new_session_ticket, (writer) => {
    writer.u32(lifetimeHint);
    writer.vector16(() => writer.bytes(ticket));
  });
}
