/**
 * Key exchange over `node:crypto`: X25519 (RFC 7748) and the NIST curves. Public keys pass as SubjectPublicKeyInfo, in
 * which each group's public key follows a constant prefix.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { decodeHex } from "@std/encoding/hex";
import { NamedGroup } from "../wire/numbers.ts";
import { plainBytes } from "../../io/plain_bytes.ts";
import { isAllZero } from "./constant_time.ts";
import { COORDINATE_LENGTH } from "./ecdsa_signature.ts";
import { exchangePkcs8, privateKeyLength } from "./exchange_pkcs8.ts";
import type { NodeCrypto, NodeKey } from "./node_types.ts";
import type { KeyExchangeGroup, KeyShare } from "./provider.ts";
import { ecPublicKey, isUncompressedPoint } from "./public_key.ts";
import type { CurveName } from "./signature.ts";

/** The groups that `node:crypto` has in all runtimes. */
export type NodeGroupName = "x25519" | "secp256r1" | "secp384r1" | "secp521r1";

interface Facts {
  /** Prefix of a SubjectPublicKeyInfo. */
  readonly prefix: Uint8Array;
  /** Whether a peer's public key has the right form; Node checks that it lies on the curve. */
  isFormed(peer: Uint8Array): boolean;
  generate(node: NodeCrypto): { readonly publicKey: NodeKey; readonly privateKey: NodeKey };
}

const FACTS: Readonly<Record<NodeGroupName, Facts>> = {
  x25519: {
    prefix: decodeHex("302a300506032b656e032100"), // id-X25519, RFC 8410 §3
    isFormed: (peer) => peer.length === 32,
    generate: (node) => node.generateKeyPairSync("x25519"),
  },
  secp256r1: onCurve("P-256", "prime256v1"),
  secp384r1: onCurve("P-384", "secp384r1"),
  secp521r1: onCurve("P-521", "secp521r1"),
};

function onCurve(curve: CurveName, namedCurve: string): Facts {
  const pointLength = 1 + 2 * COORDINATE_LENGTH[curve];
  return {
    prefix: ecPublicKey(curve, new Uint8Array(pointLength)).slice(0, -pointLength),
    isFormed: (peer) => isUncompressedPoint(curve, peer),
    generate: (node) => node.generateKeyPairSync("ec", { namedCurve }),
  };
}

interface NodeKeyShare extends KeyShare {
  agree(peer: Uint8Array): Uint8Array | null;
}

/** Makes a group whose operations are synchronous. */
export function nodeGroup(node: NodeCrypto, name: NodeGroupName): KeyExchangeGroup {
  const { prefix, isFormed, generate } = FACTS[name];

  function start(): NodeKeyShare {
    const { publicKey, privateKey } = generate(node);
    const spki = publicKey.export({ format: "der", type: "spki" });
    return {
      group: name,
      publicKey: new Uint8Array(spki.subarray(prefix.length)),
      agree: (peer) => nodeAgree(node, name, privateKey, peer),
    };
  }

  return {
    name,
    id: NamedGroup[name],
    start,
    respond(peer): { publicKey: Uint8Array; secret: Uint8Array } | null {
      if (!isFormed(peer)) return null;
      const share = start();
      const secret = share.agree(peer);
      return secret && { publicKey: share.publicKey, secret };
    },
    importKeyPair(privateKey, publicKey): KeyShare | null {
      if (privateKey.length !== privateKeyLength(name) || !isFormed(publicKey)) return null;
      const publicCopy = publicKey.slice();
      const pkcs8 = exchangePkcs8(name, privateKey, publicCopy);
      try {
        const key = node.createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
        return { group: name, publicKey: publicCopy, agree: (peer) => nodeAgree(node, name, key, peer) };
      } catch {
        return null;
      }
    },
  };
}

/** The shared secret of a private key and a peer's public key; `null` when the public key is not valid. */
export function nodeAgree(
  node: NodeCrypto,
  name: NodeGroupName,
  privateKey: NodeKey,
  peer: Uint8Array,
): Uint8Array | null {
  const { prefix, isFormed } = FACTS[name];
  if (!isFormed(peer)) return null;
  let secret: Uint8Array;
  try {
    const publicKey = node.createPublicKey({ key: concat([prefix, peer]), format: "der", type: "spki" });
    secret = plainBytes(node.diffieHellman({ privateKey, publicKey }));
  } catch {
    // "peers MUST validate each other's public value Q by ensuring that the point is a valid point on the elliptic
    // curve" (RFC 9846 §4.3.8.2): the platform does, and it refuses X25519's points of low order.
    return null;
  }
  // "Implementations MUST check whether the computed Diffie-Hellman shared secret is the all-zero value and abort if
  // so" (RFC 9846 §7.4.2), which is about X25519. Node does so itself; this check does not rely on it.
  return name === "x25519" && isAllZero(secret) ? null : secret;
}
