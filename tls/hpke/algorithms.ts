/**
 * The algorithms of HPKE by their numbers (RFC 9180 §7), and what a provider has of them.
 *
 * @module
 */

import type { CipherSuite, CryptoProvider, HashName, KeyExchangeGroup } from "../crypto/provider.ts";
import type { CipherSuiteName, NamedGroupName } from "../wire/numbers.ts";

/** A KEM: a group of TLS, and the hash of its key derivation (RFC 9180 §7.1). */
export interface HpkeKem {
  readonly id: number;
  readonly group: KeyExchangeGroup;
  readonly hash: HashName;
}

/** A KEM, a KDF and an AEAD of a provider. */
export interface HpkeSuite {
  readonly kem: HpkeKem;
  /** Number of the KDF. */
  readonly kdf: number;
  /** The hash of the KDF. */
  readonly hash: HashName;
  /** Number of the AEAD. */
  readonly aead: number;
  /** The suite of TLS with that AEAD, whose hash does not matter. */
  readonly cipher: CipherSuite;
}

const KEMS: Readonly<Record<number, readonly [group: NamedGroupName, hash: HashName]>> = {
  0x0010: ["secp256r1", "SHA-256"],
  0x0011: ["secp384r1", "SHA-384"],
  0x0012: ["secp521r1", "SHA-512"],
  0x0020: ["x25519", "SHA-256"],
};

const KDFS: Readonly<Record<number, HashName>> = {
  0x0001: "SHA-256",
  0x0002: "SHA-384",
  0x0003: "SHA-512",
};

/** 0xffff, which exports secrets and seals nothing, is of no use here. */
const AEADS: Readonly<Record<number, CipherSuiteName>> = {
  0x0001: "TLS_AES_128_GCM_SHA256",
  0x0002: "TLS_AES_256_GCM_SHA384",
  0x0003: "TLS_CHACHA20_POLY1305_SHA256",
};

/**
 * The KEM of a number.
 *
 * @param unavailable Names that the provider's platform does not have.
 * @returns `undefined`: the provider has none of it.
 */
export function hpkeKem(
  { groups }: CryptoProvider,
  id: number,
  unavailable: ReadonlySet<string> = NOTHING,
): HpkeKem | undefined {
  const [name, hash] = KEMS[id] ?? [];
  if (name === undefined || hash === undefined || unavailable.has(name)) return undefined;
  const group = groups.find((each) => each.name === name);
  return group && { id, group, hash };
}

/** A KDF and an AEAD by their numbers, beside a KEM; `undefined`: the provider does not have both. */
export function hpkeSuite(
  { cipherSuites }: CryptoProvider,
  kem: HpkeKem,
  kdf: number,
  aead: number,
  unavailable: ReadonlySet<string> = NOTHING,
): HpkeSuite | undefined {
  const hash = KDFS[kdf];
  const name = AEADS[aead];
  if (hash === undefined || name === undefined || unavailable.has(name)) return undefined;
  const cipher = cipherSuites.find((suite) => suite.name === name);
  return cipher && { kem, kdf, hash, aead, cipher };
}

/** The number of the KEM of a group. */
export function hpkeKemOfGroup(name: "x25519" | "secp256r1"): number {
  return name === "x25519" ? 0x0020 : 0x0010;
}

const NOTHING: ReadonlySet<string> = new Set();
