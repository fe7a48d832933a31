/**
 * CertificateVerify of TLS 1.3: the proof that the sender of a certificate holds its key (RFC 9846 §4.5.2), for both
 * sides.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { SigningKey } from "../crypto/provider.ts";
import { handshakeAlgorithm } from "../crypto/signature.ts";
import type { Script } from "../../io/script.ts";
import type { CertificateVerify } from "../wire/messages.ts";
import { SignatureScheme, type SignatureSchemeName } from "../wire/numbers.ts";
import {
  checkPeerSignature,
  type PeerSignatureCheck,
  type PendingSignature,
  signContent,
  type Signer,
} from "./peer_signature.ts";

/** The values that a CertificateVerify is verified against. */
export interface SignatureCheck
  extends Pick<PeerSignatureCheck, "provider" | "signer" | "publicKey" | "offered"> {
  /** Hash of the transcript up to the signer's Certificate. */
  readonly transcriptHash: Uint8Array;
}

/**
 * Begins the verification of a CertificateVerify, so that other work can go on meanwhile; `requireValid` ends it.
 *
 * "If the CertificateVerify message is sent by a server, the signature algorithm MUST be one offered in the client's
 * "signature_algorithms" extension" (RFC 9846 §4.5.2); the same holds for what a CertificateRequest offers.
 *
 * @throws {TlsError} `unoffered_signature_scheme`, `illegal_parameter`.
 */
export function checkCertificateVerify(
  message: CertificateVerify,
  { transcriptHash, ...check }: SignatureCheck,
): PendingSignature {
  return checkPeerSignature(message, {
    ...check,
    message: "CertificateVerify",
    content: signedContent(check.signer, transcriptHash),
    algorithmOf: handshakeAlgorithm,
  });
}

/**
 * The first scheme in the key's order that the peer accepts and that may sign a handshake.
 *
 * @param accepted The schemes of the peer's `signature_algorithms`.
 * @returns `undefined` when there is none.
 */
export function chooseScheme(key: SigningKey, accepted: readonly number[]): SignatureSchemeName | undefined {
  return handshakeSchemes(key).find((name) => accepted.includes(SignatureScheme[name]));
}

/** The schemes of a key that may sign a handshake of TLS 1.3. */
export function handshakeSchemes(key: SigningKey): readonly SignatureSchemeName[] {
  return key.schemes.filter((name) => handshakeAlgorithm(name) !== undefined);
}

/**
 * Signs a transcript.
 *
 * @param transcriptHash Hash of the transcript up to this end's own Certificate.
 * @throws {TlsError} `signing_failed` when the key throws, rejects, or gives no signature.
 */
export function* signTranscript(
  key: SigningKey,
  scheme: SignatureSchemeName,
  signer: Signer,
  transcriptHash: Uint8Array,
): Script<CertificateVerify> {
  const signed = yield* signContent(key, scheme, signer, signedContent(signer, transcriptHash));
  return { type: "certificate_verify", ...signed };
}

const CONTEXTS: Readonly<Record<Signer, Uint8Array>> = {
  client: contextOf("TLS 1.3, client CertificateVerify"),
  server: contextOf("TLS 1.3, server CertificateVerify"),
};

/**
 * "The digital signature is then computed over the concatenation of: A string that consists of octet 32 (0x20)
 * repeated 64 times [...] The context string [...] A single 0 byte which serves as the separator [...] The content to
 * be signed" (RFC 9846 §4.5.2).
 */
export function signedContent(signer: Signer, transcriptHash: Uint8Array): Uint8Array {
  return concat([CONTEXTS[signer], transcriptHash]);
}

function contextOf(text: string): Uint8Array {
  return new TextEncoder().encode(" ".repeat(64) + text + "\0");
}
