/**
 * New keys for servers with Encrypted ClientHello.
 *
 * @module
 */

import { decodeBase64Url } from "@std/encoding/base64url";
import { concat } from "@std/bytes/concat";
import { hpkeKemOfGroup } from "../hpke/algorithms.ts";
import { encodeEchConfig, encodeEchConfigList } from "../wire/ech_config.ts";
import type { EchKey } from "./ech_keys.ts";
import { isPublicName } from "./usable_config.ts";

/** Options of {@linkcode generateEchKey}. */
export interface GenerateEchKeyOptions {
  /** Group of the key. Default: `x25519`, which all clients with ECH have. */
  readonly group?: "x25519" | "secp256r1";
  /**
   * Identifier by which the server finds the key, 0 to 255; keys that are in use at the same time should have different
   * ones. Default: a random one.
   */
  readonly configId?: number;
  /** Length of the longest name that the server has, up to 255, for padding; 0: not known. Default: 0. */
  readonly maximumNameLength?: number;
}

/** A key, and the list with its public half. */
export interface GeneratedEchKey extends EchKey {
  /** The ECHConfigList to publish: the value of `ech` in the HTTPS record of each name (RFC 9848), in base64 there. */
  readonly configList: Uint8Array;
}

/**
 * Makes a key and its ECHConfig for a server with Encrypted ClientHello.
 *
 * @param publicName The name that is sent in the clear in place of the real one; the server needs a certificate for
 * it, too, or clients with an old key cannot be told the new one.
 * @returns The key for `echKeys`, and the list for `ech` of clients and for DNS. Store both: they are needed until the
 * last DNS record with the list has expired.
 * @throws {TypeError} when `publicName` is no DNS name of letters, digits and hyphens, or is longer than 253 characters;
 * for another group, and an unknown option.
 * @throws {RangeError} when `configId` or `maximumNameLength` is no byte.
 *
 * @example A connection whose server name is encrypted
 * ```ts
 * import { ClientConfig, generateEchKey } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const key = await generateEchKey("public.example");
 * const server = { echKeys: [key] }; // of a ServerConfig, beside its identity
 * const client = new ClientConfig({ verifier: () => {}, ech: { configs: key.configList } });
 * assertEquals(client.ech, { configs: key.configList, mode: "require" });
 * assertEquals(server.echKeys[0]?.privateKey.length, 32);
 * ```
 */
export async function generateEchKey(
  publicName: string,
  options: GenerateEchKeyOptions = {},
): Promise<GeneratedEchKey> {
  const { group = "x25519", configId = randomByte(), maximumNameLength = 0, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`Cannot make an ECH key: there is no option "${unknown}"`);
  if (group !== "x25519" && group !== "secp256r1") {
    throw new TypeError(`Cannot make an ECH key: the group is "${group}", neither x25519 nor secp256r1`);
  }
  if (!isPublicName(publicName)) {
    throw new TypeError(
      `Cannot make an ECH key: "${publicName}" is no DNS name of letters, digits and hyphens`,
    );
  }
  requireByte("configId", configId);
  requireByte("maximumNameLength", maximumNameLength);
  const { privateKey, publicKey } = await generateKeyPair(group);
  const config = encodeEchConfig({
    configId,
    kem: hpkeKemOfGroup(group),
    publicKey,
    cipherSuites: CIPHER_SUITES,
    maximumNameLength,
    publicName,
  });
  return { config, privateKey, isRetryConfig: true, configList: encodeEchConfigList([config]) };
}

/** HKDF-SHA256 with AES-128-GCM, AES-256-GCM and ChaCha20-Poly1305. */
const CIPHER_SUITES = [{ kdf: 1, aead: 1 }, { kdf: 1, aead: 2 }, { kdf: 1, aead: 3 }] as const;

function randomByte(): number {
  return crypto.getRandomValues(new Uint8Array(1))[0] ?? 0;
}

function requireByte(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= 0xff) return;
  throw new RangeError(`Cannot make an ECH key: ${name} is ${value}, not 0 to 255`);
}

/** A key pair in the forms of HPKE (RFC 9180 §7.1.1, §7.1.2); JWK has the same numbers (RFC 7518 §6.2, RFC 8037 §2). */
async function generateKeyPair(
  group: "x25519" | "secp256r1",
): Promise<{ readonly privateKey: Uint8Array; readonly publicKey: Uint8Array }> {
  const algorithm = group === "x25519" ? { name: "X25519" } : { name: "ECDH", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["deriveBits"]);
  if (!("privateKey" in pair)) throw new TypeError("Cannot make an ECH key: the platform makes no key pair");
  const { d = "", x = "", y = "" } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const privateKey = decodeBase64Url(d);
  if (group === "x25519") return { privateKey, publicKey: decodeBase64Url(x) };
  return { privateKey, publicKey: concat([UNCOMPRESSED, decodeBase64Url(x), decodeBase64Url(y)]) };
}

/** The first byte of a point with both coordinates. */
const UNCOMPRESSED = Uint8Array.of(0x04);
