/**
 * Early data, the client's side (RFC 9846 §2.3, §4.3.10): data behind the ClientHello, under keys of the session alone.
 *
 * ```text
 * ClientHello
 * + early_data
 * (early data)             -------->
 *                                             ServerHello
 *                                   {EncryptedExtensions}  (with early_data: accepted)
 *                          <--------           {Finished}
 * (EndOfEarlyData)                                         (if it was accepted)
 * {Finished}               -------->
 * ```
 *
 * An attacker can send it again, to this server or to another one, and it has no forward secrecy. What the server refuses
 * is kept and handed back, for the application to decide (RFC 9846 Appendix F.5).
 *
 * @module
 */

import { TlsError } from "../../error/tls_error.ts";
import type { CipherSuite } from "../../crypto/provider.ts";
import type { Script } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ClientSessionFacts } from "../../session/session_facts.ts";
import { encodeEndOfEarlyData } from "../../wire/end_of_early_data.ts";
import type { ClientHello, EncryptedExtensions } from "../../wire/messages.ts";
import { logSecret } from "../log_secret.ts";
import type { ClientContext } from "./context.ts";
import type { OfferedSession } from "./offer_session.ts";

/** The part of an offer that early data is about. */
interface Announcement {
  readonly hello: ClientHello;
  readonly session?: OfferedSession;
}

/** The choices of a ServerHello that early data depends on. */
interface Choices {
  readonly suite: CipherSuite;
  /** The session that is resumed. */
  readonly session?: OfferedSession;
}

/**
 * Whether a ClientHello that offers the session announces early data, too: its parameters "are those which were
 * negotiated in the connection which established the PSK" (RFC 9846 §4.3.10), so all of them must be on offer again.
 */
export function allowsEarlyData(context: ClientContext, session: ClientSessionFacts | undefined): boolean {
  if (context.earlyData === undefined || session?.protocolVersion !== "TLSv1.3") return false;
  const { maxEarlyDataSize = 0, suite, alpnProtocol } = session;
  return maxEarlyDataSize > 0 && context.suites.some(({ id }) => id === suite.id) &&
    (alpnProtocol === undefined || context.alpnProtocols.includes(alpnProtocol));
}

/** Derives the early keys behind a ClientHello that announces early data, and lets the application send. */
export function* beginEarlyData(
  channel: HandshakeChannel,
  context: ClientContext,
  { hello, session }: Announcement,
): Script<void> {
  const { earlyData } = context;
  if (earlyData === undefined || session === undefined || hello.extensions.earlyData !== true) return;
  const { facts, early } = session;
  const suite = context.suites.find(({ id }) => id === facts.suite.id);
  if (suite === undefined) return;
  const helloHash = yield* channel.transcript.hash(facts.suite.hash);
  const secret = yield* early.clientTraffic(helloHash);
  logSecret(context, "CLIENT_EARLY_TRAFFIC_SECRET", hello.random, secret);
  // "If offering early data, the record is placed immediately after the first ClientHello." (RFC 9846 Appendix E.4)
  channel.sendChangeCipherSpec();
  yield* channel.setWriteSecret(suite, secret);
  earlyData.open(channel, facts);
}

/** Ends early data that a HelloRetryRequest refuses: the second ClientHello is not protected. */
export function* refuseByRetry(channel: HandshakeChannel, { earlyData }: ClientContext): Script<void> {
  if (earlyData?.isOpen !== true) return;
  earlyData.decide("hello_retry_request");
  yield* channel.dropWriteSecret();
}

/**
 * Takes the ServerHello as an answer to early data: without the session it refuses it.
 *
 * @returns Whether the answer is still to come, in EncryptedExtensions; until then early keys protect what is sent.
 */
export function awaitsAnswer({ earlyData }: ClientContext, { session }: Choices): boolean {
  if (earlyData?.isOpen !== true) return false;
  if (session !== undefined) return true;
  earlyData.decide("session_not_resumed");
  return false;
}

/**
 * Takes EncryptedExtensions as the answer to early data.
 *
 * @returns Whether the server accepts it.
 * @throws {TlsError} `illegal_parameter`, `unsupported_extension` when it accepts what it must not.
 */
export function receiveAnswer(
  { earlyData }: ClientContext,
  { earlyData: accepts = false, alpnProtocol }: EncryptedExtensions,
  { suite, session }: Choices,
): boolean {
  if (!accepts) {
    if (earlyData?.isOpen === true) earlyData.decide("declined");
    return false;
  }
  if (earlyData?.isOpen !== true || session === undefined) {
    throw new TlsError(
      "unsupported_extension",
      "Cannot accept EncryptedExtensions: it accepts early data, and does not resume the session of it",
    );
  }
  requireSessionParameters(suite.name, alpnProtocol, session);
  earlyData.decide("accepted");
  return true;
}

/**
 * "In order to accept early data, the server MUST have selected the first key offered ... In addition, it MUST verify
 * that the following values are the same as those associated with the selected PSK" (RFC 9846 §4.3.10): the version, the
 * cipher suite and the protocol. A server that accepts nevertheless has not read what was sent.
 */
function requireSessionParameters(
  suite: string,
  alpnProtocol: string | undefined,
  { facts }: OfferedSession,
): void {
  if (suite !== facts.suite.name) {
    throw illegal(`it accepts early data of ${facts.suite.name} in a connection of ${suite}`);
  }
  if (alpnProtocol !== facts.alpnProtocol) throw illegal("it accepts early data of another protocol (ALPN)");
}

/**
 * Sends EndOfEarlyData, under the early keys: "the client MUST send an EndOfEarlyData message after receiving the server
 * Finished." (RFC 9846 §4.6)
 */
export function* endEarlyData(channel: HandshakeChannel, { earlyData }: ClientContext): Script<void> {
  earlyData?.close();
  channel.send(encodeEndOfEarlyData());
  yield* channel.flush();
}

/**
 * "A client that attempts to send 0-RTT data MUST fail a connection if it receives a ServerHello with TLS 1.2 or older. It
 * can then retry the connection with 0-RTT disabled." (RFC 9846 Appendix E.3)
 *
 * @throws {TlsError} `early_data_wrong_version`
 */
export function requireTls13AfterEarlyData({ earlyData }: ClientContext): void {
  if (earlyData?.isOpen !== true) return;
  throw new TlsError(
    "early_data_wrong_version",
    "Cannot accept ServerHello: early data was sent, and the server does not speak TLS 1.3 any more",
    { hint: "Connect again without early data." },
  );
}

function illegal(reason: string): TlsError {
  return new TlsError("illegal_parameter", `Cannot accept EncryptedExtensions: ${reason}`);
}
