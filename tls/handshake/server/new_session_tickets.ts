/**
 * NewSessionTicket, as a server sends it (RFC 9846 §4.7.1).
 *
 * @module
 */

import type { CipherSuite, CryptoProvider } from "../../crypto/provider.ts";
import { MAX_SENT_TICKET_BYTES, MAX_SESSION_BYTES, MAX_TICKET_LIFETIME_SECONDS } from "../../limits.ts";
import { resumptionPsk } from "../../schedule/traffic_keys.ts";
import type { Script } from "../../../io/script.ts";
import { encodeNewSessionTicket } from "../../wire/new_session_ticket.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { answerOrUndefined } from "../await_answer.ts";
import type { Resumption, ServerContext } from "./context.ts";
import { putStored, sessionLifetime, STORED_NAME_LENGTH } from "./found_session.ts";
import { encodeSession, type ServerSession } from "./server_session.ts";

/** The session of a connection, without the PSK, which each ticket has for itself. */
export interface Resumable
  extends Omit<ServerSession, "suite" | "psk" | "issued" | "ageAdd" | "maxEarlyDataSize"> {
  readonly suite: CipherSuite;
  /** The connection's resumption_secret. */
  readonly resumptionSecret: Uint8Array;
}

/**
 * Sends tickets, behind the handshake.
 *
 * A chain of resumptions ends when its first handshake is too long ago: "It is RECOMMENDED that implementations
 * place limits on the total lifetime of such keying material" (RFC 9846 §4.7.1).
 */
export function* sendNewSessionTickets(
  channel: HandshakeChannel,
  context: ServerContext,
  count: number,
  resumable: Resumable,
): Script<void> {
  const { resumption, crypto } = context;
  if (resumption === undefined || count === 0) return;
  const expires = new Date(resumable.authenticated + sessionLifetime(resumption.ticketer) * 1000);
  const lifetime = Math.min(
    Math.floor((expires.getTime() - context.now().getTime()) / 1000),
    MAX_TICKET_LIFETIME_SECONDS,
  );
  if (!(lifetime > 0)) return;
  // Only a store sees to it that a ticket is used once.
  const maxEarlyDataSize = resumption.ticketer === undefined ? context.maxEarlyDataSize ?? 0 : 0;

  for (let i = 0; i < count; i++) {
    // "A per-ticket value that is unique across all tickets issued on this connection." (RFC 9846 §4.7.1)
    const nonce = Uint8Array.of(i >> 8, i);
    const psk = yield* resumptionPsk(crypto, resumable.suite.hash, resumable.resumptionSecret, nonce);
    const ageAdd = randomNumber(crypto);
    const session = encodeSession({
      ...resumable,
      suite: resumable.suite.id,
      psk,
      issued: context.now().getTime(),
      ageAdd,
      maxEarlyDataSize,
    });
    if (session.length > MAX_SESSION_BYTES) return;
    const ticket = yield* makeTicket(context, resumption, session, expires);
    if (ticket === undefined) return;
    channel.send(encodeNewSessionTicket({
      type: "new_session_ticket",
      lifetime,
      ageAdd,
      nonce,
      ticket,
      ...(maxEarlyDataSize > 0 && { maxEarlyDataSize }),
    }));
  }
  yield* channel.flush();
}

/** "A securely generated, random 32-bit value" (RFC 9846 §4.7.1) */
function randomNumber(crypto: CryptoProvider): number {
  const [a = 0, b = 0, c = 0, d = 0] = crypto.random(4);
  return (a << 24 | b << 16 | c << 8 | d) >>> 0;
}

/** Makes the ticket of a session; `undefined` when store or ticketer fail, which costs only the resumption. */
function* makeTicket(
  context: ServerContext,
  { ticketer }: Resumption,
  session: Uint8Array,
  expires: Date,
): Script<Uint8Array | undefined> {
  if (ticketer !== undefined) {
    const ticket = yield* answerOrUndefined(() => ticketer.seal(session, context.now()));
    const fits = ticket instanceof Uint8Array && ticket.length > 0 && ticket.length <= MAX_SENT_TICKET_BYTES;
    return fits ? ticket : undefined;
  }
  const name = context.crypto.random(STORED_NAME_LENGTH);
  return (yield* putStored(context, name, session, expires)) ? name : undefined;
}
