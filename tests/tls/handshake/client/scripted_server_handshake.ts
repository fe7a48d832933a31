/**
 * A server made of the real encoders and the real key schedule, which says what a test wants it to say.
 *
 * Without deviations it is an honest server. Each deviation changes one message, as a value or as bytes; what
 * follows is computed over what was really said, so that the first thing wrong is the one that was asked for.
 */

import { concat } from "@std/bytes/concat";
import type { CipherSuite, CryptoProvider, HashName, SigningKey } from "../../../../tls/crypto/provider.ts";
import { chooseScheme, signTranscript } from "../../../../tls/handshake/certificate_verify.ts";
import type { HandshakeChannel } from "../../../../tls/record/channel_types.ts";
import { earlySecret, earlySecretOfPsk } from "../../../../tls/schedule/key_schedule.ts";
import { verifyData } from "../../../../tls/schedule/traffic_keys.ts";
import { type Script, settle } from "../../../../io/script.ts";
import { encodeCertificate } from "../../../../tls/wire/certificate.ts";
import { encodeCertificateRequest } from "../../../../tls/wire/certificate_request.ts";
import { encodeCertificateVerify } from "../../../../tls/wire/certificate_verify.ts";
import { encodeEncryptedExtensions } from "../../../../tls/wire/encrypted_extensions.ts";
import { encodeFinished } from "../../../../tls/wire/finished.ts";
import type {
  CertificateMessage,
  CertificateRequest,
  CertificateVerify,
  ClientHello,
  EncryptedExtensions,
  Finished,
  ServerHello,
} from "../../../../tls/wire/messages.ts";
import { ExtensionType, NamedGroup, ProtocolVersion } from "../../../../tls/wire/numbers.ts";
import { encodeServerHello } from "../../../../tls/wire/server_hello.ts";

/** A change to a message; `undefined`: it is not sent. */
export type Change<T> = (honest: T, client: ClientHello) => T | undefined;

/** What the server does otherwise than an honest one. */
export interface Deviations {
  /** HelloRetryRequests before the ServerHello, each answered by a ClientHello. */
  readonly retries?: readonly ((client: ClientHello) => ServerHello)[];
  readonly serverHello?: Change<ServerHello>;
  readonly encryptedExtensions?: Change<EncryptedExtensions>;
  /** Sent where there is one; after which the client's Certificate and CertificateVerify are read. */
  readonly certificateRequest?: CertificateRequest;
  readonly certificate?: Change<CertificateMessage>;
  readonly certificateVerify?: Change<CertificateVerify>;
  readonly finished?: Change<Finished>;
  /** A change to the bytes of each message, by type. */
  readonly bytes?: (type: string, encoded: Uint8Array) => Uint8Array;
  /** The PSK that the server takes up if the client offers one. */
  readonly psk?: Uint8Array;
}

/** Who the server is. */
export interface ServerSetup {
  readonly provider: CryptoProvider;
  /** The suite that it chooses. */
  readonly suite: CipherSuite;
  readonly chain: readonly Uint8Array[];
  readonly key: SigningKey;
}

/** What the server saw. */
export interface Seen {
  readonly hellos: readonly ClientHello[];
  readonly clientCertificate?: CertificateMessage;
  readonly clientVerify?: CertificateVerify;
  readonly clientFinishedValid: boolean;
  readonly resumption: Uint8Array;
}

/** Plays the server. */
export function* scriptedServer(
  channel: HandshakeChannel,
  setup: ServerSetup,
  deviations: Deviations = {},
): Script<Seen> {
  const { provider, suite } = setup;
  const { hash } = suite;
  const sender = new Sender(channel, deviations);
  const hellos = yield* receiveHellos(channel, hash, deviations, sender);
  const client = hellos[hellos.length - 1] ?? hellos[0];
  const { shared, resumes } = yield* answerHello(client, setup, deviations, sender);
  const early = resumes && deviations.psk !== undefined
    ? yield* earlySecretOfPsk(provider, hash, deviations.psk)
    : yield* earlySecret(provider, hash);
  const secret = yield* early.handshake(shared);
  const helloHash = yield* channel.transcript.hash(hash);
  const serverSecret = yield* secret.serverTraffic(helloHash);
  const clientSecret = yield* secret.clientTraffic(helloHash);
  yield* channel.setReadSecret(suite, clientSecret);
  yield* channel.setWriteSecret(suite, serverSecret);

  yield* sendParameters(client, deviations, sender);
  if (!resumes) yield* authenticate(channel, client, setup, deviations, sender);
  const finished: Finished = {
    type: "finished",
    verifyData: yield* verifyData(provider, hash, serverSecret, yield* channel.transcript.hash(hash)),
  };
  yield* sender.sendChanged(client, finished, deviations.finished, encodeFinished);

  const main = yield* secret.main();
  const finishedHash = yield* channel.transcript.hash(hash);
  yield* channel.setWriteSecret(suite, yield* main.serverTraffic(finishedHash));
  const clientCertificate = deviations.certificateRequest === undefined
    ? undefined
    : yield* channel.expect("certificate");
  const clientVerify = clientCertificate === undefined
    ? undefined
    : yield* channel.maybe("certificate_verify");
  const expected = yield* verifyData(provider, hash, clientSecret, yield* channel.transcript.hash(hash));
  const clientFinished = yield* channel.expect("finished");
  yield* channel.setReadSecret(suite, yield* main.clientTraffic(finishedHash));
  return {
    hellos,
    ...(clientCertificate !== undefined && { clientCertificate }),
    ...(clientVerify !== undefined && { clientVerify }),
    clientFinishedValid: clientFinished.verifyData.every((byte, index) => byte === expected[index]),
    resumption: yield* main.resumption(yield* channel.transcript.hash(hash)),
  };
}

/** Sends messages as the deviations change them. */
class Sender {
  readonly #channel: HandshakeChannel;
  readonly #deviations: Deviations;

  constructor(channel: HandshakeChannel, deviations: Deviations) {
    this.#channel = channel;
    this.#deviations = deviations;
  }

  *send(type: string, encoded: Uint8Array): Script<void> {
    this.#channel.send(this.#deviations.bytes?.(type, encoded) ?? encoded);
    yield* this.#channel.flush();
  }

  *sendChanged<T extends { readonly type: string }>(
    client: ClientHello,
    honest: T,
    change: Change<T> | undefined,
    encode: (message: T) => Uint8Array,
  ): Script<void> {
    const message = change === undefined ? honest : change(honest, client);
    if (message !== undefined) yield* this.send(honest.type, encode(message));
  }
}

/** The ClientHellos: one, and another after each HelloRetryRequest. */
function* receiveHellos(
  channel: HandshakeChannel,
  hash: HashName,
  { retries = [] }: Deviations,
  sender: Sender,
): Script<[ClientHello, ...ClientHello[]]> {
  let client = yield* channel.expect("client_hello");
  const hellos: [ClientHello, ...ClientHello[]] = [client];
  for (const [index, retry] of retries.entries()) {
    if (index === 0) yield* channel.transcript.replaceFirstHello(hash);
    yield* sender.send("hello_retry_request", encodeServerHello(retry(client)));
    client = yield* channel.expect("client_hello");
    hellos.push(client);
  }
  return hellos;
}

/** Completes the key exchange and sends the ServerHello. */
function* answerHello(
  client: ClientHello,
  { provider, suite }: ServerSetup,
  deviations: Deviations,
  sender: Sender,
): Script<{ readonly shared: Uint8Array; readonly resumes: boolean }> {
  const [offered] = client.extensions.keyShares ?? [];
  const group = provider.groups.find(({ id }) => id === offered?.group);
  if (group === undefined || offered === undefined) throw new Error("the client offers no key share");
  const answer = yield* settle(group.respond(offered.keyExchange));
  if (answer === null) throw new Error("the client's key share is not valid");
  const resumes = deviations.psk !== undefined && client.extensions.preSharedKey !== undefined;
  const hello: ServerHello = {
    type: "server_hello",
    legacyVersion: ProtocolVersion["TLSv1.2"],
    random: provider.random(32),
    sessionId: client.sessionId,
    cipherSuite: suite.id,
    compressionMethod: 0,
    isHelloRetryRequest: false,
    selectedVersion: ProtocolVersion["TLSv1.3"],
    keyShare: { group: offered.group, keyExchange: answer.publicKey },
    ...(resumes && { preSharedKey: 0 }),
    extensionOrder: [
      ExtensionType.supported_versions,
      ExtensionType.key_share,
      ...(resumes ? [ExtensionType.pre_shared_key] : []),
    ],
  };
  yield* sender.send("server_hello", encodeServerHello(deviations.serverHello?.(hello, client) ?? hello));
  return { shared: answer.secret, resumes };
}

/** Sends EncryptedExtensions, and the CertificateRequest where there is one. */
function* sendParameters(client: ClientHello, deviations: Deviations, sender: Sender): Script<void> {
  const extensions: EncryptedExtensions = { type: "encrypted_extensions", extensionOrder: [] };
  yield* sender.sendChanged(
    client,
    extensions,
    deviations.encryptedExtensions,
    encodeEncryptedExtensions,
  );
  const { certificateRequest } = deviations;
  if (certificateRequest !== undefined) {
    yield* sender.send("certificate_request", encodeCertificateRequest(certificateRequest));
  }
}

/** Sends Certificate and CertificateVerify. */
function* authenticate(
  channel: HandshakeChannel,
  client: ClientHello,
  { suite, chain, key }: ServerSetup,
  deviations: Deviations,
  sender: Sender,
): Script<void> {
  const certificate: CertificateMessage = {
    type: "certificate",
    context: new Uint8Array(0),
    entries: chain.map((der) => ({ certificate: der, extensionOrder: [] })),
  };
  yield* sender.sendChanged(client, certificate, deviations.certificate, encodeCertificate);
  const scheme = chooseScheme(key, client.extensions.signatureAlgorithms ?? []);
  if (scheme === undefined) throw new Error("the client accepts no signature of this key");
  const verify = yield* signTranscript(key, scheme, "server", yield* channel.transcript.hash(suite.hash));
  yield* sender.sendChanged(client, verify, deviations.certificateVerify, encodeCertificateVerify);
}

/** An honest HelloRetryRequest that asks for a group. */
export function retryFor(
  group: keyof typeof NamedGroup,
  suite: CipherSuite,
  changes: Partial<ServerHello> = {},
): (client: ClientHello) => ServerHello {
  return (client) => ({
    type: "server_hello",
    legacyVersion: ProtocolVersion["TLSv1.2"],
    random: HELLO_RETRY_REQUEST_RANDOM,
    sessionId: client.sessionId,
    cipherSuite: suite.id,
    compressionMethod: 0,
    isHelloRetryRequest: true,
    selectedVersion: ProtocolVersion["TLSv1.3"],
    selectedGroup: NamedGroup[group],
    extensionOrder: [ExtensionType.supported_versions, ExtensionType.key_share],
    ...changes,
  });
}

/** SHA-256 of "HelloRetryRequest" (RFC 9846 §4.2.3). */
const HELLO_RETRY_REQUEST_RANDOM = new Uint8Array(
  await crypto.subtle.digest("SHA-256", new TextEncoder().encode("HelloRetryRequest")),
);

/**
 * A message with one more extension at its end.
 *
 * @param lengthAt Where the u16 length of the extensions stands; they are the last thing in the message.
 */
export function withExtension(
  encoded: Uint8Array,
  lengthAt: number,
  type: number,
  data: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const header = Uint8Array.of(type >> 8, type, data.length >> 8, data.length);
  const longer = concat([encoded, header, data]);
  const view = new DataView(longer.buffer);
  view.setUint16(lengthAt, view.getUint16(lengthAt) + header.length + data.length);
  view.setUint16(2, longer.length - 4); // no message of a test is as long as 64 KiB
  return longer;
}
