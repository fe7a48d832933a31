/**
 * CertificateVerify: the proof that the sender of a certificate holds its key (RFC 9846 §4.5.2), for both sides.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { CryptoProvider, SignatureAlgorithm, SigningKey } from "../crypto/provider.ts";
import type { PublicKey } from "../crypto/public_key.ts";
import { handshakeAlgorithm, SIGNATURE_FACTS } from "../crypto/signature.ts";
import { TlsError } from "../error/tls_error.ts";
import { type Eventual, ignoreRejection, type Script, settle } from "../../io/script.ts";
import type { CertificateVerify } from "../wire/messages.ts";
import { CertificateError } from "../x509/error.ts";
import { readUsableKey } from "../x509/public_key.ts";
import { refusedCertificate } from "../x509/refused_certificate.ts";
import { hexNumber, SignatureScheme, type SignatureSchemeName } from "../wire/numbers.ts";

/** The role of the end that signs. */
export type Signer = "client" | "server";

/** The values that a CertificateVerify is verified against. */
export interface SignatureCheck {
  readonly provider: CryptoProvider;
  /** The role of the sender. */
  readonly signer: Signer;
  /** The DER SubjectPublicKeyInfo of the signer's certificate. */
  readonly publicKey: Uint8Array;
  /** The schemes that this end offered. */
  readonly offered: readonly SignatureSchemeName[];
  /** Hash of the transcript up to the signer's Certificate. */
  readonly transcriptHash: Uint8Array;
}

/** A signature whose verification is under way. */
export interface PendingSignature {
  readonly scheme: SignatureSchemeName;
  /** Whether the signature is valid; never rejects for one that is not. */
  readonly valid: Eventual<boolean>;
}

/**
 * Begins the verification of a CertificateVerify, so that other work can go on meanwhile; {@linkcode requireValid} ends
 * it.
 *
 * @throws {TlsError} `unoffered_signature_scheme` for a scheme that was not offered or may not sign handshakes.
 */
export function checkCertificateVerify(
  message: CertificateVerify,
  check: SignatureCheck,
): PendingSignature {
  const { provider, signer, publicKey, offered, transcriptHash } = check;
  // "If the CertificateVerify message is sent by a server, the signature algorithm MUST be one offered in the
  // client's "signature_algorithms" extension" (RFC 9846 §4.5.2); the same holds for what a CertificateRequest offers.
  const scheme = offered.find((name) => SignatureScheme[name] === message.scheme);
  const algorithm = scheme && handshakeAlgorithm(scheme);
  if (scheme === undefined || algorithm === undefined) {
    throw new TlsError(
      "unoffered_signature_scheme",
      `Cannot accept CertificateVerify: the ${signer} signed with ${
        scheme ?? `scheme ${hexNumber(message.scheme)}`
      }, ` +
        (scheme === undefined ? "which was not offered" : "which may not sign a TLS 1.3 handshake"),
    );
  }
  if (!fits(algorithm, publicKey)) {
    throw new TlsError(
      "illegal_parameter",
      `Cannot accept CertificateVerify: ${scheme} is not for the kind of key in the ${signer}'s certificate`,
    );
  }
  const content = signedContent(signer, transcriptHash);
  const valid = provider.verify(algorithm, publicKey, content, message.signature);
  ignoreRejection(valid);
  return { scheme, valid };
}

/**
 * Whether an algorithm is for that kind of key, and on that curve: "the signature algorithm MUST be compatible with the
 * key in the sender's end-entity certificate" (RFC 9846 §4.5.2).
 *
 * @throws {TlsError} `certificate_invalid` for a key that cannot be used: its signature can be neither right nor wrong.
 */
function fits(algorithm: SignatureAlgorithm, publicKey: Uint8Array): boolean {
  const facts = SIGNATURE_FACTS[algorithm];
  const key = keyOf(publicKey);
  switch (facts.kind) {
    case "ecdsa":
      return key.kind === "ec" && key.curve === facts.curve;
    case "ed25519":
      return key.kind === "ed25519";
    case "rsa_pss":
      return key.kind === (facts.pssKey ? "rsa_pss" : "rsa");
    case "rsa_pkcs1":
      return false;
  }
}

function keyOf(publicKey: Uint8Array): PublicKey {
  try {
    return readUsableKey(publicKey);
  } catch (error) {
    throw error instanceof CertificateError ? refusedCertificate(error) : error;
  }
}

/**
 * Awaits the verification of a signature.
 *
 * @throws {TlsError} `bad_signature` when the signature is not valid.
 */
export function* requireValid(signature: PendingSignature, signer: Signer): Script<void> {
  // A provider of the application may return other values: only `true` means a valid signature.
  if ((yield* settle(signature.valid)) !== true) {
    throw new TlsError(
      "bad_signature",
      `Cannot accept CertificateVerify: the ${signer}'s signature is not one of its certificate's key`,
    );
  }
}

/**
 * The first scheme in the key's order that the peer accepts and that may sign a handshake.
 *
 * @param accepted The schemes of the peer's `signature_algorithms`.
 * @returns `undefined` when there is none.
 */
export function chooseScheme(key: SigningKey, accepted: readonly number[]): SignatureSchemeName | undefined {
  return key.schemes.find((name) =>
    accepted.includes(SignatureScheme[name]) && handshakeAlgorithm(name) !== undefined
  );
}

/** `opaque signature<0..2^16-1>` (RFC 9846 §4.5.2); an empty one is none. */
const MAX_SIGNATURE_BYTES = 0xffff;

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
  let signature: Uint8Array;
  try {
    signature = yield* settle(key.sign(scheme, signedContent(signer, transcriptHash)));
  } catch (cause) {
    throw new TlsError("signing_failed", `Cannot sign the handshake: the ${signer}'s key failed`, { cause });
  }
  if (
    !(signature instanceof Uint8Array) || signature.length === 0 || signature.length > MAX_SIGNATURE_BYTES
  ) {
    throw new TlsError("signing_failed", `Cannot sign the handshake: the ${signer}'s key gave no signature`);
  }
  return { type: "certificate_verify", scheme: SignatureScheme[scheme], signature };
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
