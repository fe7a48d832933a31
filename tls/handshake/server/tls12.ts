/**
 * The server's handshake of TLS 1.2 (RFC 5246 §7.3, figure 1), from top to bottom.
 *
 * ```text
 * Client                                           Server
 *
 * ClientHello             -------->
 *                                             ServerHello
 *                                             Certificate
 *                                       CertificateStatus  (if there is one to staple, RFC 6066 §8)
 *                                       ServerKeyExchange
 *                                      CertificateRequest  (if clients are asked)
 *                         <--------       ServerHelloDone
 * Certificate                                              (if asked)
 * ClientKeyExchange
 * CertificateVerify                                        (unless Certificate is empty)
 * [ChangeCipherSpec]
 * {Finished}              -------->
 *                                        NewSessionTicket  (if there is a ticketer, RFC 5077 §3.1)
 *                                      [ChangeCipherSpec]
 *                         <--------            {Finished}
 * ```
 *
 * Where it resumes a session (figure 2), the server's ChangeCipherSpec and Finished follow the ServerHello, and the
 * client's come last.
 *
 * @module
 */

import type { Tls12CipherSuite } from "../../crypto/tls12_suites.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { HandshakeChannel, Tls12Channel } from "../../record/channel_types.ts";
import { Tls12Opener, Tls12Sealer } from "../../record/tls12_protection.ts";
import { TLS12_RULES } from "../../record/tls12_rules.ts";
import { type Randoms, Tls12MainSecret, tls12MainSecret } from "../../schedule/tls12_secrets.ts";
import type { ClientHello } from "../../wire/messages.ts";
import type { CertificateTypeName, NamedGroupName } from "../../wire/numbers.ts";
import { encodeServerHelloDone } from "../../wire/tls12/handshake_codec.ts";
import { encodeTls12NewSessionTicket } from "../../wire/tls12/new_session_ticket.ts";
import { connectionFacts } from "../connection_facts.ts";
import { serverEchStatus } from "../ech_confirmation.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import { logSecret } from "../log_secret.ts";
import { declineRenegotiation, receiveTls12Finished, sendTls12Finished } from "../tls12_finished.ts";
import type { AuthenticatedClient } from "./authenticate_client.ts";
import { chooseIdentity } from "./choose_identity.ts";
import { answerCertificateTypes, requestedCertificateType } from "./certificate_types.ts";
import { clientHelloInfo } from "./client_hello_info.ts";
import type { ServerContext, ServerCredentials } from "./context.ts";
import { chooseProtocol } from "./negotiation.ts";
import { identityDigest } from "./send_certificate.ts";
import { sessionClient } from "./server_session.ts";
import { agreeWithClient, authenticateTls12Client, receiveTls12Certificate } from "./tls12_client.ts";
import {
  sendTls12CertificateRequest,
  sendTls12Identity,
  sendTls12ServerHello,
  tls12ServerRandom,
} from "./tls12_flight.ts";
import { checkTls12ClientHello, chooseTls12, type Tls12Acknowledgements } from "./tls12_negotiation.ts";
import {
  acceptTls12Session,
  announceTls12Session,
  makeTls12Ticket,
  storeTls12Session,
  type Tls12Resumption,
  type Tls12ServerSession,
} from "./tls12_session.ts";

/**
 * Runs a handshake of TLS 1.2 as a server, from the ClientHello on.
 *
 * @param hello The ClientHello, peeked: it is not part of the transcript yet.
 * @returns The result, when the client's Finished is verified.
 * @throws {TlsError} The reason to refuse the client, or its alert.
 */
export function* tls12ServerHandshake(
  handshaking: HandshakeChannel,
  context: ServerContext,
  hello: ClientHello,
): Script<HandshakeResult> {
  const channel = handshaking.speakTls12(TLS12_RULES);
  const acknowledged = checkTls12ClientHello(hello, context);
  const info = clientHelloInfo(hello);
  const { serverName } = info;
  const alpnProtocol = chooseProtocol(hello, context);
  const credentials = yield* chooseIdentity(context, info, (each) => chooseTls12(each, hello, context));
  const identity = yield* identityDigest(context, credentials);
  const resumption = yield* acceptTls12Session(context, hello, { serverName, identity });
  const randoms: Randoms = { client: hello.random.slice(), server: tls12ServerRandom(context) };
  const { certificateType } = credentials;
  const begun = { hello, acknowledged, serverName, alpnProtocol, randoms, identity, certificateType };
  return resumption === undefined
    ? yield* shakeHandsInFull(channel, context, begun, credentials)
    : yield* resume(channel, context, begun, resumption);
}

/** A ClientHello that can be answered. */
interface Begun {
  readonly hello: ClientHello;
  readonly acknowledged: Tls12Acknowledgements;
  readonly serverName: string | undefined;
  readonly alpnProtocol: string | undefined;
  readonly randoms: Randoms;
  /** The server's identity, as sessions have it. */
  readonly identity: Uint8Array;
  /** Its type. */
  readonly certificateType: CertificateTypeName | undefined;
}

/** Figure 1, from the ServerHello on. */
function* shakeHandsInFull(
  channel: Tls12Channel,
  context: ServerContext,
  begun: Begun,
  credentials: ServerCredentials,
): Script<HandshakeResult> {
  const { hello, acknowledged, serverName, randoms, identity } = begun;
  const { clientAuth } = context;
  const { suite, group, signer } = yield* chooseTls12(credentials, hello, context);
  const request = clientAuth && { auth: clientAuth, type: requestedCertificateType(hello, clientAuth) };
  const { sessionId, ticket } = announceTls12Session(context, hello);
  yield* channel.take();
  channel.requireEndOfFlight();

  sendTls12ServerHello(channel, {
    ...begun,
    sessionId,
    cipherSuite: suite.id,
    acknowledgesName: serverName !== undefined,
    certificateTypes: answerCertificateTypes(hello, begun.certificateType, request?.type),
    staple: signer.staple,
    ticket,
  });
  const share = yield* settle(group.start());
  yield* sendTls12Identity(channel, signer, share, randoms);
  if (request !== undefined) sendTls12CertificateRequest(channel, request.auth);
  channel.send(encodeServerHelloDone());
  yield* channel.flush();

  const shown = request && (yield* receiveTls12Certificate(channel, context, request));
  const premaster = yield* agreeWithClient(share, yield* channel.expect("client_key_exchange"));
  const sessionHash = acknowledged.extendedMainSecret
    ? yield* channel.transcript.hash(suite.hash)
    : undefined;
  const client: AuthenticatedClient = request === undefined || shown === undefined
    ? { chain: [] }
    : yield* authenticateTls12Client(channel, context, request.auth, shown);
  const main = yield* tls12MainSecret(context.crypto, suite.hash, premaster, randoms, sessionHash);
  logSecret(context, "CLIENT_RANDOM", randoms.client, main.reveal());
  const session: Tls12ServerSession = {
    suite: suite.id,
    group: group.name,
    mainSecret: main.reveal(),
    authenticated: context.now().getTime(),
    identity,
    ...sessionClient(client),
    ...(serverName !== undefined && { serverName }),
  };

  const keys = yield* main.keyBlock(suite);
  yield* channel.receiveChangeCipherSpec(new Tls12Opener(keys.client));
  yield* receiveTls12Finished(channel, main, suite.hash, "client");
  if (ticket) channel.send(encodeTls12NewSessionTicket(yield* makeTls12Ticket(context, session)));
  yield* channel.changeCipherSpec(new Tls12Sealer(keys.server, suite));
  yield* sendTls12Finished(channel, main, suite.hash, "server");
  yield* storeTls12Session(context, sessionId, session);
  return resultOf(channel, begun, { suite, group: group.name, main, client, resumed: false });
}

/** Figure 2: the server, which has the session, finishes first. */
function* resume(
  channel: Tls12Channel,
  context: ServerContext,
  begun: Begun,
  { session, suite, client, isStored }: Tls12Resumption,
): Script<HandshakeResult> {
  const { hello, randoms } = begun;
  yield* channel.take();
  channel.requireEndOfFlight();
  sendTls12ServerHello(channel, {
    ...begun,
    // "the server will respond with the same value as was supplied by the client" (RFC 5246 §7.4.1.3).
    sessionId: hello.sessionId,
    cipherSuite: suite.id,
    certificateTypes: answerCertificateTypes(hello, begun.certificateType),
    acknowledgesName: false, // "the server MUST NOT include a server_name extension" (RFC 6066 §3)
    staple: false,
    ticket: false,
  });
  const main = new Tls12MainSecret(context.crypto, suite.hash, session.mainSecret.slice(), randoms);
  logSecret(context, "CLIENT_RANDOM", randoms.client, main.reveal());
  const keys = yield* main.keyBlock(suite);
  yield* channel.changeCipherSpec(new Tls12Sealer(keys.server, suite));
  yield* sendTls12Finished(channel, main, suite.hash, "server");
  yield* channel.receiveChangeCipherSpec(new Tls12Opener(keys.client));
  yield* receiveTls12Finished(channel, main, suite.hash, "client");
  // A session of the store was taken out of it; one that was used well may be used again.
  if (isStored) yield* storeTls12Session(context, hello.sessionId, session);
  return resultOf(channel, begun, { suite, group: session.group, main, client, resumed: true });
}

/** What differs between the results of the two figures. */
interface Done {
  readonly suite: Tls12CipherSuite;
  readonly group: NamedGroupName;
  readonly main: Tls12MainSecret;
  readonly client: AuthenticatedClient;
  readonly resumed: boolean;
}

function resultOf(
  channel: Tls12Channel,
  { hello, serverName, alpnProtocol }: Begun,
  { suite, group, main, client, resumed }: Done,
): HandshakeResult {
  return {
    facts: connectionFacts({
      protocolVersion: "TLSv1.2",
      cipherSuite: suite.name,
      keyExchangeGroup: group,
      alpnProtocol: alpnProtocol ?? null,
      serverName,
      peerCertificates: client.chain,
      peerRawPublicKey: client.rawPublicKey,
      resumed,
      retried: false,
      peerSignatureScheme: client.scheme,
      ocspResponse: undefined,
      ech: serverEchStatus(hello),
    }),
    suite,
    recordKeys: () => main.rawKeyBlock(suite),
    exportKeyingMaterial: (label, context, length) => main.exportKeyingMaterial(label, context, length),
    ...declineRenegotiation(channel, "client_hello"),
  };
}
