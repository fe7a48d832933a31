/**
 * Everything a handshake can be signed with: a certificate for each kind of key, and the schemes that go with it.
 *
 * @module
 */

import { generateKeyPairSync } from "node:crypto";
import type { CryptoProvider, Identity, SignatureSchemeName } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate, type Minted } from "../support/certificates.ts";
import { bitString, integer, octetString, oid, sequence } from "../support/der.ts";
import { type MintedKey, mintKey } from "../support/keys.ts";
import { encodePem } from "../../io/pem_writer.ts";
import { parsePrivateKeyPem } from "../../tls/crypto/private_key.ts";

/** The authority of all peers here. */
export const AUTHORITY: Minted = await mintAuthority();

/** The kinds of keys that sign handshakes. */
export const KEY_KINDS = ["p256", "p384", "p521", "rsa", "rsa_pss", "ed25519"] as const;

/** One of them. */
export type KeyKind = typeof KEY_KINDS[number];

/** The schemes of a TLS 1.3 handshake, with the kind of key (RFC 9846 §4.3.3). */
const SCHEMES: readonly { readonly scheme: SignatureSchemeName; readonly kind: KeyKind }[] = [
  { scheme: "ecdsa_secp256r1_sha256", kind: "p256" },
  { scheme: "ecdsa_secp384r1_sha384", kind: "p384" },
  { scheme: "ecdsa_secp521r1_sha512", kind: "p521" },
  { scheme: "ed25519", kind: "ed25519" },
  { scheme: "rsa_pss_rsae_sha256", kind: "rsa" },
  { scheme: "rsa_pss_rsae_sha384", kind: "rsa" },
  { scheme: "rsa_pss_rsae_sha512", kind: "rsa" },
  { scheme: "rsa_pss_pss_sha256", kind: "rsa_pss" },
  { scheme: "rsa_pss_pss_sha384", kind: "rsa_pss" },
  { scheme: "rsa_pss_pss_sha512", kind: "rsa_pss" },
];

/** The schemes of a version: a handshake of TLS 1.2 may also be signed with PKCS #1 (RFC 5246 §7.4.1.4.1). */
export function schemesOf(version: "TLSv1.3" | "TLSv1.2"): typeof SCHEMES {
  return version === "TLSv1.3" ? SCHEMES : [...SCHEMES, ...PKCS1_SCHEMES];
}

const PKCS1_SCHEMES: typeof SCHEMES = [
  { scheme: "rsa_pkcs1_sha256", kind: "rsa" },
  { scheme: "rsa_pkcs1_sha384", kind: "rsa" },
  { scheme: "rsa_pkcs1_sha512", kind: "rsa" },
];

/** What the authority signs with: a verifier must know it besides the scheme of the handshake. */
export const AUTHORITY_SCHEME: SignatureSchemeName = "ecdsa_secp256r1_sha256";

/** A scheme for the handshake, and what it takes to verify the authority's signature. */
export function withAuthority(scheme: SignatureSchemeName): SignatureSchemeName[] {
  return [...new Set([scheme, AUTHORITY_SCHEME])];
}

/** Mints a certificate for `localhost` and 127.0.0.1. */
export async function mintIdentity(kind: KeyKind): Promise<Minted> {
  const key = await keyOf(kind);
  return await mintCertificate(AUTHORITY, { names: ["localhost"], ips: ["127.0.0.1"], key });
}

/** Mints one for each kind of key. */
export async function mintIdentities(): Promise<Readonly<Record<KeyKind, Minted>>> {
  return {
    p256: await mintIdentity("p256"),
    p384: await mintIdentity("p384"),
    p521: await mintIdentity("p521"),
    rsa: await mintIdentity("rsa"),
    rsa_pss: await mintIdentity("rsa_pss"),
    ed25519: await mintIdentity("ed25519"),
  };
}

/** An identity of what was minted. */
export function identityOf({ chainPem, keyPem }: Minted): Identity {
  return { chain: chainPem, key: keyPem };
}

/** An identity whose key signs with one scheme only, as a key in some hardware does. */
export async function identitySigning(
  minted: Minted,
  scheme: SignatureSchemeName,
  crypto: CryptoProvider,
): Promise<Identity> {
  const key = await crypto.loadPrivateKey(parsePrivateKeyPem(minted.keyPem));
  const sign = (chosen: SignatureSchemeName, message: Uint8Array) => key.sign(chosen, message);
  return { chain: minted.chainPem, key: { schemes: [scheme], sign } };
}

async function keyOf(kind: KeyKind): Promise<MintedKey> {
  switch (kind) {
    case "p521": {
      const pair = generateKeyPairSync("ec", { namedCurve: "P-521" });
      return leafKey(
        new Uint8Array(pair.publicKey.export({ type: "spki", format: "der" })),
        new Uint8Array(pair.privateKey.export({ type: "pkcs8", format: "der" })),
      );
    }
    case "rsa_pss": {
      const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
      // No parameters: any hash may be used (RFC 4055 §3.1).
      const algorithm = sequence(oid("1.2.840.113549.1.1.10"));
      return leafKey(
        sequence(
          algorithm,
          bitString(new Uint8Array(pair.publicKey.export({ type: "pkcs1", format: "der" }))),
        ),
        sequence(
          integer(0),
          algorithm,
          octetString(new Uint8Array(pair.privateKey.export({ type: "pkcs1", format: "der" }))),
        ),
      );
    }
    default:
      return await mintKey(kind);
  }
}

/** A key that signs handshakes, and no certificates. */
function leafKey(spki: Uint8Array<ArrayBuffer>, pkcs8: Uint8Array<ArrayBuffer>): MintedKey {
  return {
    type: "p256", // no peer asks for it
    spki,
    keyPem: encodePem("PRIVATE KEY", pkcs8),
    signatureAlgorithm: sequence(),
    sign: () => Promise.reject(new TypeError("Cannot sign a certificate with the key of an end entity")),
  };
}
