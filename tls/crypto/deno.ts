/**
 * Cryptography for Deno: each operation by the faster one of `node:crypto` and WebCrypto.
 *
 * Measured on Deno 2.9.6, two cores: the time WebCrypto takes, as a share of the time `node:crypto` takes.
 *
 * | operation | one at a time | 16 at once |
 * |---|---|---|
 * | open AES-128-GCM, 1 KiB | 4.4 | 1.1 |
 * | open AES-128-GCM, 2 KiB | 1.9 | 0.85 |
 * | open AES-128-GCM, 4 KiB | 1.8 | 0.4 |
 * | open AES-128-GCM, 8 KiB | 0.9 | 0.5 |
 * | open AES-128-GCM, 16 KiB | 0.45 | 0.33 |
 * | verify ECDSA, P-256, P-384, P-521 | 0.6, 0.8, 1.0 | |
 * | sign ECDSA, P-256, P-384, P-521 | 0.85, 1.2, 1.4 | |
 * | verify and sign RSA-2048 | 1.3, 1.1 | |
 * | verify and sign Ed25519 | 2.1, 3.8 | |
 * | start and agree X25519 | 3.6, 1.4 | |
 * | start and agree P-256, P-384, P-521 | 1.3, 1.7, 2.3 | |
 * | HMAC, digest | 11, 8 | |
 *
 * ChaCha20-Poly1305 of `node:crypto` opens 16 KiB in 0.19 of the time that AES-128-GCM takes there, and in 0.55 of the
 * time that WebCrypto takes for one of 16 at once: it is the first choice, of both ends. WebCrypto has ChaCha20-Poly1305,
 * too, and on two cores is slower at it: 16 KiB, 16 at once, take 34 us of CPU and 23 us, where `node:crypto` takes 18.
 *
 * X25519MLKEM768 costs a client 1.8 times as much as X25519 does beside it, about an eighth of a millisecond, and a
 * handshake over it stays secret from an attacker who records it and waits for a quantum computer: it is the first
 * choice too.
 *
 * @module
 */

import type { Eventual } from "../../io/script.ts";
import { nodeCrypto } from "./node.ts";
import { type PrivateKey, readPrivateKey } from "./pkcs8.ts";
import type { AeadKey, CipherSuite, CryptoProvider, SignatureAlgorithm } from "./provider.ts";
import { hybridGroups, webCrypto } from "./web.ts";
import { importAesGcm, WebAeadKey } from "./web_aead.ts";
import { triedOnce } from "./web_unavailable.ts";

/**
 * Cryptography for Deno: each operation by the faster one of `node:crypto`, which is synchronous, and WebCrypto. It runs
 * in every runtime that has both, and leaves out what neither has.
 *
 * - **Suites**, in order of preference: TLS_CHACHA20_POLY1305_SHA256, which is the fastest in Deno by far,
 *   TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384. AES-GCM goes through WebCrypto for records over 4 KiB.
 * - **Groups**, in order of preference: X25519MLKEM768, x25519, secp256r1, secp384r1, secp521r1.
 * - **Signatures**: all that {@linkcode SignatureAlgorithm} names.
 *
 * @throws {TypeError} where there is no `node:crypto`, or no WebCrypto.
 *
 * @example What it prefers
 * ```ts
 * import { denoCrypto } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const provider = denoCrypto();
 * assertEquals(provider.cipherSuites[0]?.name, "TLS_CHACHA20_POLY1305_SHA256");
 * assertEquals(provider.groups.some((group) => group.name === "x25519"), true);
 * ```
 */
export function denoCrypto(): CryptoProvider {
  const node = nodeCrypto();
  const web = webCrypto();
  const x25519 = node.groups.filter(({ name }) => name === "x25519");
  const isNodes = (algorithm: SignatureAlgorithm): boolean =>
    !algorithm.startsWith("ECDSA_") && node.signatureAlgorithms.includes(algorithm);
  const hybrids = x25519.flatMap(hybridGroups);
  return {
    ...node,
    name: "deno",
    cipherSuites: node.cipherSuites.map(withBulk),
    groups: [...hybrids, ...node.groups],
    signatureAlgorithms: web.signatureAlgorithms,
    unavailable: triedOnce({
      ...web,
      cipherSuites: [],
      groups: hybrids,
      signatureAlgorithms: web.signatureAlgorithms.filter((algorithm) => !isNodes(algorithm)),
    }),
    verify: (algorithm, publicKey, message, signature) =>
      (isNodes(algorithm) ? node : web).verify(algorithm, publicKey, message, signature),
    loadPrivateKey: (pkcs8) => (signsOnNode(readPrivateKey(pkcs8), node) ? node : web).loadPrivateKey(pkcs8),
  };
}

/**
 * Whether `node:crypto` signs with this key. For the others WebCrypto is as fast, and leaves the thread free meanwhile.
 */
function signsOnNode(key: PrivateKey, { signatureAlgorithms }: CryptoProvider): boolean {
  if (key.kind === "ed25519") return signatureAlgorithms.includes("ED25519");
  if (key.kind !== "ec" || key.curve === "P-256") return false;
  return signatureAlgorithms.includes(key.curve === "P-384" ? "ECDSA_P384_SHA384" : "ECDSA_P521_SHA512");
}

/** Gives an AES-GCM suite a second key for large records. */
function withBulk(suite: CipherSuite): CipherSuite {
  if (suite.name === "TLS_CHACHA20_POLY1305_SHA256") return suite;
  return {
    ...suite,
    importKey(key): Eventual<AeadKey> {
      const copy = new Uint8Array(key);
      const small = suite.importKey(copy);
      return small instanceof Promise ? small : new BulkAeadKey(small, copy);
    },
  };
}

/**
 * Records that `node:crypto` protects: up to 4 KiB. Several larger ones at once are faster by WebCrypto. A single
 * record is slower there up to 8 KiB, but a record that is not full is seldom one of many.
 */
const MAX_SMALL_RECORD_BYTES = 4096;

/** A key for AES-GCM that hands large records to WebCrypto. */
class BulkAeadKey implements AeadKey {
  readonly #small: AeadKey;
  readonly #raw: Uint8Array<ArrayBuffer>;
  #large: AeadKey | undefined;
  #importing = false;

  constructor(small: AeadKey, raw: Uint8Array<ArrayBuffer>) {
    this.#small = small;
    this.#raw = raw;
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Eventual<Uint8Array> {
    return this.#for(plaintext.length).seal(nonce, aad, plaintext);
  }

  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Eventual<Uint8Array | null> {
    return this.#for(ciphertext.length).open(nonce, aad, ciphertext);
  }

  /**
   * The key for a record of that length. The key of WebCrypto is imported when the first large record comes, because
   * many connections have none; that record does not wait for it.
   */
  #for(length: number): AeadKey {
    if (length <= MAX_SMALL_RECORD_BYTES) return this.#small;
    if (!this.#importing) {
      this.#importing = true;
      importAesGcm(this.#raw).then((key) => this.#large = new WebAeadKey(key), () => {});
    }
    return this.#large ?? this.#small;
  }
}
