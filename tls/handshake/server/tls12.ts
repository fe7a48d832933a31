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
 *                                      [ChangeCipherSpec]
 *                         <--------            {Finished}
 * ```
 *
 * @module
 */

import { type Script, settle } from "../../../io/script.ts";
import type { Tls12Channel } from "../../record/channel_types.ts";
import { Tls12Opener, Tls12Sealer } from "../../record/tls12_protection.ts";
import { type Randoms, tls12MainSecret } from "../../schedule/tls12_secrets.ts";
import type { ClientHello } from "../../wire/messages.ts";
import { encodeServerHelloDone } from "../../wire/tls12/handshake_codec.ts";
import { connectionFacts } from "../connection_facts.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import { logSecret } from "../log_secret.ts";
import { declineRenegotiation, receiveTls12Finished, sendTls12Finished } from "../tls12_finished.ts";
import { clientHelloInfo } from "./client_hello_info.ts";
import type { ServerContext } from "./context.ts";
import { chooseProtocol } from "./negotiation.ts";
import { chooseIdentity } from "./send_certificate.ts";
import { agreeWithClient, authenticateTls12Client, receiveTls12Certificate } from "./tls12_client.ts";
import {
  sendTls12CertificateRequest,
  sendTls12Identity,
  sendTls12ServerHello,
  tls12ServerRandom,
} from "./tls12_flight.ts";
import { checkTls12ClientHello, chooseTls12 } from "./tls12_negotiation.ts";

/**
 * Runs a handshake of TLS 1.2 as a server, from the ClientHello on.
 *
 * @param hello The ClientHello, peeked: it is not part of the transcript yet.
 * @returns The result, when the client's Finished is verified.
 * @throws {TlsError} The reason to refuse the client, or its alert.
 */
export function* tls12ServerHandshake(
  channel: Tls12Channel,
  context: ServerContext,
  hello: ClientHello,
): Script<HandshakeResult> {
  const { crypto, clientAuth } = context;
  const acknowledged = checkTls12ClientHello(hello, context);
  const info = clientHelloInfo(hello);
  const alpnProtocol = chooseProtocol(hello, context);
  const credentials = yield* chooseIdentity(context, info);
  const { suite, group, signer } = yield* chooseTls12(credentials, hello, context);
  yield* channel.take();
  channel.requireEndOfFlight();

  const randoms: Randoms = { client: hello.random.slice(), server: tls12ServerRandom(context) };
  sendTls12ServerHello(channel, {
    random: randoms.server,
    sessionId: new Uint8Array(0),
    cipherSuite: suite.id,
    acknowledged,
    alpnProtocol,
    serverName: info.serverName !== undefined,
    staple: signer.staple,
    ticket: false,
  });
  const share = yield* settle(group.start());
  yield* sendTls12Identity(channel, signer, share, randoms);
  if (clientAuth !== undefined) sendTls12CertificateRequest(channel, clientAuth);
  channel.send(encodeServerHelloDone());
  yield* channel.flush();

  const chain = clientAuth && (yield* receiveTls12Certificate(channel, context, clientAuth));
  const premaster = yield* agreeWithClient(share, yield* channel.expect("client_key_exchange"));
  const sessionHash = acknowledged.extendedMainSecret
    ? yield* channel.transcript.hash(suite.hash)
    : undefined;
  const client = clientAuth === undefined || chain === undefined
    ? { chain: [] }
    : yield* authenticateTls12Client(channel, context, clientAuth, chain);
  const main = yield* tls12MainSecret(crypto, suite.hash, premaster, randoms, sessionHash);
  logSecret(context, "CLIENT_RANDOM", randoms.client, main.reveal());

  const keys = yield* main.keyBlock(suite);
  yield* channel.receiveChangeCipherSpec(new Tls12Opener(keys.client));
  yield* receiveTls12Finished(channel, main, suite.hash, "client");
  yield* channel.changeCipherSpec(new Tls12Sealer(keys.server, suite));
  yield* sendTls12Finished(channel, main, suite.hash, "server");

  return {
    facts: connectionFacts({
      protocolVersion: "TLSv1.2",
      cipherSuite: suite.name,
      keyExchangeGroup: group.name,
      alpnProtocol: alpnProtocol ?? null,
      serverName: info.serverName,
      peerCertificates: client.chain,
      resumed: false,
      retried: false,
      peerSignatureScheme: "scheme" in client ? client.scheme : undefined,
      ocspResponse: undefined,
    }),
    suite,
    exportKeyingMaterial: (label, context, length) => main.exportKeyingMaterial(label, context, length),
    receiveMessage: declineRenegotiation(channel, "client_hello"),
  };
}
