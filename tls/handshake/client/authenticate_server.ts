/**
 * Who the server is: its Certificate and CertificateVerify, as a client judges them (RFC 9846 §4.5.1, §4.5.2).
 *
 * @module
 */

import type { CipherSuite } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { CertificateMessage } from "../../wire/messages.ts";
import { ExtensionType, type SignatureSchemeName } from "../../wire/numbers.ts";
import type { PeerCertificate } from "../../x509/peer_certificate.ts";
import { checkChainLength, readChain } from "../certificate_chain.ts";
import { checkCertificateVerify, requireValid, type SignatureUnderCheck } from "../certificate_verify.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ClientContext, PresentedServer } from "./context.ts";
import { refuseUnsolicited } from "./server_hello.ts";

/** A server that has proved who it is. */
export interface AuthenticatedServer {
  /** End entity first. */
  readonly peerCertificates: readonly PeerCertificate[];
  readonly ocspResponse?: Uint8Array;
  /** What it signed with; nothing after a resumption. */
  readonly peerSignatureScheme?: SignatureSchemeName;
}

/**
 * Reads Certificate and CertificateVerify, and judges them.
 *
 * Chain and signature are verified side by side where the provider answers with promises, and neither is left
 * running behind a failure. What is wrong with the chain is told first: it is what the reader can do something about.
 *
 * @throws {TlsError} `no_certificate`, `certificate_...`, `unoffered_signature_scheme`, `bad_signature`...
 */
export function* authenticateServer(
  channel: HandshakeChannel,
  context: ClientContext,
  suite: CipherSuite,
): Script<AuthenticatedServer> {
  const server = yield* presentedServer(yield* channel.expect("certificate"), context);
  const transcriptHash = yield* channel.transcript.hash(suite.hash);
  const signature = checkCertificateVerify(yield* channel.expect("certificate_verify"), {
    provider: context.crypto,
    signer: "server",
    publicKey: server.endEntity.publicKey,
    offered: context.signatureSchemes,
    transcriptHash,
  });
  yield* requireTrust(context, server, signature);
  yield* requireValid(signature, "server");
  const { peerCertificates, ocspResponse } = server;
  return {
    peerCertificates,
    ...(ocspResponse !== undefined && { ocspResponse }),
    peerSignatureScheme: signature.scheme,
  };
}

/** Judges the chain; when it is refused, waits for the verdict on the signature, which is under way, all the same. */
function* requireTrust(
  context: ClientContext,
  server: PresentedServer,
  signature: SignatureUnderCheck,
): Script<void> {
  try {
    yield* context.verify(server);
  } catch (refusal) {
    yield* settle(signature.valid);
    throw refusal;
  }
}

function* presentedServer(message: CertificateMessage, context: ClientContext): Script<PresentedServer> {
  const { context: requestContext, entries } = message;
  // "In the case of server authentication, this field SHALL be zero length." (RFC 9846 §4.5.1)
  if (requestContext.length > 0) {
    throw new TlsError("decode_error", "Cannot accept Certificate: it answers a request that was not made");
  }
  const [first] = entries;
  // "If the server supplies an empty Certificate message, the client MUST abort the handshake with a "decode_error"
  // alert." (RFC 9846 §4.5.1)
  if (first === undefined) {
    throw new TlsError("no_certificate", "Cannot trust the server: it shows no certificate");
  }
  checkChainLength(entries.length, "Certificate");
  for (const { extensionOrder } of entries) {
    // "Extensions in the Certificate message from the server MUST correspond to ones from the ClientHello message."
    // (RFC 9846 §4.5.1)
    refuseUnsolicited(extensionOrder, [ExtensionType.status_request], "Certificate");
  }

  const chain = yield* readChain(context.crypto, entries.map(({ certificate }) => certificate));
  return {
    serverName: context.serverName,
    ...chain,
    ...(first.ocspResponse !== undefined && { ocspResponse: first.ocspResponse.slice() }),
    time: context.now(),
  };
}
