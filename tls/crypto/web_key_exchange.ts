/**
 * Key exchange over WebCrypto: X25519 and the NIST curves.
 *
 * @module
 */

import { NamedGroup } from "../wire/numbers.ts";
import { unshared } from "./bytes.ts";
import { isAllZero } from "./constant_time.ts";
import { COORDINATE_LENGTH } from "./ecdsa_signature.ts";
import { exchangePkcs8, privateKeyLength } from "./exchange_pkcs8.ts";
import type { KeyExchangeGroup, KeyShare } from "./provider.ts";
import { isUncompressedPoint } from "./public_key.ts";
import type { CurveName } from "./signature.ts";

/** The groups without a hybrid that WebCrypto has. */
export type WebGroupName = "x25519" | "secp256r1" | "secp384r1" | "secp521r1";

interface Facts {
  readonly algorithm: { readonly name: "X25519" } | { readonly name: "ECDH"; readonly namedCurve: CurveName };
  /** Length of the shared secret in bytes. */
  readonly secretLength: number;
  /** Whether a peer's public key has the right form; WebCrypto checks that it lies on the curve. */
  isFormed(peer: Uint8Array): boolean;
}

const FACTS: Readonly<Record<WebGroupName, Facts>> = {
  x25519: { algorithm: { name: "X25519" }, secretLength: 32, isFormed: (peer) => peer.length === 32 },
  secp256r1: onCurve("P-256"),
  secp384r1: onCurve("P-384"),
  secp521r1: onCurve("P-521"),
};

function onCurve(namedCurve: CurveName): Facts {
  return {
    algorithm: { name: "ECDH", namedCurve },
    secretLength: COORDINATE_LENGTH[namedCurve],
    isFormed: (peer) => isUncompressedPoint(namedCurve, peer),
  };
}

/** Makes a group whose operations return promises. */
export function webGroup(name: WebGroupName): KeyExchangeGroup {
  const { algorithm, isFormed } = FACTS[name];

  async function start(): Promise<KeyShare> {
    const pair = await crypto.subtle.generateKey(algorithm, false, ["deriveBits"]);
    if (!("privateKey" in pair)) throw new TypeError(`Cannot make a key pair: ${name} has none here`);
    return {
      group: name,
      publicKey: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)),
      agree: (peer) => webAgree(name, pair.privateKey, peer),
    };
  }

  return {
    name,
    id: NamedGroup[name],
    start,
    async respond(peer): Promise<{ publicKey: Uint8Array; secret: Uint8Array } | null> {
      if (!isFormed(peer)) return null;
      // The caller may use the memory again as soon as this returns.
      const copy = new Uint8Array(peer);
      const share = await start();
      const secret = await share.agree(copy);
      return secret && { publicKey: share.publicKey, secret };
    },
    async importKeyPair(privateKey, publicKey): Promise<KeyShare | null> {
      if (privateKey.length !== privateKeyLength(name) || !isFormed(publicKey)) return null;
      const publicCopy = publicKey.slice();
      const pkcs8 = exchangePkcs8(name, privateKey, publicCopy);
      try {
        const key = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["deriveBits"]);
        return { group: name, publicKey: publicCopy, agree: (peer) => webAgree(name, key, peer) };
      } catch {
        return null;
      }
    },
  };
}

/** The shared secret of a private key and a peer's public key; `null` when the public key is not valid. */
export async function webAgree(
  name: WebGroupName,
  privateKey: CryptoKey,
  peer: Uint8Array,
): Promise<Uint8Array | null> {
  const { algorithm, secretLength, isFormed } = FACTS[name];
  if (!isFormed(peer)) return null;
  let secret: Uint8Array;
  try {
    const publicKey = await crypto.subtle.importKey("raw", unshared(peer), algorithm, false, []);
    const parameters = { name: algorithm.name, public: publicKey };
    secret = new Uint8Array(await crypto.subtle.deriveBits(parameters, privateKey, secretLength * 8));
  } catch {
    // "peers MUST validate each other's public value Q by ensuring that the point is a valid point on the elliptic
    // curve" (RFC 9846 §4.3.8.2): the platform does, and it refuses X25519's points of low order.
    return null;
  }
  // "Implementations MUST check whether the computed Diffie-Hellman shared secret is the all-zero value and abort if
  // so" (RFC 9846 §7.4.2), which is about X25519. WebCrypto does so itself; this check does not rely on it.
  return name === "x25519" && isAllZero(secret) ? null : secret;
}
