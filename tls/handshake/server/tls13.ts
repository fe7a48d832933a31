/**
 * The server's handshake of TLS 1.3 (RFC 9846 §2), from top to bottom.
 *
 * ```text
 * Client                                           Server
 *
 * ClientHello
 * (early data)            -------->                        (if a session allows it)
 *                         <--------    HelloRetryRequest   (at most once)
 * ClientHello             -------->
 *                                             ServerHello
 *                                   {EncryptedExtensions}
 *                                    {CertificateRequest}  (if clients are asked)
 *                                           {Certificate}  (unless it resumes)
 *                                     {CertificateVerify}  (unless it resumes)
 *                         <--------            {Finished}
 *                         <--------      [half-RTT data]   (if enabled)
 * (EndOfEarlyData)                                         (if early data was accepted)
 * {Certificate}                                            (if asked)
 * {CertificateVerify}                                      (unless Certificate is empty)
 * {Finished}              -------->
 *                         <--------    [NewSessionTicket]  (any number)
 * ```
 *
 * @module
 */

import { TlsError } from "../../error/tls_error.ts";
import { exporterOf } from "../../schedule/exporter.ts";
import { earlySecret } from "../../schedule/key_schedule.ts";
import { type Script, settle } from "../../../io/script.ts";
import { RANDOM_LENGTH } from "../../wire/client_hello.ts";
import { encodeEncryptedExtensions } from "../../wire/encrypted_extensions.ts";
import { ExtensionType, ProtocolVersion } from "../../wire/numbers.ts";
import { encodeServerHello } from "../../wire/server_hello.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { connectionFacts } from "../connection_facts.ts";
import { serverEchStatus } from "../ech_confirmation.ts";
import { receiveFinished, sendFinished } from "../finished.ts";
import type { TlsEarlyDataEvent, TlsHalfRttEvent } from "../early_data_outcome.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import { applicationSecrets, handshakeSecrets } from "../traffic_secrets.ts";
import type { AcceptedPsk } from "./accept_psk.ts";
import {
  authenticateClient,
  type AuthenticatedClient,
  sendCertificateRequest,
} from "./authenticate_client.ts";
import type { ServerContext } from "./context.ts";
import { allowHalfRttData, readEarlyRecords, receiveEarlyData, skipEarlyData } from "./early_data.ts";
import { sendNewSessionTickets } from "./new_session_tickets.ts";
import { type AnswerableHello, receiveClientHello } from "./receive_client_hello.ts";
import { sendCertificate } from "./send_certificate.ts";
import { sessionClient } from "./server_session.ts";
import { type Choices, choose } from "./tls13_choices.ts";

/**
 * Runs a handshake of TLS 1.3 as a server; the ClientHello was peeked.
 *
 * @returns The result, when the client's Finished is verified and both directions have their application keys.
 * @throws {TlsError} The reason to refuse the client, or its alert.
 */
export function* tls13ServerHandshake(
  channel: HandshakeChannel,
  context: ServerContext,
): Script<HandshakeResult, TlsEarlyDataEvent | TlsHalfRttEvent> {
  const { crypto } = context;

  const received = yield* receiveClientHello(channel, context);
  const { hello, hello: { random }, suite, group } = received;
  const choices = yield* choose(channel, context, received);
  const { serverName, alpnProtocol, psk, earlyData, earlyPsk, signer, request } = choices;
  yield* channel.take();
  const early = psk?.early ?? (yield* earlySecret(crypto, suite.hash));
  if (earlyPsk !== undefined) yield* readEarlyRecords(channel, context, { hello, suite, psk: earlyPsk });
  else if (earlyData !== undefined && !received.retried) skipEarlyData(channel, context, psk?.session);

  const shared = yield* sendServerHello(channel, context, received, psk);
  const handshake = yield* early.handshake(shared);
  const { clientSecret, serverSecret } = yield* handshakeSecrets(channel, context, handshake, {
    suite,
    random,
  });
  // Reading first: bytes behind the ClientHello are refused before anything is answered.
  if (earlyPsk === undefined) yield* channel.setReadSecret(suite, clientSecret);
  yield* channel.setWriteSecret(suite, serverSecret);

  sendEncryptedExtensions(channel, context, choices);
  if (request !== undefined) sendCertificateRequest(channel, context, request.auth);
  if (signer !== undefined) yield* sendCertificate(channel, context, hello, signer, suite.hash);
  yield* sendFinished(channel, crypto, suite, serverSecret);

  const secrets = yield* applicationSecrets(channel, context, handshake, { suite, random });
  yield* channel.setWriteSecret(suite, secrets.serverTraffic);
  if (request === undefined) yield* allowHalfRttData(channel, context);
  const earlyDataLength = earlyPsk === undefined ? 0 : yield* receiveEarlyData(channel, earlyPsk.session);
  if (earlyPsk !== undefined) yield* channel.setReadSecret(suite, clientSecret);

  const client: AuthenticatedClient = request === undefined
    ? psk?.client ?? { chain: [] }
    : yield* authenticateClient(channel, context, request, suite);
  yield* receiveFinished(channel, crypto, suite, clientSecret, "client");
  yield* channel.setReadSecret(suite, secrets.clientTraffic);
  const resumption = yield* secrets.main.resumption(yield* channel.transcript.hash(suite.hash));

  yield* sendNewSessionTickets(channel, context, choices.tickets.count, {
    suite,
    resumptionSecret: resumption,
    identity: choices.identity,
    authenticated: psk?.session.authenticated ?? context.now().getTime(),
    ...sessionClient(client),
    ...(serverName !== undefined && { serverName }),
    ...(alpnProtocol !== undefined && { alpnProtocol }),
  });
  return {
    facts: connectionFacts({
      protocolVersion: "TLSv1.3",
      cipherSuite: suite.name,
      keyExchangeGroup: group.name,
      alpnProtocol: alpnProtocol ?? null,
      serverName,
      peerCertificates: client.chain,
      peerRawPublicKey: client.rawPublicKey,
      resumed: psk !== undefined,
      retried: received.retried,
      peerSignatureScheme: client.scheme,
      ocspResponse: undefined,
      earlyData,
      earlyDataLength,
      ech: serverEchStatus(hello),
    }),
    suite,
    secrets: { ...secrets, resumption },
    exportKeyingMaterial: exporterOf(crypto, suite.hash, secrets.exporter),
  };
}

/**
 * Completes the key exchange and sends the ServerHello (RFC 9846 §4.2.3).
 *
 * @returns The shared secret.
 * @throws {TlsError} `invalid_key_share`
 */
function* sendServerHello(
  channel: HandshakeChannel,
  context: ServerContext,
  { hello, suite, group, share, retried }: AnswerableHello,
  psk: AcceptedPsk | undefined,
): Script<Uint8Array> {
  const agreed = yield* settle(group.respond(share));
  if (agreed === null) {
    throw new TlsError(
      "invalid_key_share",
      `Cannot agree on a key: the client's share for ${group.name} is invalid`,
    );
  }
  const extensionOrder: number[] = [ExtensionType.supported_versions, ExtensionType.key_share];
  if (psk !== undefined) extensionOrder.push(ExtensionType.pre_shared_key);
  const encoded = encodeServerHello({
    type: "server_hello",
    legacyVersion: ProtocolVersion["TLSv1.2"],
    random: context.crypto.random(RANDOM_LENGTH),
    sessionId: hello.sessionId,
    cipherSuite: suite.id,
    compressionMethod: 0,
    isHelloRetryRequest: false,
    selectedVersion: ProtocolVersion["TLSv1.3"],
    keyShare: { group: group.id, keyExchange: agreed.publicKey },
    ...(psk !== undefined && { preSharedKey: psk.index }),
    extensionOrder,
  });
  const { ech } = context;
  channel.send(ech === undefined ? encoded : yield* ech.confirm(channel, suite.hash, "ServerHello", encoded));
  // "if the client sends a non-empty session ID, the server MUST send the change_cipher_spec", "immediately after
  // its first handshake message" (RFC 9846 Appendix E.4): behind a HelloRetryRequest it has gone already. A client
  // without a session ID gets it, too, and has to drop it: middleboxes see one kind of handshake.
  if (!retried) channel.sendChangeCipherSpec();
  return agreed.secret;
}

/** RFC 9846 §4.4.1; the empty server_name of RFC 6066 §3 says that the name was used. */
function sendEncryptedExtensions(
  channel: HandshakeChannel,
  { ech }: ServerContext,
  { alpnProtocol, signer, serverName, earlyPsk, tickets, certificateTypes }: Choices,
): void {
  const serverNameAcknowledged = signer !== undefined && serverName !== undefined;
  const earlyData = earlyPsk !== undefined;
  const retryConfigs = ech?.retryConfigs;
  const extensionOrder: number[] = [];
  if (serverNameAcknowledged) extensionOrder.push(ExtensionType.server_name);
  if (alpnProtocol !== undefined) extensionOrder.push(ExtensionType.application_layer_protocol_negotiation);
  if (earlyData) extensionOrder.push(ExtensionType.early_data);
  if (tickets.isAnswer) extensionOrder.push(ExtensionType.ticket_request);
  // "If the server is configured with any ECHConfigs, it MUST include the "encrypted_client_hello" extension in its
  // EncryptedExtensions" (RFC 9849 §7.1), where it goes by the outer hello.
  if (retryConfigs !== undefined) extensionOrder.push(ExtensionType.encrypted_client_hello);
  extensionOrder.push(...certificateTypes.extensionOrder);
  channel.send(encodeEncryptedExtensions({
    type: "encrypted_extensions",
    serverNameAcknowledged,
    earlyData,
    expectedTickets: tickets.count,
    ...(alpnProtocol !== undefined && { alpnProtocol }),
    ...(retryConfigs !== undefined && { retryConfigs }),
    ...certificateTypes,
    extensionOrder,
  }));
}
