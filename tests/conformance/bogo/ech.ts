/**
 * What the shim's flags say of Encrypted ClientHello.
 *
 * @module
 */

import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import type { ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { TlsConnectionFacts } from "../../../tls/handshake/connection_facts.ts";
import type { EchKey } from "../../../tls/ech/ech_keys.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { decodeEchConfigList, ECH_VERSION } from "../../../tls/wire/ech_config.ts";
import type { Flags } from "./flags.ts";

/** The option of a client. */
export function echOf(flags: Flags): Pick<ClientConfigOptions, "ech"> {
  const { echConfigList, enableEchGrease, rejectUnusableEchConfig } = flags;
  if (echConfigList === undefined && !rejectUnusableEchConfig) {
    return enableEchGrease ? { ech: "grease" } : {};
  }
  const configs = decodeBase64(echConfigList ?? "");
  return { ech: { configs, mode: rejectUnusableEchConfig ? "require" : "prefer" } };
}

/** The keys of a server. */
export function echKeysOf(flags: Flags): { readonly echKeys?: readonly EchKey[] } {
  const { echServerConfig, echServerKey, echIsRetryConfig } = flags;
  if (echServerConfig.length === 0) return {};
  return {
    echKeys: echServerConfig.map((config, place) => ({
      config: decodeBase64(config),
      privateKey: decodeBase64(echServerKey[place] ?? ""),
      isRetryConfig: echIsRetryConfig[place] === 1,
    })),
  };
}

/** Checks the name that a server's certificate is judged for. @throws when it is another one than the flags say. */
export function checkJudgedName(flags: Flags, serverName: string): void {
  const { expectEchNameOverride, expectNoEchNameOverride, hostName = "example.com" } = flags;
  const expected = expectEchNameOverride ?? (expectNoEchNameOverride ? hostName : serverName);
  if (serverName !== expected) {
    throw new Error(`unexpected name of the server: ${serverName} instead of ${expected}`);
  }
}

/** Checks a connection's facts. @throws when they are not as the flags say. */
export function checkEch({ ech, serverName }: TlsConnectionFacts, flags: Flags): void {
  if ((ech === "accepted") !== flags.expectEchAccept) throw new Error(`unexpected ECH: ${ech}`);
  if (flags.expectNoServerName && serverName !== undefined) throw new Error(`unexpected name: ${serverName}`);
}

/** The error of a connection, or another one where its retry configurations are not as the flags say. */
export function checkedRejection(error: unknown, flags: Flags): unknown {
  if (!(error instanceof TlsError) || error.code !== "ech_rejected") return error;
  const { expectEchRetryConfigs, expectNoEchRetryConfigs } = flags;
  const found = error.retryConfigs && encodeBase64(error.retryConfigs);
  const expected = expectEchRetryConfigs === undefined || !isUsable(decodeBase64(expectEchRetryConfigs))
    ? undefined
    : expectEchRetryConfigs;
  if (expectEchRetryConfigs === undefined && !expectNoEchRetryConfigs) return error;
  return found === expected ? error : new Error(`unexpected retry configurations: ${found}`);
}

/** Whether a list has a config of the version that is known; BoringSSL hands out other lists, too. */
function isUsable(list: Uint8Array): boolean {
  return decodeEchConfigList(list).some(({ version }) => version === ECH_VERSION);
}
