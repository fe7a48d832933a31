/**
 * The client's handshake of TLS 1.3 (RFC 9846 §2), from top to bottom.
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
 *                                    {CertificateRequest}  (if it wishes)
 *                                           {Certificate}  (unless it resumes)
 *                                     {CertificateVerify}  (unless it resumes)
 *                         <--------            {Finished}
 * (EndOfEarlyData)                                         (if early data was accepted)
 * {Certificate}                                            (if asked)
 * {CertificateVerify}                                      (if there is one to show)
 * {Finished}              -------->
 * ```
 *
 * @module
 */

import { exporterOf } from "../../schedule/exporter.ts";
import { earlySecret } from "../../schedule/key_schedule.ts";
import type { Script } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ServerHello } from "../../wire/messages.ts";
import { connectionFacts } from "../connection_facts.ts";
import { clientEchStatus } from "../ech_confirmation.ts";
import { receiveFinished, sendFinished } from "../finished.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import { applicationSecrets, handshakeSecrets } from "../traffic_secrets.ts";
import { type AuthenticatedServer, authenticateServer } from "./authenticate_server.ts";
import { agreedCertificateTypes } from "./certificate_types.ts";
import { type ClientContext, nameOf } from "./context.ts";
import { awaitsAnswer, endEarlyData, receiveAnswer, refuseByRetry } from "./early_data.ts";
import { receiveHelloRetryRequest, type Retry } from "./hello_retry_request.ts";
import { type Offer, sendClientHello } from "./offer.ts";
import { answerCertificateRequest } from "./send_certificate.ts";
import { agreeOnSecret, checkServerHello, receiveSecondServerHello } from "./server_hello.ts";
import { receiveCertificateRequest, receiveEncryptedExtensions } from "./server_parameters.ts";

/**
 * Runs a handshake of TLS 1.3 as a client, from the answer to its first ClientHello on.
 *
 * @param first The offer of that ClientHello.
 * @param reply The server's answer.
 * @returns The result, when the client's Finished is sent and both directions have their application keys.
 * @throws {TlsError} The reason to refuse the server, or its alert.
 */
export function* tls13ClientHandshake(
  channel: HandshakeChannel,
  context: ClientContext,
  first: Offer,
  reply: ServerHello,
): Script<HandshakeResult> {
  const { crypto } = context;

  const retry = reply.isHelloRetryRequest ? yield* retryHello(channel, context, first, reply) : undefined;
  const offer = retry?.offer ?? first;
  const hello = retry === undefined ? reply : yield* receiveSecondServerHello(channel, offer);
  const accepted = checkServerHello(hello, offer, context, retry?.suite);
  const { suite, session } = accepted;
  const { random } = offer.hello;

  const shared = yield* agreeOnSecret(accepted);
  const early = session?.early ?? (yield* earlySecret(crypto, suite.hash));
  const handshake = yield* early.handshake(shared);
  const { clientSecret, serverSecret } = yield* handshakeSecrets(channel, context, handshake, {
    suite,
    random,
  });
  yield* channel.setReadSecret(suite, serverSecret);
  if (retry === undefined) sendOwnChangeCipherSpec(channel, first);
  const keepsEarlyKeys = awaitsAnswer(context, accepted);
  if (!keepsEarlyKeys) yield* channel.setWriteSecret(suite, clientSecret);

  const parameters = yield* receiveEncryptedExtensions(channel, offer.hello);
  const earlyDataAccepted = receiveAnswer(context, parameters, accepted);
  if (keepsEarlyKeys && !earlyDataAccepted) yield* channel.setWriteSecret(suite, clientSecret);
  // "Servers which are authenticating with a resumption PSK MUST NOT send the CertificateRequest message in the
  // main handshake" (RFC 9846 §4.4.2): then it is a message out of turn.
  const types = session === undefined ? agreedCertificateTypes(parameters, context) : undefined;
  const request = types && (yield* receiveCertificateRequest(channel, types.client));
  const server: AuthenticatedServer = session?.facts ??
    (yield* authenticateServer(channel, context, suite, types?.server));
  yield* receiveFinished(channel, crypto, suite, serverSecret, "server");

  const secrets = yield* applicationSecrets(channel, context, handshake, { suite, random });
  yield* channel.setReadSecret(suite, secrets.serverTraffic);

  if (earlyDataAccepted) yield* endEarlyData(channel, context);
  if (earlyDataAccepted) yield* channel.setWriteSecret(suite, clientSecret);
  const identity = request === undefined
    ? session?.facts.identity
    : yield* answerCertificateRequest(channel, context, request, suite.hash);
  yield* sendFinished(channel, crypto, suite, clientSecret);
  yield* channel.setWriteSecret(suite, secrets.clientTraffic);
  const resumption = yield* secrets.main.resumption(yield* channel.transcript.hash(suite.hash));

  return {
    facts: connectionFacts({
      protocolVersion: "TLSv1.3",
      cipherSuite: suite.name,
      keyExchangeGroup: accepted.share.group,
      alpnProtocol: parameters.alpnProtocol ?? null,
      serverName: nameOf(context),
      peerCertificates: server.peerCertificates,
      peerRawPublicKey: server.rawPublicKey,
      resumed: session !== undefined,
      retried: retry !== undefined,
      peerSignatureScheme: server.peerSignatureScheme,
      ocspResponse: server.ocspResponse,
      earlyData: context.earlyData?.outcome,
      earlyDataLength: context.earlyData?.acceptedLength ?? 0,
      ech: clientEchStatus(offer.hello),
    }),
    suite,
    secrets: { ...secrets, resumption },
    exportKeyingMaterial: exporterOf(crypto, suite.hash, secrets.exporter),
    authenticated: session?.facts.authenticated ?? context.now().getTime(),
    server,
    ...(identity !== undefined && { identity }),
    ...(parameters.retryConfigs !== undefined && { retryConfigs: parameters.retryConfigs }),
  };
}

/** Sends the second ClientHello, which a HelloRetryRequest asks for (RFC 9846 §4.2.4). */
function* retryHello(
  channel: HandshakeChannel,
  context: ClientContext,
  first: Offer,
  request: ServerHello,
): Script<Retry> {
  const retry = yield* receiveHelloRetryRequest(request, first, context);
  yield* refuseByRetry(channel, context);
  yield* channel.transcript.replaceFirstHello(retry.suite.hash);
  sendOwnChangeCipherSpec(channel, first);
  yield* sendClientHello(channel, context, retry.offer);
  return retry;
}

/**
 * Sends the ChangeCipherSpec, "immediately before its second flight", which may have been the second hello; or with early
 * data "immediately after the first ClientHello" (RFC 9846 Appendix E.4), where it has gone already.
 */
function sendOwnChangeCipherSpec(channel: HandshakeChannel, { hello }: Offer): void {
  if (hello.extensions.earlyData !== true) channel.sendChangeCipherSpec();
}
