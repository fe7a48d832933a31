/**
 * What each type of Wycheproof vector asks, put to a provider: whether it accepts the vector, with the output that
 * is stated.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { decodeHex } from "@std/encoding/hex";
import { hkdfExpand, hkdfExtract } from "../../tls/crypto/hkdf.ts";
import { builtinNodeCrypto } from "../../tls/crypto/node.ts";
import { nodeAgree } from "../../tls/crypto/node_key_exchange.ts";
import type { CryptoProvider, HashName, SignatureAlgorithm } from "../../tls/crypto/provider.ts";
import { webAgree } from "../../tls/crypto/web_key_exchange.ts";
import { kemSubtleCrypto, webDecapsulate, webMlKem768 } from "../../tls/crypto/web_ml_kem.ts";
import { run, type Script } from "../../io/script.ts";
import type { CipherSuiteName } from "../../tls/wire/numbers.ts";
import { explicit, integer, octetString, oid, sequence } from "../support/der.ts";

/** What is in a group beside its vectors: the fields that its type has. */
export interface Group {
  readonly type: string;
  readonly tests: readonly Vector[];
  readonly curve?: string;
  readonly ivSize?: number;
  readonly keySize?: number;
  readonly publicKeyDer?: string;
  readonly sha?: HashName;
  readonly tagSize?: number;
}

/** One vector: what all have; the other fields are hex, or a number. */
export interface Vector {
  readonly tcId: number;
  readonly comment?: string;
  readonly flags: readonly string[];
  readonly result: "valid" | "invalid" | "acceptable";
  readonly [field: string]: unknown;
}

/** A vector that asks for what TLS cannot ask for. */
export class NotApplicable extends Error {
  override readonly name = "NotApplicable";
}

/** Whether the provider accepts the vector. */
type Check = (provider: CryptoProvider, group: Group, vector: Vector, algorithm: string) => Promise<boolean>;

/** By the type of the group. */
export const CHECKS: Readonly<Record<string, Check | undefined>> = {
  AeadTest: checkAead,
  EcdhEcpointTest: checkKeyExchange,
  XdhComp: checkKeyExchange,
  EcdsaVerify: checkSignature,
  EddsaVerify: checkSignature,
  RsassaPkcs1Verify: checkSignature,
  RsassaPssVerify: checkSignature,
  HkdfTest: checkHkdf,
  MacTest: checkHmac,
  MLKEMEncapsTest: checkEncapsulation,
  MLKEMTest: checkDecapsulation,
};

const SUITES: Readonly<Record<string, CipherSuiteName | undefined>> = {
  "AES-GCM 128": "TLS_AES_128_GCM_SHA256",
  "AES-GCM 256": "TLS_AES_256_GCM_SHA384",
  "CHACHA20-POLY1305 256": "TLS_CHACHA20_POLY1305_SHA256",
};

async function checkAead(
  provider: CryptoProvider,
  group: Group,
  vector: Vector,
  algorithm: string,
): Promise<boolean> {
  const name = SUITES[`${algorithm} ${group.keySize}`];
  if (name === undefined) {
    throw new NotApplicable(`TLS has no ${algorithm} with keys of ${group.keySize} bits`);
  }
  if (group.ivSize !== 96) throw new NotApplicable("nonces of TLS have 12 bytes");
  if (group.tagSize !== 128) throw new NotApplicable("tags of TLS have 16 bytes");
  const suite = provider.cipherSuites.find((suite) => suite.name === name);
  if (suite === undefined) throw new NotApplicable(`the provider has no ${name}`);
  const key = await suite.importKey(hex(vector, "key"));
  const [nonce, aad, message] = [hex(vector, "iv"), hex(vector, "aad"), hex(vector, "msg")];
  const sealed = Uint8Array.of(...hex(vector, "ct"), ...hex(vector, "tag"));
  const opened = await key.open(nonce, aad, sealed);
  if (opened === null) return false;
  return equals(opened, message) && equals(await key.seal(nonce, aad, message), sealed);
}

const CURVES: Readonly<
  Record<string, { readonly group: "x25519" | "secp256r1" | "secp384r1" | "secp521r1"; readonly web: string }>
> = {
  curve25519: { group: "x25519", web: "X25519" },
  secp256r1: { group: "secp256r1", web: "P-256" },
  secp384r1: { group: "secp384r1", web: "P-384" },
  secp521r1: { group: "secp521r1", web: "P-521" },
};

/** A provider does not take private keys for key exchange; what it does with its own is asked of the part that does it. */
async function checkKeyExchange(provider: CryptoProvider, group: Group, vector: Vector): Promise<boolean> {
  const curve = CURVES[group.curve ?? ""];
  if (curve === undefined) throw new NotApplicable(`TLS has no ${group.curve}`);
  const pkcs8 = privateKey(curve.group, hex(vector, "private"));
  const peer = hex(vector, "public");
  let secret: Uint8Array | null;
  if (provider.name === "web") {
    const algorithm = curve.group === "x25519" ? "X25519" : { name: "ECDH", namedCurve: curve.web };
    const key = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["deriveBits"]);
    secret = await webAgree(curve.group, key, peer);
  } else {
    const node = builtinNodeCrypto();
    if (node === undefined) throw new NotApplicable("there is no node:crypto");
    const key = node.createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
    secret = nodeAgree(node, curve.group, key, peer);
  }
  // Whatever is computed must be right; where the stated secret is zeros there must be none.
  if (secret !== null && !equals(secret, hex(vector, "shared"))) throw new Error("The secret is another one");
  return secret !== null;
}

const EC_KEYS = {
  secp256r1: { oid: "1.2.840.10045.3.1.7", length: 32 },
  secp384r1: { oid: "1.3.132.0.34", length: 48 },
  secp521r1: { oid: "1.3.132.0.35", length: 66 },
} as const;

/** PKCS#8 of a private key without its public half. */
function privateKey(group: "x25519" | keyof typeof EC_KEYS, raw: Uint8Array): Uint8Array<ArrayBuffer> {
  if (group === "x25519") {
    return sequence(integer(0), sequence(oid("1.3.101.110")), octetString(octetString(raw)));
  }
  const { oid: curve, length } = EC_KEYS[group];
  const scalar = new Uint8Array(length);
  const significant = raw.subarray(Math.max(0, raw.length - length));
  scalar.set(significant, length - significant.length);
  return sequence(
    integer(0),
    sequence(oid("1.2.840.10045.2.1"), oid(curve)),
    octetString(sequence(integer(1), octetString(scalar), explicit(0, oid(curve)))),
  );
}

async function checkSignature(
  provider: CryptoProvider,
  group: Group,
  vector: Vector,
  algorithm: string,
): Promise<boolean> {
  if (group.publicKeyDer === undefined) throw new TypeError("Cannot check a signature: the group has no key");
  const name = signatureAlgorithm(algorithm, group);
  if (!provider.signatureAlgorithms.includes(name)) throw new NotApplicable(`the provider has no ${name}`);
  return await provider.verify(
    name,
    decodeHex(group.publicKeyDer),
    hex(vector, "msg"),
    hex(vector, "sig"),
  );
}

function signatureAlgorithm(
  algorithm: string,
  { sha = "SHA-256", publicKeyDer = "" }: Group,
): SignatureAlgorithm {
  const hash = sha.replace("-", "") as "SHA256" | "SHA384" | "SHA512"; // There are no others in `HashName`.
  switch (algorithm) {
    case "ECDSA":
      return `ECDSA_${ecdsaCurve(publicKeyDer)}_${hash}`;
    case "EDDSA":
      return "ED25519";
    case "RSASSA-PKCS1-v1_5":
      return `RSA_PKCS1_${hash}`;
    case "RSASSA-PSS":
      return `RSA_PSS_${hash}`;
    default:
      throw new NotApplicable(`TLS has no ${algorithm}`);
  }
}

/** The groups of ECDSA name their curve only within the key, whose length tells. */
function ecdsaCurve(spki: string): "P256" | "P384" | "P521" {
  const curve = ({ 91: "P256", 120: "P384", 158: "P521" } as const)[spki.length / 2];
  if (curve === undefined) throw new NotApplicable("the curve is not one of TLS");
  return curve;
}

async function checkHkdf(
  provider: CryptoProvider,
  _group: Group,
  vector: Vector,
  algorithm: string,
): Promise<boolean> {
  const hash = hashOf(algorithm);
  const size = Number(vector.size);
  function* derive(): Script<Uint8Array> {
    const key = yield* hkdfExtract(provider, hash, hex(vector, "salt"), hex(vector, "ikm"));
    return yield* hkdfExpand(provider, hash, key, hex(vector, "info"), size);
  }
  try {
    return equals(await run(derive()), hex(vector, "okm"));
  } catch (error) {
    if (error instanceof RangeError) return false; // More than HKDF gives.
    throw error;
  }
}

async function checkHmac(
  provider: CryptoProvider,
  group: Group,
  vector: Vector,
  algorithm: string,
): Promise<boolean> {
  const mac = await provider.hmac(hashOf(algorithm), hex(vector, "key"), hex(vector, "msg"));
  return equals(mac.subarray(0, (group.tagSize ?? 0) / 8), hex(vector, "tag"));
}

function hashOf(algorithm: string): HashName {
  if (algorithm.endsWith("256")) return "SHA-256";
  if (algorithm.endsWith("384")) return "SHA-384";
  throw new NotApplicable(`TLS has no ${algorithm}`);
}

function mlKemOf(provider: CryptoProvider) {
  if (!provider.groups.some(({ name }) => name === "X25519MLKEM768")) {
    throw new NotApplicable("the provider has no ML-KEM-768");
  }
  const kem = webMlKem768();
  const subtle = kemSubtleCrypto();
  if (kem === undefined || subtle === undefined) throw new NotApplicable("the provider has no ML-KEM-768");
  return { kem, subtle };
}

/** The randomness cannot be chosen, so that of a valid vector only the key can be checked, and not what comes of it. */
async function checkEncapsulation(
  provider: CryptoProvider,
  _group: Group,
  vector: Vector,
): Promise<boolean> {
  const { kem } = mlKemOf(provider);
  return await kem.encapsulate(hex(vector, "ek")) !== null;
}

async function checkDecapsulation(
  provider: CryptoProvider,
  _group: Group,
  vector: Vector,
): Promise<boolean> {
  const { subtle } = mlKemOf(provider);
  const seed = hex(vector, "seed");
  if (seed.length !== 64) throw new NotApplicable("private keys of ML-KEM are never imported");
  const key = await subtle.importKey("raw-seed", seed, "ML-KEM-768", false, ["decapsulateBits"]);
  const secret = await webDecapsulate(subtle, key, hex(vector, "c"));
  return secret !== null && equals(secret, hex(vector, "K"));
}

function hex(vector: Vector, field: string): Uint8Array<ArrayBuffer> {
  const value = vector[field];
  if (typeof value !== "string") throw new TypeError(`Cannot check a vector: it has no "${field}"`);
  return decodeHex(value);
}
