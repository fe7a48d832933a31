/**
 * What a peer proves its identity by, for both sides: a chain of certificates, or a raw public key (RFC 7250).
 *
 * A raw public key is in no certification path and has no name, so no root applies to it: pins and verifiers alone decide
 * whether it is trusted.
 *
 * @module
 */

import type { CryptoProvider } from "../crypto/provider.ts";
import { TlsError } from "../error/tls_error.ts";
import type { Script } from "../../io/script.ts";
import type { CertificateTypeName } from "../wire/numbers.ts";
import { CertificateError } from "../x509/error.ts";
import type { PeerCertificate } from "../x509/peer_certificate.ts";
import { readCertificateKey } from "../x509/public_key.ts";
import { refusedCertificate } from "../x509/refused_certificate.ts";
import { type CertificateChain, checkChainLength, readChain } from "./certificate_chain.ts";

/** A raw public key. */
export interface PresentedRawPublicKey {
  /** A whole DER SubjectPublicKeyInfo. */
  readonly rawPublicKey: Uint8Array;
  /** Empty. */
  readonly peerCertificates: readonly PeerCertificate[];
}

/** What a peer proves its identity by. */
export type PeerCredentials = CertificateChain | PresentedRawPublicKey;

/** The key that signs the handshake, a whole DER SubjectPublicKeyInfo. */
export function publicKeyOf(peer: PeerCredentials): Uint8Array {
  return "rawPublicKey" in peer ? peer.rawPublicKey : peer.endEntity.publicKey;
}

/**
 * Reads what stands in a Certificate; the result has memory of its own.
 *
 * @param ders The entries: certificates, end entity first, or a raw public key. At least one.
 * @param type The type that was agreed on.
 * @param message Name of what carries them, for errors.
 * @throws {TlsError} `certificate_too_large`, `certificate_invalid`; `decode_error` for what is no raw public key.
 */
export function* readCredentials(
  crypto: CryptoProvider,
  ders: readonly Uint8Array[],
  type: CertificateTypeName,
  message: string,
): Script<PeerCredentials> {
  if (type === "RawPublicKey") return readRawPublicKey(ders, message);
  checkChainLength(ders.length, message);
  return yield* readChain(crypto, ders);
}

/**
 * "If the RawPublicKey certificate type was negotiated, then the certificate_list MUST contain no more than one
 * CertificateEntry" (RFC 9846 §4.5.1).
 */
function readRawPublicKey([key, ...more]: readonly Uint8Array[], message: string): PresentedRawPublicKey {
  const refuse = (reason: string, cause?: unknown): TlsError =>
    new TlsError(
      "decode_error",
      `Cannot accept ${message}: ${reason}`,
      cause === undefined ? {} : { cause },
    );
  if (key === undefined || more.length > 0) throw refuse("it has not exactly one raw public key");
  const rawPublicKey = key.slice();
  try {
    readCertificateKey(rawPublicKey);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw error.code === "bad_der" ? refuse("it has no raw public key", error) : refusedCertificate(error);
  }
  return { rawPublicKey, peerCertificates: [] };
}

/** The certificate type where none is agreed on (RFC 7250 §4.2). */
export const DEFAULT_CERTIFICATE_TYPES: readonly CertificateTypeName[] = ["X509"];

/**
 * Checks that credentials are of an accepted type. In a handshake the type was agreed on; a session may be older than
 * the configuration.
 *
 * @throws {TlsError} `unsupported_certificate_type`
 */
export function requireAcceptedType(
  peer: PeerCredentials,
  accepted: readonly CertificateTypeName[] = DEFAULT_CERTIFICATE_TYPES,
): void {
  const [type, name] = "rawPublicKey" in peer
    ? ["RawPublicKey", "a raw public key"] as const
    : ["X509", "certificates"] as const;
  if (accepted.includes(type)) return;
  throw new TlsError("unsupported_certificate_type", `Cannot trust the peer: ${name} are not accepted here`);
}
