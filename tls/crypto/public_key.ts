/**
 * Public keys as certificates carry them: SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
 *
 * Platforms differ in what they let pass: other encodings than DER, compressed points, RSA with an exponent as long
 * as its modulus. What comes from a peer is read here first, by one set of rules, and only then handed on.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { DerError, DerReader, DerTag } from "../der/der.ts";
import { LARGEST_EXPONENT } from "../x509/public_key.ts";
import { derBitString, derSequence, withoutZeros } from "../der/der_writer.ts";
import { COORDINATE_LENGTH } from "./ecdsa_signature.ts";
import {
  ecAlgorithm,
  ED25519,
  type KeyAlgorithm,
  readKeyAlgorithm,
  RSA_ENCRYPTION,
} from "./key_algorithm.ts";
import type { HashName } from "./provider.ts";
import type { CurveName } from "./signature.ts";

/** A public key that has been read. */
export type PublicKey =
  | {
    readonly kind: "rsa" | "rsa_pss";
    /** The only hash that it may be used with, where it says so. */
    readonly hash: HashName | undefined;
    /** The length of its modulus, and so of its signatures, in bits. */
    readonly modulusBits: number;
    /** A whole SubjectPublicKeyInfo that says rsaEncryption, which every platform takes, whatever the key's own says. */
    readonly spki: Uint8Array;
  }
  | { readonly kind: "ec"; readonly curve: CurveName; readonly spki: Uint8Array; readonly point: Uint8Array }
  | { readonly kind: "ed25519"; readonly spki: Uint8Array; readonly point: Uint8Array };

/** A point that is not compressed begins with this byte (RFC 5480 §2.2). */
export const UNCOMPRESSED = 0x04;

/** Reads a SubjectPublicKeyInfo; `null` when it is no strict DER, or a key of a kind that is not known. */
export function readPublicKey(spki: Uint8Array): PublicKey | null {
  try {
    const outer = new DerReader(spki);
    const fields = outer.read(DerTag.SEQUENCE);
    outer.end("the key");
    const algorithm = readKeyAlgorithm(fields.element(DerTag.SEQUENCE));
    const bits = fields.bitString();
    fields.end("the key");
    return algorithm === undefined ? null : readBits(algorithm, bits, spki);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

function readBits(algorithm: KeyAlgorithm, bits: Uint8Array, spki: Uint8Array): PublicKey | null {
  switch (algorithm.kind) {
    case "ec":
      return isUncompressedPoint(algorithm.curve, bits) ? { ...algorithm, spki, point: bits } : null;
    case "ed25519":
      return bits.length === 32 ? { ...algorithm, spki, point: bits } : null;
    case "rsa":
      return { kind: "rsa", hash: undefined, modulusBits: readRsa(bits), spki };
    case "rsa_pss":
      return { ...algorithm, modulusBits: readRsa(bits), spki: rsaPublicKey(bits) };
  }
}

/**
 * Whether it has the form of an `UncompressedPointRepresentation`, the only one in TLS 1.3 (RFC 9846 §4.3.8.2); whether
 * it lies on the curve is not asked.
 */
export function isUncompressedPoint(curve: CurveName, bytes: Uint8Array): boolean {
  return bytes.length === 1 + 2 * COORDINATE_LENGTH[curve] && bytes[0] === UNCOMPRESSED;
}

/** `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 Appendix A.1.1); its length in bits. */
function readRsa(bits: Uint8Array): number {
  const outer = new DerReader(bits);
  const fields = outer.read(DerTag.SEQUENCE);
  outer.end("the key");
  const modulus = withoutZeros(fields.integer());
  const exponent = withoutZeros(fields.integer());
  fields.end("the key");
  const value = exponent.reduce((sum, byte) => sum * 256 + byte, 0);
  if (!isOdd(modulus) || !isOdd(exponent) || value < 3 || value > LARGEST_EXPONENT) {
    throw new DerError("the key has a modulus or an exponent that no RSA key has");
  }
  return bitLength(modulus);
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
