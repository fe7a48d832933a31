/**
 * The client's handshake of TLS 1.3 (RFC 9846 §2), from top to bottom.
 *
 * ```text
 * Client                                           Server
 *
 * ClientHello             -------->
 *                         <--------    HelloRetryRequest   (at most once)
 * ClientHello             -------->
 *                                             ServerHello
 *                                   {EncryptedExtensions}
 *                                    {CertificateRequest}  (if it wishes)
 *                                           {Certificate}  (unless it resumes)
 *                                     {CertificateVerify}  (unless it resumes)
 *                         <--------            {Finished}
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
import { receiveFinished, sendFinished } from "../finished.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import { logApplicationSecrets, logSecret } from "../log_secret.ts";
import { type AuthenticatedServer, authenticateServer } from "./authenticate_server.ts";
import { type ClientContext, nameOf } from "./context.ts";
import { receiveHelloRetryRequest } from "./hello_retry_request.ts";
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

  const retry = reply.isHelloRetryRequest
    ? yield* receiveHelloRetryRequest(reply, first, context)
    : undefined;
  if (retry !== undefined) {
    yield* channel.transcript.replaceFirstHello(retry.suite.hash);
    channel.sendChangeCipherSpec();
    yield* sendClientHello(channel, context, retry.offer);
  }
  const offer = retry?.offer ?? first;
  const hello = retry === undefined ? reply : yield* receiveSecondServerHello(channel);
  const accepted = checkServerHello(hello, offer, context, retry?.suite);
  const { suite, session } = accepted;
  const { random } = offer.hello;

  const shared = yield* agreeOnSecret(accepted);
  const early = session?.early ?? (yield* earlySecret(crypto, suite.hash));
  const handshake = yield* early.handshake(shared);
  const helloHash = yield* channel.transcript.hash(suite.hash);
  const serverSecret = yield* handshake.serverTraffic(helloHash);
  const clientSecret = yield* handshake.clientTraffic(helloHash);
  logSecret(context, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", random, clientSecret);
  logSecret(context, "SERVER_HANDSHAKE_TRAFFIC_SECRET", random, serverSecret);
  yield* channel.setReadSecret(suite, serverSecret);
  // Once, "immediately before its second flight" (RFC 9846 Appendix E.4), which may have been the second hello.
  if (retry === undefined) channel.sendChangeCipherSpec();
  yield* channel.setWriteSecret(suite, clientSecret);

  const alpnProtocol = yield* receiveEncryptedExtensions(channel, offer.hello);
  // "Servers which are authenticating with a resumption PSK MUST NOT send the CertificateRequest message in the
  // main handshake" (RFC 9846 §4.4.2): then it is a message out of turn.
  const request = session === undefined ? yield* receiveCertificateRequest(channel) : undefined;
  const server: AuthenticatedServer = session?.facts ?? (yield* authenticateServer(channel, context, suite));
  yield* receiveFinished(channel, crypto, suite, serverSecret, "server");

  const main = yield* handshake.main();
  const finishedHash = yield* channel.transcript.hash(suite.hash);
  const clientTraffic = yield* main.clientTraffic(finishedHash);
  const serverTraffic = yield* main.serverTraffic(finishedHash);
  const exporter = yield* main.exporter(finishedHash);
  logApplicationSecrets(context, random, { clientTraffic, serverTraffic, exporter });
  yield* channel.setReadSecret(suite, serverTraffic);

  const identity = request === undefined
    ? session?.facts.identity
    : yield* answerCertificateRequest(channel, context, request, suite.hash);
  yield* sendFinished(channel, crypto, suite, clientSecret);
  yield* channel.setWriteSecret(suite, clientTraffic);
  const resumption = yield* main.resumption(yield* channel.transcript.hash(suite.hash));

  return {
    facts: connectionFacts({
      protocolVersion: "TLSv1.3",
      cipherSuite: suite.name,
      keyExchangeGroup: accepted.share.group,
      alpnProtocol: alpnProtocol ?? null,
      serverName: nameOf(context),
      peerCertificates: server.peerCertificates,
      resumed: session !== undefined,
      retried: retry !== undefined,
      peerSignatureScheme: server.peerSignatureScheme,
      ocspResponse: server.ocspResponse,
    }),
    suite,
    secrets: { clientTraffic, serverTraffic, exporter, resumption },
    exportKeyingMaterial: exporterOf(crypto, suite.hash, exporter),
    authenticated: session?.facts.authenticated ?? context.now().getTime(),
    ...(identity !== undefined && { identity }),
  };
}
