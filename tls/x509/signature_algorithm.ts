/**
 * Which algorithm a certificate's signature is to be checked with: it takes what the signature says of itself and
 * the issuer's key (RFC 5280 §4.1.1.2).
 *
 * @module
 */

import type { SignatureAlgorithm } from "../crypto/provider.ts";
import { DerError, DerReader, DerTag } from "../der/der.ts";
import { CertificateError } from "./error.ts";
import { SignatureOid } from "../der/oid.ts";
import { type PssHash, readPssParameters } from "./pss_parameters.ts";
import { type PublicKeyKind, readPublicKey } from "./public_key.ts";

/**
 * The algorithm to check a signature with.
 *
 * @param identifier What the signature says it is: a whole DER `AlgorithmIdentifier`.
 * @param publicKey The key of who is said to have signed: a whole DER `SubjectPublicKeyInfo`.
 * @throws {CertificateError} `bad_der`; `unsupported_signature_algorithm` when it is not known here or does not go
 * with the key; `unsupported_public_key` and `weak_public_key`, for the key.
 */
export function signatureAlgorithmFor(identifier: Uint8Array, publicKey: Uint8Array): SignatureAlgorithm {
  const { scheme, hash, oid } = readIdentifier(identifier);
  const key = readPublicKey(publicKey);
  switch (key.kind) {
    case "RSA":
      if (scheme === "PKCS1") return `RSA_PKCS1_${hash}`;
      if (scheme === "PSS") return `RSA_PSS_${hash}`;
      break;
    case "RSA_PSS":
      if (scheme === "PSS" && (key.pssHash ?? hash) === hash) return `RSA_PSS_${hash}_PSS_KEY`;
      break;
    case "ED25519":
      if (scheme === "ED25519") return "ED25519";
      break;
    case "EC_P256":
    case "EC_P384":
    case "EC_P521":
      if (scheme === "ECDSA") return ecdsa(key.kind, hash);
      break;
  }
  throw unsupported(`algorithm ${oid} does not go with a key of kind ${key.kind}`);
}

type Scheme = "PKCS1" | "PSS" | "ECDSA" | "ED25519";

interface Identifier {
  readonly scheme: Scheme;
  /** Ed25519 brings its own, SHA-512. */
  readonly hash: PssHash;
  readonly oid: string;
}

function ecdsa(
  kind: Extract<PublicKeyKind, `EC_${string}`>,
  hash: PssHash,
): Extract<SignatureAlgorithm, `ECDSA_${string}`> {
  switch (kind) {
    case "EC_P256":
      return `ECDSA_P256_${hash}`;
    case "EC_P384":
      return `ECDSA_P384_${hash}`;
    case "EC_P521":
      return `ECDSA_P521_${hash}`;
  }
}

const SCHEMES: ReadonlyMap<string, readonly [Scheme, PssHash]> = new Map<string, readonly [Scheme, PssHash]>([
  [SignatureOid.sha256WithRSAEncryption, ["PKCS1", "SHA256"]],
  [SignatureOid.sha384WithRSAEncryption, ["PKCS1", "SHA384"]],
  [SignatureOid.sha512WithRSAEncryption, ["PKCS1", "SHA512"]],
  [SignatureOid["ecdsa-with-SHA256"], ["ECDSA", "SHA256"]],
  [SignatureOid["ecdsa-with-SHA384"], ["ECDSA", "SHA384"]],
  [SignatureOid["ecdsa-with-SHA512"], ["ECDSA", "SHA512"]],
  [SignatureOid["id-Ed25519"], ["ED25519", "SHA512"]],
]);

function readIdentifier(der: Uint8Array): Identifier {
  try {
    const outer = new DerReader(der);
    const algorithm = outer.read(DerTag.SEQUENCE);
    outer.end("AlgorithmIdentifier");
    const oid = algorithm.oid();
    if (oid === SignatureOid["id-RSASSA-PSS"]) {
      // A signature has to have them (RFC 4055 §3.1); without, all is SHA-1.
      const hash = algorithm.left === 0 ? null : readPssParameters(algorithm);
      if (hash === null) throw unsupported("its RSASSA-PSS parameters are not of the usual sets");
      return { scheme: "PSS", hash, oid };
    }
    const known = SCHEMES.get(oid);
    if (known === undefined) throw unsupported(`algorithm ${oid} is not known`);
    const [scheme, hash] = known;
    // "Implementations MUST accept the parameters being absent as well as present", and NULL, for PKCS #1 alone
    // (RFC 4055 §5). The others have none (RFC 5758 §3.2, RFC 8410 §3).
    if (scheme === "PKCS1" && algorithm.left > 0) algorithm.null();
    algorithm.end("AlgorithmIdentifier");
    return { scheme, hash, oid };
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new CertificateError("bad_der", `Cannot read the signature's algorithm: ${error.reason}`, {
      cause: error,
    });
  }
}

function unsupported(reason: string): CertificateError {
  return new CertificateError("unsupported_signature_algorithm", `Cannot check the signature: ${reason}`);
}
