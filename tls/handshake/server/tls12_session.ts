/**
 * Resumption of TLS 1.2, the server's side: by session ID from a store (RFC 5246 §7.3, figure 2), and by ticket of a
 * ticketer (RFC 5077).
 *
 * ```
 * struct {
 *     uint8 version = 13;
 *     CipherSuite suite;
 *     NamedGroup group;
 *     opaque main_secret[48];          // the extended one (RFC 7627): others are not kept
 *     ...                              // as in a session of TLS 1.3, from `authenticated` on
 * } Tls12Session;
 * ```
 *
 * @module
 */

import { MAIN_SECRET_LENGTH, type Tls12CipherSuite } from "../../crypto/tls12_suites.ts";
import { TlsError } from "../../error/tls_error.ts";
import { MAX_SENT_TICKET_BYTES, MAX_SESSION_BYTES } from "../../limits.ts";
import type { Script } from "../../../io/script.ts";
import type { ClientHello, Tls12NewSessionTicket } from "../../wire/messages.ts";
import { NamedGroup, type NamedGroupName } from "../../wire/numbers.ts";
import type { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { answerOrUndefined } from "../await_answer.ts";
import { isForHandshake, type ResumptionOffer, verifyAgain } from "./accept_psk.ts";
import type { AuthenticatedClient } from "./authenticate_client.ts";
import type { ServerContext } from "./context.ts";
import { openTicket, putStored, sessionLifetime, STORED_NAME_LENGTH, takeStored } from "./found_session.ts";
import { decodeWith, readIdentity, type SessionIdentity, writeIdentity } from "./server_session.ts";

/** A session of TLS 1.2. */
export interface Tls12ServerSession extends SessionIdentity {
  /** Number of its cipher suite. */
  readonly suite: number;
  /** The group in which keys were exchanged. */
  readonly group: NamedGroupName;
  readonly mainSecret: Uint8Array;
}

/** A session that is resumed. */
export interface Tls12Resumption {
  readonly session: Tls12ServerSession;
  readonly suite: Tls12CipherSuite;
  /** The client of the full handshake; it was verified again. */
  readonly client: AuthenticatedClient;
  /** Whether it was taken from the store, by its ID. */
  readonly isStored: boolean;
}

/**
 * Looks for the session that a ClientHello offers. A ticket goes before a session ID (RFC 5077 §3.4).
 *
 * @returns `undefined`: a full handshake is due.
 * @throws {TlsError} `illegal_parameter` for one whose extended main secret the client gives up.
 */
export function* acceptTls12Session(
  context: ServerContext,
  hello: ClientHello,
  offer: Pick<ResumptionOffer, "serverName" | "identity">,
): Script<Tls12Resumption | undefined> {
  const { sessionId, extensions: { sessionTicket, extendedMainSecret } } = hello;
  // "If a ticket is presented by the client, the server MUST NOT attempt to use the Session ID in the ClientHello for
  // stateful session resumption." (RFC 5077 §3.4)
  const isStored = sessionTicket === undefined || sessionTicket.length === 0;
  const found = isStored ? yield* takeStored(context, sessionId) : yield* openTicket(context, sessionTicket);
  if (found === undefined) return undefined;
  const session = decodeWith(found.bytes, readSession);
  if (session === undefined) return undefined;
  if (!isForHandshake(session, context, { ...offer, lifetime: found.lifetime })) return undefined;
  const suite = context.tls12Suites?.find(({ id }) => id === session.suite);
  if (suite === undefined || !hello.cipherSuites.includes(suite.id)) return undefined;
  // "If the original session used the "extended_master_secret" extension but the new ClientHello does not contain it,
  // the server MUST abort the abbreviated handshake." (RFC 7627 §5.3)
  if (extendedMainSecret !== true) {
    throw new TlsError(
      "illegal_parameter",
      "Cannot accept ClientHello: it offers a session without its extended main secret",
    );
  }
  const client = yield* verifyAgain(context, session);
  return client && { session, suite, client, isStored };
}

/** How the session of a full handshake is announced in its ServerHello. */
export interface Tls12Announcement {
  /** The ID under which the session is stored; empty: it is not. */
  readonly sessionId: Uint8Array;
  /** Whether a NewSessionTicket comes. */
  readonly ticket: boolean;
}

/** Decides by what a client can resume: by a ticket where both ends have them, else by an ID. */
export function announceTls12Session(
  { resumption, crypto }: ServerContext,
  { extensions: { sessionTicket, extendedMainSecret } }: ClientHello,
): Tls12Announcement {
  const { ticketer, store } = resumption ?? {};
  // Without the extended main secret sessions are not kept: their resumption is open to attack (RFC 7627 §5.3).
  const keeps = extendedMainSecret === true;
  // A lifetime of zero would mean that it is unspecified (RFC 5077 §3.3).
  const isUsable = ticketer !== undefined && sessionLifetime(ticketer) > 0;
  const ticket = keeps && isUsable && sessionTicket !== undefined;
  const hasId = keeps && !ticket && store !== undefined;
  return { sessionId: hasId ? crypto.random(STORED_NAME_LENGTH) : new Uint8Array(0), ticket };
}

/** The NewSessionTicket of a session; with an empty ticket where the ticketer fails, which costs only the resumption. */
export function* makeTls12Ticket(
  context: ServerContext,
  session: Tls12ServerSession,
): Script<Tls12NewSessionTicket> {
  const ticketer = context.resumption?.ticketer;
  const bytes = encodeTls12Session(session);
  const ticket = ticketer !== undefined && bytes.length <= MAX_SESSION_BYTES
    ? yield* answerOrUndefined(() => ticketer.seal(bytes, context.now()))
    : undefined;
  return ticket instanceof Uint8Array && ticket.length <= MAX_SENT_TICKET_BYTES
    ? { type: "tls12_new_session_ticket", lifetimeHint: sessionLifetime(ticketer), ticket }
    : { type: "tls12_new_session_ticket", lifetimeHint: 0, ticket: new Uint8Array(0) };
}

/** Puts a session into the store, under its ID; an error of the store costs only the resumption. */
export function* storeTls12Session(
  context: ServerContext,
  sessionId: Uint8Array,
  session: Tls12ServerSession,
): Script<void> {
  if (sessionId.length === 0) return;
  const bytes = encodeTls12Session(session);
  const expires = new Date(session.authenticated + sessionLifetime(undefined) * 1000);
  if (bytes.length > MAX_SESSION_BYTES || !(expires > context.now())) return;
  yield* putStored(context, sessionId, bytes, expires);
}

const VERSION = 13;

function encodeTls12Session(session: Tls12ServerSession): Uint8Array {
  const writer = new Writer();
  writer.u8(VERSION);
  writer.u16(session.suite);
  writer.u16(NamedGroup[session.group]);
  writer.bytes(session.mainSecret);
  writeIdentity(writer, session);
  return writer.take();
}

function readSession(reader: Reader): Tls12ServerSession | undefined {
  if (reader.u8() !== VERSION) return undefined;
  const suite = reader.u16();
  const number = reader.u16();
  const group = GROUPS.find((name) => NamedGroup[name] === number);
  const mainSecret = reader.bytes(MAIN_SECRET_LENGTH);
  const identity = readIdentity(reader);
  return group && { suite, group, mainSecret, ...identity };
}

const GROUPS = Object.keys(NamedGroup) as NamedGroupName[]; // The object has exactly these keys.
