/**
 * Cryptography by `node:crypto`, which Node, Deno, Bun and workerd have built in.
 *
 * @module
 */

import { plain } from "./bytes.ts";
import { cipherSuite } from "./cipher_suites.ts";
import { NodeAeadKey } from "./node_aead.ts";
import { nodeGroup } from "./node_key_exchange.ts";
import { NODE_HASH, nodeSigningKey, nodeVerify } from "./node_signature.ts";
import type { NodeCrypto } from "./node_types.ts";
import type { CryptoProvider, SigningKey } from "./provider.ts";
import { SIGNATURE_ALGORITHMS } from "./signature.ts";

/**
 * Cryptography by `node:crypto`: synchronous throughout, so that a whole handshake needs no promise.
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
  return {
    name: "node",
    cipherSuites: [
      cipherSuite(
        "TLS_CHACHA20_POLY1305_SHA256",
        (key) => new NodeAeadKey(node, "chacha20-poly1305", key),
      ),
      cipherSuite("TLS_AES_128_GCM_SHA256", (key) => new NodeAeadKey(node, "aes-128-gcm", key)),
      cipherSuite("TLS_AES_256_GCM_SHA384", (key) => new NodeAeadKey(node, "aes-256-gcm", key)),
    ],
    groups: [
      nodeGroup(node, "x25519"),
      nodeGroup(node, "secp256r1"),
      nodeGroup(node, "secp384r1"),
      nodeGroup(node, "secp521r1"),
    ],
    signatureAlgorithms: SIGNATURE_ALGORITHMS.filter((algorithm) => algorithm !== "ECDSA_P521_SHA256"),
    verify: (algorithm, publicKey, message, signature): boolean =>
      nodeVerify(node, algorithm, publicKey, message, signature),
    random: (length): Uint8Array => crypto.getRandomValues(new Uint8Array(length)),
    digest: (hash, data): Uint8Array => plain(node.createHash(NODE_HASH[hash]).update(data).digest()),
    hmac: (hash, key, data): Uint8Array => plain(node.createHmac(NODE_HASH[hash], key).update(data).digest()),
    loadPrivateKey: (pkcs8): SigningKey => nodeSigningKey(node, pkcs8),
  };
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
