/**
 * The cipher suites of TLS 1.2: ECDHE with the AEADs and hashes of TLS 1.3 (RFC 5289 §3.2, RFC 7905 §2).
 *
 * TLS 1.2 names the kind of the server's key in the suite, so each suite of TLS 1.3 has two of TLS 1.2 beside it. A
 * provider therefore need not know TLS 1.2.
 *
 * @module
 */

import { CipherSuiteId, type CipherSuiteName, type NamedGroupName } from "../wire/numbers.ts";
import type { CipherSuite, KeyExchangeGroup } from "./provider.ts";

/** Length of every main secret: "the master secret is always exactly 48 bytes" (RFC 5246 §8.1). */
export const MAIN_SECRET_LENGTH = 48;

/** Kind of the server's key: `ecdsa` is also that of Ed25519 (RFC 8422 §2.1). */
export type Tls12KeyKind = "ecdsa" | "rsa";

/** A cipher suite of TLS 1.2. */
export interface Tls12CipherSuite extends CipherSuite {
  /** The suite of TLS 1.3 with the same AEAD and hash. */
  readonly base: CipherSuiteName;
  /** Kind of the key that signs the ServerKeyExchange. */
  readonly keyKind: Tls12KeyKind;
  /** Length of the IV in the key block (`SecurityParameters.fixed_iv_length`, RFC 5246 §6.3). */
  readonly fixedIvLength: number;
}

interface Tls12Facts {
  readonly ecdsa: CipherSuiteName;
  readonly rsa: CipherSuiteName;
  readonly fixedIvLength: number;
}

/** By the suite of TLS 1.3. The IVs are of 4 bytes for GCM (RFC 5288 §3), of 12 for ChaCha20-Poly1305 (RFC 7905 §2). */
const FACTS: ReadonlyMap<CipherSuiteName, Tls12Facts> = new Map<CipherSuiteName, Tls12Facts>([
  ["TLS_AES_128_GCM_SHA256", {
    ecdsa: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    rsa: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    fixedIvLength: 4,
  }],
  ["TLS_AES_256_GCM_SHA384", {
    ecdsa: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    rsa: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    fixedIvLength: 4,
  }],
  ["TLS_CHACHA20_POLY1305_SHA256", {
    ecdsa: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    rsa: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    fixedIvLength: 12,
  }],
]);

/** The suites of TLS 1.2 that are made of those of TLS 1.3: for ECDSA keys first, each in the order of `suites`. */
export function tls12SuitesOf(suites: readonly CipherSuite[]): readonly Tls12CipherSuite[] {
  return KEY_KINDS.flatMap((keyKind) =>
    suites.flatMap((suite) => {
      const facts = FACTS.get(suite.name);
      if (facts === undefined) return [];
      const name = facts[keyKind];
      return [{
        ...suite,
        name,
        id: CipherSuiteId[name],
        base: suite.name,
        keyKind,
        fixedIvLength: facts.fixedIvLength,
      }];
    })
  );
}

const KEY_KINDS = ["ecdsa", "rsa"] as const;

/** Whether a suite is one of TLS 1.2. */
export function isTls12Suite(suite: CipherSuite): suite is Tls12CipherSuite {
  return "base" in suite && "keyKind" in suite;
}

/** Whether TLS 1.2 has a group: hybrids are for TLS 1.3 alone. */
export function isTls12Group({ name }: KeyExchangeGroup): boolean {
  return TLS12_GROUPS.has(name);
}

const TLS12_GROUPS: ReadonlySet<NamedGroupName> = new Set(["x25519", "secp256r1", "secp384r1", "secp521r1"]);
