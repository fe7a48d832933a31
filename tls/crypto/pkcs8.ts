/**
 * Private keys in PKCS#8 (RFC 5958), and the two older forms that it wraps: PKCS#1 (RFC 8017) and SEC1 (RFC 5915).
 *
 * A key is read and encoded again in the one form that every platform accepts: version 0, no attributes, RSA as
 * rsaEncryption whatever the key is restricted to, scalars of curves at full length.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { TlsError } from "../error/tls_error.ts";
import { DerError, DerReader, DerTag } from "../der/der.ts";
import {
  derBitString,
  derInteger,
  derOctetString,
  derSequence,
  derValue,
  withoutZeros,
} from "../der/der_writer.ts";
import { COORDINATE_LENGTH } from "./ecdsa_signature.ts";
import { CURVE_OID, ecAlgorithm, ED25519, readKeyAlgorithm, RSA_ENCRYPTION } from "./key_algorithm.ts";
import type { HashName } from "./provider.ts";
import { bitLength, ecPublicKey, ed25519PublicKey, isUncompressedPoint, rsaPublicKey } from "./public_key.ts";
import type { CurveName } from "./signature.ts";

/** A parsed private key; `publicKey` is its SubjectPublicKeyInfo where the structure has it. */
export type PrivateKey =
  | {
    readonly kind: "rsa" | "rsa_pss";
    /** The only hash that the key may be used with, where it is restricted. */
    readonly hash: HashName | undefined;
    readonly modulusBits: number;
    readonly pkcs8: Uint8Array<ArrayBuffer>;
    readonly publicKey: Uint8Array<ArrayBuffer>;
  }
  | {
    readonly kind: "ec";
    readonly curve: CurveName;
    readonly pkcs8: Uint8Array<ArrayBuffer>;
    readonly publicKey: Uint8Array<ArrayBuffer> | undefined;
  }
  | {
    readonly kind: "ed25519";
    readonly pkcs8: Uint8Array<ArrayBuffer>;
    readonly publicKey: Uint8Array<ArrayBuffer> | undefined;
  };

const VERSION_0 = Uint8Array.of(DerTag.INTEGER, 1, 0);
const VERSION_1 = Uint8Array.of(DerTag.INTEGER, 1, 1);
/** `attributes [0]` and `publicKey [1]` of OneAsymmetricKey, IMPLICIT (RFC 5958 §2). */
const ATTRIBUTES = 0xa0;
const PUBLIC_KEY = 0x81;
/** `publicKey [1]` as ring and rcgen wrote it for years: EXPLICIT, around a BIT STRING. */
const EXPLICIT_PUBLIC_KEY = 0xa1;
/** `parameters [0]` and `publicKey [1]` of ECPrivateKey, EXPLICIT (RFC 5915 §3). */
const EC_PARAMETERS = 0xa0;
const EC_PUBLIC_KEY = 0xa1;

/**
 * Reads a private key.
 *
 * @param pkcs8 DER.
 * @throws {TlsError} `bad_key_pem` when it is malformed, or neither RSA nor EC (P-256, P-384, P-521) nor Ed25519.
 */
export function readPrivateKey(pkcs8: Uint8Array): PrivateKey {
  return asTlsError(() => {
    const outer = new DerReader(pkcs8);
    const fields = outer.read(DerTag.SEQUENCE);
    outer.end("the key");
    if (fields.smallInteger() > 1) throw new DerError("its version is not known");
    const identifier = fields.element(DerTag.SEQUENCE);
    const key = fields.octetString();
    fields.optional(ATTRIBUTES);
    const publicBits = readPublicBits(fields);
    fields.end("the key");

    const algorithm = readKeyAlgorithm(identifier);
    switch (algorithm.kind) {
      case "rsa":
      case "rsa_pss":
        return {
          kind: algorithm.kind,
          hash: algorithm.kind === "rsa_pss" ? algorithm.hash : undefined,
          ...readRsa(key, identifier),
        };
      case "ec":
        return readEc(algorithm.curve, key, publicBits);
      case "ed25519":
        return readEd25519(key, publicBits);
    }
  });
}

/** Wraps an `RSAPrivateKey` in PKCS#8 without parsing it. */
export function wrapPkcs1(pkcs1: Uint8Array): Uint8Array<ArrayBuffer> {
  return derSequence(VERSION_0, RSA_ENCRYPTION, derOctetString(pkcs1));
}

/**
 * Wraps an `ECPrivateKey` in PKCS#8.
 *
 * @throws {TlsError} `bad_key_pem` when it is malformed or does not name its curve.
 */
export function wrapSec1(sec1: Uint8Array): Uint8Array<ArrayBuffer> {
  return asTlsError(() => {
    const { curveOid } = readEcStructure(sec1);
    if (curveOid === undefined) throw new DerError("it does not name its curve");
    const curve = CURVES.find((curve) => equals(CURVE_OID[curve], curveOid));
    if (curve === undefined) throw new DerError("its curve is not one of P-256, P-384 and P-521");
    return derSequence(VERSION_0, ecAlgorithm(curve), derOctetString(sec1));
  });
}

const CURVES: readonly CurveName[] = ["P-256", "P-384", "P-521"];

function asTlsError<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    // The reasons name tags and places, never content.
    throw new TlsError("bad_key_pem", `Cannot read the private key: ${error.reason}`);
  }
}

/** `RSAPrivateKey` (RFC 8017 Appendix A.1.2) with two primes: version, n, e, d, p, q, dP, dQ, qInv. */
function readRsa(
  key: Uint8Array,
  algorithm: Uint8Array,
): { modulusBits: number; pkcs8: Uint8Array<ArrayBuffer>; publicKey: Uint8Array<ArrayBuffer> } {
  const outer = new DerReader(key);
  const fields = outer.read(DerTag.SEQUENCE);
  outer.end("the RSA key");
  if (fields.smallInteger() !== 0) throw new DerError("an RSA key must have two primes");
  const modulus = withoutZeros(fields.integer());
  const exponent = withoutZeros(fields.integer());
  for (let i = 0; i < 6; i++) fields.integer();
  fields.end("the RSA key");
  return {
    modulusBits: bitLength(modulus),
    pkcs8: wrapPkcs1(key),
    publicKey: rsaPublicKey(derSequence(derInteger(modulus), derInteger(exponent)), algorithm),
  };
}

/** `ECPrivateKey ::= SEQUENCE { 1, OCTET STRING, [0] ECParameters OPTIONAL, [1] BIT STRING OPTIONAL }` (RFC 5915 §3) */
function readEcStructure(sec1: Uint8Array) {
  const outer = new DerReader(sec1);
  const fields = outer.read(DerTag.SEQUENCE);
  outer.end("the EC key");
  if (fields.smallInteger() !== 1) throw new DerError("the version of the EC key is not known");
  const scalar = withoutZeros(fields.octetString());
  const curveOid = fields.optional(EC_PARAMETERS)?.rest();
  const publicBits = fields.optional(EC_PUBLIC_KEY)?.bitString();
  fields.end("the EC key");
  return { scalar, curveOid, publicBits };
}

function readEc(curve: CurveName, key: Uint8Array, outerBits: Uint8Array | undefined): PrivateKey {
  const { scalar, curveOid, publicBits: innerBits } = readEcStructure(key);
  const length = COORDINATE_LENGTH[curve];
  if (curveOid !== undefined && !equals(curveOid, CURVE_OID[curve])) {
    throw new DerError("it names two curves");
  }
  if (scalar.length === 0 || scalar.length > length) {
    throw new DerError("the number of the EC key is out of range");
  }
  const publicBits = innerBits ?? outerBits;
  // A compressed point cannot be compared with that of a certificate: it counts as none.
  const point = publicBits && isUncompressedPoint(curve, publicBits) ? publicBits : undefined;
  const padded = new Uint8Array(length);
  padded.set(scalar, length - scalar.length);
  const structure = derSequence(
    VERSION_1,
    derOctetString(padded),
    ...(point === undefined ? [] : [derValue(EC_PUBLIC_KEY, derBitString(point))]),
  );
  return {
    kind: "ec",
    curve,
    pkcs8: derSequence(VERSION_0, ecAlgorithm(curve), derOctetString(structure)),
    publicKey: point && ecPublicKey(curve, point),
  };
}

/** `CurvePrivateKey ::= OCTET STRING` of 32 bytes (RFC 8410 §7). */
function readEd25519(key: Uint8Array, publicBits: Uint8Array | undefined): PrivateKey {
  const outer = new DerReader(key);
  const seed = outer.octetString();
  outer.end("the Ed25519 key");
  if (seed.length !== 32) throw new DerError(`an Ed25519 key has 32 bytes, not ${seed.length}`);
  return {
    kind: "ed25519",
    pkcs8: derSequence(VERSION_0, ED25519, derOctetString(derOctetString(seed))),
    publicKey: publicBits?.length === 32 ? ed25519PublicKey(publicBits) : undefined,
  };
}

/** The public half of a OneAsymmetricKey, where it has one. */
function readPublicBits(fields: DerReader): Uint8Array | undefined {
  if (fields.peekTag() === PUBLIC_KEY) return wholeBytes(fields.content(PUBLIC_KEY));
  const explicit = fields.optional(EXPLICIT_PUBLIC_KEY);
  const bits = explicit?.bitString();
  explicit?.end("the public half of the key");
  return bits;
}

/** The bytes of an implicitly tagged BIT STRING. */
function wholeBytes(content: Uint8Array): Uint8Array {
  if (content[0] !== 0) throw new DerError("its public half does not consist of whole bytes");
  return content.subarray(1);
}
