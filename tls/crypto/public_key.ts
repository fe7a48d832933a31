/**
 * Public keys as certificates carry them: SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
 *
 * Platforms differ in the keys that they accept: other encodings than DER, compressed points, RSA with an exponent as
 * long as its modulus. A peer's key is parsed here first, by one set of rules, and only then passed to the platform.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { DerError, DerReader, DerTag } from "../der/der.ts";
import { derBitString, derSequence, withoutZeros } from "../der/der_writer.ts";
import { MAX_RSA_EXPONENT } from "../limits.ts";
import { COORDINATE_LENGTH } from "./ecdsa_signature.ts";
import { ecAlgorithm, ED25519, readKeyAlgorithm, RSA_ENCRYPTION, UnusableKeyError } from "./key_algorithm.ts";
import type { HashName } from "./provider.ts";
import type { CurveName } from "./signature.ts";

/** A parsed public key. */
export type PublicKey =
  | {
    readonly kind: "rsa" | "rsa_pss";
    /** The only hash that the key may be used with, where it is restricted. */
    readonly hash: HashName | undefined;
    /** The length of its modulus, and so of its signatures, in bits. */
    readonly modulusBits: number;
    /**
     * A whole SubjectPublicKeyInfo that says rsaEncryption, which every platform takes, whatever the key's own says.
     */
    readonly spki: Uint8Array;
  }
  | { readonly kind: "ec"; readonly curve: CurveName; readonly spki: Uint8Array; readonly point: Uint8Array }
  | { readonly kind: "ed25519"; readonly spki: Uint8Array; readonly point: Uint8Array };

/** A point that is not compressed begins with this byte (RFC 5480 §2.2). */
export const UNCOMPRESSED = 0x04;

/**
 * Reads a public key; the length of an RSA modulus is left to the caller to judge.
 *
 * ```
 * SubjectPublicKeyInfo  ::=  SEQUENCE  {
 *      algorithm            AlgorithmIdentifier,
 *      subjectPublicKey     BIT STRING  }
 * AlgorithmIdentifier  ::=  SEQUENCE  {
 *      algorithm               OBJECT IDENTIFIER,
 *      parameters              ANY DEFINED BY algorithm OPTIONAL  }
 * ```
 *
 * @param spki A whole DER `SubjectPublicKeyInfo`.
 * @throws {UnusableKeyError} `unsupported` for a kind, a curve or a form that is not known here, `weak` for an RSA key
 * whose modulus or exponent protects nothing.
 * @throws {DerError} when it is not strict DER, or not of its type.
 */
export function parsePublicKey(spki: Uint8Array): PublicKey {
  const outer = new DerReader(spki);
  const info = outer.read(DerTag.SEQUENCE);
  outer.end("SubjectPublicKeyInfo");
  const identifier = info.element(DerTag.SEQUENCE);
  const bits = info.bitString();
  info.end("SubjectPublicKeyInfo");
  const algorithm = readKeyAlgorithm(identifier);
  switch (algorithm.kind) {
    case "ec":
      // "The first octet of the OCTET STRING indicates whether the key is compressed or uncompressed." (RFC 5480 §2.2)
      if (!isUncompressedPoint(algorithm.curve, bits)) {
        throw new UnusableKeyError("unsupported", "its point is not uncompressed, or not of its curve");
      }
      return { ...algorithm, spki, point: bits };
    case "ed25519":
      if (bits.length !== 32) throw new DerError("an Ed25519 key has 32 octets");
      return { ...algorithm, spki, point: bits };
    case "rsa":
      return { kind: "rsa", hash: undefined, modulusBits: readModulusBits(bits), spki };
    case "rsa_pss":
      return { ...algorithm, modulusBits: readModulusBits(bits), spki: rsaPublicKey(bits) };
  }
}

/** As {@linkcode parsePublicKey}, but `null` for a key that is malformed or cannot be used. */
export function readPublicKey(spki: Uint8Array): PublicKey | null {
  try {
    return parsePublicKey(spki);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

/**
 * Whether bytes have the form of an `UncompressedPointRepresentation`, the only one in TLS 1.3 (RFC 9846 §4.3.8.2). The
 * point may not lie on the curve.
 */
export function isUncompressedPoint(curve: CurveName, bytes: Uint8Array): boolean {
  return bytes.length === 1 + 2 * COORDINATE_LENGTH[curve] && bytes[0] === UNCOMPRESSED;
}

/** `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 Appendix A.1.1) */
function readModulusBits(key: Uint8Array): number {
  const outer = new DerReader(key);
  const rsa = outer.read(DerTag.SEQUENCE);
  outer.end("RSAPublicKey");
  const modulus = withoutZeros(rsa.integer());
  const exponent = withoutZeros(rsa.integer());
  rsa.end("RSAPublicKey");
  checkExponent(exponent);
  // A product of two odd primes is odd.
  if (!isOdd(modulus)) throw new UnusableKeyError("weak", "its modulus is even");
  return bitLength(modulus);
}

/** "the RSA public exponent e is an integer between 3 and n - 1" (RFC 8017 §3.1), and odd, as it has an inverse. */
function checkExponent(exponent: Uint8Array): void {
  const value = exponent.reduce((sum, octet) => sum * 256 + octet, 0);
  if (value > MAX_RSA_EXPONENT) {
    throw new UnusableKeyError("unsupported", "its exponent has more than 33 bits");
  }
  if (value < 3 || !isOdd(exponent)) throw new UnusableKeyError("weak", "its exponent is even or 1");
}

function isOdd(number: Uint8Array): boolean {
  return ((number.at(-1) ?? 0) & 1) === 1;
}

/** The length in bits of an unsigned number without leading zeros. */
export function bitLength(number: Uint8Array): number {
  return number.length * 8 - Math.clz32(number[0] ?? 0) + 24;
}

/** The SubjectPublicKeyInfo of an `RSAPublicKey`, or with that AlgorithmIdentifier. */
export function rsaPublicKey(
  pkcs1: Uint8Array,
  algorithm: Uint8Array = RSA_ENCRYPTION,
): Uint8Array<ArrayBuffer> {
  return derSequence(algorithm, derBitString(pkcs1));
}

/** The SubjectPublicKeyInfo of an uncompressed point. */
export function ecPublicKey(curve: CurveName, point: Uint8Array): Uint8Array<ArrayBuffer> {
  return derSequence(ecAlgorithm(curve), derBitString(point));
}

/** The SubjectPublicKeyInfo of an Ed25519 key's 32 bytes. */
export function ed25519PublicKey(point: Uint8Array): Uint8Array<ArrayBuffer> {
  return derSequence(ED25519, derBitString(point));
}

/** An uncompressed point from its coordinates. */
export function uncompressedPoint(x: Uint8Array, y: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat([Uint8Array.of(UNCOMPRESSED), x, y]);
}
