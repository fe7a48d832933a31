/**
 * A public key of each kind, and a signature of the right form: what a provider shows its platform to find out whether
 * it has an algorithm. A platform that has answers that the signature is wrong; one that has not throws.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { decodeHex } from "@std/encoding/hex";
import { derInteger, derSequence } from "../der/der_writer.ts";
import type { SignatureAlgorithm } from "./provider.ts";
import { ecPublicKey, ed25519PublicKey, rsaPublicKey, uncompressedPoint } from "./public_key.ts";
import { type CurveName, SIGNATURE_FACTS } from "./signature.ts";
import type { Verification } from "./verification.ts";

/** A key and a wrong signature for an algorithm. Platforms see that it is wrong early: no time goes into arithmetic. */
export function sampleVerification(algorithm: SignatureAlgorithm): Verification {
  const facts = SIGNATURE_FACTS[algorithm];
  switch (facts.kind) {
    case "ecdsa": {
      const point = basePoint(facts.curve);
      const spki = ecPublicKey(facts.curve, point);
      return { ...facts, point, spki, signature: new Uint8Array(point.length - 1) };
    }
    case "ed25519":
      return {
        ...facts,
        point: ED25519_BASE,
        spki: ed25519PublicKey(ED25519_BASE),
        signature: new Uint8Array(64),
      };
    case "rsa_pkcs1":
    case "rsa_pss":
      return {
        kind: facts.kind,
        hash: facts.hash,
        spki: rsaPublicKey(derSequence(derInteger(RSA_MODULUS), derInteger(RSA_EXPONENT))),
        signature: new Uint8Array(RSA_MODULUS.length),
      };
  }
}

function basePoint(curve: CurveName): Uint8Array {
  return uncompressedPoint(...BASE_POINTS[curve]);
}

/** The base points of the NIST curves (FIPS 186-5, by SP 800-186 §3.2.1), which lie on them. */
const BASE_POINTS: Readonly<Record<CurveName, readonly [x: Uint8Array, y: Uint8Array]>> = {
  "P-256": [
    decodeHex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
    decodeHex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
  ],
  "P-384": [
    decodeHex(
      "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
    ),
    decodeHex(
      "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
    ),
  ],
  "P-521": [
    decodeHex(
      "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3d" +
        "baa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
    ),
    decodeHex(
      "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e66" +
        "2c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
    ),
  ],
};

/** The base point of Ed25519 (RFC 8032 §5.1). */
const ED25519_BASE = concat([Uint8Array.of(0x58), new Uint8Array(31).fill(0x66)]);

/** An odd number of 2048 bits; that it is no product of two primes shows only to one who tries to factor it. */
const RSA_MODULUS = new Uint8Array(256).fill(0xff);
const RSA_EXPONENT = Uint8Array.of(1, 0, 1);
