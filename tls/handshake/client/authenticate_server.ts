/**
 * The server's Certificate and CertificateVerify, as a client receives and verifies them (RFC 9846 §4.5.1, §4.5.2).
 *
 * @module
 */

import type { CipherSuite } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { CertificateEntry } from "../../wire/messages.ts";
import { type CertificateTypeName, ExtensionType, type SignatureSchemeName } from "../../wire/numbers.ts";
import type { PeerCertificate } from "../../x509/peer_certificate.ts";
import { checkCertificateVerify } from "../certificate_verify.ts";
import { receiveCertificate } from "../compressed_certificate.ts";
import { publicKeyOf, readCredentials } from "../peer_credentials.ts";
import { type PendingSignature, requireValid } from "../peer_signature.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ClientContext, PresentedServer } from "./context.ts";
import { refuseUnsolicited } from "./server_hello.ts";

/** A server that has proved its identity. */
export interface AuthenticatedServer {
  /** Its chain, end entity first; empty where it shows a raw public key. */
  readonly peerCertificates: readonly PeerCertificate[];
  /** The raw public key that it shows instead, a DER SubjectPublicKeyInfo. */
  readonly rawPublicKey?: Uint8Array;
  /** The stapled OCSP response, DER. */
  readonly ocspResponse?: Uint8Array;
  /** Signature scheme of its CertificateVerify; `undefined` after a resumption. */
  readonly peerSignatureScheme?: SignatureSchemeName;
}

/**
 * Receives Certificate and CertificateVerify, and verifies them.
 *
 * Chain and signature are verified at the same time where the provider answers with promises; a failure of one waits
 * for the other. An error of the chain goes before one of the signature, because its reader can act on it.
 *
 * @throws {TlsError} `no_certificate`, `certificate_...`, `unoffered_signature_scheme`, `bad_signature`...
 */
export function* authenticateServer(
  channel: HandshakeChannel,
  context: ClientContext,
  suite: CipherSuite,
  type: CertificateTypeName = "X509",
): Script<AuthenticatedServer> {
  const server = yield* receiveServerCertificate(channel, context, type);
  const transcriptHash = yield* channel.transcript.hash(suite.hash);
  const signature = checkCertificateVerify(yield* channel.expect("certificate_verify"), {
    provider: context.crypto,
    signer: "server",
    publicKey: publicKeyOf(server),
    offered: context.signatureSchemes,
    transcriptHash,
  });
  yield* verifyChain(context, server, signature);
  yield* requireValid(signature, "server");
  return authenticated(server, signature);
}

/** What of a server is left when it was verified. */
export function authenticated(server: PresentedServer, { scheme }: PendingSignature): AuthenticatedServer {
  const { peerCertificates, ocspResponse } = server;
  return {
    peerCertificates,
    ...("rawPublicKey" in server && { rawPublicKey: server.rawPublicKey }),
    ...(ocspResponse !== undefined && { ocspResponse }),
    peerSignatureScheme: scheme,
  };
}

/** Verifies the chain; when it is refused, still awaits the verification of the signature, which is under way. */
export function* verifyChain(
  context: ClientContext,
  server: PresentedServer,
  signature: PendingSignature,
): Script<void> {
  try {
    yield* context.verify(server);
  } catch (refusal) {
    yield* settle(signature.valid);
    throw refusal;
  }
}

function* receiveServerCertificate(
  channel: HandshakeChannel,
  context: ClientContext,
  type: CertificateTypeName,
): Script<PresentedServer> {
  const message = yield* receiveCertificate(channel, context.certificateCompression);
  const { context: requestContext, entries } = message;
  // "Otherwise (in the case of server authentication), this field SHALL be zero length." (RFC 9846 §4.5.1)
  if (requestContext.length > 0) {
    throw new TlsError("decode_error", "Cannot accept Certificate: it answers a request that was not made");
  }
  for (const { extensionOrder } of entries) {
    // "Extensions in the Certificate message from the server MUST correspond to ones from the ClientHello message."
    // (RFC 9846 §4.5.1)
    refuseUnsolicited(extensionOrder, [ExtensionType.status_request], "Certificate");
  }

  return yield* presentedServer(context, { entries, type, ocspResponse: entries[0]?.ocspResponse });
}

/** A Certificate of either version. */
export interface ServerCertificate {
  readonly entries: readonly Pick<CertificateEntry, "certificate">[];
  /** The type that was agreed on. */
  readonly type: CertificateTypeName;
  /** The stapled OCSP response, DER. */
  readonly ocspResponse: Uint8Array | undefined;
}

/**
 * Reads a Certificate of either version.
 *
 * "If the server supplies an empty Certificate message, the client MUST abort the handshake with a "decode_error" alert."
 * (RFC 9846 §4.5.1)
 *
 * @throws {TlsError} `no_certificate`, and what `readCredentials` throws.
 */
export function* presentedServer(
  context: ClientContext,
  { entries, type, ocspResponse }: ServerCertificate,
): Script<PresentedServer> {
  if (entries.length === 0) {
    throw new TlsError("no_certificate", "Cannot trust the server: it shows no certificate");
  }
  const ders = entries.map(({ certificate }) => certificate);
  return {
    serverName: context.serverName,
    ...(yield* readCredentials(context.crypto, ders, type, "Certificate")),
    ...(ocspResponse !== undefined && { ocspResponse: ocspResponse.slice() }),
    time: context.now(),
  };
}
