/**
 * Cryptography by WebCrypto, which every modern runtime has.
 *
 * @module
 */

import { unshared } from "./bytes.ts";
import { cipherSuite } from "./cipher_suites.ts";
import { x25519MlKem768 } from "./hybrid_group.ts";
import type { AeadKey, CryptoProvider, KeyExchangeGroup, SigningKey } from "./provider.ts";
import { SIGNATURE_ALGORITHMS } from "./signature.ts";
import { importAesGcm, WebAeadKey } from "./web_aead.ts";
import { webGroup } from "./web_key_exchange.ts";
import { webMlKem768 } from "./web_ml_kem.ts";
import { webSigningKey, webVerify } from "./web_signature.ts";
import { triedOnce } from "./web_unavailable.ts";

/**
 * Cryptography by WebCrypto: portable, and asynchronous throughout but for `random`.
 *
 * What the runtime's WebCrypto lacks is left out of handshakes, of which the first one tries everything once.
 *
 * - **Suites**, in order of preference: TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384. WebCrypto has no
 *   ChaCha20-Poly1305.
 * - **Groups**, in order of preference: X25519MLKEM768 where the runtime has ML-KEM, x25519, secp256r1, secp384r1,
 *   secp521r1.
 * - **Signatures**: all that {@linkcode SignatureAlgorithm} names.
 *
 * @throws {TypeError} Where there is no WebCrypto: in a browser, on a page that is no secure context.
 *
 * @example Cryptography for a runtime without `node:crypto`
 * ```ts
 * import { webCrypto } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const provider = webCrypto();
 * const empty = await provider.digest("SHA-256", new Uint8Array());
 * assertEquals(empty.slice(0, 4), Uint8Array.of(0xe3, 0xb0, 0xc4, 0x42));
 * ```
 */
export function webCrypto(): CryptoProvider {
  if (globalThis.crypto?.subtle === undefined) {
    throw new TypeError("Cannot use webCrypto(): this runtime has no WebCrypto");
  }
  const importKey = async (key: Uint8Array<ArrayBuffer>): Promise<AeadKey> =>
    new WebAeadKey(await importAesGcm(key));
  const x25519 = webGroup("x25519");
  const provider: CryptoProvider = {
    name: "web",
    cipherSuites: [
      cipherSuite("TLS_AES_128_GCM_SHA256", importKey),
      cipherSuite("TLS_AES_256_GCM_SHA384", importKey),
    ],
    groups: [
      ...hybridGroups(x25519),
      x25519,
      webGroup("secp256r1"),
      webGroup("secp384r1"),
      webGroup("secp521r1"),
    ],
    signatureAlgorithms: SIGNATURE_ALGORITHMS,
    verify: webVerify,
    random: (length): Uint8Array => crypto.getRandomValues(new Uint8Array(length)),
    async digest(hash, data): Promise<Uint8Array> {
      return new Uint8Array(await crypto.subtle.digest(hash, unshared(data)));
    },
    async hmac(hash, key, data): Promise<Uint8Array> {
      // WebCrypto refuses an empty key, which is the same as any number of zeros up to a block (RFC 2104 §2).
      const raw = key.length === 0 ? Uint8Array.of(0) : unshared(key);
      const copy = new Uint8Array(data);
      const imported = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash }, false, ["sign"]);
      return new Uint8Array(await crypto.subtle.sign("HMAC", imported, copy));
    },
    loadPrivateKey: (pkcs8): Promise<SigningKey> => webSigningKey(pkcs8),
  };
  return { ...provider, unavailable: triedOnce(provider) };
}

/** X25519MLKEM768 with the given X25519, where the runtime has ML-KEM; otherwise no group. */
export function hybridGroups(x25519: KeyExchangeGroup): readonly KeyExchangeGroup[] {
  const kem = webMlKem768();
  return kem === undefined ? [] : [x25519MlKem768(kem, x25519)];
}
