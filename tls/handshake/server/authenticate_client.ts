/**
 * Client authentication: the CertificateRequest, and the client's Certificate and CertificateVerify, as a server
 * receives and verifies them (RFC 9846 §4.4.2, §4.5.1, §4.5.2).
 *
 * @module
 */

import type { CipherSuite } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { MAX_AUTHORITIES_BYTES } from "../../limits.ts";
import type { Script } from "../../../io/script.ts";
import { encodeCertificateRequest } from "../../wire/certificate_request.ts";
import type { CertificateMessage } from "../../wire/messages.ts";
import {
  type CertificateTypeName,
  ExtensionType,
  SignatureScheme,
  type SignatureSchemeName,
} from "../../wire/numbers.ts";
import type { PeerCertificate } from "../../x509/peer_certificate.ts";
import { checkCertificateVerify } from "../certificate_verify.ts";
import { receiveCertificate } from "../compressed_certificate.ts";
import { requireValid } from "../peer_signature.ts";
import { type PeerCredentials, publicKeyOf, readCredentials } from "../peer_credentials.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ClientAuthentication, ServerContext } from "./context.ts";

/** Sends the CertificateRequest with the criteria of the configuration. */
export function sendCertificateRequest(
  channel: HandshakeChannel,
  { certificateCompression = [] }: ServerContext,
  auth: ClientAuthentication,
): void {
  const { handshakeSchemes, certificateSchemes, authorities } = auth;
  channel.send(encodeCertificateRequest({
    type: "certificate_request",
    // "This field SHALL be zero length unless used for the post-handshake authentication exchanges" (RFC 9846 §4.4.2)
    context: new Uint8Array(0),
    signatureAlgorithms: handshakeSchemes.map((scheme) => SignatureScheme[scheme]),
    signatureAlgorithmsCert: certificateSchemes.map((scheme) => SignatureScheme[scheme]),
    certificateAuthorities: authorities,
    compressCertificate: certificateCompression.map(({ id }) => id),
    extensionOrder: [
      ExtensionType.signature_algorithms,
      ExtensionType.signature_algorithms_cert,
      ...(fitsRequest(authorities) ? [ExtensionType.certificate_authorities] : []),
      ...(certificateCompression.length > 0 ? [ExtensionType.compress_certificate] : []),
    ],
  }));
}

/** Whether there are names of authorities to send, and few enough. */
export function fitsRequest(authorities: readonly Uint8Array[]): boolean {
  // `DistinguishedName authorities<3..2^16-1>` (RFC 9846 §4.3.4), each with its length in two bytes.
  const length = authorities.reduce((sum, name) => sum + 2 + name.length, 0);
  return length > 0 && length <= MAX_AUTHORITIES_BYTES;
}

/** A client that has answered the CertificateRequest. */
export interface AuthenticatedClient {
  /** Its chain, end entity first; empty: it sent no certificate. */
  readonly chain: readonly PeerCertificate[];
  /** The raw public key that it shows instead, a DER SubjectPublicKeyInfo. */
  readonly rawPublicKey?: Uint8Array;
  /** Signature scheme of its CertificateVerify. */
  readonly scheme?: SignatureSchemeName;
}

/**
 * Receives the client's Certificate, and its CertificateVerify unless the Certificate is empty, and verifies them.
 *
 * The signature is verified before the chain: it costs one verification, and a client without the certificate's key can
 * make the server neither search for a certification path nor call the application's verifier.
 *
 * @throws {TlsError} `certificate_required`, `bad_signature`, `certificate_*`, `illegal_parameter`...
 */
export function* authenticateClient(
  channel: HandshakeChannel,
  context: ServerContext,
  { auth, type }: RequestedCertificate,
  suite: CipherSuite,
): Script<AuthenticatedClient> {
  const certificates = certificatesOf(
    yield* receiveCertificate(channel, context.certificateCompression),
  );
  if (certificates.length === 0) {
    if (!auth.required) return { chain: [] };
    throw new TlsError("certificate_required", "Cannot accept the client: it shows no certificate");
  }

  const credentials = yield* readCredentials(context.crypto, certificates, type, "the client's Certificate");
  const transcriptHash = yield* channel.transcript.hash(suite.hash);
  const message = yield* channel.expect("certificate_verify");
  const check = checkCertificateVerify(message, {
    provider: context.crypto,
    signer: "client",
    publicKey: publicKeyOf(credentials),
    offered: auth.handshakeSchemes,
    transcriptHash,
  });
  yield* requireValid(check, "client");
  yield* auth.verify(credentials, context.now());
  return { ...authenticated(credentials), scheme: check.scheme };
}

/** What of a client is left when it was verified. */
export function authenticated(credentials: PeerCredentials): AuthenticatedClient {
  return {
    chain: credentials.peerCertificates,
    ...("rawPublicKey" in credentials && { rawPublicKey: credentials.rawPublicKey }),
  };
}

/** The certificate that a client is asked for. */
export interface RequestedCertificate {
  readonly auth: ClientAuthentication;
  /** The type that was agreed on. */
  readonly type: CertificateTypeName;
}

/** The certificates of a Certificate, in DER. */
function certificatesOf(message: CertificateMessage): Uint8Array[] {
  if (message.context.length > 0) {
    throw new TlsError(
      "illegal_parameter",
      "Cannot accept the client's Certificate: it answers another request",
    );
  }
  return message.entries.map(({ certificate, extensionOrder }) => {
    // "Extensions in the Certificate message from the client MUST correspond to extensions in the
    // CertificateRequest message from the server." (RFC 9846 §4.5.1): those of the request have none.
    if (extensionOrder.length > 0) {
      throw new TlsError(
        "unsupported_extension",
        "Cannot accept the client's Certificate: it has an extension that was not asked for",
      );
    }
    return certificate;
  });
}
