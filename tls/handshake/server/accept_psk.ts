/**
 * The server's side of resumption: which of the tickets that a client offers it takes, if any
 * (RFC 9846 §4.3.11).
 *
 * Whatever is wrong with a ticket (not ours, expired, of another name, of a client that is no longer trusted) costs
 * the client a full handshake, nothing more. A wrong binder on a good ticket ends the connection.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { timingSafeEqual } from "../../crypto/constant_time.ts";
import type { CipherSuite } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { MAX_TICKETS_TRIED } from "../../limits.ts";
import { type EarlySecret, earlySecretOfPsk } from "../../schedule/key_schedule.ts";
import { verifyData } from "../../schedule/traffic_keys.ts";
import { type Script, settle } from "../../../io/script.ts";
import { clientHelloWithoutBinders } from "../../wire/client_hello.ts";
import type { ClientHello, OfferedPsks } from "../../wire/messages.ts";
import type { PeerCertificate } from "../../x509/peer_certificate.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { checkChainLength, readChain } from "../certificate_chain.ts";
import type { ServerContext } from "./context.ts";
import { decodeSession, type ServerSession } from "./server_session.ts";
import { lifetimeOf, TICKET_ID_LENGTH } from "./new_session_tickets.ts";

/** A ticket that was taken. */
export interface AcceptedPsk {
  /** Its place in the client's list. */
  readonly index: number;
  readonly session: ServerSession;
  /** The first stage of the key schedule. */
  readonly early: EarlySecret;
  /** What the client showed when it got the ticket; it was judged again. */
  readonly clientChain: readonly PeerCertificate[];
}

/** What a ticket has to fit. */
export interface ResumptionOffer {
  readonly hello: ClientHello;
  readonly suite: CipherSuite;
  /** The SNI, in lower case. */
  readonly serverName: string | undefined;
}

/** `psk_dhe_ke`: a PSK with a key exchange of its own (RFC 9846 §4.3.9); the other mode has no forward secrecy. */
export const PSK_DHE_KE = 0x01;

/**
 * Looks for a ticket to resume from. The ClientHello must be the message that was peeked last, not yet taken: the
 * binder covers the transcript up to the middle of it.
 *
 * @returns `undefined`: a full handshake is due.
 * @throws {TlsError} `bad_binder`
 */
export function* acceptPsk(
  channel: HandshakeChannel,
  context: ServerContext,
  offer: ResumptionOffer,
): Script<AcceptedPsk | undefined> {
  const { preSharedKey: psks, pskKeyExchangeModes } = offer.hello.extensions;
  if (psks === undefined || pskKeyExchangeModes?.includes(PSK_DHE_KE) !== true) return undefined;
  const found = yield* findSession(context, psks, offer);
  if (found === undefined) return undefined;

  const early = yield* earlySecretOfPsk(context.crypto, offer.suite.hash, found.session.psk);
  yield* requireBinder(channel, context, offer, { psks, index: found.index, early });
  const clientChain = yield* stillTrusted(context, found.session);
  return clientChain && { ...found, early, clientChain };
}

interface Found {
  readonly index: number;
  readonly session: ServerSession;
}

function* findSession(
  context: ServerContext,
  psks: OfferedPsks,
  offer: ResumptionOffer,
): Script<Found | undefined> {
  for (const [index, { identity }] of psks.identities.slice(0, MAX_TICKETS_TRIED).entries()) {
    const bytes = yield* lookUp(context, identity);
    const session = bytes && decodeSession(bytes);
    if (session !== undefined && isUsable(session, context, offer)) return { index, session };
  }
  return undefined;
}

/** A store or ticketer that fails, or gives what is no session, is one that does not know the ticket. */
function* lookUp(context: ServerContext, identity: Uint8Array): Script<Uint8Array | undefined> {
  const { resumption } = context;
  if (resumption === undefined) return undefined;
  try {
    const found: unknown = yield* settle(
      resumption.kind === "ticketer"
        ? resumption.ticketer.open(identity, context.now())
        : identity.length === TICKET_ID_LENGTH
        ? resumption.store.take(encodeHex(identity))
        : undefined,
    );
    return found instanceof Uint8Array ? found : undefined;
  } catch {
    return undefined;
  }
}

function isUsable(session: ServerSession, context: ServerContext, offer: ResumptionOffer): boolean {
  // "Any ticket MUST only be resumed with a cipher suite that has the same KDF hash algorithm as that used to
  // establish the original connection." (RFC 9846 §4.7.1)
  const suite = context.suites.find(({ id }) => id === session.suite);
  if (suite?.hash !== offer.suite.hash) return false;
  // Another name may have another identity, and another policy.
  if (session.serverName !== offer.serverName) return false;
  const age = context.now().getTime() - session.authenticated;
  // An age below zero is a clock that was set back: how old the session is, nobody knows.
  if (!(age >= 0 && age < lifetimeOf(context) * 1000)) return false;
  const { clientAuth } = context;
  // A name that was shown to a server with another policy is nobody's here.
  return session.clientChain.length > 0 ? clientAuth !== undefined : clientAuth?.required !== true;
}

interface Binding {
  readonly psks: OfferedPsks;
  readonly index: number;
  readonly early: EarlySecret;
}

/**
 * "Prior to accepting PSK key establishment, the server MUST validate the corresponding binder value [...]. If this
 * value is not present or does not validate, the server MUST abort the handshake." (RFC 9846 §4.3.11)
 */
function* requireBinder(
  channel: HandshakeChannel,
  context: ServerContext,
  offer: ResumptionOffer,
  { psks, index, early }: Binding,
): Script<void> {
  const { hash } = offer.suite;
  const partialHello = clientHelloWithoutBinders(channel.raw, psks);
  const transcriptHash = yield* channel.transcript.hash(hash, partialHello);
  const expected = yield* verifyData(context.crypto, hash, yield* early.binderKey(), transcriptHash);
  const binder = psks.binders[index];
  if (binder === undefined || !timingSafeEqual(binder, expected)) {
    throw new TlsError("bad_binder", "Cannot resume: the binder of the ticket is not of this ClientHello");
  }
}

/**
 * The client's chain, judged by today's date and today's configuration: a ticket is no way around a certificate
 * that has expired, was revoked, or that this server never trusted.
 */
function* stillTrusted(
  context: ServerContext,
  session: ServerSession,
): Script<readonly PeerCertificate[] | undefined> {
  const { clientAuth } = context;
  if (clientAuth === undefined || session.clientChain.length === 0) return [];
  try {
    checkChainLength(session.clientChain.length, "a session");
    const chain = yield* readChain(context.crypto, session.clientChain);
    yield* clientAuth.verify(chain, context.now());
    return chain.peerCertificates;
  } catch {
    return undefined;
  }
}
