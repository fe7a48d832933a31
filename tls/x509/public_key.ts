/**
 * The limits of public keys in certificates (RFC 5280 §4.1.2.7).
 *
 * @module
 */

import { UnusableKeyError } from "../crypto/key_algorithm.ts";
import { parsePublicKey, type PublicKey } from "../crypto/public_key.ts";
import { DerError } from "../der/der.ts";
import { MAX_RSA_BITS, MIN_RSA_BITS } from "../limits.ts";
import { CertificateError } from "./error.ts";

/**
 * Reads a certificate's public key, and refuses one that is out of bounds.
 *
 * @param spki A whole DER `SubjectPublicKeyInfo`.
 * @throws {CertificateError} `bad_der`; `unsupported_public_key` for a kind, a curve or a form that is not known here;
 * `weak_public_key` for an RSA key out of bounds.
 */
export function readCertificateKey(spki: Uint8Array): PublicKey {
  const key = readUsableKey(spki);
  if (key.kind !== "rsa" && key.kind !== "rsa_pss") return key;
  if (key.modulusBits < MIN_RSA_BITS) throw outOfBounds(key.modulusBits);
  // A modulus is made of two primes of half its length, which are whole octets everywhere.
  if (key.modulusBits % 8 !== 0) {
    const reason = `its modulus has ${key.modulusBits} bits, which are not whole octets`;
    throw new CertificateError("unsupported_public_key", `Cannot use the public key: ${reason}`);
  }
  return key;
}

/**
 * Reads a certificate's public key of any strength: no more is asked for where no certification path is, yet a
 * signature must be possible to check.
 *
 * @param spki A whole DER `SubjectPublicKeyInfo`.
 * @throws {CertificateError} as {@linkcode readCertificateKey}, except for an RSA key that is too short.
 */
export function readUsableKey(spki: Uint8Array): PublicKey {
  const key = readKey(spki);
  // A longer one would make checking a signature slow.
  if ((key.kind === "rsa" || key.kind === "rsa_pss") && key.modulusBits > MAX_RSA_BITS) {
    throw outOfBounds(key.modulusBits);
  }
  return key;
}

function outOfBounds(bits: number): CertificateError {
  const reason = `its modulus has ${bits} bits, not ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`;
  return new CertificateError("weak_public_key", `Cannot use the public key: ${reason}`);
}

function readKey(spki: Uint8Array): PublicKey {
  try {
    return parsePublicKey(spki);
  } catch (error) {
    if (error instanceof UnusableKeyError) {
      throw new CertificateError(`${error.fault}_public_key`, `Cannot use the public key: ${error.reason}`);
    }
    if (!(error instanceof DerError)) throw error;
    throw new CertificateError("bad_der", `Cannot read the public key: ${error.reason}`, { cause: error });
  }
}
