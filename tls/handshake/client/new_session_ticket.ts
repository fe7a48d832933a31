/**
 * NewSessionTicket, as a client receives it: sessions are made of the server's tickets (RFC 9846 §4.7.1).
 *
 * @module
 */

import {
  MAX_AUTHENTICATION_AGE_SECONDS,
  MAX_TICKET_BYTES,
  MAX_TICKET_LIFETIME_SECONDS,
  MAX_TICKETS_PER_CONNECTION,
} from "../../limits.ts";
import { resumptionPsk } from "../../schedule/traffic_keys.ts";
import type { Script } from "../../../io/script.ts";
import { makeSession } from "../../session/session.ts";
import type { ClientSessionFacts } from "../../session/session_facts.ts";
import type { NewSessionTicket } from "../../wire/messages.ts";
import { tell } from "../await_answer.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import { endOfCertificate } from "./certificate_end.ts";
import { type ClientContext, nameOf } from "./context.ts";

/** The tickets of one connection. */
export class ReceivedTickets {
  readonly #context: ClientContext;
  readonly #result: HandshakeResult;
  #kept = 0;

  /** Begins with no tickets. */
  constructor(context: ClientContext, result: HandshakeResult) {
    this.#context = context;
    this.#result = result;
  }

  /**
   * Makes a session of a ticket and puts it into the config's store.
   *
   * @returns Whether the ticket was kept.
   */
  *receiveNewSessionTicket(message: NewSessionTicket): Script<boolean> {
    const { crypto, sessions, owner, policy } = this.#context;
    const { suite, secrets, identity, server: { rawPublicKey, ocspResponse } = {} } = this.#result;
    // "The value of zero indicates that the ticket should be discarded immediately." (RFC 9846 §4.7.1)
    if (sessions === undefined || secrets === undefined || message.lifetime === 0) return false;
    if (message.ticket.length > MAX_TICKET_BYTES || this.#kept >= MAX_TICKETS_PER_CONNECTION) return false;
    const received = this.#context.now().getTime();
    const { authenticated = received } = this.#result;
    const { keyExchangeGroup, peerCertificates, alpnProtocol } = this.#result.facts;
    const { maxEarlyDataSize } = message;
    // "Clients MUST NOT use tickets for longer than 7 days after issuance, regardless of the ticket_lifetime" (RFC 9846
    // §4.7.1)
    const expires = Math.min(
      received + Math.min(message.lifetime, MAX_TICKET_LIFETIME_SECONDS) * 1000,
      authenticated + MAX_AUTHENTICATION_AGE_SECONDS * 1000,
      endOfCertificate(peerCertificates[0], received),
    );
    if (expires <= received) return false;
    this.#kept++;
    const psk = yield* resumptionPsk(crypto, suite.hash, secrets.resumption, message.nonce);
    const serverName = nameOf(this.#context);
    const facts: ClientSessionFacts = {
      protocolVersion: "TLSv1.3",
      owner,
      policy,
      serverName,
      suite,
      keyExchangeGroup,
      psk,
      ticket: message.ticket.slice(),
      ageAdd: message.ageAdd,
      ...(maxEarlyDataSize !== undefined && { maxEarlyDataSize }),
      ...(alpnProtocol !== null && { alpnProtocol }),
      received,
      authenticated,
      expires,
      peerCertificates,
      ...(rawPublicKey !== undefined && { rawPublicKey }),
      ...(ocspResponse !== undefined && { ocspResponse }),
      ...(identity !== undefined && { identity }),
    };
    tell(() => sessions.put(serverName, makeSession(facts)));
    return true;
  }
}
