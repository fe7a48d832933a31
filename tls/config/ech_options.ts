/**
 * The option `ech` of a client, checked.
 *
 * @module
 */

import { copyOf } from "../crypto/bytes.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { usableEchConfig } from "../ech/usable_config.ts";
import { TlsError } from "../error/tls_error.ts";
import { decodeEchConfigList, type EchConfig } from "../wire/ech_config.ts";
import type { EnabledVersionName } from "./common_config.ts";
import { invalidOption, requireTls13 } from "./option_checks.ts";

/** Options of Encrypted ClientHello (RFC 9849), with the public keys of one server. */
export interface EchOptions {
  /** The server's ECHConfigList, as its HTTPS record has it in `ech` (RFC 9848), or an `ech_rejected` error. */
  readonly configs: Uint8Array;
  /**
   * Behaviour where no config of the list can be used: `require` makes it an `invalid_option`, and `prefer` connects
   * with GREASE, so that the server's name is sent in the clear. Default: `require`.
   */
  readonly mode?: "require" | "prefer";
}

/** {@linkcode EchOptions}, checked. */
export interface ResolvedEch {
  /** The server's ECHConfigList. */
  readonly configs: Uint8Array;
  /** Behaviour where no config of the list can be used. */
  readonly mode: "require" | "prefer";
}

/**
 * Checks the option of a config.
 *
 * @throws {TlsError} `invalid_option`
 */
export function checkEch(
  config: string,
  ech: EchOptions | "grease" | undefined,
  { crypto, versions }: { readonly crypto: CryptoProvider; readonly versions: readonly EnabledVersionName[] },
): ResolvedEch | "grease" | undefined {
  if (ech === undefined) return undefined;
  requireTls13(config, "ech", versions);
  if (ech === "grease") return "grease";
  const { configs, mode = "require", ...others }: Partial<EchOptions> = Object(ech);
  if (!(configs instanceof Uint8Array)) {
    throw invalidOption(config, '"ech" is neither "grease" nor has "configs", which are bytes');
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalidOption(config, `"ech" has no option "${unknown}"`);
  if (mode !== "require" && mode !== "prefer") {
    throw invalidOption(config, '"ech.mode" is neither "require" nor "prefer"');
  }
  // The memory of the caller may change.
  const copy = copyOf(configs);
  if (usableEchConfig(readConfigs(config, copy), crypto) === undefined && mode === "require") {
    throw invalidOption(
      config,
      '"ech.configs" has no ECHConfig that can be used',
      'With the mode "prefer" such a list leads to a connection without ECH.',
    );
  }
  return Object.freeze({ configs: copy, mode });
}

function readConfigs(config: string, list: Uint8Array): EchConfig[] {
  try {
    return decodeEchConfigList(list);
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    throw invalidOption(config, `"ech.configs" is no ECHConfigList: ${error.message}`);
  }
}
