/**
 * Cryptography by `node:crypto`, which Node, Deno, Bun and workerd have built in.
 *
 * @module
 */

import { plainBytes } from "../../io/plain_bytes.ts";
import { cipherSuite, NONCE_LENGTH } from "./cipher_suites.ts";
import { NodeAeadKey } from "./node_aead.ts";
import { nodeGroup } from "./node_key_exchange.ts";
import { NODE_HASH, nodeSigningKey, nodeVerifies, nodeVerify } from "./node_signature.ts";
import type { NodeCrypto } from "./node_types.ts";
import type { CipherSuite, CryptoProvider, HashName, KeyExchangeGroup, SigningKey } from "./provider.ts";
import { SIGNATURE_ALGORITHMS } from "./signature.ts";

/**
 * Cryptography by `node:crypto`: synchronous throughout, so that a handshake waits for nothing but the loading of its code.
 *
 * What the runtime's `node:crypto` does not have is left out: Bun's has no ChaCha20-Poly1305.
 *
 * - **Suites**, in order of preference: TLS_CHACHA20_POLY1305_SHA256, TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384.
 *   In Deno ChaCha20-Poly1305 is the fastest by far: it takes a fifth of the time of AES-GCM for a record of 16 KiB.
 * - **Groups**, in order of preference: x25519, secp256r1, secp384r1, secp521r1. There is no X25519MLKEM768.
 * - **Signatures**: all that {@linkcode SignatureAlgorithm} names but ECDSA_P521_SHA256, which Deno's `node:crypto`
 *   does not verify.
 *
 * @throws {TypeError} where there is no `node:crypto`.
 *
 * @example A handshake's key exchange, without waiting
 * ```ts
 * import { nodeCrypto } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const provider = nodeCrypto();
 * assertEquals(provider.name, "node");
 * assertEquals(provider.groups[0]?.name, "x25519");
 * assertEquals(provider.random(32).length, 32);
 * ```
 */
export function nodeCrypto(): CryptoProvider {
  const node = builtinNodeCrypto();
  if (node === undefined) throw new TypeError("Cannot use nodeCrypto(): this runtime has no node:crypto");
  // The lists that a runtime has of its ciphers and curves are not always true: each is tried.
  const hashes = HASHES.filter((hash) => hasHash(node, hash));
  const signatureAlgorithms = SIGNATURE_ALGORITHMS.filter((algorithm) =>
    algorithm !== "ECDSA_P521_SHA256" && nodeVerifies(node, algorithm)
  );
  return {
    name: "node",
    cipherSuites: SUITES.map(([name, cipher]) =>
      cipherSuite(name, (key) => new NodeAeadKey(node, cipher, key))
    )
      .filter((suite) => hashes.includes(suite.hash) && hasAead(suite)),
    groups: GROUPS.map((name) => nodeGroup(node, name)).filter(hasGroup),
    signatureAlgorithms,
    verify: (algorithm, publicKey, message, signature): boolean =>
      nodeVerify(node, algorithm, publicKey, message, signature),
    random: (length): Uint8Array => crypto.getRandomValues(new Uint8Array(length)),
    digest: (hash, data): Uint8Array => plainBytes(node.createHash(NODE_HASH[hash]).update(data).digest()),
    hmac: (hash, key, data): Uint8Array => hmac(node, hash, key, data),
    loadPrivateKey: (pkcs8): SigningKey => nodeSigningKey(node, pkcs8, signatureAlgorithms),
  };
}

const HASHES = Object.keys(NODE_HASH) as readonly HashName[]; // The record has exactly these keys.

/** The suites and their AEADs, in order of preference. */
const SUITES = [
  ["TLS_CHACHA20_POLY1305_SHA256", "chacha20-poly1305"],
  ["TLS_AES_128_GCM_SHA256", "aes-128-gcm"],
  ["TLS_AES_256_GCM_SHA384", "aes-256-gcm"],
] as const;

/** The groups, in order of preference. */
const GROUPS = ["x25519", "secp256r1", "secp384r1", "secp521r1"] as const;

/**
 * `H(K XOR opad, H(K XOR ipad, text))` (RFC 2104 §2): two hashes take two thirds of the time of Deno's `createHmac`, of
 * which a handshake needs some forty.
 */
function hmac(node: NodeCrypto, hash: HashName, key: Uint8Array, text: Uint8Array): Uint8Array {
  const name = NODE_HASH[hash];
  const length = BLOCK_LENGTH[hash];
  const shortKey = key.length > length ? node.createHash(name).update(key).digest() : key;
  const pad = new Uint8Array(length);
  for (let i = 0; i < length; i++) pad[i] = (shortKey[i] ?? 0) ^ 0x36;
  const inner = node.createHash(name).update(pad).update(text).digest();
  for (let i = 0; i < length; i++) pad[i] = (shortKey[i] ?? 0) ^ 0x5c;
  const outer = node.createHash(name).update(pad).update(inner).digest();
  pad.fill(0);
  return plainBytes(outer);
}

/** Bytes that each hash takes at a time: the B of RFC 2104. */
const BLOCK_LENGTH: Readonly<Record<HashName, number>> = { "SHA-256": 64, "SHA-384": 128, "SHA-512": 128 };

function hasHash(node: NodeCrypto, hash: HashName): boolean {
  const nothing = new Uint8Array(0);
  return works(() => {
    node.createHash(NODE_HASH[hash]).update(nothing).digest();
    return true;
  });
}

/** Whether a record that was sealed can be opened. */
function hasAead(suite: CipherSuite): boolean {
  const [nonce, nothing] = [new Uint8Array(NONCE_LENGTH), new Uint8Array(0)];
  return works(() => {
    const key = suite.importKey(new Uint8Array(suite.keyLength));
    if (key instanceof Promise) return false;
    const sealed = key.seal(nonce, nothing, nothing);
    return !(sealed instanceof Promise) && key.open(nonce, nothing, sealed) !== null;
  });
}

/** Whether a key pair agrees with itself. */
function hasGroup(group: KeyExchangeGroup): boolean {
  return works(() => {
    const share = group.start();
    return !(share instanceof Promise) && share.agree(share.publicKey) !== null;
  });
}

function works(attempt: () => boolean): boolean {
  try {
    return attempt();
  } catch {
    return false;
  }
}

/**
 * The module `node:crypto`, where the runtime has it. It is looked up at run time instead of imported, so that modules
 * that import this one load in a browser, too.
 */
export function builtinNodeCrypto(): NodeCrypto | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  // The type is what Node documents; a runtime with less of it counts as one without the module.
  const found = process?.getBuiltinModule?.("node:crypto") as Partial<NodeCrypto> | undefined;
  return typeof found?.diffieHellman === "function" ? found as NodeCrypto : undefined;
}
