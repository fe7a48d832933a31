/**
 * Public keys as certificates have them (RFC 5280 §4.1.2.7): which kind, and how strong.
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
 * @module
 */

import { DerError, DerReader, DerTag } from "../der/der.ts";
import { CertificateError } from "./error.ts";
import { CurveOid, KeyOid } from "../der/oid.ts";
import { type PssHash, readPssParameters } from "./pss_parameters.ts";

/** Kinds of key that signatures are checked with here. */
export type PublicKeyKind = "RSA" | "RSA_PSS" | "EC_P256" | "EC_P384" | "EC_P521" | "ED25519";

/** What a public key is. */
export interface PublicKeyInfo {
  /** Its kind; `RSA_PSS` for an RSA key that may be used with RSASSA-PSS alone. */
  readonly kind: PublicKeyKind;
  /** Length of an RSA modulus in bits, or of the numbers of a curve. */
  readonly bits: number;
  /** The one hash that an `RSA_PSS` key may be used with, where it names one. */
  readonly pssHash?: PssHash;
}

/** Shorter RSA keys can be broken, or soon will be: the floor of the CA/Browser Forum, and of RFC 9325 §4.5. */
export const SHORTEST_RSA = 2048;
/**
 * Larger exponents are in no use, and one as long as the modulus makes checking a signature as slow as making one;
 * ring and BoringSSL have the same limit.
 */
export const LARGEST_EXPONENT: number = 2 ** 33 - 1;
/** Longer RSA keys keep who checks their signatures busy for longer than any key in use warrants. */
export const LONGEST_RSA = 8192;

/**
 * Tells what a public key is.
 *
 * @param spki A whole DER `SubjectPublicKeyInfo`.
 * @throws {CertificateError} `bad_der`; `unsupported_public_key` for a kind, a curve or a form that is not known here;
 * `weak_public_key` for an RSA key out of bounds.
 */
export function readPublicKey(spki: Uint8Array): PublicKeyInfo {
  try {
    const outer = new DerReader(spki);
    const info = outer.read(DerTag.SEQUENCE);
    outer.end("SubjectPublicKeyInfo");
    const algorithm = info.read(DerTag.SEQUENCE);
    const key = info.bitString();
    info.end("SubjectPublicKeyInfo");
    return readKind(algorithm, key);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new CertificateError("bad_der", `Cannot read the public key: ${error.reason}`, { cause: error });
  }
}

function readKind(algorithm: DerReader, key: Uint8Array): PublicKeyInfo {
  const oid = algorithm.oid();
  switch (oid) {
    case KeyOid.rsaEncryption:
      // "The parameters field MUST have ASN.1 type NULL for this algorithm identifier." (RFC 3279 §2.3.1)
      algorithm.null();
      algorithm.end("rsaEncryption");
      return { kind: "RSA", bits: readModulusBits(key) };
    case KeyOid["id-RSASSA-PSS"]: {
      const pssHash = algorithm.left === 0 ? undefined : readPssParameters(algorithm);
      if (pssHash === null) throw unsupported("its RSASSA-PSS parameters are not of the usual sets");
      const bits = readModulusBits(key);
      return pssHash === undefined ? { kind: "RSA_PSS", bits } : { kind: "RSA_PSS", bits, pssHash };
    }
    case KeyOid["id-ecPublicKey"]: {
      // A curve that is implied or spelt out must not be used (RFC 5480 §2.1.1): whoever spells it out chooses it.
      if (algorithm.peekTag() !== DerTag.OBJECT_IDENTIFIER) throw unsupported("its curve is not named");
      const curve = algorithm.oid();
      algorithm.end("id-ecPublicKey");
      return readCurve(curve, key);
    }
    case KeyOid["id-Ed25519"]:
      // "the parameters MUST be absent" (RFC 8410 §3)
      algorithm.end("id-Ed25519");
      if (key.length !== 32) throw new DerError("an Ed25519 key has 32 octets");
      return { kind: "ED25519", bits: 256 };
    default:
      throw unsupported(`its algorithm is ${oid}`);
  }
}

/** `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 3279 §2.3.1) */
function readModulusBits(key: Uint8Array): number {
  const outer = new DerReader(key);
  const rsa = outer.read(DerTag.SEQUENCE);
  outer.end("RSAPublicKey");
  const modulus = rsa.integer();
  checkExponent(rsa.integer());
  rsa.end("RSAPublicKey");
  // The sign takes a whole octet where the first bit is set.
  const octets = modulus[0] === 0 ? modulus.subarray(1) : modulus;
  const bits = octets.length === 0 ? 0 : octets.length * 8 + 24 - Math.clz32(octets[0] ?? 0);
  if (bits < SHORTEST_RSA || bits > LONGEST_RSA) {
    throw new CertificateError(
      "weak_public_key",
      `Cannot use the public key: its modulus has ${bits} bits, not ${SHORTEST_RSA} to ${LONGEST_RSA}`,
    );
  }
  // A modulus is made of two primes of half its length, which are whole octets everywhere.
  if (bits % 8 !== 0) throw unsupported(`its modulus has ${bits} bits, which are not whole octets`);
  return bits;
}

/** "the RSA public exponent e is an integer between 3 and n - 1" (RFC 8017 §3.1), and odd, as it has an inverse. */
function checkExponent(exponent: Uint8Array): void {
  let value = 0;
  for (const octet of exponent.subarray(0, 8)) value = value * 256 + octet;
  if (exponent.length > 8 || value > LARGEST_EXPONENT) {
    throw unsupported("its exponent has more than 33 bits");
  }
  if (value < 3 || value % 2 === 0) {
    throw new CertificateError("weak_public_key", "Cannot use the public key: its exponent is even or 1");
  }
}

function readCurve(curve: string, point: Uint8Array): PublicKeyInfo {
  const known = CURVES.get(curve);
  if (known === undefined) throw unsupported(`its curve is ${curve}`);
  // "The first octet of the OCTET STRING indicates whether the key is compressed or uncompressed." (RFC 5480 §2.2)
  // TLS has the uncompressed form alone (RFC 9846 §4.3.8.2), and whoever signs for TLS writes it.
  const coordinate = Math.ceil(known.bits / 8);
  if (point[0] !== 0x04 || point.length !== 1 + 2 * coordinate) {
    throw unsupported("its point is not uncompressed, or not of its curve");
  }
  return known;
}

const CURVES: ReadonlyMap<string, PublicKeyInfo> = new Map<string, PublicKeyInfo>([
  [CurveOid.secp256r1, { kind: "EC_P256", bits: 256 }],
  [CurveOid.secp384r1, { kind: "EC_P384", bits: 384 }],
  [CurveOid.secp521r1, { kind: "EC_P521", bits: 521 }],
]);

function unsupported(reason: string): CertificateError {
  return new CertificateError("unsupported_public_key", `Cannot use the public key: ${reason}`);
}
