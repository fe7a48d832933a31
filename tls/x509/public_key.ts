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
  const key = readKey(spki);
  if (key.kind !== "rsa" && key.kind !== "rsa_pss") return key;
  const { modulusBits } = key;
  if (modulusBits < MIN_RSA_BITS || modulusBits > MAX_RSA_BITS) {
    const reason = `its modulus has ${modulusBits} bits, not ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`;
    throw new CertificateError("weak_public_key", `Cannot use the public key: ${reason}`);
  }
  // A modulus is made of two primes of half its length, which are whole octets everywhere.
  if (modulusBits % 8 !== 0) {
    const reason = `its modulus has ${modulusBits} bits, which are not whole octets`;
    throw new CertificateError("unsupported_public_key", `Cannot use the public key: ${reason}`);
  }
  return key;
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
