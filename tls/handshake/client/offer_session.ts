/**
 * Resumption, the client's side: a session is offered as a PSK (RFC 9846 §2.2, §4.3.11).
 *
 * @module
 */

import { HASH_LENGTH } from "../../crypto/hkdf.ts";
import { MAX_UNUSABLE_SESSIONS } from "../../limits.ts";
import { type EarlySecret, earlySecretOfPsk } from "../../schedule/key_schedule.ts";
import { verifyData } from "../../schedule/traffic_keys.ts";
import type { Script } from "../../../io/script.ts";
import { usableFacts } from "../../session/session.ts";
import type {
  ClientSessionFacts,
  StoredSessionFacts,
  Tls13SessionFacts,
} from "../../session/session_facts.ts";
import { clientHelloWithoutBinders, encodeClientHello } from "../../wire/client_hello.ts";
import type { ClientHello, OfferedPsks } from "../../wire/messages.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { answerOrUndefined } from "../await_answer.ts";
import { type ClientContext, nameOf } from "./context.ts";
import { isOfSameServer, trustedSession } from "./session_trust.ts";

/** A session of TLS 1.3 on offer. */
export interface OfferedSession {
  readonly facts: Tls13SessionFacts;
  /** The first stage of the key schedule, if the server resumes it. */
  readonly early: EarlySecret;
}

/**
 * Takes the newest session with this server from the store that is usable and trusted today; `undefined`: there is none.
 */
export function* takeSession(context: ClientContext): Script<ClientSessionFacts | undefined> {
  const { sessions, suites, tls12Suites = [], owner, policy } = context;
  if (sessions === undefined) return undefined;
  const serverName = nameOf(context);
  const offered = [...suites, ...tls12Suites];
  // The sessions of one full handshake share its certificates, and its verdict.
  const distrusted: StoredSessionFacts[] = [];
  for (let tries = 0; tries < MAX_UNUSABLE_SESSIONS; tries++) {
    const session = yield* answerOrUndefined(() => sessions.take(serverName));
    if (session === undefined) return undefined;
    const facts = usableFacts(session, { owner, policy, serverName }, offered, context.now().getTime());
    if (facts === undefined || distrusted.some((other) => isOfSameServer(facts, other))) continue;
    const trusted = yield* trustedSession(context, facts);
    if (trusted !== undefined) return trusted;
    distrusted.push(facts);
  }
  return undefined;
}

/** Derives what a session of TLS 1.3 is offered with. */
export function* offerSession(
  { crypto }: ClientContext,
  facts: Tls13SessionFacts,
): Script<OfferedSession> {
  return { facts, early: yield* earlySecretOfPsk(crypto, facts.suite.hash, facts.psk) };
}

/**
 * Encodes a ClientHello that offers a session in `pre_shared_key`.
 *
 * The binder is a MAC over everything in front of it, including the first ClientHello and a HelloRetryRequest, so the
 * message is encoded first with zeros instead of the binder (RFC 9846 §4.3.11.2).
 */
export function* encodeWithBinder(
  channel: HandshakeChannel,
  context: ClientContext,
  hello: ClientHello,
  session: OfferedSession,
): Script<Uint8Array> {
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

/** "taking the age in milliseconds and adding the "ticket_age_add" value [...], modulo 2^32" (RFC 9846 §4.3.11.1). */
function obfuscatedAge({ received, ageAdd }: Tls13SessionFacts, context: ClientContext): number {
  return (context.now().getTime() - received + ageAdd) >>> 0;
}
