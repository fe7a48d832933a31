/**
 * The cipher suites of a config, by version.
 *
 * @module
 */

import type { CommonConfig } from "../config/common_config.ts";
import type { CipherSuite } from "../crypto/provider.ts";
import { isTls12Suite, type Tls12CipherSuite } from "../crypto/tls12_suites.ts";

/** The part of a context of either role that says which versions are enabled, and with which suites. */
export interface SuitesByVersion {
  /** Of TLS 1.3; empty: it is not enabled. */
  readonly suites: readonly CipherSuite[];
  /** Of TLS 1.2; `undefined`: it is not enabled. */
  readonly tls12Suites?: readonly Tls12CipherSuite[];
  /** Whether a peer of TLS 1.2 without the extended main secret is refused. */
  readonly requireExtendedMainSecret: boolean;
}

/** Sorts the suites of a config, which has suites of the enabled versions alone. */
export function suitesOfConfig({ cipherSuites, requireExtendedMainSecret }: CommonConfig): SuitesByVersion {
  const tls12Suites = cipherSuites.filter(isTls12Suite);
  return {
    suites: cipherSuites.filter((suite) => !isTls12Suite(suite)),
    ...(tls12Suites.length > 0 && { tls12Suites }),
    requireExtendedMainSecret,
  };
}
