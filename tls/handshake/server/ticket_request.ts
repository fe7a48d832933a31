/**
 * The number of tickets that a client gets, which it may ask for by `ticket_request` (RFC 9149 §3).
 *
 * @module
 */

import type { ClientHello } from "../../wire/messages.ts";
import { PskKeyExchangeMode } from "../../wire/numbers.ts";
import type { ServerContext } from "./context.ts";

/** The tickets of a connection. */
export interface TicketChoice {
  readonly count: number;
  /** Whether the count answers a `ticket_request`, and is told in EncryptedExtensions. */
  readonly isAnswer: boolean;
}

/**
 * Chooses the number of tickets: "the number of NewSessionTicket messages sent will typically be the minimum of the
 * server's self-imposed limit and the number requested" (RFC 9149 §3).
 *
 * @param resumes Whether the connection resumes a session: a client asks for another number then.
 */
export function chooseTickets(
  { resumption, sendTickets, maxTickets }: ServerContext,
  { extensions: { ticketRequest, pskKeyExchangeModes } }: ClientHello,
  resumes: boolean,
): TicketChoice {
  // "Servers SHOULD NOT send NewSessionTicket with tickets that are not compatible with the advertised modes" (RFC 9846
  // §4.3.9)
  const isCompatible = pskKeyExchangeModes?.includes(PskKeyExchangeMode.psk_dhe_ke) === true;
  if (resumption === undefined || !isCompatible) return { count: 0, isAnswer: false };
  if (ticketRequest === undefined) return { count: sendTickets, isAnswer: false };
  const { newSession, resumption: resumed } = ticketRequest;
  // "A server that supports and uses a client "ticket_request" extension MUST also send the "ticket_request" extension
  // in the EncryptedExtensions message." (RFC 9149 §3)
  return { count: Math.min(resumes ? resumed : newSession, maxTickets), isAnswer: true };
}
