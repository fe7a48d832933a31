/**
 * Cryptography for Deno: each operation by whichever of `node:crypto` and WebCrypto is quicker there.
 *
 * Measured on Deno 2.9.6; shares of the time that `node:crypto` takes for the same:
 *
 * | operation | WebCrypto, one at a time | WebCrypto, 16 at once |
 * |---|---|---|
 * | AES-GCM, 1 KiB | 3.0 | 0.8 |
 * | AES-GCM, 4 KiB | 1.9 | 0.65 |
 * | AES-GCM, 8 KiB | 1.1 | 0.5 |
 * | AES-GCM, 16 KiB | 0.65 | 0.4 |
 * | ECDSA P-256, P-384, P-521, verify | 0.55, 0.75, 0.75 | |
 * | ECDSA P-256, P-384, P-521, sign | 0.9, 1.3, 1.5 | |
 * | RSA-2048, verify and sign | 1.3, 1.0 | |
 * | Ed25519, verify and sign | 2, 4 | |
 * | X25519, generate and agree | 3 | |
 * | P-256, P-384, P-521, generate and agree | 0.95, 1.2, 1.7 | |
 * | HMAC, digest | 10, 20 | |
 *
 * ChaCha20-Poly1305 over 16 KiB takes 0.16 of the time of AES-GCM, both by `node:crypto`, and half of what WebCrypto
 * takes for AES-GCM 16 at once: it is the first choice.
 *
 * @module
 */

import { cipherSuite } from "./cipher_suites.ts";
import { nodeCrypto } from "./node.ts";
import type { AeadKey, CipherSuite, CryptoProvider } from "./provider.ts";
import type { Eventual } from "../script.ts";
import { SIGNATURE_ALGORITHMS } from "./signature.ts";
import { hybridGroups, webCrypto } from "./web.ts";
import { importAesGcm, WebAeadKey } from "./web_aead.ts";
