/**
 * Asking a client who it is, and judging the answer (RFC 9846 §4.4.2, §4.5.1, §4.5.2).
 *
 * @module
 */

import type { CipherSuite } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { MAX_AUTHORITIES_BYTES } from "../../limits.ts";
import type { Script } from "../../../io/script.ts";
import { encodeCertificateRequest } from "../../wire/certificate_request.ts";
import type { CertificateMessage } from "../../wire/messages.ts";
import { ExtensionType, SignatureScheme, type SignatureSchemeName } from "../../wire/numbers.ts";
import type { PeerCertificate } from "../../x509/peer_certificate.ts";
import { checkCertificateVerify, requireValid } from "../certificate_verify.ts";
import { checkChainLength, readChain } from "../certificate_chain.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ClientAuthentication, ServerContext } from "./context.ts";

/** The CertificateRequest that asks for what is accepted, encoded. */
export function certificateRequest(auth: ClientAuthentication): Uint8Array {
  const { handshakeSchemes, certificateSchemes, authorities } = auth;
  return encodeCertificateRequest({
    type: "certificate_request",
    // "This field SHALL be zero length unless used for the post-handshake authentication exchanges"
    context: new Uint8Array(0),
    signatureAlgorithms: handshakeSchemes.map((scheme) => SignatureScheme[scheme]),
    signatureAlgorithmsCert: certificateSchemes.map((scheme) => SignatureScheme[scheme]),
    certificateAuthorities: authorities,
    extensionOrder: [
      ExtensionType.signature_algorithms,
      ExtensionType.signature_algorithms_cert,
      ...(isWorthTelling(authorities) ? [ExtensionType.certificate_authorities] : []),
    ],
  });
}

function isWorthTelling(authorities: readonly Uint8Array[]): boolean {
  // `DistinguishedName authorities<3..2^16-1>` (RFC 9846 §4.3.4), each with its length in two bytes.
  const length = authorities.reduce((sum, name) => sum + 2 + name.length, 0);
  return length > 0 && length <= MAX_AUTHORITIES_BYTES;
}

/** A client that was asked. */
export interface AuthenticatedClient {
  /** End entity first; empty: it showed nothing. */
  readonly chain: readonly PeerCertificate[];
  /** What it signed with. */
  readonly scheme?: SignatureSchemeName;
}

/**
 * The answer to a CertificateRequest: the client's Certificate, and its CertificateVerify where it is not empty.
 *
 * The signature comes before the chain: it costs one verification, and nobody makes the server look for a path,
 * or ask the application about a certificate, whose key they do not have.
 *
 * @throws {TlsError} `certificate_required`, `bad_signature`, `certificate_*`, and what a message must not say.
 */
export function* authenticateClient(
  channel: HandshakeChannel,
  context: ServerContext,
  auth: ClientAuthentication,
  suite: CipherSuite,
): Script<AuthenticatedClient> {
  const entries = entriesOf(yield* channel.expect("certificate"));
  if (entries.length === 0) {
    if (!auth.required) return { chain: [] };
    throw new TlsError("certificate_required", "Cannot accept the client: it shows no certificate");
  }

  checkChainLength(entries.length, "the client's Certificate");
  const chain = yield* readChain(context.crypto, entries);
  const transcriptHash = yield* channel.transcript.hash(suite.hash);
  const message = yield* channel.expect("certificate_verify");
  const check = checkCertificateVerify(message, {
    provider: context.crypto,
    signer: "client",
    publicKey: chain.endEntity.publicKey,
    offered: auth.handshakeSchemes,
    transcriptHash,
  });
  yield* requireValid(check, "client");
  yield* auth.verify(chain, context.now());
  return { chain: chain.peerCertificates, scheme: check.scheme };
}

/** The certificates of the message. */
function entriesOf(message: CertificateMessage): Uint8Array[] {
  if (message.context.length > 0) {
    throw new TlsError(
      "illegal_parameter",
      "Cannot accept the client's Certificate: it answers another request",
    );
  }
  return message.entries.map(({ certificate, extensionOrder }) => {
    // "Extensions in the Certificate message from the client MUST correspond to extensions in the
    // CertificateRequest message from the server." (RFC 9846 §4.5.1): none of those has an answer.
    if (extensionOrder.length > 0) {
      throw new TlsError(
        "unsupported_extension",
        "Cannot accept the client's Certificate: it has an extension that was not asked for",
      );
    }
    return certificate;
  });
}
