/**
 * The algorithm with which a signature is checked: it follows from the AlgorithmIdentifier of the signature and the
 * issuer's key (RFC 5280 §4.1.1.2).
 *
 * @module
 */

import type { HashName, SignatureAlgorithm } from "../crypto/provider.ts";
import { readPssParameters } from "../crypto/pss_parameters.ts";
import type { PublicKey } from "../crypto/public_key.ts";
import {
  schemeAlgorithm,
  SIGNATURE_ALGORITHMS,
  SIGNATURE_FACTS,
  type SignatureFacts,
} from "../crypto/signature.ts";
import { SignatureScheme, type SignatureSchemeName } from "../wire/numbers.ts";
import { DerError, DerReader, DerTag } from "../der/der.ts";
import { CertificateError } from "./error.ts";
import { SIGNATURE_NAMES, SignatureOid } from "../der/oid.ts";
import { readCertificateKey } from "./public_key.ts";

/**
 * The algorithm with which to check a signature.
 *
 * @param identifier That of the signature: a whole DER `AlgorithmIdentifier`.
 * @param publicKey The key of the issuer: a whole DER `SubjectPublicKeyInfo`.
 * @throws {CertificateError} `bad_der`; `unsupported_signature_algorithm` when it is not known here or does not go
 * with the key; `unsupported_public_key` and `weak_public_key`, for the key.
 */
export function signatureAlgorithmFor(identifier: Uint8Array, publicKey: Uint8Array): SignatureAlgorithm {
  const signature = readIdentifier(identifier);
  const key = readCertificateKey(publicKey);
  const found = SIGNATURE_ALGORITHMS.find((name) => fits(SIGNATURE_FACTS[name], signature, key));
  if (found === undefined) {
    throw unsupported(`algorithm ${signature.oid} does not go with a key of kind ${key.kind}`);
  }
  return found;
}

/**
 * The signature schemes that a signature of a certificate may be of, whose issuer's key is not known: those of its kind
 * and hash.
 *
 * @param identifier That of the signature: a whole DER `AlgorithmIdentifier`.
 * @throws {CertificateError} `bad_der`, `unsupported_signature_algorithm`.
 */
export function signatureSchemesFor(identifier: Uint8Array): SignatureSchemeName[] {
  const { kind, hash } = readIdentifier(identifier);
  return SCHEMES.filter((scheme) => {
    const facts = SIGNATURE_FACTS[schemeAlgorithm(scheme)];
    return facts.kind === kind && (facts.kind === "ed25519" || facts.hash === hash);
  });
}

const SCHEMES = Object.keys(SignatureScheme) as SignatureSchemeName[]; // The object has exactly these keys.

/** The AlgorithmIdentifier of a signature, taken apart. */
interface Identifier {
  readonly kind: SignatureFacts["kind"];
  /** Ed25519 brings its own, SHA-512. */
  readonly hash: HashName;
  readonly oid: string;
}

function fits(facts: SignatureFacts, { kind, hash }: Identifier, key: PublicKey): boolean {
  if (facts.kind !== kind || (facts.kind !== "ed25519" && facts.hash !== hash)) return false;
  switch (facts.kind) {
    case "ecdsa":
      return key.kind === "ec" && key.curve === facts.curve;
    case "ed25519":
      return key.kind === "ed25519";
    case "rsa_pkcs1":
      return key.kind === "rsa";
    case "rsa_pss":
      return facts.pssKey ? key.kind === "rsa_pss" && (key.hash ?? hash) === hash : key.kind === "rsa";
  }
}

type KindAndHash = readonly [SignatureFacts["kind"], HashName];

const KNOWN: ReadonlyMap<string, KindAndHash> = new Map<string, KindAndHash>([
  [SignatureOid.sha256WithRSAEncryption, ["rsa_pkcs1", "SHA-256"]],
  [SignatureOid.sha384WithRSAEncryption, ["rsa_pkcs1", "SHA-384"]],
  [SignatureOid.sha512WithRSAEncryption, ["rsa_pkcs1", "SHA-512"]],
  [SignatureOid["ecdsa-with-SHA256"], ["ecdsa", "SHA-256"]],
  [SignatureOid["ecdsa-with-SHA384"], ["ecdsa", "SHA-384"]],
  [SignatureOid["ecdsa-with-SHA512"], ["ecdsa", "SHA-512"]],
  [SignatureOid["id-Ed25519"], ["ed25519", "SHA-512"]],
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
      return { kind: "rsa_pss", hash, oid };
    }
    const known = KNOWN.get(oid);
    if (known === undefined) {
      const name = SIGNATURE_NAMES.get(oid);
      throw unsupported(
        name === undefined
          ? `algorithm ${oid} is not known`
          : `it was made with ${name}, which is accepted no more`,
      );
    }
    const [kind, hash] = known;
    // "Implementations MUST accept the parameters being absent as well as present", and NULL, for PKCS #1 alone
    // (RFC 4055 §5). The others have none (RFC 5758 §3.2, RFC 8410 §3).
    if (kind === "rsa_pkcs1" && algorithm.left > 0) algorithm.null();
    algorithm.end("AlgorithmIdentifier");
    return { kind, hash, oid };
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
