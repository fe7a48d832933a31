/**
 * Resumption, the client's side (RFC 9846 §2.2, §4.3.11): sessions are offered, and made of the server's tickets.
 *
 * @module
 */

import type { CipherSuite } from "../../crypto/provider.ts";
import { HASH_LENGTH } from "../../crypto/hkdf.ts";
import {
  MAX_AUTHENTICATION_AGE_SECONDS,
  MAX_TICKET_BYTES,
  MAX_TICKET_LIFETIME_SECONDS,
  MAX_TICKETS_PER_CONNECTION,
  MAX_UNUSABLE_SESSIONS,
} from "../../limits.ts";
import { type EarlySecret, earlySecretOfPsk } from "../../schedule/key_schedule.ts";
import { resumptionPsk, verifyData } from "../../schedule/traffic_keys.ts";
import { ignoreRejection, type Script } from "../../../io/script.ts";
import { type ClientSessionFacts, makeSession, usableFacts } from "../../session/session.ts";
import { clientHelloWithoutBinders, encodeClientHello } from "../../wire/client_hello.ts";
import type { ClientHello, NewSessionTicket, OfferedPsks } from "../../wire/messages.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { type ClientContext, nameOf } from "./context.ts";
import type { HandshakeResult } from "../handshake_result.ts";

/** A session on offer. */
export interface OfferedSession {
  readonly facts: ClientSessionFacts;
  /** Where the key schedule begins if the server takes it. */
  readonly early: EarlySecret;
}

/** The newest session of this server that is of use, where there is one. */
export function* offerSession(context: ClientContext): Script<OfferedSession | undefined> {
  const { crypto, sessions, suites, owner } = context;
  if (sessions === undefined) return undefined;
  const serverName = nameOf(context);
  const hashes = suites.map(({ hash }) => hash);
  for (let tries = 0; tries < MAX_UNUSABLE_SESSIONS; tries++) {
    const session = trying(() => sessions.take(serverName));
    if (session === undefined) return undefined;
    const facts = usableFacts(session, { owner, serverName }, hashes, context.now().getTime());
    if (facts === undefined) continue;
    return { facts, early: yield* earlySecretOfPsk(crypto, facts.suite.hash, facts.psk) };
  }
  return undefined;
}

/** Asks a store, which is the application's: if it fails, now or later, that costs the resumption and nothing more. */
function trying(ask: () => unknown): unknown {
  try {
    const answer = ask();
    ignoreRejection(answer); // a store should answer at once; one that does not must not end the process
    return answer;
  } catch {
    return undefined;
  }
}

/**
 * A ClientHello on the wire, with `pre_shared_key` where a session is offered.
 *
 * The binder is a MAC over everything in front of it, the first round trip of a HelloRetryRequest included, so the
 * message is encoded with zeros in its place first (RFC 9846 §4.3.11.2).
 */
export function* encodeOffer(
  channel: HandshakeChannel,
  context: ClientContext,
  hello: ClientHello,
  session: OfferedSession | undefined,
): Script<Uint8Array> {
  if (session === undefined) return encodeClientHello(hello);
  const { facts, early } = session;
  const { hash } = facts.suite;
  const preSharedKey: OfferedPsks = {
    identities: [{ identity: facts.ticket, obfuscatedTicketAge: obfuscatedAge(facts, context) }],
    binders: [new Uint8Array(HASH_LENGTH[hash])],
  };
  const encoded = encodeClientHello({ ...hello, extensions: { ...hello.extensions, preSharedKey } });
  const transcriptHash = yield* channel.transcript.hash(
    hash,
    clientHelloWithoutBinders(encoded, preSharedKey),
  );
  const binder = yield* verifyData(context.crypto, hash, yield* early.binderKey(), transcriptHash);
  // `pre_shared_key` is the last extension and its binders are the last of it.
  encoded.set(binder, encoded.length - binder.length);
  return encoded;
}

/** "the age of the ticket in milliseconds ... added, modulo 2^32, to the "ticket_age_add" value" (RFC 9846 §4.3.11.1). */
function obfuscatedAge({ received, ageAdd }: ClientSessionFacts, context: ClientContext): number {
  return (context.now().getTime() - received + ageAdd) >>> 0;
}

/** What is kept of tickets after the handshake: hand each NewSessionTicket to {@linkcode keep}. */
export class TicketKeeper {
  readonly #context: ClientContext;
  readonly #result: HandshakeResult;
  #kept = 0;

  /** For one connection. */
  constructor(context: ClientContext, result: HandshakeResult) {
    this.#context = context;
    this.#result = result;
  }

  /**
   * Makes a session of a ticket and puts it into the config's store.
   *
   * @returns Whether it was kept.
   */
  *keep(message: NewSessionTicket): Script<boolean> {
    const { sessions, owner } = this.#context;
    // "The value of zero indicates that the ticket should be discarded immediately." (RFC 9846 §4.7.1)
    if (sessions === undefined || message.lifetime === 0) return false;
    if (message.ticket.length > MAX_TICKET_BYTES || this.#kept >= MAX_TICKETS_PER_CONNECTION) return false;
    const received = this.#context.now().getTime();
    const { suite, secrets, authenticated = received } = this.#result;
    const { keyExchangeGroup, peerCertificates, ocspResponse } = this.#result.facts;
    // "Clients MUST NOT use tickets for longer than 7 days after issuance, regardless of the ticket_lifetime" (RFC 9846
    // §4.7.1)
    const expires = Math.min(
      received + Math.min(message.lifetime, MAX_TICKET_LIFETIME_SECONDS) * 1000,
      authenticated + MAX_AUTHENTICATION_AGE_SECONDS * 1000,
      peerCertificates[0]?.notAfter.getTime() ?? Infinity,
    );
    if (expires <= received) return false;
    this.#kept++;
    const psk = yield* this.#psk(suite, secrets.resumption, message.nonce);
    const serverName = nameOf(this.#context);
    const facts: ClientSessionFacts = {
      owner,
      serverName,
      suite,
      keyExchangeGroup,
      psk,
      ticket: message.ticket.slice(),
      ageAdd: message.ageAdd,
      received,
      authenticated,
      expires,
      peerCertificates,
      ...(ocspResponse !== undefined && { ocspResponse }),
    };
    trying(() => sessions.put(serverName, makeSession(facts)));
    return true;
  }

  #psk(suite: CipherSuite, resumption: Uint8Array, nonce: Uint8Array): Script<Uint8Array> {
    return resumptionPsk(this.#context.crypto, suite.hash, resumption, nonce);
  }
}
