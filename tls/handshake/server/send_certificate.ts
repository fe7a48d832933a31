/**
 * The server's identity, and its Certificate and CertificateVerify (RFC 9846 §4.5.1, §4.5.2).
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { HashName, SigningKey } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import { encodeCertificateVerify } from "../../wire/certificate_verify.ts";
import type { CertificateMessage, ClientHello } from "../../wire/messages.ts";
import { ExtensionType, type SignatureSchemeName } from "../../wire/numbers.ts";
import { chooseScheme, handshakeSchemes, signTranscript } from "../certificate_verify.ts";
import { encodeForPeer } from "../compressed_certificate.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ServerContext, ServerCredentials } from "./context.ts";

/** An identity that this client can verify, ready to sign. */
export interface Signer {
  readonly credentials: ServerCredentials;
  readonly key: SigningKey;
  /** The scheme that the key signs with. */
  readonly scheme: SignatureSchemeName;
  /** Whether the OCSP response is stapled. */
  readonly staple: boolean;
}

/** Digests of chains; an identity that is loaded keeps its chain. */
const DIGESTS = new WeakMap<readonly Uint8Array[], Uint8Array>();

/** The SHA-256 of an identity's chain, by which a session knows the identity again. */
export function* identityDigest(
  { crypto }: ServerContext,
  { chain }: ServerCredentials,
): Script<Uint8Array> {
  let digest = DIGESTS.get(chain);
  if (digest === undefined) {
    // A certificate is a DER value, which says how long it is: no two chains are the same in one piece.
    digest = yield* settle(crypto.digest("SHA-256", concat(chain)));
    DIGESTS.set(chain, digest);
  }
  return digest;
}

/**
 * Chooses the scheme with which an identity signs.
 *
 * @throws {TlsError} `missing_extension`, `no_shared_signature_scheme`.
 */
export function* chooseSigner(credentials: ServerCredentials, hello: ClientHello): Script<Signer> {
  const { signatureAlgorithms, statusRequest = false } = hello.extensions;
  // "If a server is authenticating via a certificate and the client has not sent a "signature_algorithms" extension,
  // then the server MUST abort the handshake with a "missing_extension" alert" (RFC 9846 §4.3.3): only a client that
  // offered a ticket comes this far without.
  if (signatureAlgorithms === undefined) {
    throw new TlsError("missing_extension", "Cannot accept ClientHello: it has no signature_algorithms");
  }
  const key = yield* settle(credentials.key());
  const scheme = chooseScheme(key, signatureAlgorithms);
  if (scheme === undefined) {
    throw new TlsError(
      "no_shared_signature_scheme",
      `Cannot accept ClientHello: the client accepts none of ${handshakeSchemes(key).join(", ")}`,
    );
  }
  return { credentials, key, scheme, staple: statusRequest && credentials.ocspResponse !== undefined };
}

/** Sends Certificate and CertificateVerify. @throws {TlsError} `signing_failed` */
export function* sendCertificate(
  channel: HandshakeChannel,
  { certificateCompression }: ServerContext,
  { extensions: { compressCertificate } }: ClientHello,
  signer: Signer,
  hash: HashName,
): Script<void> {
  const { credentials, key, scheme, staple } = signer;
  const { ocspResponse } = credentials;
  const message: CertificateMessage = {
    type: "certificate",
    context: new Uint8Array(0),
    // "If an extension applies to the entire chain, it SHOULD be included in the first CertificateEntry." (RFC 9846
    // §4.5.1)
    entries: credentials.chain.map((certificate, i) =>
      i === 0 && staple && ocspResponse !== undefined
        ? { certificate, ocspResponse, extensionOrder: [ExtensionType.status_request] }
        : { certificate, extensionOrder: [] }
    ),
  };
  channel.send(yield* encodeForPeer(message, certificateCompression, compressCertificate));
  const transcriptHash = yield* channel.transcript.hash(hash);
  channel.send(encodeCertificateVerify(yield* signTranscript(key, scheme, "server", transcriptHash)));
}
