/**
 * Signatures of TLS 1.2: over the ServerKeyExchange, and over all messages in CertificateVerify (RFC 5246 §7.4.3,
 * §7.4.8).
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { SigningKey } from "../crypto/provider.ts";
import { tls12Algorithm } from "../crypto/signature.ts";
import type { Tls12KeyKind } from "../crypto/tls12_suites.ts";
import type { Randoms } from "../schedule/tls12_secrets.ts";
import { SignatureScheme, type SignatureSchemeName } from "../wire/numbers.ts";
import {
  checkPeerSignature,
  type PeerSignatureCheck,
  type PendingSignature,
  type ReceivedSignature,
} from "./peer_signature.ts";

/**
 * Begins the verification of a signature of TLS 1.2.
 *
 * "the signature algorithm ... MUST be a pair listed in" what this end offered, "and ... MUST be compatible with the key
 * in" the certificate (RFC 5246 §7.4.3, §7.4.8).
 *
 * @throws {TlsError} `unoffered_signature_scheme`, `illegal_parameter`.
 */
export function checkTls12Signature(
  received: ReceivedSignature,
  check: Omit<PeerSignatureCheck, "algorithmOf">,
): PendingSignature {
  return checkPeerSignature(received, { ...check, algorithmOf: tls12Algorithm });
}

/** The bytes that the signature of a ServerKeyExchange covers: both randoms, and the parameters (RFC 5246 §7.4.3). */
export function signedParameters({ client, server }: Randoms, params: Uint8Array): Uint8Array {
  return concat([client, server, params]);
}

/** Kind of key that a scheme is of. */
export function keyKindOf(scheme: SignatureSchemeName): Tls12KeyKind {
  return scheme.startsWith("rsa_") ? "rsa" : "ecdsa";
}

/**
 * The first scheme in the key's order that the peer accepts; in TLS 1.2 also RSASSA-PKCS1-v1_5 signs handshakes.
 *
 * @param accepted The schemes of the peer.
 * @returns `undefined` when there is none.
 */
export function chooseTls12Scheme(
  key: SigningKey,
  accepted: readonly number[],
): SignatureSchemeName | undefined {
  return key.schemes.find((name) => accepted.includes(SignatureScheme[name]));
}
