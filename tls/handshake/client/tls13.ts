/**
 * The client's handshake (RFC 9846 §2), from top to bottom.
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

import { timingSafeEqual } from "../../crypto/constant_time.ts";
import type { CipherSuite } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { earlySecret } from "../../schedule/key_schedule.ts";
import { verifyData } from "../../schedule/traffic_keys.ts";
import type { Script } from "../../../io/script.ts";
import { encodeFinished } from "../../wire/finished.ts";
import type { ServerHello } from "../../wire/messages.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { chooseIdentity, sendIdentity } from "./send_certificate.ts";
import { type ClientContext, logSecret, nameOf } from "./context.ts";
import { checkCertificateRequest, checkEncryptedExtensions } from "./server_parameters.ts";
import { connectionFacts } from "../connection_facts.ts";
import type { HandshakeResult } from "../handshake_result.ts";
import { agree, checkAnswer, OLD_SERVER_HINT } from "./server_hello.ts";
import { firstOffer, type Offer } from "./offer.ts";
import { secondOffer } from "./hello_retry_request.ts";
import { encodeOffer } from "./offer_session.ts";
import { type AuthenticatedServer, authenticateServer } from "./authenticate_server.ts";

/**
 * Shakes hands as a client.
 *
 * @returns What was agreed on; the client's Finished is sent, and both directions are under application keys.
 * @throws {TlsError} whatever is wrong with what the server says, and an alert of its own.
 */
export function* clientHandshake(channel: HandshakeChannel, context: ClientContext): Script<HandshakeResult> {
  const { crypto } = context;

  const first = yield* firstOffer(context);
  yield* sendHello(channel, context, first);
  const reply = yield* firstReply(channel);
  const retry = reply.isHelloRetryRequest ? yield* secondOffer(reply, first, context) : undefined;
  if (retry !== undefined) {
    yield* channel.transcript.replaceFirstHello(retry.suite.hash);
    channel.sendChangeCipherSpec();
    yield* sendHello(channel, context, retry.offer);
  }
  const offer = retry?.offer ?? first;
  const hello = retry === undefined ? reply : yield* secondReply(channel);
  const answer = checkAnswer(hello, offer, context, retry?.suite);
  const { suite, session } = answer;
  const { random } = offer.hello;

  const shared = yield* agree(answer);
  const early = session?.early ?? (yield* earlySecret(crypto, suite.hash));
  const secret = yield* early.handshake(shared);
  const helloHash = yield* channel.transcript.hash(suite.hash);
  const serverSecret = yield* secret.serverTraffic(helloHash);
  const clientSecret = yield* secret.clientTraffic(helloHash);
  logSecret(context, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", random, clientSecret);
  logSecret(context, "SERVER_HANDSHAKE_TRAFFIC_SECRET", random, serverSecret);
  yield* channel.setReadSecret(suite, serverSecret);
  // Once, "immediately before its second flight" (RFC 9846 Appendix E.4), which may have been the second hello.
  if (retry === undefined) channel.sendChangeCipherSpec();
  yield* channel.setWriteSecret(suite, clientSecret);

  const encryptedExtensions = yield* channel.expect("encrypted_extensions");
  const alpnProtocol = checkEncryptedExtensions(encryptedExtensions, offer.hello);
  // "Servers which are authenticating with a resumption PSK MUST NOT send the CertificateRequest message in the
  // main handshake" (RFC 9846 §4.4.2): then it is a message out of turn.
  const request = session === undefined ? yield* channel.maybe("certificate_request") : undefined;
  const accepted = request && checkCertificateRequest(request);
  const server: AuthenticatedServer = session?.facts ?? (yield* authenticateServer(channel, context, suite));

  yield* receiveFinished(channel, context, suite, serverSecret);
  const main = yield* secret.main();
  const finishedHash = yield* channel.transcript.hash(suite.hash);
  const clientTraffic = yield* main.clientTraffic(finishedHash);
  const serverTraffic = yield* main.serverTraffic(finishedHash);
  const exporter = yield* main.exporter(finishedHash);
  logSecret(context, "CLIENT_TRAFFIC_SECRET_0", random, clientTraffic);
  logSecret(context, "SERVER_TRAFFIC_SECRET_0", random, serverTraffic);
  logSecret(context, "EXPORTER_SECRET", random, exporter);
  yield* channel.setReadSecret(suite, serverTraffic);

  if (accepted !== undefined) {
    yield* sendIdentity(channel, yield* chooseIdentity(context, accepted), suite.hash);
  }
  const transcriptHash = yield* channel.transcript.hash(suite.hash);
  channel.send(encodeFinished({
    type: "finished",
    verifyData: yield* verifyData(crypto, suite.hash, clientSecret, transcriptHash),
  }));
  yield* channel.setWriteSecret(suite, clientTraffic);
  const resumption = yield* main.resumption(yield* channel.transcript.hash(suite.hash));

  return {
    facts: connectionFacts({
      protocolVersion: "TLSv1.3",
      cipherSuite: suite.name,
      keyExchangeGroup: answer.share.group,
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
    authenticated: session?.facts.authenticated ?? context.now().getTime(),
  };
}

function* sendHello(channel: HandshakeChannel, context: ClientContext, offer: Offer): Script<void> {
  channel.send(yield* encodeOffer(channel, context, offer.hello, offer.session));
  yield* channel.flush();
}

/** Alerts by which a server that knows no TLS 1.3 refuses a hello that offers nothing else. */
const REFUSED_VERSION: ReadonlySet<string | undefined> = new Set(["protocol_version", "handshake_failure"]);

/** `handshake_failure` is also what a server says that has TLS 1.3 and still cannot agree: to this, nothing is certain. */
const NOTHING_SHARED_HINT =
  "The server may speak nothing newer than TLS 1.2, which Deno's own TLS (DenoTls) speaks, too; share no cipher suite " +
  "or group; have no site of this name; or want a client certificate.";

/** The server's first message; a server that gives up on our hello gets a word of explanation. */
function* firstReply(channel: HandshakeChannel): Script<ServerHello> {
  try {
    return yield* channel.expect("server_hello");
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    if (error.code === "unexpected_eof") {
      throw new TlsError(error.code, error.message, {
        cause: error,
        hint: "Check that the port speaks TLS.",
      });
    }
    if (error.code !== "handshake_failed" || !REFUSED_VERSION.has(error.alert)) throw error;
    const [code, hint] = error.alert === "protocol_version"
      ? ["unsupported_protocol_version", OLD_SERVER_HINT] as const
      : [error.code, NOTHING_SHARED_HINT] as const;
    throw new TlsError(code, error.message, { cause: error, ...alertOf(error), hint });
  }
}

function alertOf({ alert }: TlsError): Pick<TlsError, "alert"> {
  return alert === undefined ? {} : { alert };
}

/** What follows a second ClientHello. */
function* secondReply(channel: HandshakeChannel): Script<ServerHello> {
  const hello = yield* channel.expect("server_hello");
  // "If a client receives a second HelloRetryRequest in the same connection (i.e., where the ClientHello was itself
  // in response to a HelloRetryRequest), it MUST abort the handshake with an "unexpected_message" alert."
  // (RFC 9846 §4.2.4)
  if (hello.isHelloRetryRequest) {
    throw new TlsError("unexpected_message", "Cannot accept HelloRetryRequest: it is the second one");
  }
  return hello;
}

/** RFC 9846 §4.5.3: "Recipients of Finished messages MUST verify that the contents are correct". */
function* receiveFinished(
  channel: HandshakeChannel,
  { crypto }: ClientContext,
  { hash }: CipherSuite,
  serverSecret: Uint8Array,
): Script<void> {
  const expected = yield* verifyData(
    crypto,
    hash,
    serverSecret,
    yield* channel.transcript.hash(hash),
  );
  const finished = yield* channel.expect("finished");
  if (!timingSafeEqual(finished.verifyData, expected)) {
    throw new TlsError(
      "bad_finished",
      "Cannot accept Finished: the server saw another handshake than this client",
    );
  }
}
