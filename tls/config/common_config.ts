/**
 * What the configs of both sides have in common: their options, checked and resolved against the provider.
 *
 * Whatever makes no sense is refused here, where the config is made, by a message that names the option; nothing
 * is left to be found out by the first connection.
 *
 * @module
 */

import type { CommonConfigOptions, KeyLog } from "./config_types.ts";
import type { CipherSuite, CryptoProvider, KeyExchangeGroup } from "../crypto/provider.ts";
import { signatureSchemesOf } from "../crypto/signature.ts";
import { defaultCrypto } from "./default_crypto.ts";
import { TlsError } from "../error/tls_error.ts";
import { MAX_FRAGMENT_SIZE_BYTES, MIN_FRAGMENT_SIZE_BYTES } from "../limits.ts";
import type { SignatureSchemeName } from "../wire/numbers.ts";

/** {@linkcode CommonConfigOptions}, resolved. */
export interface CommonConfig {
  /** Where cryptography comes from. */
  readonly crypto: CryptoProvider;
  /** Best first; empty: ALPN is not spoken. */
  readonly alpnProtocols: readonly string[];
  /** Best first, at least one. */
  readonly cipherSuites: readonly CipherSuite[];
  /** Best first, at least one. */
  readonly groups: readonly KeyExchangeGroup[];
  /** Best first; at least one of them may sign handshakes, others only certificates. */
  readonly signatureSchemes: readonly SignatureSchemeName[];
  /** Protocol versions. */
  readonly versions: readonly "TLSv1.3"[];
  /** Is told every secret. */
  readonly keyLog?: KeyLog;
  /** The longest record that is sent, its header of 5 bytes included: 32 to 16389. */
  readonly maxFragmentSize: number;
  /** The clock. */
  readonly now: () => Date;
}

/** The names of what both sides can be told. */
const COMMON_OPTIONS: readonly (keyof CommonConfigOptions)[] = [
  "crypto",
  "alpnProtocols",
  "cipherSuites",
  "groups",
  "signatureSchemes",
  "versions",
  "keyLog",
  "maxFragmentSize",
  "now",
];

/**
 * Says what is wrong with an option.
 *
 * @param config What is being made: `ClientConfig`.
 */
export function invalidOption(config: string, reason: string, hint?: string): TlsError {
  return new TlsError(
    "invalid_option",
    `Cannot make a ${config}: ${reason}`,
    hint === undefined ? {} : { hint },
  );
}

/**
 * Refuses what no option has the name of: one that was misspelt must not be dropped in silence.
 *
 * @param own The names of the options that only this kind of config has.
 */
export function refuseUnknownOptions(config: string, options: object, own: readonly string[]): void {
  if (typeof options !== "object" || options === null) throw invalidOption(config, "it needs options");
  for (const name of Object.keys(options)) {
    if (!own.includes(name) && !COMMON_OPTIONS.some((known) => known === name)) {
      throw invalidOption(config, `it has no option "${name}"`);
    }
  }
}

/**
 * Checks the common options, and fills in what was left out.
 *
 * @param config What is being made, for the messages.
 * @throws {TlsError} `invalid_option`.
 */
export function resolveCommon(config: string, options: CommonConfigOptions): CommonConfig {
  const crypto = checkProvider(config, options.crypto);
  const { keyLog, now = systemClock, maxFragmentSize = MAX_FRAGMENT_SIZE_BYTES } = options;
  if (keyLog !== undefined) checkFunction(config, "keyLog", keyLog);
  checkFunction(config, "now", now);
  if (
    !Number.isInteger(maxFragmentSize) || maxFragmentSize < MIN_FRAGMENT_SIZE_BYTES ||
    maxFragmentSize > MAX_FRAGMENT_SIZE_BYTES
  ) {
    throw invalidOption(
      config,
      `"maxFragmentSize" is ${maxFragmentSize}, not ${MIN_FRAGMENT_SIZE_BYTES} to ${MAX_FRAGMENT_SIZE_BYTES}`,
    );
  }
  const schemes = signatureSchemesOf(crypto);
  const signatureSchemes = choose(
    config,
    crypto,
    "signatureSchemes",
    schemes.certificate,
    options.signatureSchemes,
  );
  if (!signatureSchemes.some((scheme) => schemes.handshake.includes(scheme))) {
    throw invalidOption(config, '"signatureSchemes" has none that may sign a handshake');
  }
  return {
    crypto,
    alpnProtocols: checkAlpn(config, options.alpnProtocols ?? []),
    cipherSuites: choose(config, crypto, "cipherSuites", crypto.cipherSuites, options.cipherSuites),
    groups: choose(config, crypto, "groups", crypto.groups, options.groups),
    signatureSchemes,
    versions: checkVersions(config, options.versions),
    ...(keyLog !== undefined && { keyLog }),
    maxFragmentSize,
    now,
  };
}

function systemClock(): Date {
  return new Date();
}

const PROVIDER_FUNCTIONS = ["verify", "random", "digest", "hmac", "loadPrivateKey"] as const;
const PROVIDER_LISTS = ["cipherSuites", "groups", "signatureAlgorithms"] as const;

/** A provider comes from the application, which may not be checked by a compiler. */
function checkProvider(config: string, crypto: unknown): CryptoProvider {
  if (crypto === undefined) return defaultCrypto();
  if (Array.isArray(crypto)) {
    throw invalidOption(config, '"crypto" is a list, and a config has exactly one provider');
  }
  const given: Partial<Record<string, unknown>> = Object(crypto);
  const missing = PROVIDER_FUNCTIONS.find((name) => typeof given[name] !== "function") ??
    PROVIDER_LISTS.find((name) => !Array.isArray(given[name]));
  if (missing === undefined) return crypto as CryptoProvider; // It has all that is looked at here.
  throw invalidOption(
    config,
    `"crypto" is no CryptoProvider: it has no "${missing}"`,
    "Call the function: denoCrypto(), nodeCrypto(), webCrypto().",
  );
}

/** Refuses what is to be called and is no function. */
export function checkFunction(config: string, option: string, value: unknown): void {
  if (typeof value !== "function") throw invalidOption(config, `"${option}" is no function`);
}

/**
 * A switch, off or on by default. What is neither `true` nor `false` is refused: a variable of the environment that
 * says "false" must not mean yes.
 */
export function checkFlag(config: string, option: string, value: unknown, byDefault: boolean): boolean {
  if (value === undefined) return byDefault;
  if (typeof value === "boolean") return value;
  throw invalidOption(config, `"${option}" is neither true nor false`);
}

/** What a list names, in its order; all there is when it was left out. */
function choose<T extends string | { readonly name: string }>(
  config: string,
  crypto: CryptoProvider,
  option: string,
  available: readonly T[],
  wanted: readonly string[] | undefined,
): readonly T[] {
  if (wanted !== undefined) refuseDuplicates(config, option, wanted);
  const chosen = wanted?.map((name) => {
    const found = available.find((each) => nameOf(each) === name);
    if (found !== undefined) return found;
    throw invalidOption(
      config,
      `"${option}" has "${name}", which the provider "${crypto.name}" does not have`,
      `It has ${available.map(nameOf).join(", ")}.`,
    );
  }) ?? available;
  if (chosen.length === 0) throw invalidOption(config, `"${option}" is empty`);
  return Object.freeze([...chosen]);
}

function nameOf(each: string | { readonly name: string }): string {
  return typeof each === "string" ? each : each.name;
}

/** Refuses what is no list of strings; a string alone would be a list of its letters. */
export function checkList(config: string, option: string, list: readonly string[]): void {
  if (Array.isArray(list) && list.every((each) => typeof each === "string")) return;
  throw invalidOption(config, `"${option}" is no list of strings`);
}

function refuseDuplicates(config: string, option: string, list: readonly string[]): void {
  checkList(config, option, list);
  const twice = list.find((name, index) => list.indexOf(name) !== index);
  if (twice !== undefined) throw invalidOption(config, `"${option}" has "${twice}" more than once`);
}

/**
 * Checks what ALPN is to offer: `opaque ProtocolName<1..2^8-1>; ProtocolName protocol_name_list<2..2^16-1>`
 * (RFC 7301 §3.1). A name is bytes; here each character is one.
 *
 * @param config What the list is for, in messages.
 * @throws {TlsError} `invalid_option`.
 */
export function checkAlpn(config: string, protocols: readonly string[]): readonly string[] {
  refuseDuplicates(config, "alpnProtocols", protocols);
  let length = 0;
  for (const protocol of protocols) {
    const quoted = JSON.stringify(protocol);
    if (/[^\0-\xff]/.test(protocol)) {
      throw invalidOption(
        config,
        `"alpnProtocols" has ${quoted}: a character stands for a byte, and one is none`,
      );
    }
    if (protocol.length < 1 || protocol.length > 0xff) {
      throw invalidOption(
        config,
        `"alpnProtocols" has a name of ${protocol.length} bytes; it must have 1 to 255`,
      );
    }
    length += 1 + protocol.length;
  }
  if (length > 0xffff) {
    throw invalidOption(config, '"alpnProtocols" is too long: ALPN has room for 65535 bytes');
  }
  return Object.freeze([...protocols]);
}

function checkVersions(config: string, versions: readonly string[] = ["TLSv1.3"]): readonly "TLSv1.3"[] {
  refuseDuplicates(config, "versions", versions);
  if (versions.length === 0) throw invalidOption(config, '"versions" is empty');
  const unknown = versions.find((version) => version !== "TLSv1.3");
  if (unknown !== undefined) {
    throw invalidOption(config, `"versions" has "${unknown}", and only "TLSv1.3" is spoken here`);
  }
  return Object.freeze(["TLSv1.3" as const]);
}
