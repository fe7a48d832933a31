/**
 * The schemes with which a private key can sign a handshake.
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";
import type { SignatureSchemeName } from "../wire/numbers.ts";
import type { PrivateKey } from "./pkcs8.ts";
import type { HashName, SignatureAlgorithm } from "./provider.ts";
import { SALT_LENGTH } from "./pss_parameters.ts";
import { type CurveName, schemeAlgorithm, SIGNATURE_FACTS, type SignatureFacts } from "./signature.ts";

const EC_SCHEMES: Readonly<Record<CurveName, SignatureSchemeName>> = {
  "P-256": "ecdsa_secp256r1_sha256",
  "P-384": "ecdsa_secp384r1_sha384",
  "P-521": "ecdsa_secp521r1_sha512",
};

/** The schemes of RSA keys by the kind of their SubjectPublicKeyInfo, the fastest hash first. */
const RSA_SCHEMES: Readonly<
  Record<"rsa" | "rsa_pss", readonly (readonly [SignatureSchemeName, HashName])[]>
> = {
  rsa: [
    ["rsa_pss_rsae_sha256", "SHA-256"],
    ["rsa_pss_rsae_sha384", "SHA-384"],
    ["rsa_pss_rsae_sha512", "SHA-512"],
    // For peers of TLS 1.2 without RSASSA-PSS; in TLS 1.3 they sign no handshake.
    ["rsa_pkcs1_sha256", "SHA-256"],
    ["rsa_pkcs1_sha384", "SHA-384"],
    ["rsa_pkcs1_sha512", "SHA-512"],
  ],
  rsa_pss: [
    ["rsa_pss_pss_sha256", "SHA-256"],
    ["rsa_pss_pss_sha384", "SHA-384"],
    ["rsa_pss_pss_sha512", "SHA-512"],
  ],
};

/**
 * The schemes that a key can sign with, in order of preference.
 *
 * @throws {TlsError} `bad_key_pem` when there are none, because an RSA key is too short for any.
 */
export function schemesOf(key: PrivateKey): readonly SignatureSchemeName[] {
  switch (key.kind) {
    case "ec":
      return [EC_SCHEMES[key.curve]];
    case "ed25519":
      return ["ed25519"];
    case "rsa":
    case "rsa_pss": {
      const schemes = RSA_SCHEMES[key.kind]
        .filter(([, hash]) => key.hash === undefined || key.hash === hash)
        .filter(([scheme, hash]) => isPkcs1(scheme) || fitsPss(key.modulusBits, hash))
        .map(([scheme]) => scheme);
      if (!schemes.every(isPkcs1)) return schemes;
      throw new TlsError(
        "bad_key_pem",
        `Cannot use the private key: RSA with ${key.modulusBits} bits is too short to sign with`,
      );
    }
  }
}

function isPkcs1(scheme: SignatureSchemeName): boolean {
  return SIGNATURE_FACTS[schemeAlgorithm(scheme)].kind === "rsa_pkcs1";
}

/**
 * "If emLen < hLen + sLen + 2, output "encoding error" and stop.", where emLen = ceil((modBits - 1) / 8) (RFC 8017
 * §9.1.1).
 */
function fitsPss(modulusBits: number, hash: HashName): boolean {
  return Math.ceil((modulusBits - 1) / 8) >= 2 * SALT_LENGTH[hash] + 2;
}

/**
 * Those of a key's schemes that a platform has the algorithms of.
 *
 * @throws {TlsError} `bad_key_pem` when there are none.
 */
export function availableSchemes(
  schemes: readonly SignatureSchemeName[],
  algorithms: readonly SignatureAlgorithm[],
): readonly SignatureSchemeName[] {
  const available = schemes.filter((scheme) => algorithms.includes(schemeAlgorithm(scheme)));
  if (available.length > 0) return available;
  throw unsupportedKey(schemes);
}

/** The error for a key of a kind that a platform does not have. */
export function unsupportedKey(schemes: readonly SignatureSchemeName[], cause?: unknown): TlsError {
  return new TlsError(
    "bad_key_pem",
    `Cannot use the private key: this platform's cryptography does not sign with ${schemes.join(", ")}`,
    { cause },
  );
}

/**
 * The parts of the algorithm of a scheme.
 *
 * @throws {TypeError} When it is not one of the key's schemes.
 */
export function signingFacts(
  schemes: readonly SignatureSchemeName[],
  scheme: SignatureSchemeName,
): SignatureFacts {
  if (!schemes.includes(scheme)) {
    throw new TypeError(`Cannot sign with "${scheme}": the key is for ${schemes.join(", ")}`);
  }
  return SIGNATURE_FACTS[schemeAlgorithm(scheme)];
}

/** The error for a well-formed key that a platform refuses, because its numbers do not belong together. */
export function unusableKey(cause: unknown): TlsError {
  return new TlsError("bad_key_pem", "Cannot use the private key: its numbers do not make a key", { cause });
}
