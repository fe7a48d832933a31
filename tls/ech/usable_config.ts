/**
 * The choice of a client among the ECHConfigs of a server (RFC 9849 §6.1, §6.1.7).
 *
 * @module
 */

import type { CryptoProvider } from "../crypto/provider.ts";
import { hpkeKem, type HpkeSuite, hpkeSuite } from "../hpke/algorithms.ts";
import { isHostName } from "../names/host_name.ts";
import type { EchConfig, EchConfigContents } from "../wire/ech_config.ts";

/** An ECHConfig that a client can use, and the algorithms that it uses it with. */
export interface UsableEchConfig {
  /** The whole structure. */
  readonly encoded: Uint8Array;
  readonly contents: EchConfigContents;
  readonly suite: HpkeSuite;
}

/**
 * The first config that can be used; all others are skipped, whatever is wrong with them.
 *
 * @param unavailable Names of what the provider's platform does not have.
 */
export function usableEchConfig(
  configs: readonly EchConfig[],
  provider: CryptoProvider,
  unavailable?: ReadonlySet<string>,
): UsableEchConfig | undefined {
  for (const { encoded, contents } of configs) {
    if (contents === undefined || !isLawful(contents)) continue;
    const suite = firstSuite(contents, provider, unavailable);
    if (suite !== undefined) return { encoded, contents, suite };
  }
  return undefined;
}

function firstSuite(
  { kem: kemId, cipherSuites }: EchConfigContents,
  provider: CryptoProvider,
  unavailable: ReadonlySet<string> | undefined,
): HpkeSuite | undefined {
  const kem = hpkeKem(provider, kemId, unavailable);
  if (kem === undefined) return undefined;
  for (const { kdf, aead } of cipherSuites) {
    const suite = hpkeSuite(provider, kem, kdf, aead, unavailable);
    if (suite !== undefined) return suite;
  }
  return undefined;
}

function isLawful({ publicName, extensionTypes }: EchConfigContents): boolean {
  // "If an unsupported mandatory extension is present, clients MUST ignore the ECHConfig." (RFC 9849 §4.2)
  if (extensionTypes.some((type) => (type & MANDATORY) !== 0)) return false;
  // "there MUST NOT be more than one extension of the same type in the extensions block" (RFC 9849 §4.2)
  if (new Set(extensionTypes).size < extensionTypes.length) return false;
  return isPublicName(publicName);
}

/** "an extension type codepoint with the high order bit set to 1" (RFC 9849 §4.2) */
const MANDATORY = 0x8000;

/**
 * Whether a name can be that of a client-facing server: "the public_name needs to be a dot-separated sequence of LDH
 * labels" whose last is no number (RFC 9849 §6.1.7); an underscore is in no LDH label.
 */
export function isPublicName(name: string): boolean {
  return isHostName(name) && !name.includes("_");
}

/** The `info` of HPKE: "the concatenation "tls ech", a zero byte, and the serialized ECHConfig" (RFC 9849 §7.1). */
export function echInfo(config: Uint8Array): Uint8Array {
  const info = new Uint8Array(LABEL.length + config.length);
  info.set(LABEL);
  info.set(config, LABEL.length);
  return info;
}

const LABEL = new TextEncoder().encode("tls ech\0");
