/**
 * Checks of a key and a signature before a platform verifies them: the same in every provider, because the rules of the
 * platforms differ (some accept BER for DER, a key of another kind, a signature of another length).
 *
 * @module
 */

import { MAX_RSA_BITS } from "../limits.ts";
import { ecdsaSignatureFromDer } from "./ecdsa_signature.ts";
import type { HashName, SignatureAlgorithm } from "./provider.ts";
import { readPublicKey } from "./public_key.ts";
import { type CurveName, SIGNATURE_FACTS } from "./signature.ts";

/** A well-formed key and signature, for the platform to verify. */
export type Verification =
  | {
    readonly kind: "ecdsa";
    readonly curve: CurveName;
    readonly hash: HashName;
    /** An uncompressed point, which may not lie on the curve. */
    readonly point: Uint8Array;
    readonly spki: Uint8Array;
    /** r and s side by side, each as long as a coordinate. */
    readonly signature: Uint8Array;
  }
  | {
    readonly kind: "ed25519";
    /** The key's 32 bytes. */
    readonly point: Uint8Array;
    readonly spki: Uint8Array;
    readonly signature: Uint8Array;
  }
  | {
    readonly kind: "rsa_pkcs1" | "rsa_pss";
    readonly hash: HashName;
    /** A SubjectPublicKeyInfo with rsaEncryption, also for a key restricted to RSASSA-PSS. */
    readonly spki: Uint8Array;
    /** A signature of the length of the modulus. */
    readonly signature: Uint8Array;
  };

/**
 * Parses key and signature for an algorithm.
 *
 * @param spki A DER SubjectPublicKeyInfo.
 * @returns `null` when the signature cannot be valid: the key is malformed or of another kind, the signature is not
 *   strict DER or has the wrong length.
 */
export function prepareVerification(
  algorithm: SignatureAlgorithm,
  spki: Uint8Array,
  signature: Uint8Array,
): Verification | null {
  const facts = SIGNATURE_FACTS[algorithm];
  const key = readPublicKey(spki);
  if (key === null) return null;
  switch (facts.kind) {
    case "ecdsa": {
      if (key.kind !== "ec" || key.curve !== facts.curve) return null;
      const raw = ecdsaSignatureFromDer(facts.curve, signature);
      return raw && { ...facts, point: key.point, spki: key.spki, signature: raw };
    }
    case "ed25519":
      if (key.kind !== "ed25519" || signature.length !== 64) return null;
      return { ...key, signature };
    case "rsa_pkcs1":
    case "rsa_pss": {
      const kind = facts.kind === "rsa_pss" && facts.pssKey ? "rsa_pss" : "rsa";
      if (key.kind !== kind || (key.hash !== undefined && key.hash !== facts.hash)) return null;
      // A key that is too short is refused where a certificate is judged; one that is too long costs too much.
      if (key.modulusBits > MAX_RSA_BITS) return null;
      // "If the length of the signature S is not k octets, output "invalid signature" and stop." (RFC 8017 §8.1.2)
      if (signature.length !== Math.ceil(key.modulusBits / 8)) return null;
      return { kind: facts.kind, hash: facts.hash, spki: key.spki, signature };
    }
  }
}
