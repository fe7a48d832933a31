/**
 * Signature schemes and signature algorithms: what a number on the wire means for a key (RFC 9846 §4.3.3).
 *
 * A scheme is what the two ends agree on; an algorithm is what a provider can verify. In TLS 1.3 a scheme fixes
 * hash, padding and curve, so that each scheme is one algorithm.
 *
 * @module
 */

import type { SignatureSchemeName } from "../wire/numbers.ts";
import type { CryptoProvider, HashName, SignatureAlgorithm } from "./provider.ts";

/** An elliptic curve by its WebCrypto name. */
export type CurveName = "P-256" | "P-384" | "P-521";

/** What an algorithm consists of. */
export type SignatureFacts =
  | { readonly kind: "ecdsa"; readonly curve: CurveName; readonly hash: HashName }
  | { readonly kind: "ed25519" }
  | { readonly kind: "rsa_pkcs1"; readonly hash: HashName }
  | { readonly kind: "rsa_pss"; readonly hash: HashName; readonly pssKey: boolean };

/** Every algorithm, taken apart; the order is the preference among those of a kind. */
export const SIGNATURE_FACTS: Readonly<Record<SignatureAlgorithm, SignatureFacts>> = {
  ECDSA_P256_SHA256: { kind: "ecdsa", curve: "P-256", hash: "SHA-256" },
  ECDSA_P256_SHA384: { kind: "ecdsa", curve: "P-256", hash: "SHA-384" },
  ECDSA_P256_SHA512: { kind: "ecdsa", curve: "P-256", hash: "SHA-512" },
  ECDSA_P384_SHA256: { kind: "ecdsa", curve: "P-384", hash: "SHA-256" },
  ECDSA_P384_SHA384: { kind: "ecdsa", curve: "P-384", hash: "SHA-384" },
  ECDSA_P384_SHA512: { kind: "ecdsa", curve: "P-384", hash: "SHA-512" },
  ECDSA_P521_SHA256: { kind: "ecdsa", curve: "P-521", hash: "SHA-256" },
  ECDSA_P521_SHA384: { kind: "ecdsa", curve: "P-521", hash: "SHA-384" },
  ECDSA_P521_SHA512: { kind: "ecdsa", curve: "P-521", hash: "SHA-512" },
  ED25519: { kind: "ed25519" },
  RSA_PSS_SHA256: { kind: "rsa_pss", hash: "SHA-256", pssKey: false },
  RSA_PSS_SHA384: { kind: "rsa_pss", hash: "SHA-384", pssKey: false },
  RSA_PSS_SHA512: { kind: "rsa_pss", hash: "SHA-512", pssKey: false },
  RSA_PSS_SHA256_PSS_KEY: { kind: "rsa_pss", hash: "SHA-256", pssKey: true },
  RSA_PSS_SHA384_PSS_KEY: { kind: "rsa_pss", hash: "SHA-384", pssKey: true },
  RSA_PSS_SHA512_PSS_KEY: { kind: "rsa_pss", hash: "SHA-512", pssKey: true },
  RSA_PKCS1_SHA256: { kind: "rsa_pkcs1", hash: "SHA-256" },
  RSA_PKCS1_SHA384: { kind: "rsa_pkcs1", hash: "SHA-384" },
  RSA_PKCS1_SHA512: { kind: "rsa_pkcs1", hash: "SHA-512" },
};

/** The names of {@linkcode SIGNATURE_FACTS}, in its order. */
export const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] = Object.keys(
  SIGNATURE_FACTS,
) as SignatureAlgorithm[]; // The record has exactly these keys.

/**
 * What each scheme that may sign a CertificateVerify of TLS 1.3 means; best first.
 *
 * None is of RSASSA-PKCS1-v1_5: "These values refer solely to signatures which appear in certificates and are not
 * defined for use in signed TLS handshake messages, although they MAY appear in "signature_algorithms"" (RFC 9846
 * §4.3.3).
 */
const HANDSHAKE_ALGORITHMS: Readonly<Partial<Record<SignatureSchemeName, SignatureAlgorithm>>> = {
  ecdsa_secp256r1_sha256: "ECDSA_P256_SHA256",
  ecdsa_secp384r1_sha384: "ECDSA_P384_SHA384",
  ecdsa_secp521r1_sha512: "ECDSA_P521_SHA512",
  ed25519: "ED25519",
  rsa_pss_rsae_sha256: "RSA_PSS_SHA256",
  rsa_pss_rsae_sha384: "RSA_PSS_SHA384",
  rsa_pss_rsae_sha512: "RSA_PSS_SHA512",
  rsa_pss_pss_sha256: "RSA_PSS_SHA256_PSS_KEY",
  rsa_pss_pss_sha384: "RSA_PSS_SHA384_PSS_KEY",
  rsa_pss_pss_sha512: "RSA_PSS_SHA512_PSS_KEY",
};

/** What the schemes mean that may only sign certificates, with TLS 1.3. */
const CERTIFICATE_ALGORITHMS: Readonly<Partial<Record<SignatureSchemeName, SignatureAlgorithm>>> = {
  rsa_pkcs1_sha256: "RSA_PKCS1_SHA256",
  rsa_pkcs1_sha384: "RSA_PKCS1_SHA384",
  rsa_pkcs1_sha512: "RSA_PKCS1_SHA512",
};

/**
 * The algorithm that verifies a TLS 1.3 CertificateVerify of this scheme, or `undefined` for one that must not sign
 * a handshake: rsa_pkcs1_* ("These values refer solely to signatures which appear in certificates", RFC 9846 §4.3.3).
 */
export function handshakeAlgorithm(scheme: SignatureSchemeName): SignatureAlgorithm | undefined {
  return HANDSHAKE_ALGORITHMS[scheme];
}

/** The schemes that a provider can verify. */
export interface SignatureSchemes {
  /** Those that may sign a handshake, best first: what `signature_algorithms` begins with. */
  readonly handshake: readonly SignatureSchemeName[];
  /** Those that may sign certificates: the same, and rsa_pkcs1_* behind them. */
  readonly certificate: readonly SignatureSchemeName[];
}

/** The schemes that go with a provider's `signatureAlgorithms`, best first. */
export function signatureSchemesOf(provider: Pick<CryptoProvider, "signatureAlgorithms">): SignatureSchemes {
  const known = new Set(provider.signatureAlgorithms);
  const choose = (table: Readonly<Partial<Record<SignatureSchemeName, SignatureAlgorithm>>>) =>
    Object.entries(table).filter(([, algorithm]) => known.has(algorithm))
      .map(([scheme]) => scheme as SignatureSchemeName); // The tables have no other keys.
  const handshake = choose(HANDSHAKE_ALGORITHMS);
  return { handshake, certificate: [...handshake, ...choose(CERTIFICATE_ALGORITHMS)] };
}
