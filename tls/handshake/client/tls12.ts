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
 *                                      [ChangeCipherSpec]
 *                         <--------            {Finished}
 * ```
 *
 * @module
 */

import type { Script } from "../../../io/script.ts";
import type { Tls12Channel } from "../../record/channel_types.ts";
import { Tls12Opener, Tls12Sealer } from "../../record/tls12_protection.ts";
import { type Randoms, tls12MainSecret } from "../../schedule/tls12_secrets.ts";
import type { ServerHello } from "../../wire/messages.ts";
import { encodeTls12Certificate } from "../../wire/tls12/certificate.ts";
import { encodeClientKeyExchange } from "../../wire/tls12/key_exchange.ts";
import { connectionFacts } from "../connection_facts.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import { logSecret } from "../log_secret.ts";
import { declineRenegotiation, receiveTls12Finished, sendTls12Finished } from "../tls12_finished.ts";
import { chooseTls12Scheme } from "../tls12_signature.ts";
import { type ClientContext, nameOf } from "./context.ts";
import type { Offer } from "./offer.ts";
import { chooseIdentity } from "./send_certificate.ts";
import { sendTls12CertificateVerify, tls12CriteriaOf } from "./tls12_certificate.ts";
import { agreeInTls12, authenticateTls12Server, chosenGroup } from "./tls12_key_exchange.ts";
import { checkTls12ServerHello, refuseUnofferedSession } from "./tls12_server_hello.ts";

/**
 * Runs a handshake of TLS 1.2 as a client, from the ServerHello on.
 *
 * @returns The result, when the server's Finished is verified.
 * @throws {TlsError} The reason to refuse the server, or its alert.
 */
export function* tls12ClientHandshake(
  channel: Tls12Channel,
  context: ClientContext,
  offer: Offer,
  hello: ServerHello,
): Script<HandshakeResult> {
  const { crypto } = context;
  const accepted = checkTls12ServerHello(hello, offer.hello, context);
  refuseUnofferedSession(hello, offer.hello);
  const { suite } = accepted;
  const randoms: Randoms = { client: offer.hello.random, server: hello.random.slice() };

  const certificate = yield* channel.expect("certificate");
  const status = accepted.mayStaple ? yield* channel.maybe("certificate_status") : undefined;
  const exchange = yield* channel.expect("server_key_exchange");
  const request = yield* channel.maybe("tls12_certificate_request");
  yield* channel.expect("server_hello_done");
  channel.requireEndOfFlight();

  const group = chosenGroup(context, exchange);
  const ocspResponse = status?.ocspResponse;
  const proof = { suite, randoms, certificate, ocspResponse, exchange };
  const server = yield* authenticateTls12Server(context, proof);

  const identity = request && (yield* chooseIdentity(context, tls12CriteriaOf(request), chooseTls12Scheme));
  if (request !== undefined) channel.send(encodeTls12Certificate(identity?.chain ?? []));
  const agreed = yield* agreeInTls12(group, exchange);
  channel.send(encodeClientKeyExchange({ type: "client_key_exchange", point: agreed.publicKey }));
  const sessionHash = accepted.extendedMainSecret ? yield* channel.transcript.hash(suite.hash) : undefined;
  const main = yield* tls12MainSecret(crypto, suite.hash, agreed.secret, randoms, sessionHash);
  logSecret(context, "CLIENT_RANDOM", randoms.client, main.reveal());
  if (identity !== undefined) yield* sendTls12CertificateVerify(channel, identity);

  const keys = yield* main.keyBlock(suite);
  yield* channel.changeCipherSpec(new Tls12Sealer(keys.client, suite));
  yield* sendTls12Finished(channel, main, suite.hash, "client");
  yield* channel.receiveChangeCipherSpec(new Tls12Opener(keys.server));
  yield* receiveTls12Finished(channel, main, suite.hash, "server");

  return {
    facts: connectionFacts({
      protocolVersion: "TLSv1.2",
      cipherSuite: suite.name,
      keyExchangeGroup: group.name,
      alpnProtocol: accepted.alpnProtocol ?? null,
      serverName: nameOf(context),
      peerCertificates: server.peerCertificates,
      resumed: false,
      retried: false,
      peerSignatureScheme: server.peerSignatureScheme,
      ocspResponse: server.ocspResponse,
    }),
    suite,
    exportKeyingMaterial: (label, context, length) => main.exportKeyingMaterial(label, context, length),
    receiveMessage: declineRenegotiation(channel, "hello_request"),
  };
}
