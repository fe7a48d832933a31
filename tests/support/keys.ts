/**
 * Key pairs made by WebCrypto for test certificates, with what DER needs to know about each kind.
 *
 * @module
 */

import { encodePem } from "../../io/pem_writer.ts";
import { integer, nothing, oid, sequence } from "./der.ts";

/** The kinds of key that a certificate can be minted with. */
export type KeyType = "p256" | "p384" | "rsa" | "rsa1024" | "ed25519";

/** A key pair that signs certificates. */
export interface MintedKey {
  /** The kind. */
  readonly type: KeyType;
  /** The SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array<ArrayBuffer>;
  /** The private key, PKCS #8, PEM. */
  readonly keyPem: string;
  /** The AlgorithmIdentifier of its signatures, DER. */
  readonly signatureAlgorithm: Uint8Array<ArrayBuffer>;
  /** Signs with it; the signature is in the form in which X.509 carries it. */
  sign(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
}

interface KeyKind {
  readonly generate: AlgorithmIdentifier | RsaHashedKeyGenParams | EcKeyGenParams;
  readonly sign: AlgorithmIdentifier | EcdsaParams;
  readonly signatureAlgorithm: () => Uint8Array<ArrayBuffer>;
}

function rsaOf(modulusLength: number): KeyKind {
  return {
    generate: {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength,
      publicExponent: Uint8Array.of(1, 0, 1),
    },
    sign: { name: "RSASSA-PKCS1-v1_5" },
    signatureAlgorithm: () => sequence(oid("1.2.840.113549.1.1.11"), nothing()), // sha256WithRSAEncryption
  };
}

const KINDS: Record<KeyType, KeyKind> = {
  p256: {
    generate: { name: "ECDSA", namedCurve: "P-256" },
    sign: { name: "ECDSA", hash: "SHA-256" },
    signatureAlgorithm: () => sequence(oid("1.2.840.10045.4.3.2")), // ecdsa-with-SHA256, RFC 5758 §3.2
  },
  p384: {
    generate: { name: "ECDSA", namedCurve: "P-384" },
    sign: { name: "ECDSA", hash: "SHA-384" },
    signatureAlgorithm: () => sequence(oid("1.2.840.10045.4.3.3")), // ecdsa-with-SHA384, RFC 5758 §3.2
  },
  rsa: rsaOf(2048),
  rsa1024: rsaOf(1024), // too short to be trusted
  ed25519: {
    generate: { name: "Ed25519" },
    sign: { name: "Ed25519" },
    signatureAlgorithm: () => sequence(oid("1.3.101.112")), // id-Ed25519, RFC 8410 §3
  },
};

/** Makes a key pair. RSA takes a tenth of a second or more, the others a millisecond. */
export async function mintKey(type: KeyType): Promise<MintedKey> {
  const kind = KINDS[type];
  const pair = await crypto.subtle.generateKey(kind.generate, true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new TypeError(`Cannot mint a key: "${type}" is not asymmetric`);
  const [spki, pkcs8] = await Promise.all([
    crypto.subtle.exportKey("spki", pair.publicKey),
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
  ]);
  return {
    type,
    spki: new Uint8Array(spki),
    keyPem: encodePem("PRIVATE KEY", new Uint8Array(pkcs8)),
    signatureAlgorithm: kind.signatureAlgorithm(),
    async sign(data): Promise<Uint8Array<ArrayBuffer>> {
      const signature = new Uint8Array(await crypto.subtle.sign(kind.sign, pair.privateKey, data));
      return type === "p256" || type === "p384" ? ecdsaSignature(signature) : signature;
    },
  };
}

/** WebCrypto gives r and s side by side; X.509 wants `SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 §2.2.3). */
function ecdsaSignature(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const half = raw.length / 2;
  return sequence(integer(raw.subarray(0, half)), integer(raw.subarray(half)));
}
