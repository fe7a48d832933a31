/**
 * Signatures over WebCrypto.
 *
 * @module
 */

import { decodeBase64Url } from "@std/encoding/base64url";
import type { SignatureSchemeName } from "../wire/numbers.ts";
import { unshared } from "./bytes.ts";
import { ecdsaSignatureToDer } from "./ecdsa_signature.ts";
import { type PrivateKey, readPrivateKey } from "./pkcs8.ts";
import type { HashName, SignatureAlgorithm, SigningKey } from "./provider.ts";
import { SALT_LENGTH } from "./pss_parameters.ts";
import { ecPublicKey, ed25519PublicKey, uncompressedPoint } from "./public_key.ts";
import { sampleVerification } from "./sample_keys.ts";
import type { SignatureFacts } from "./signature.ts";
import { schemesOf, signingFacts, unsupportedKey, unusableKey } from "./signing.ts";
import { prepareVerification, type Verification } from "./verification.ts";

/** See {@linkcode CryptoProvider.verify}. */
export async function webVerify(
  algorithm: SignatureAlgorithm,
  spki: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const prepared = prepareVerification(algorithm, spki, signature);
  if (prepared === null) return false;
  try {
    return await verifyPrepared(prepared, message);
  } catch {
    return false; // The point does not lie on the curve.
  }
}

/** Rejects where this WebCrypto does not verify signatures of that algorithm. */
export async function webVerifies(algorithm: SignatureAlgorithm): Promise<void> {
  await verifyPrepared(sampleVerification(algorithm), new Uint8Array(0));
}

async function verifyPrepared(prepared: Verification, message: Uint8Array): Promise<boolean> {
  const copy = new Uint8Array(message);
  const raw = new Uint8Array(prepared.signature);
  const key = await importPublicKey(prepared);
  return await crypto.subtle.verify(parametersOf(prepared), key, raw, copy);
}

function importPublicKey(prepared: Verification): Promise<CryptoKey> {
  switch (prepared.kind) {
    case "ecdsa": {
      const algorithm = { name: "ECDSA", namedCurve: prepared.curve };
      return crypto.subtle.importKey("raw", unshared(prepared.point), algorithm, false, ["verify"]);
    }
    case "ed25519":
      return crypto.subtle.importKey("raw", unshared(prepared.point), "Ed25519", false, ["verify"]);
    case "rsa_pkcs1":
    case "rsa_pss": {
      const algorithm = { name: RSA_NAME[prepared.kind], hash: prepared.hash };
      return crypto.subtle.importKey("spki", unshared(prepared.spki), algorithm, false, ["verify"]);
    }
  }
}

const RSA_NAME = { rsa_pkcs1: "RSASSA-PKCS1-v1_5", rsa_pss: "RSA-PSS" } as const;

/** The parameters of `sign` and `verify`. */
function parametersOf(
  facts: { readonly kind: "ed25519" } | {
    readonly kind: Exclude<SignatureFacts["kind"], "ed25519">;
    readonly hash: HashName;
  },
): AlgorithmIdentifier | EcdsaParams | RsaPssParams {
  switch (facts.kind) {
    case "ecdsa":
      return { name: "ECDSA", hash: facts.hash };
    case "ed25519":
      return "Ed25519";
    case "rsa_pkcs1":
      return RSA_NAME.rsa_pkcs1;
    case "rsa_pss":
      return { name: RSA_NAME.rsa_pss, saltLength: SALT_LENGTH[facts.hash] };
  }
}

/** See {@linkcode CryptoProvider.loadPrivateKey}. */
export async function webSigningKey(pkcs8: Uint8Array): Promise<SigningKey> {
  const read = readPrivateKey(pkcs8);
  const schemes = schemesOf(read);
  const keys = new Map<SignatureSchemeName, CryptoKey>();
  const sign = async (scheme: SignatureSchemeName, message: Uint8Array): Promise<Uint8Array> => {
    const facts = signingFacts(schemes, scheme);
    const copy = new Uint8Array(message); // The caller may use its memory again before the key is imported.
    const key = keys.get(scheme) ?? await importPrivateKey(read, facts, false);
    keys.set(scheme, key);
    const signature = new Uint8Array(await crypto.subtle.sign(parametersOf(facts), key, copy));
    return facts.kind === "ecdsa" ? ecdsaSignatureToDer(signature) : signature;
  };

  let publicKey = read.publicKey;
  try {
    // WebCrypto binds an RSA key to one scheme: it is imported once for each, those of RSASSA-PKCS1-v1_5 when they are
    // used, which is seldom.
    for (const scheme of schemes) {
      const facts = signingFacts(schemes, scheme);
      if (facts.kind === "rsa_pkcs1") continue;
      // A key is extractable only where its public key must be derived.
      const key = await importPrivateKey(read, facts, publicKey === undefined);
      publicKey ??= await derivePublicKey(read, key);
      keys.set(scheme, key);
    }
    // Deno checks some keys only when they are used: a bad one must fail here, not in the first handshake.
    for (const scheme of schemes.slice(0, 1)) await sign(scheme, new Uint8Array());
  } catch (error) {
    const isMissing = error instanceof DOMException && error.name === "NotSupportedError";
    throw isMissing ? unsupportedKey(schemes, error) : unusableKey(error);
  }
  return { schemes, ...(publicKey && { publicKey }), sign };
}

function importPrivateKey(
  key: PrivateKey,
  facts: SignatureFacts,
  extractable: boolean,
): Promise<CryptoKey> {
  const algorithm = key.kind === "ec"
    ? { name: "ECDSA", namedCurve: key.curve }
    : key.kind === "ed25519"
    ? "Ed25519"
    : {
      name: RSA_NAME[facts.kind === "rsa_pkcs1" ? "rsa_pkcs1" : "rsa_pss"],
      hash: facts.kind === "ed25519" ? "SHA-256" : facts.hash,
    };
  return crypto.subtle.importKey("pkcs8", key.pkcs8, algorithm, extractable, ["sign"]);
}

/**
 * Derives the SubjectPublicKeyInfo of a key that was encoded without it: a JWK always has the public key (RFC 7518
 * §6.2, RFC 8037 §2).
 */
async function derivePublicKey(
  read: PrivateKey,
  key: CryptoKey,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { x, y } = await crypto.subtle.exportKey("jwk", key);
  if (x === undefined) return undefined;
  if (read.kind === "ed25519") return ed25519PublicKey(decodeBase64Url(x));
  if (read.kind !== "ec" || y === undefined) return undefined;
  return ecPublicKey(read.curve, uncompressedPoint(decodeBase64Url(x), decodeBase64Url(y)));
}
