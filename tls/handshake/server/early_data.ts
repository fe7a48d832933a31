/**
 * Early data, the server's side (RFC 9846 §4.3.10, §8): whether it is accepted, and how it is read.
 *
 * An attacker can record a ClientHello with its early data and send it again. Two rules limit what that does: a ticket is
 * good for one connection ("single-use tickets", RFC 9846 §8.1), which the store of sessions keeps, and a ClientHello must
 * be as old as it says ("freshness checks", RFC 9846 §8.3). Servers of one name that do not share their store accept a
 * replay once each.
 *
 * @module
 */

import type { CipherSuite } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import type { Script } from "../../../io/script.ts";
import {
  MAX_ACCEPTED_EARLY_DATA_BYTES,
  MAX_SKIPPED_EARLY_DATA_BYTES,
  MAX_TICKET_AGE_SKEW_MS,
} from "../../limits.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ClientHello } from "../../wire/messages.ts";
import type { ClientHelloInfo } from "../../config/config_types.ts";
import { awaitAnswer } from "../await_answer.ts";
import type { EarlyDataOutcome, TlsEarlyDataEvent, TlsHalfRttEvent } from "../early_data_outcome.ts";
import { logSecret } from "../log_secret.ts";
import type { AcceptedPsk } from "./accept_psk.ts";
import type { ServerContext } from "./context.ts";
import type { ServerSession } from "./server_session.ts";

/** A handshake, as far as early data depends on it. */
export interface EarlyDataOffer {
  /** The ClientHello that is answered by the ServerHello. */
  readonly hello: ClientHello;
  /** The same, as the application sees it. */
  readonly info: ClientHelloInfo;
  /** Whether there was a HelloRetryRequest, after which there is no early data. */
  readonly retried: boolean;
  /** Whether the first ClientHello announced early data. */
  readonly announcesEarlyData: boolean;
  readonly suite: CipherSuite;
  /** The protocol that ALPN selects. */
  readonly alpnProtocol: string | undefined;
  /** The ticket that is resumed. */
  readonly psk: AcceptedPsk | undefined;
}

/** Decides on the early data that a client announced; `undefined`: it announced none. */
export function* decideOnEarlyData(
  context: ServerContext,
  offer: EarlyDataOffer,
): Script<EarlyDataOutcome | undefined> {
  if (!offer.announcesEarlyData) return undefined;
  const { hello, suite, alpnProtocol, psk } = offer;
  const { maxEarlyDataSize = 0, acceptEarlyData } = context;
  if (maxEarlyDataSize === 0) return "disabled";
  // "In order to accept early data, the server MUST have selected the first key offered in the client's "pre_shared_key"
  // extension." (RFC 9846 §4.3.10)
  if (psk?.index !== 0) return "session_not_resumed";
  if (offer.retried) return "hello_retry_request";
  const { session } = psk;
  const promised = session.maxEarlyDataSize;
  if (!psk.isSingleUse || promised === 0 || promised > maxEarlyDataSize) return "unsupported_for_session";
  // "In addition, it MUST verify that the following values are the same as those associated with the selected PSK" (RFC
  // 9846 §4.3.10): a session is of TLS 1.3 and of the same server name, or it is not resumed.
  if (session.suite !== suite.id) return "cipher_suite_mismatch";
  if (session.alpnProtocol !== alpnProtocol) return "alpn_mismatch";
  if (!isFresh(session, hello, context.now())) return "ticket_age_skew";
  // Any thenable is awaited, and nothing but `true` accepts: a mistake must not make replays possible.
  if (acceptEarlyData !== undefined && (yield* awaitAnswer(acceptEarlyData(offer.info))) !== true) {
    return "declined";
  }
  return "accepted";
}

/**
 * "a server MUST validate that the ticket age for the selected PSK identity (computed by subtracting ticket_age_add from
 * PskIdentity.obfuscated_ticket_age modulo 2^32) is within a small tolerance of the time since the ticket was issued"
 * (RFC 9846 §4.3.10).
 */
function isFresh(session: ServerSession, { extensions }: ClientHello, now: Date): boolean {
  const { issued, ageAdd } = session;
  const [first] = extensions.preSharedKey?.identities ?? [];
  if (first === undefined) return false;
  const clientsAge = (first.obfuscatedTicketAge - ageAdd) >>> 0;
  return Math.abs(now.getTime() - issued - clientsAge) <= MAX_TICKET_AGE_SKEW_MS;
}

/** Opens the client's records with the early keys: the ClientHello was taken, and its early data is accepted. */
export function* readEarlyRecords(
  channel: HandshakeChannel,
  context: ServerContext,
  { hello, suite, psk }: Pick<EarlyDataOffer, "hello" | "suite"> & { readonly psk: AcceptedPsk },
): Script<void> {
  const secret = yield* psk.early.clientTraffic(yield* channel.transcript.hash(suite.hash));
  logSecret(context, "CLIENT_EARLY_TRAFFIC_SECRET", hello.random, secret);
  yield* channel.setReadSecret(suite, secret);
}

/**
 * Receives early data to its end, which EndOfEarlyData marks (RFC 9846 §4.6).
 *
 * @returns Bytes that came.
 * @throws {TlsError} `too_much_early_data`, `unexpected_message`, and what ends a handshake otherwise.
 */
export function* receiveEarlyData(
  channel: HandshakeChannel,
  { maxEarlyDataSize }: ServerSession,
): Script<number, TlsEarlyDataEvent> {
  let left = maxEarlyDataSize;
  for (let data; (data = yield* channel.receiveEarlyData()) !== undefined;) {
    left -= data.length;
    // "A server receiving more than max_early_data_size bytes of 0-RTT data SHOULD terminate the connection with an
    // "unexpected_message" alert." (RFC 9846 §4.7.1)
    if (left < 0) {
      throw new TlsError(
        "too_much_early_data",
        `Cannot accept the client's early data: it is more than ${maxEarlyDataSize} bytes`,
      );
    }
    yield { type: "early_data", data };
  }
  yield* channel.expect("end_of_early_data");
  return maxEarlyDataSize - left;
}

/**
 * Lets the application send data behind the server's Finished, where that is enabled: "Servers MAY send data after sending
 * their first flight, but because the handshake is not yet complete, they have no assurance of either the peer's identity
 * or its liveness" (RFC 9846 §4.5.3).
 */
export function* allowHalfRttData(
  channel: HandshakeChannel,
  { sendHalfRttData }: ServerContext,
): Script<void, TlsHalfRttEvent> {
  if (sendHalfRttData !== true) return;
  channel.allowData();
  yield { type: "half_rtt" };
}

/**
 * Skips early data that is refused: as much as a ticket of this server allows, now or when it was sent, or, of another
 * server's, as most allow.
 *
 * @param session The session that is resumed, if there is one.
 */
export function skipEarlyData(
  channel: HandshakeChannel,
  { maxEarlyDataSize = 0 }: ServerContext,
  session?: ServerSession,
): void {
  const promised = Math.min(session?.maxEarlyDataSize ?? 0, MAX_ACCEPTED_EARLY_DATA_BYTES);
  channel.skipEarlyData(Math.max(MAX_SKIPPED_EARLY_DATA_BYTES, maxEarlyDataSize, promised));
}
