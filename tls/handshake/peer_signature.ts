/**
 * Signatures over a handshake, in either version and by either end: the peer's are verified here, this end's are made.
 *
 * The version decides what is signed, and which algorithm a scheme stands for beside a key.
 *
 * @module
 */

import type { CryptoProvider, SignatureAlgorithm, SigningKey } from "../crypto/provider.ts";
import type { PublicKey } from "../crypto/public_key.ts";
import { SIGNATURE_FACTS } from "../crypto/signature.ts";
import { TlsError, type TlsErrorOptions } from "../error/tls_error.ts";
import { type Eventual, ignoreRejection, type Script, settle } from "../../io/script.ts";
import { CertificateError } from "../x509/error.ts";
import { readUsableKey } from "../x509/public_key.ts";
import { refusedCertificate } from "../x509/refused_certificate.ts";
import { hexNumber, SignatureScheme, type SignatureSchemeName } from "../wire/numbers.ts";

/** The role of the end that signs. */
export type Signer = "client" | "server";

/** A signature as it came. */
export interface ReceivedSignature {
  readonly scheme: number;
  readonly signature: Uint8Array;
}

/** The values that a signature is verified against. */
export interface PeerSignatureCheck {
  readonly provider: CryptoProvider;
  /** The role of the sender. */
  readonly signer: Signer;
  /** Name of the message that carries the signature, for errors. */
  readonly message: string;
  /** The DER SubjectPublicKeyInfo of the signer's certificate. */
  readonly publicKey: Uint8Array;
  /** The schemes that this end offered. */
  readonly offered: readonly SignatureSchemeName[];
  /** The bytes that are signed. */
  readonly content: Uint8Array;
  /** The algorithm of a scheme beside such a key; `undefined`: the scheme may not sign handshakes of this version. */
  algorithmOf(scheme: SignatureSchemeName, key: PublicKey): SignatureAlgorithm | undefined;
}

/** A signature whose verification is under way. */
export interface PendingSignature {
  readonly scheme: SignatureSchemeName;
  /** Whether the signature is valid; never rejects for one that is not. */
  readonly valid: Eventual<boolean>;
}

/**
 * Begins the verification of a signature, so that other work can go on meanwhile; {@linkcode requireValid} ends it.
 *
 * @throws {TlsError} `unoffered_signature_scheme` for a scheme that was not offered or may not sign handshakes;
 * `illegal_parameter` for one that is not for the key.
 */
export function checkPeerSignature(received: ReceivedSignature, check: PeerSignatureCheck): PendingSignature {
  const { provider, signer, message, publicKey, offered, content } = check;
  const scheme = offered.find((name) => SignatureScheme[name] === received.scheme);
  if (scheme === undefined) {
    const isSha1 = received.scheme >> 8 === SHA1;
    throw unoffered(
      check,
      `scheme ${hexNumber(received.scheme)}, which was not offered`,
      isSha1 ? { hint: `It is one of SHA-1, which is not safe: update the ${signer}'s TLS.` } : {},
    );
  }
  const key = keyOf(publicKey);
  const algorithm = check.algorithmOf(scheme, key);
  if (algorithm === undefined) throw unoffered(check, `${scheme}, which may not sign such a handshake`);
  if (!fits(algorithm, key)) {
    throw new TlsError(
      "illegal_parameter",
      `Cannot accept ${message}: ${scheme} is not for the kind of key in the ${signer}'s certificate`,
    );
  }
  const valid = provider.verify(algorithm, publicKey, content, received.signature);
  ignoreRejection(valid);
  return { scheme, valid };
}

function unoffered(
  { message, signer }: PeerSignatureCheck,
  signed: string,
  options: TlsErrorOptions = {},
): TlsError {
  return new TlsError(
    "unoffered_signature_scheme",
    `Cannot accept ${message}: the ${signer} signed with ${signed}`,
    options,
  );
}

/** `HashAlgorithm` of SHA-1, the first byte of a scheme (RFC 5246 §7.4.1.4.1). */
const SHA1 = 2;

/**
 * Whether an algorithm is for that kind of key, and on that curve: "the signature algorithm MUST be compatible with the
 * key in the sender's end-entity certificate" (RFC 9846 §4.5.2, and RFC 5246 §7.4.3).
 */
function fits(algorithm: SignatureAlgorithm, key: PublicKey): boolean {
  const facts = SIGNATURE_FACTS[algorithm];
  switch (facts.kind) {
    case "ecdsa":
      return key.kind === "ec" && key.curve === facts.curve;
    case "ed25519":
      return key.kind === "ed25519";
    case "rsa_pss":
      return key.kind === (facts.pssKey ? "rsa_pss" : "rsa");
    case "rsa_pkcs1":
      return key.kind === "rsa";
  }
}

/**
 * The key of a certificate.
 *
 * @throws {TlsError} `certificate_invalid` for a key that cannot be used: its signature can be neither right nor wrong.
 */
export function keyOf(publicKey: Uint8Array): PublicKey {
  try {
    return readUsableKey(publicKey);
  } catch (error) {
    throw error instanceof CertificateError ? refusedCertificate(error) : error;
  }
}

/**
 * Awaits the verification of a signature.
 *
 * @param message Name of the message that carries it.
 * @throws {TlsError} `bad_signature` when the signature is not valid.
 */
export function* requireValid(
  signature: PendingSignature,
  signer: Signer,
  message = "CertificateVerify",
): Script<void> {
  // A provider of the application may return other values: only `true` means a valid signature.
  if ((yield* settle(signature.valid)) !== true) {
    throw new TlsError(
      "bad_signature",
      `Cannot accept ${message}: the ${signer}'s signature is not one of its certificate's key`,
    );
  }
}

/** `opaque signature<0..2^16-1>` (RFC 9846 §4.5.2, RFC 5246 §4.7); an empty one is none. */
const MAX_SIGNATURE_BYTES = 0xffff;

/**
 * Signs content of a handshake.
 *
 * @throws {TlsError} `signing_failed` when the key throws, rejects, or gives no signature.
 */
export function* signContent(
  key: SigningKey,
  scheme: SignatureSchemeName,
  signer: Signer,
  content: Uint8Array,
): Script<ReceivedSignature> {
  let signature: Uint8Array;
  try {
    signature = yield* settle(key.sign(scheme, content));
  } catch (cause) {
    throw new TlsError("signing_failed", `Cannot sign the handshake: the ${signer}'s key failed`, { cause });
  }
  if (
    !(signature instanceof Uint8Array) || signature.length === 0 || signature.length > MAX_SIGNATURE_BYTES
  ) {
    throw new TlsError("signing_failed", `Cannot sign the handshake: the ${signer}'s key gave no signature`);
  }
  return { scheme: SignatureScheme[scheme], signature };
}
