/**
 * Signatures over `node:crypto`, made and verified synchronously.
 *
 * @module
 */

import type { SignatureSchemeName } from "../wire/numbers.ts";
import { plainBytes } from "../../io/plain_bytes.ts";
import type { NodeCrypto, NodeKey, NodeSigningKey } from "./node_types.ts";
import { readPrivateKey } from "./pkcs8.ts";
import type { HashName, SignatureAlgorithm, SigningKey } from "./provider.ts";
import { SALT_LENGTH } from "./pss_parameters.ts";
import type { SignatureFacts } from "./signature.ts";
import { sampleVerification } from "./sample_keys.ts";
import { availableSchemes, schemesOf, signingFacts, unusableKey } from "./signing.ts";
import { prepareVerification, type Verification } from "./verification.ts";

/** Node's names of the hashes. */
export const NODE_HASH: Readonly<Record<HashName, string>> = {
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

/** See {@linkcode CryptoProvider.verify}. */
export function nodeVerify(
  node: NodeCrypto,
  algorithm: SignatureAlgorithm,
  spki: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const prepared = prepareVerification(algorithm, spki, signature);
  if (prepared === null) return false;
  try {
    return verifyPrepared(node, prepared, message);
  } catch {
    return false; // The point does not lie on the curve.
  }
}

/** Whether this `node:crypto` verifies signatures of that algorithm. */
export function nodeVerifies(node: NodeCrypto, algorithm: SignatureAlgorithm): boolean {
  try {
    return !verifyPrepared(node, sampleVerification(algorithm), new Uint8Array(0));
  } catch {
    return false;
  }
}

function verifyPrepared(node: NodeCrypto, prepared: Verification, message: Uint8Array): boolean {
  const key = node.createPublicKey({ key: prepared.spki, format: "der", type: "spki" });
  return node.verify(hashOf(prepared), message, withOptions(node, key, prepared), prepared.signature);
}

/**
 * See {@linkcode CryptoProvider.loadPrivateKey}.
 *
 * @param algorithms The algorithms that this `node:crypto` has.
 */
export function nodeSigningKey(
  node: NodeCrypto,
  pkcs8: Uint8Array,
  algorithms: readonly SignatureAlgorithm[],
): SigningKey {
  const read = readPrivateKey(pkcs8);
  const schemes = availableSchemes(schemesOf(read), algorithms);
  let key: NodeKey;
  let publicKey = read.publicKey;
  try {
    key = node.createPrivateKey({ key: read.pkcs8, format: "der", type: "pkcs8" });
    publicKey ??= new Uint8Array(node.createPublicKey(key).export({ format: "der", type: "spki" }));
  } catch (error) {
    throw unusableKey(error);
  }
  return {
    schemes,
    publicKey,
    sign(scheme: SignatureSchemeName, message: Uint8Array): Uint8Array {
      const facts = signingFacts(schemes, scheme);
      const options = withOptions(node, key, facts);
      return plainBytes(node.sign(hashOf(facts), message, { ...options, dsaEncoding: "der" }));
    },
  };
}

/** Node's name of the hash of a signature; `null` for Ed25519, which has its own. */
function hashOf(facts: Hashed): string | null {
  return facts.kind === "ed25519" ? null : NODE_HASH[facts.hash];
}

function withOptions(node: NodeCrypto, key: NodeKey, facts: Hashed): NodeSigningKey {
  switch (facts.kind) {
    case "ecdsa":
      return { key, dsaEncoding: "ieee-p1363" };
    case "ed25519":
      return { key };
    case "rsa_pkcs1":
      return { key, padding: node.constants.RSA_PKCS1_PADDING };
    case "rsa_pss":
      return { key, padding: node.constants.RSA_PKCS1_PSS_PADDING, saltLength: SALT_LENGTH[facts.hash] };
  }
}

type Hashed =
  | { readonly kind: "ed25519" }
  | { readonly kind: Exclude<SignatureFacts["kind"], "ed25519">; readonly hash: HashName };
