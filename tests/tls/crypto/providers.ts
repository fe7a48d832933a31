/**
 * The providers under one contract, and keys to try them with.
 *
 * @module
 */

import { denoCrypto } from "../../../tls/crypto/deno.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { CipherSuite, CryptoProvider, KeyExchangeGroup } from "../../../tls/crypto/provider.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import type { CipherSuiteName, NamedGroupName } from "../../../tls/wire/numbers.ts";
import { bitString, integer, nothing, octetString, oid, sequence } from "../../support/der.ts";

/** All of them that are meant for use. */
export const PROVIDERS: readonly CryptoProvider[] = [nodeCrypto(), webCrypto(), denoCrypto()];

/** A suite by name. */
export function suiteOf(provider: CryptoProvider, name: CipherSuiteName): CipherSuite {
  const suite = provider.cipherSuites.find((suite) => suite.name === name);
  if (suite === undefined) throw new TypeError(`${provider.name} has no ${name}`);
  return suite;
}

/** A group by name. */
export function groupOf(provider: CryptoProvider, name: NamedGroupName): KeyExchangeGroup {
  const group = provider.groups.find((group) => group.name === name);
  if (group === undefined) throw new TypeError(`${provider.name} has no ${name}`);
  return group;
}

/** A key pair in the forms that TLS has it in. */
export interface KeyPair {
  readonly spki: Uint8Array<ArrayBuffer>;
  readonly pkcs8: Uint8Array<ArrayBuffer>;
  readonly pair: CryptoKeyPair;
}

/** Makes a key pair. */
export async function makeKeyPair(
  algorithm: AlgorithmIdentifier | EcKeyGenParams | RsaHashedKeyGenParams,
): Promise<KeyPair> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new TypeError("Cannot make a key pair: the algorithm is symmetric");
  const [spki, pkcs8] = await Promise.all([
    crypto.subtle.exportKey("spki", pair.publicKey),
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
  ]);
  return { pair, spki: new Uint8Array(spki), pkcs8: new Uint8Array(pkcs8) };
}

const kept = new Map<string, Promise<KeyPair>>();

/** The kinds of key that {@linkcode keyPair} makes. */
export type KeyName = "P-256" | "P-384" | "P-521" | "Ed25519" | "RSA-1024" | "RSA-2048" | "RSA-PSS";

/** A key pair of that kind: the same one each time. */
export function keyPair(name: KeyName): Promise<KeyPair> {
  const known = kept.get(name) ?? make(name);
  kept.set(name, known);
  return known;
}

async function make(name: KeyName): Promise<KeyPair> {
  switch (name) {
    case "P-256":
    case "P-384":
    case "P-521":
      return await makeKeyPair({ name: "ECDSA", namedCurve: name });
    case "Ed25519":
      return await makeKeyPair(name);
    case "RSA-1024":
    case "RSA-2048":
      return await makeKeyPair({
        name: "RSA-PSS",
        hash: "SHA-256",
        modulusLength: Number(name.slice(4)),
        publicExponent: Uint8Array.of(1, 0, 1),
      });
    case "RSA-PSS":
      return asPssKey(await keyPair("RSA-2048"));
  }
}

/** The same RSA key, saying that it is for RSASSA-PSS alone; with the parameters given (RFC 4055 §3.1). */
export function asPssKey({ pair, spki, pkcs8 }: KeyPair, ...parameters: readonly Uint8Array[]): KeyPair {
  const algorithm = sequence(oid("1.2.840.113549.1.1.10"), ...parameters);
  const plain = sequence(oid("1.2.840.113549.1.1.1"), nothing());
  // Both are a header of four bytes, what stands before the key, and the key's own header of four bytes.
  const publicBits = spki.subarray(4 + plain.length + 5);
  const privateOctets = pkcs8.subarray(4 + 3 + plain.length + 4);
  return {
    pair,
    spki: sequence(algorithm, bitString(publicBits)),
    pkcs8: sequence(integer(0), algorithm, octetString(privateOctets)),
  };
}

/** UTF-8. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Random bytes. */
export function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** A copy with one bit flipped. */
export function flipped(input: Uint8Array, at: number = 0, bit: number = 1): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(input);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ bit;
  return copy;
}
