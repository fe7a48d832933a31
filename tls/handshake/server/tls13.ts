/**
 * The server's handshake, from the ClientHello to the tickets (RFC 9846 §2).
 *
 * @module
 */

import { timingSafeEqual } from "../../crypto/constant_time.ts";
import type { CipherSuite } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { earlySecret } from "../../schedule/key_schedule.ts";
import { verifyData } from "../../schedule/traffic_keys.ts";
import { type Script, settle } from "../../../io/script.ts";
import { encodeEncryptedExtensions } from "../../wire/encrypted_extensions.ts";
import { encodeFinished } from "../../wire/finished.ts";
import { ExtensionType, ProtocolVersion } from "../../wire/numbers.ts";
import { encodeServerHello } from "../../wire/server_hello.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { authenticateClient, type AuthenticatedClient, certificateRequest } from "./authenticate_client.ts";
import { connectionFacts } from "../connection_facts.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import { type AcceptedPsk, acceptPsk, PSK_DHE_KE } from "./accept_psk.ts";
import type { ServerContext } from "./context.ts";
import { clientHelloInfo } from "./client_hello_info.ts";
import { chooseProof, prove } from "./send_certificate.ts";
import { chooseProtocol } from "./negotiation.ts";
import { type AnswerableHello, receiveHello } from "./receive_client_hello.ts";
import { sendTickets } from "./new_session_tickets.ts";

/**
 * A whole handshake; when it returns, the client's Finished was seen and both directions have their application
 * keys.
 *
 * @throws {TlsError} the reason to refuse the client.
 */
export function* serverHandshake(channel: HandshakeChannel, context: ServerContext): Script<HandshakeResult> {
  const { crypto, clientAuth } = context;
  const received = yield* receiveHello(channel, context);
  const { hello, suite, group } = received;
  const { hash } = suite;
  const clientRandom = hello.random;
  const givesTickets = hello.extensions.pskKeyExchangeModes?.includes(PSK_DHE_KE) === true;
  const info = clientHelloInfo(hello);
  const alpnProtocol = chooseProtocol(hello, context);
  const psk = yield* acceptPsk(channel, context, { hello, suite, serverName: info.serverName });
  const proof = psk === undefined ? yield* chooseProof(context, hello, info) : undefined;
  yield* channel.take();

  const shared = yield* sendServerHello(channel, context, received, psk);
  const early = psk?.early ?? (yield* earlySecret(crypto, hash));
  const handshake = yield* early.handshake(shared);
  const helloHash = yield* channel.transcript.hash(hash);
  const clientHandshake = yield* handshake.clientTraffic(helloHash);
  const serverHandshake = yield* handshake.serverTraffic(helloHash);
  logSecret(context, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", clientRandom, clientHandshake);
  logSecret(context, "SERVER_HANDSHAKE_TRAFFIC_SECRET", clientRandom, serverHandshake);
  // Reading first: bytes behind the ClientHello are refused before anything is answered.
  yield* channel.setReadSecret(suite, clientHandshake);
  yield* channel.setWriteSecret(suite, serverHandshake);

  channel.send(encryptedExtensions(alpnProtocol, proof !== undefined && info.serverName !== undefined));
  // "Servers which are authenticating with a resumption PSK MUST NOT send the CertificateRequest message in the main
  // handshake" (RFC 9846 §4.4.2)
  const asked = proof === undefined ? undefined : clientAuth;
  if (asked !== undefined) channel.send(certificateRequest(asked));
  if (proof !== undefined) yield* prove(channel, proof, hash);
  channel.send(yield* finished(channel, context, suite, serverHandshake));

  const main = yield* handshake.main();
  const finishedHash = yield* channel.transcript.hash(hash);
  const clientTraffic = yield* main.clientTraffic(finishedHash);
  const serverTraffic = yield* main.serverTraffic(finishedHash);
  const exporter = yield* main.exporter(finishedHash);
  logSecret(context, "CLIENT_TRAFFIC_SECRET_0", clientRandom, clientTraffic);
  logSecret(context, "SERVER_TRAFFIC_SECRET_0", clientRandom, serverTraffic);
  logSecret(context, "EXPORTER_SECRET", clientRandom, exporter);
  yield* channel.setWriteSecret(suite, serverTraffic);

  const client: AuthenticatedClient = asked === undefined
    ? { chain: psk?.clientChain ?? [] }
    : yield* authenticateClient(channel, context, asked, suite);
  yield* requireFinished(channel, context, suite, clientHandshake);
  yield* channel.setReadSecret(suite, clientTraffic);
  const resumption = yield* main.resumption(yield* channel.transcript.hash(hash));

  const { serverName } = info;
  if (givesTickets) {
    yield* sendTickets(channel, context, {
      suite,
      resumptionSecret: resumption,
      authenticated: psk?.session.authenticated ?? context.now().getTime(),
      clientChain: client.chain.map(({ der }) => der),
      ...(serverName !== undefined && { serverName }),
    });
  }
  return {
    facts: connectionFacts({
      protocolVersion: "TLSv1.3",
      cipherSuite: suite.name,
      keyExchangeGroup: group.name,
      alpnProtocol: alpnProtocol ?? null,
      serverName,
      peerCertificates: client.chain,
      resumed: psk !== undefined,
      retried: received.retried,
      peerSignatureScheme: client.scheme,
      ocspResponse: undefined,
    }),
    suite,
    secrets: { clientTraffic, serverTraffic, exporter, resumption },
  };
}

const RANDOM_LENGTH = 32;

/**
 * Answers the client's share and sends the ServerHello (RFC 9846 §4.2.3).
 *
 * @returns The secret that was agreed on.
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
  channel.send(encodeServerHello({
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
  }));
  // "if the client sends a non-empty session ID, the server MUST send the change_cipher_spec", "immediately after
  // its first handshake message" (RFC 9846 Appendix E.4): behind a HelloRetryRequest it has gone already. It goes to
  // a client without a session ID, too, who has to drop it: what is in between sees one kind of handshake.
  if (!retried) channel.sendChangeCipherSpec();
  return agreed.secret;
}

/** RFC 9846 §4.4.1; the empty server_name of RFC 6066 §3 says that the name was heeded. */
function encryptedExtensions(alpnProtocol: string | undefined, serverNameAcknowledged: boolean): Uint8Array {
  const extensionOrder: number[] = [];
  if (serverNameAcknowledged) extensionOrder.push(ExtensionType.server_name);
  if (alpnProtocol !== undefined) extensionOrder.push(ExtensionType.application_layer_protocol_negotiation);
  return encodeEncryptedExtensions({
    type: "encrypted_extensions",
    serverNameAcknowledged,
    ...(alpnProtocol !== undefined && { alpnProtocol }),
    extensionOrder,
  });
}

/** Our Finished over everything said so far (RFC 9846 §4.5.3). */
function* finished(
  channel: HandshakeChannel,
  context: ServerContext,
  suite: CipherSuite,
  secret: Uint8Array,
): Script<Uint8Array> {
  const transcriptHash = yield* channel.transcript.hash(suite.hash);
  return encodeFinished({
    type: "finished",
    verifyData: yield* verifyData(context.crypto, suite.hash, secret, transcriptHash),
  });
}

/**
 * "Recipients of Finished messages MUST verify that the contents are correct and if incorrect MUST terminate the
 * connection with a "decrypt_error" alert." (RFC 9846 §4.5.3)
 *
 * @throws {TlsError} `bad_finished`
 */
function* requireFinished(
  channel: HandshakeChannel,
  context: ServerContext,
  suite: CipherSuite,
  secret: Uint8Array,
): Script<void> {
  const transcriptHash = yield* channel.transcript.hash(suite.hash);
  const expected = yield* verifyData(context.crypto, suite.hash, secret, transcriptHash);
  const message = yield* channel.expect("finished");
  if (!timingSafeEqual(message.verifyData, expected)) {
    throw new TlsError("bad_finished", "Cannot accept the client's Finished: it is not of this handshake");
  }
}

type SecretLabel = Parameters<NonNullable<ServerContext["keyLog"]>>[0]["label"];

/** Tells the key log, where there is one; what it is handed are copies. */
function logSecret(
  context: ServerContext,
  label: SecretLabel,
  clientRandom: Uint8Array,
  secret: Uint8Array,
): void {
  context.keyLog?.({ label, clientRandom: clientRandom.slice(), secret: secret.slice() });
}
