/**
 * Signature schemes and signature algorithms (RFC 9846 §4.3.3).
 *
 * The two ends agree on a scheme; a provider verifies an algorithm. In TLS 1.3 a scheme fixes hash, padding and curve,
 * so each scheme is one algorithm.
 *
 * @module
 */

import type { SignatureSchemeName } from "../wire/numbers.ts";
import type { CryptoProvider, HashName, SignatureAlgorithm } from "./provider.ts";

/** WebCrypto's name of an elliptic curve. */
export type CurveName = "P-256" | "P-384" | "P-521";

/** The parts of a signature algorithm. */
export type SignatureFacts =
  | { readonly kind: "ecdsa"; readonly curve: CurveName; readonly hash: HashName }
  | { readonly kind: "ed25519" }
  | { readonly kind: "rsa_pkcs1"; readonly hash: HashName }
  | { readonly kind: "rsa_pss"; readonly hash: HashName; readonly pssKey: boolean };

/** The parts of every algorithm; the order is the preference among algorithms of one kind. */
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
 * The algorithms of the schemes that may sign a CertificateVerify of TLS 1.3, in order of preference.
 *
 * None is of RSASSA-PKCS1-v1_5: "These values refer solely to signatures which appear in certificates and are not
 * defined for use in signed TLS handshake messages, although they MAY appear in "signature_algorithms"" (RFC 9846
 * §4.3.3).
 */
const HANDSHAKE_ALGORITHMS = {
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
} as const satisfies Readonly<Partial<Record<SignatureSchemeName, SignatureAlgorithm>>>;

/** The algorithms of the schemes that may sign only certificates in TLS 1.3, and handshakes of TLS 1.2. */
const CERTIFICATE_ALGORITHMS = {
  rsa_pkcs1_sha256: "RSA_PKCS1_SHA256",
  rsa_pkcs1_sha384: "RSA_PKCS1_SHA384",
  rsa_pkcs1_sha512: "RSA_PKCS1_SHA512",
} as const satisfies Readonly<Partial<Record<SignatureSchemeName, SignatureAlgorithm>>>;

/** The algorithms of all schemes, with the curves that TLS 1.3 gives them. */
const ALGORITHMS: Readonly<Record<SignatureSchemeName, SignatureAlgorithm>> = {
  ...HANDSHAKE_ALGORITHMS,
  ...CERTIFICATE_ALGORITHMS,
};

/**
 * The algorithm that verifies a TLS 1.3 CertificateVerify of this scheme, or `undefined` for one that must not sign
 * a handshake: rsa_pkcs1_* ("These values refer solely to signatures which appear in certificates", RFC 9846 §4.3.3).
 */
export function handshakeAlgorithm(scheme: SignatureSchemeName): SignatureAlgorithm | undefined {
  const algorithms: Readonly<Partial<Record<SignatureSchemeName, SignatureAlgorithm>>> = HANDSHAKE_ALGORITHMS;
  return algorithms[scheme];
}

/**
 * The algorithm that verifies a signature of TLS 1.2 by that key. An ECDSA scheme names the hash alone there, and the
 * curve is the key's.
 */
export function tls12Algorithm(
  scheme: SignatureSchemeName,
  key: { readonly kind: string; readonly curve?: CurveName },
): SignatureAlgorithm {
  const algorithm = schemeAlgorithm(scheme);
  const facts = SIGNATURE_FACTS[algorithm];
  if (facts.kind !== "ecdsa" || key.curve === undefined) return algorithm;
  const { curve } = key;
  return SIGNATURE_ALGORITHMS.find((each) => {
    const other = SIGNATURE_FACTS[each];
    return other.kind === "ecdsa" && other.curve === curve && other.hash === facts.hash;
  }) ?? algorithm;
}

/** The algorithm of a scheme, whatever it may sign. */
export function schemeAlgorithm(scheme: SignatureSchemeName): SignatureAlgorithm {
  return ALGORITHMS[scheme];
}

/** The schemes that a provider verifies. */
export interface SignatureSchemes {
  /** Schemes that may sign a handshake, in order of preference. */
  readonly handshake: readonly SignatureSchemeName[];
  /** Schemes that may sign certificates: those of the handshake, followed by rsa_pkcs1_*. */
  readonly certificate: readonly SignatureSchemeName[];
}

/** The schemes of a provider's `signatureAlgorithms`, in order of preference. */
export function signatureSchemesOf(provider: Pick<CryptoProvider, "signatureAlgorithms">): SignatureSchemes {
  const known = new Set(provider.signatureAlgorithms);
  const choose = (table: Readonly<Partial<Record<SignatureSchemeName, SignatureAlgorithm>>>) =>
    Object.entries(table).filter(([, algorithm]) => known.has(algorithm))
      .map(([scheme]) => scheme as SignatureSchemeName); // The tables have no other keys.
  const handshake = choose(HANDSHAKE_ALGORITHMS);
  return { handshake, certificate: [...handshake, ...choose(CERTIFICATE_ALGORITHMS)] };
}
