/**
 * The client's handshake of TLS 1.2 (RFC 5246 §7.3, figure 1), from top to bottom.
 *
 * ```text
 * Client                                           Server
 *
 * ClientHello             -------->
 *                                             ServerHello
 *                                             Certificate
 *                                       CertificateStatus  (if it wishes, RFC 6066 §8)
 *                                       ServerKeyExchange
 *                                      CertificateRequest  (if it wishes)
 *                         <--------       ServerHelloDone
 * Certificate                                              (if asked)
 * ClientKeyExchange
 * CertificateVerify                                        (if there is one to show)
 * [ChangeCipherSpec]
 * {Finished}              -------->
 *                                        NewSessionTicket  (if the ServerHello says so, RFC 5077 §3.1)
 *                                      [ChangeCipherSpec]
 *                         <--------            {Finished}
 * ```
 *
 * Where the server resumes a session (figure 2), its NewSessionTicket, ChangeCipherSpec and Finished follow the
 * ServerHello, and the client's come last.
 *
 * @module
 */

import type { Script } from "../../../io/script.ts";
import type { HandshakeChannel, Tls12Channel } from "../../record/channel_types.ts";
import { Tls12Opener, Tls12Sealer } from "../../record/tls12_protection.ts";
import { TLS12_RAW_PUBLIC_KEY_RULES, TLS12_RULES } from "../../record/tls12_rules.ts";
import { type Randoms, Tls12MainSecret, tls12MainSecret } from "../../schedule/tls12_secrets.ts";
import type { TrafficKeys } from "../../schedule/traffic_keys.ts";
import type { Tls12SessionFacts } from "../../session/session_facts.ts";
import type { ServerHello, Tls12NewSessionTicket } from "../../wire/messages.ts";
import type { NamedGroupName } from "../../wire/numbers.ts";
import { encodeTls12Certificate } from "../../wire/tls12/certificate.ts";
import { encodeClientKeyExchange } from "../../wire/tls12/key_exchange.ts";
import { connectionFacts, type EchStatus } from "../connection_facts.ts";
import { clientEchStatus } from "../ech_confirmation.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import { logSecret } from "../log_secret.ts";
import { declineRenegotiation, receiveTls12Finished, sendTls12Finished } from "../tls12_finished.ts";
import type { AuthenticatedServer } from "./authenticate_server.ts";
import { chooseIdentity } from "./choose_identity.ts";
import { agreedCertificateTypes } from "./certificate_types.ts";
import { type ClientContext, nameOf } from "./context.ts";
import type { Offer } from "./offer.ts";
import { hintAtCertificate, sendTls12CertificateVerify, tls12CriteriaOf } from "./tls12_certificate.ts";
import { agreeInTls12, authenticateTls12Server, chosenGroup } from "./tls12_key_exchange.ts";
import { type AcceptedTls12Hello, checkTls12ServerHello } from "./tls12_server_hello.ts";
import { keepTls12Session, resumedTls12Session } from "./tls12_session.ts";

/**
 * Runs a handshake of TLS 1.2 as a client, from the ServerHello on.
 *
 * @returns The result, when the server's Finished is verified.
 * @throws {TlsError} The reason to refuse the server, or its alert.
 */
export function* tls12ClientHandshake(
  handshaking: HandshakeChannel,
  context: ClientContext,
  offer: Offer,
  hello: ServerHello,
): Script<HandshakeResult> {
  const channel = handshaking.speakTls12(TLS12_RULES);
  const accepted = checkTls12ServerHello(hello, offer.hello, context);
  const randoms: Randoms = { client: offer.hello.random, server: hello.random.slice() };
  const sessionId = hello.sessionId.slice();
  const ech = clientEchStatus(offer.hello);
  const session = resumedTls12Session(hello, offer, accepted);
  return session === undefined
    ? yield* shakeHandsInFull(channel, context, { ...accepted, randoms, sessionId, ech }, hello)
    : yield* resume(channel, context, { ...accepted, randoms, sessionId, ech }, session);
}

/** A ServerHello that was accepted. */
interface Begun extends AcceptedTls12Hello {
  readonly randoms: Randoms;
  readonly sessionId: Uint8Array;
  readonly ech: EchStatus;
}

/** Figure 1, from the Certificate on. */
function* shakeHandsInFull(
  channel: Tls12Channel,
  context: ClientContext,
  begun: Begun,
  hello: ServerHello,
): Script<HandshakeResult> {
  const { suite, randoms, sessionId, extendedMainSecret } = begun;
  const types = agreedCertificateTypes(hello.tls12 ?? {}, context);
  if (types.server === "RawPublicKey") channel.expectRawPublicKey(TLS12_RAW_PUBLIC_KEY_RULES);
  const certificate = yield* channel.expect("certificate");
  const status = begun.mayStaple ? yield* channel.maybe("certificate_status") : undefined;
  const exchange = yield* channel.expect("server_key_exchange");
  const message = yield* channel.maybe("tls12_certificate_request");
  yield* channel.expect("server_hello_done");
  channel.requireEndOfFlight();

  const group = chosenGroup(context, exchange);
  const ocspResponse = status?.ocspResponse;
  const proof = { suite, randoms, certificate, type: types.server, ocspResponse, exchange };
  const server = yield* authenticateTls12Server(context, proof);
  const authenticated = context.now().getTime();

  const request = message && { ...tls12CriteriaOf(message), certificateType: types.client };
  const identity = request && (yield* chooseIdentity(context, request));
  if (request !== undefined) {
    channel.send(encodeTls12Certificate(identity?.chain ?? [], identity?.certificateType));
  }
  const agreed = yield* agreeInTls12(group, exchange);
  channel.send(encodeClientKeyExchange({ type: "client_key_exchange", point: agreed.publicKey }));
  const sessionHash = extendedMainSecret ? yield* channel.transcript.hash(suite.hash) : undefined;
  const main = yield* tls12MainSecret(context.crypto, suite.hash, agreed.secret, randoms, sessionHash);
  logSecret(context, "CLIENT_RANDOM", randoms.client, main.reveal());
  if (identity !== undefined) yield* sendTls12CertificateVerify(channel, identity);

  const keys = yield* main.keyBlock(suite);
  yield* channel.changeCipherSpec(new Tls12Sealer(keys.client, suite));
  yield* sendTls12Finished(channel, main, suite.hash, "client");
  const end = receiveServerEnd(channel, begun, main, keys.server);
  const newTicket = yield* request === undefined ? end : hintAtCertificate(end, identity !== undefined);

  keepTls12Session(context, {
    protocolVersion: "TLSv1.2",
    suite,
    keyExchangeGroup: group.name,
    ticket: new Uint8Array(0),
    sessionId,
    mainSecret: main.reveal(),
    authenticated,
    ...proofOf(server),
    ...(request !== undefined && { identity: { ...request, chain: identity?.chain ?? [] } }),
    extendedMainSecret,
    newTicket,
  });
  return resultOf(channel, context, begun, { main, server, group: group.name, resumed: false });
}

/** Figure 2: the server, which has the session, finishes first. */
function* resume(
  channel: Tls12Channel,
  context: ClientContext,
  begun: Begun,
  session: Tls12SessionFacts,
): Script<HandshakeResult> {
  const { suite, randoms, extendedMainSecret } = begun;
  const main = new Tls12MainSecret(context.crypto, suite.hash, session.mainSecret, randoms);
  logSecret(context, "CLIENT_RANDOM", randoms.client, main.reveal());
  const keys = yield* main.keyBlock(suite);
  const newTicket = yield* receiveServerEnd(channel, begun, main, keys.server);
  yield* channel.changeCipherSpec(new Tls12Sealer(keys.client, suite));
  yield* sendTls12Finished(channel, main, suite.hash, "client");

  keepTls12Session(context, { ...session, extendedMainSecret, newTicket });
  const { keyExchangeGroup: group } = session;
  return resultOf(channel, context, begun, { main, server: proofOf(session), group, resumed: true });
}

/** The end of the server's messages: NewSessionTicket, where it was announced, ChangeCipherSpec and Finished. */
function* receiveServerEnd(
  channel: Tls12Channel,
  { suite, sendsTicket }: Begun,
  main: Tls12MainSecret,
  keys: TrafficKeys,
): Script<Tls12NewSessionTicket | undefined> {
  const newTicket = sendsTicket ? yield* channel.expect("tls12_new_session_ticket") : undefined;
  yield* channel.receiveChangeCipherSpec(new Tls12Opener(keys));
  yield* receiveTls12Finished(channel, main, suite.hash, "server");
  return newTicket;
}

/** What a server has proved its identity by, in a full handshake or in that of a session. */
type Proof = Pick<Tls12SessionFacts, "peerCertificates" | "rawPublicKey" | "ocspResponse">;

function proofOf({ peerCertificates, rawPublicKey, ocspResponse }: Proof): Proof {
  return {
    peerCertificates,
    ...(rawPublicKey !== undefined && { rawPublicKey }),
    ...(ocspResponse !== undefined && { ocspResponse }),
  };
}

/** What differs between the results of the two figures. */
interface Done {
  readonly main: Tls12MainSecret;
  readonly server: AuthenticatedServer;
  readonly group: NamedGroupName;
  readonly resumed: boolean;
}

function resultOf(
  channel: Tls12Channel,
  context: ClientContext,
  { suite, alpnProtocol, ech }: Begun,
  { main, server, group, resumed }: Done,
): HandshakeResult {
  return {
    facts: connectionFacts({
      protocolVersion: "TLSv1.2",
      cipherSuite: suite.name,
      keyExchangeGroup: group,
      alpnProtocol: alpnProtocol ?? null,
      serverName: nameOf(context),
      peerCertificates: server.peerCertificates,
      peerRawPublicKey: server.rawPublicKey,
      resumed,
      retried: false,
      peerSignatureScheme: server.peerSignatureScheme,
      ocspResponse: server.ocspResponse,
      ech,
    }),
    suite,
    recordKeys: () => main.rawKeyBlock(suite),
    exportKeyingMaterial: (label, context, length) => main.exportKeyingMaterial(label, context, length),
    ...declineRenegotiation(channel, "hello_request"),
  };
}
