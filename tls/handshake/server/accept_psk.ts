/**
 * Resumption, the server's side: one of the tickets that a client offers is accepted, or none (RFC 9846 §4.3.11).
 *
 * A ticket that is of another server, expired, for another name or identity, or of a client that is no longer trusted
 * leads to a full handshake and to nothing else. A wrong binder on a good ticket ends the connection.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { timingSafeEqual } from "../../crypto/constant_time.ts";
import type { CipherSuite } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { MAX_TICKETS_TRIED } from "../../limits.ts";
import { type EarlySecret, earlySecretOfPsk } from "../../schedule/key_schedule.ts";
import { verifyData } from "../../schedule/traffic_keys.ts";
import type { Script } from "../../../io/script.ts";
import { clientHelloWithoutBinders } from "../../wire/client_hello.ts";
import type { ClientHello, OfferedPsks } from "../../wire/messages.ts";
import { PskKeyExchangeMode } from "../../wire/numbers.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { readCredentials } from "../peer_credentials.ts";
import { authenticated, type AuthenticatedClient } from "./authenticate_client.ts";
import type { ServerContext } from "./context.ts";
import { decodeSession, type ServerSession, type SessionIdentity } from "./server_session.ts";
import { openTicket, takeStored } from "./found_session.ts";

/** An accepted ticket. */
export interface AcceptedPsk {
  /** Its index in the client's list. */
  readonly index: number;
  readonly session: ServerSession;
  /** Whether no other connection resumes it: it was taken out of a store. */
  readonly isSingleUse: boolean;
  /** The first stage of the key schedule. */
  readonly early: EarlySecret;
  /** The client of the full handshake; it was verified again. */
  readonly client: AuthenticatedClient;
}

/** The handshake that a ticket must be good for. */
export interface ResumptionOffer {
  readonly hello: ClientHello;
  readonly suite: CipherSuite;
  /** The SNI, in lower case. */
  readonly serverName: string | undefined;
  /** The server's identity for this client, as sessions have it. */
  readonly identity: Uint8Array;
}

/**
 * Looks for a ticket to resume from. The ClientHello must be the message that was peeked last, and not taken yet: the
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
  if (psks === undefined || pskKeyExchangeModes?.includes(PskKeyExchangeMode.psk_dhe_ke) !== true) {
    return undefined;
  }
  const found = yield* findSession(context, psks, offer);
  if (found === undefined) return undefined;

  const early = yield* earlySecretOfPsk(context.crypto, offer.suite.hash, found.session.psk);
  yield* requireBinder(channel, context, offer, { psks, index: found.index, early });
  const client = yield* verifyAgain(context, found.session);
  return client && { ...found, early, client };
}

interface UsableSession {
  readonly index: number;
  readonly session: ServerSession;
  readonly isSingleUse: boolean;
}

function* findSession(
  context: ServerContext,
  psks: OfferedPsks,
  offer: ResumptionOffer,
): Script<UsableSession | undefined> {
  for (const [index, { identity }] of psks.identities.slice(0, MAX_TICKETS_TRIED).entries()) {
    const opened = yield* openTicket(context, identity);
    const found = opened ?? (yield* takeStored(context, identity));
    if (found === undefined) continue;
    const session = decodeSession(found.bytes);
    if (session !== undefined && isUsable(session, context, { ...offer, lifetime: found.lifetime })) {
      return { index, session, isSingleUse: opened === undefined };
    }
  }
  return undefined;
}

function isUsable(
  session: ServerSession,
  context: ServerContext,
  offer: ResumptionOffer & { readonly lifetime: number },
): boolean {
  // "Any ticket MUST only be resumed with a cipher suite that has the same KDF hash algorithm as that used to
  // establish the original connection." (RFC 9846 §4.7.1)
  const suite = context.suites.find(({ id }) => id === session.suite);
  return suite?.hash === offer.suite.hash && isForHandshake(session, context, offer);
}

/**
 * Whether a session of either version is good for a handshake, apart from its suite.
 *
 * @param offer The handshake, and the `lifetime` of the session where it was found.
 */
export function isForHandshake(
  session: SessionIdentity,
  context: ServerContext,
  offer: Pick<ResumptionOffer, "serverName" | "identity"> & { readonly lifetime: number },
): boolean {
  // Another name may have another policy.
  if (session.serverName !== offer.serverName) return false;
  // A session does not get around the choice of the server's identity: it is for the same answer only.
  if (!equals(session.identity, offer.identity)) return false;
  const age = context.now().getTime() - session.authenticated;
  // An age below zero means that the clock was set back: the age of the session is not known.
  if (!(age >= 0 && age < offer.lifetime * 1000)) return false;
  const { clientAuth } = context;
  // A client that was authenticated under another policy is not authenticated here.
  return session.clientChain.length > 0 ? clientAuth !== undefined : clientAuth?.required !== true;
}

interface OfferedPsk {
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
  { psks, index, early }: OfferedPsk,
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
 * Verifies the client's chain, or its raw public key, at the current time under the current configuration: a ticket does
 * not get around a certificate that has expired, was revoked, or was never trusted by this server.
 */
export function* verifyAgain(
  context: ServerContext,
  { clientChain, clientCertificateType = "X509" }: Pick<
    ServerSession,
    "clientChain" | "clientCertificateType"
  >,
): Script<AuthenticatedClient | undefined> {
  const { clientAuth, crypto } = context;
  if (clientAuth === undefined || clientChain.length === 0) return { chain: [] };
  try {
    const credentials = yield* readCredentials(crypto, clientChain, clientCertificateType, "a session");
    yield* clientAuth.verify(credentials, context.now());
    return authenticated(credentials);
  } catch {
    return undefined;
  }
}
