/**
 * The option `echKeys` of a server, checked.
 *
 * @module
 */

import type { CryptoProvider } from "../crypto/provider.ts";
import { type EchKey, LoadedEchKeys } from "../ech/ech_keys.ts";
import type { GeneratedEchKey } from "../ech/generate_ech_key.ts";
import { TlsError } from "../error/tls_error.ts";
import { invalidOption } from "./option_checks.ts";

/** By list: an acceptor is made for each connection, and the keys are read for the first. */
const LOADED = new WeakMap<readonly EchKey[], LoadedEchKeys>();

/**
 * Reads the keys of a server.
 *
 * @param config Name of the thing that is made, for messages.
 * @param keys The list; one that was read before is not read again.
 * @throws {TlsError} `invalid_option`
 */
export function loadEchKeys(config: string, keys: readonly EchKey[], crypto: CryptoProvider): LoadedEchKeys {
  let loaded = LOADED.get(keys);
  if (loaded?.crypto !== crypto) {
    checkKeys(config, keys);
    loaded = readKeys(config, keys, crypto);
    LOADED.set(keys, loaded);
  }
  return loaded;
}

function checkKeys(config: string, keys: readonly EchKey[]): void {
  if (!Array.isArray(keys)) throw invalidOption(config, '"echKeys" is no list');
  for (const key of keys) {
    // A generated key is one, with the list to publish beside it.
    const { configList: _, ...ofServer }: Partial<GeneratedEchKey> = Object(key);
    const { config: encoded, privateKey, isRetryConfig = true, ...others } = ofServer;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw invalidOption(config, `"echKeys" has no option "${unknown}"`);
    if (!(encoded instanceof Uint8Array) || !(privateKey instanceof Uint8Array)) {
      throw invalidOption(config, 'one of "echKeys" has no "config" or no "privateKey", which are bytes');
    }
    if (typeof isRetryConfig !== "boolean") {
      throw invalidOption(config, '"echKeys.isRetryConfig" is neither true nor false');
    }
  }
}

function readKeys(config: string, keys: readonly EchKey[], crypto: CryptoProvider): LoadedEchKeys {
  try {
    return new LoadedEchKeys(keys, crypto);
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    throw invalidOption(config, `"echKeys" cannot be used: ${error.message}`, error.hint);
  }
}
