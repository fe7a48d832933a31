/**
 * Resumption of TLS 1.2, the client's side: by session ID (RFC 5246 §7.3, figure 2) and by ticket (RFC 5077).
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { TlsError } from "../../error/tls_error.ts";
import {
  MAX_AUTHENTICATION_AGE_SECONDS,
  MAX_TICKET_BYTES,
  MAX_TICKET_LIFETIME_SECONDS,
} from "../../limits.ts";
import { makeSession } from "../../session/session.ts";
import type { Tls12SessionFacts } from "../../session/session_facts.ts";
import type { ServerHello, Tls12NewSessionTicket } from "../../wire/messages.ts";
import { tell } from "../await_answer.ts";
import { endOfCertificate } from "./certificate_end.ts";
import { type ClientContext, nameOf } from "./context.ts";
import type { Offer } from "./offer.ts";
import type { AcceptedTls12Hello } from "./tls12_server_hello.ts";

/**
 * The session that a ServerHello resumes; `undefined`: the handshake is a full one.
 *
 * A server that resumes repeats the session ID (RFC 5246 §7.4.1.3). One that repeats the ID which a ClientHello has for the
 * sake of TLS 1.3 has not understood it.
 *
 * @throws {TlsError} `illegal_parameter` for a session that was not offered, or one with other parameters.
 */
export function resumedTls12Session(
  hello: ServerHello,
  { hello: sent, tls12Session: session }: Offer,
  { suite, extendedMainSecret }: AcceptedTls12Hello,
): Tls12SessionFacts | undefined {
  if (sent.sessionId.length === 0 || !equals(hello.sessionId, sent.sessionId)) return undefined;
  if (session === undefined) throw illegal("it resumes a session that was not offered");
  // "this [cipher_suite] field is the value from the state of the session being resumed" (RFC 5246 §7.4.1.3).
  if (suite.id !== session.suite.id) throw illegal("it resumes a session of another cipher suite");
  // A server that resumes a session with the extended main secret must say so again (RFC 7627 §5.3).
  if (!extendedMainSecret) throw illegal("it resumes a session without its extended main secret");
  return session;
}

/** A handshake that is done, as a session is made of it. */
export interface Tls12Resumable
  extends Omit<Tls12SessionFacts, "owner" | "policy" | "serverName" | "received" | "expires"> {
  /** Whether the main secret is the extended one. */
  readonly extendedMainSecret: boolean;
  /** The ticket of this handshake; `undefined`: there was none. */
  readonly newTicket: Tls12NewSessionTicket | undefined;
  /** When the session that was resumed expires, unless there is a new ticket. */
  readonly expires?: number;
}

/**
 * Puts the session of a handshake into the config's store; one that was resumed without a new ticket goes back.
 *
 * A session whose main secret is not the extended one is not kept: its resumption is open to attack (RFC 7627 §5.3).
 */
export function keepTls12Session(context: ClientContext, resumable: Tls12Resumable): void {
  const { sessions, owner, policy } = context;
  const { extendedMainSecret, newTicket, expires: known = Infinity, ...facts } = resumable;
  if (sessions === undefined || !extendedMainSecret) return;
  // An empty ticket means that there is none after all: the session ID is left, where there is one.
  const ticket = newTicket?.ticket.slice() ?? facts.ticket;
  if (ticket.length > MAX_TICKET_BYTES || (ticket.length === 0 && facts.sessionId.length === 0)) return;
  const received = context.now().getTime();
  // "A value of zero is reserved to indicate that the lifetime of the ticket is unspecified." (RFC 5077 §3.3)
  const lifetime = newTicket?.lifetimeHint || MAX_TICKET_LIFETIME_SECONDS;
  const expires = Math.min(
    newTicket === undefined ? known : Infinity,
    received + Math.min(lifetime, MAX_TICKET_LIFETIME_SECONDS) * 1000,
    facts.authenticated + MAX_AUTHENTICATION_AGE_SECONDS * 1000,
    endOfCertificate(facts.peerCertificates[0], received),
  );
  if (expires <= received) return;
  const serverName = nameOf(context);
  const session = makeSession({ ...facts, ticket, owner, policy, serverName, received, expires });
  tell(() => sessions.put(serverName, session));
}

function illegal(reason: string): TlsError {
  return new TlsError("illegal_parameter", `Cannot accept ServerHello: ${reason}`);
}
