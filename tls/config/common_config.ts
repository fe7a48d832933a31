/**
 * The options that clients and servers share, and the config that both extend: a new common option is one property of
 * {@linkcode CommonConfigOptions}, and one of {@linkcode CommonConfig} with its check.
 *
 * An option that makes no sense is refused here, where the config is made, by a message that names it; nothing is left
 * for the first connection to find.
 *
 * @module
 */

import type { CertificateCompression } from "./certificate_compression.ts";
import { checkAlpn } from "./check_alpn.ts";
import { chooseCompressions } from "./choose_compressions.ts";
import type { KeyLog } from "./config_types.ts";
import type { CipherSuite, CryptoProvider, KeyExchangeGroup } from "../crypto/provider.ts";
import { signatureSchemesOf } from "../crypto/signature.ts";
import { isTls12Group, isTls12Suite, tls12SuitesOf } from "../crypto/tls12_suites.ts";
import { defaultCrypto } from "./default_crypto.ts";
import { MAX_FRAGMENT_SIZE_BYTES, MIN_FRAGMENT_SIZE_BYTES } from "../limits.ts";
import { checkFlag, checkFunction, invalidOption, refuseDuplicates } from "./option_checks.ts";
import { checkRecordPadding, type RecordPadding } from "./record_padding.ts";
import type {
  CertificateCompressionName,
  CipherSuiteName,
  NamedGroupName,
  ProtocolVersionName,
  SignatureSchemeName,
} from "../wire/numbers.ts";

/** Options that clients and servers share. */
export interface CommonConfigOptions {
  /** Cryptography; default: {@linkcode denoCrypto} where `node:crypto` is built in, else {@linkcode webCrypto}. */
  readonly crypto?: CryptoProvider;
  /** ALPN protocols (RFC 7301), in order of preference. Default: none, which disables ALPN. */
  readonly alpnProtocols?: readonly string[];
  /**
   * Cipher suites of both versions, in order of preference. Default: all of the provider's in its order, and those of
   * TLS 1.2 with the same AEADs.
   */
  readonly cipherSuites?: readonly CipherSuiteName[];
  /** Key exchange groups, in order of preference. Default: all of the provider's in its order. */
  readonly groups?: readonly NamedGroupName[];
  /**
   * Signature schemes that the peer is told and may sign the handshake with, in order of preference. The signatures of
   * its certificates are not limited by them. Default: all of the provider's.
   */
  readonly signatureSchemes?: readonly SignatureSchemeName[];
  /** Protocol versions. Default: `["TLSv1.3", "TLSv1.2"]`, as far as suites and groups of each are enabled. */
  readonly versions?: readonly EnabledVersionName[];
  /**
   * Whether a peer without the extended main secret (RFC 7627) is refused in TLS 1.2. It is always offered; devices and
   * servers without it are still in use. Default: false.
   */
  readonly requireExtendedMainSecret?: boolean;
  /**
   * Algorithms by which certificates are compressed in TLS 1.3, both one's own and the peer's (RFC 8879), in order of
   * preference: `"brotli"`, `"zlib"` and `"zstd"` as far as the runtime has them, or algorithms of one's own.
   * Default: none.
   */
  readonly certificateCompression?: readonly (CertificateCompressionName | CertificateCompression)[];
  /** Receives every secret of a connection: for debugging only. Default: none. */
  readonly keyLog?: KeyLog;
  /** Longest record that is sent, in bytes, its header of 5 bytes included: 32 to 16389. Default: 16389. */
  readonly maxFragmentSize?: number;
  /**
   * Padding of records (RFC 9846 §5.4): the length of a block, in bytes, of which each record gets whole ones, or a
   * function. Early data is not padded. It needs `versions: ["TLSv1.3"]`. Default: none.
   */
  readonly recordPadding?: number | RecordPadding;
  /** Whether `dangerousExtractSecrets` of a connection gives its keys away. Default: false. */
  readonly enableSecretExtraction?: boolean;
  /** Clock by which certificates and tickets are judged. Default: the system's. */
  readonly now?: () => Date;
}

/** A version that can be enabled. */
export type EnabledVersionName = Extract<ProtocolVersionName, "TLSv1.2" | "TLSv1.3">;

/** {@linkcode CommonConfigOptions}, checked and resolved against the provider: what both configs have. */
export abstract class CommonConfig {
  /** Provider of cryptography. */
  readonly crypto: CryptoProvider;
  /** ALPN protocols, in order of preference; empty disables ALPN. */
  readonly alpnProtocols: readonly string[];
  /** Cipher suites of the enabled versions, in order of preference; at least one of each. */
  readonly cipherSuites: readonly CipherSuite[];
  /** Key exchange groups, in order of preference; at least one. */
  readonly groups: readonly KeyExchangeGroup[];
  /**
   * Signature schemes that the peer may use, in order of preference; at least one may sign handshakes, others only
   * certificates.
   */
  readonly signatureSchemes: readonly SignatureSchemeName[];
  /** Protocol versions, the newest first. */
  readonly versions: readonly EnabledVersionName[];
  /** Whether a peer without the extended main secret is refused in TLS 1.2. */
  readonly requireExtendedMainSecret: boolean;
  /** Algorithms of certificate compression, in order of preference; empty: certificates are not compressed. */
  readonly certificateCompression: readonly CertificateCompression[];
  /** Receives every secret of a connection. */
  readonly keyLog?: KeyLog;
  /** Longest record that is sent, in bytes, its header included. */
  readonly maxFragmentSize: number;
  /** Bytes of padding for a record with content of a length. */
  readonly recordPadding?: RecordPadding;
  /** Whether `dangerousExtractSecrets` of a connection gives its keys away. */
  readonly enableSecretExtraction: boolean;
  /** Clock by which certificates and tickets are judged. */
  readonly now: () => Date;

  /**
   * Checks the common options, and refuses unknown ones: a misspelt option must not be dropped in silence.
   *
   * @param config What is being made, for messages.
   * @param own The names of the options that only this kind of config has.
   * @throws {TlsError} `invalid_option`.
   */
  protected constructor(config: string, options: CommonConfigOptions, own: readonly string[]) {
    refuseUnknownOptions(config, options, own);
    const crypto = checkProvider(config, options.crypto);
    this.crypto = crypto;
    this.alpnProtocols = checkAlpn(config, options.alpnProtocols ?? []);
    const available = [...crypto.cipherSuites, ...tls12SuitesOf(crypto.cipherSuites)];
    const suites = choose(config, crypto, "cipherSuites", available, options.cipherSuites);
    this.groups = choose(config, crypto, "groups", crypto.groups, options.groups);
    this.signatureSchemes = chooseSchemes(config, crypto, options.signatureSchemes);
    this.versions = chooseVersions(config, options.versions, { suites, groups: this.groups });
    this.cipherSuites = Object.freeze(suites.filter((suite) => this.versions.includes(versionOf(suite))));
    this.requireExtendedMainSecret = checkFlag(
      config,
      "requireExtendedMainSecret",
      options.requireExtendedMainSecret,
      false,
    );
    this.certificateCompression = chooseCompressions(config, options.certificateCompression);
    if (options.keyLog !== undefined) {
      checkFunction(config, "keyLog", options.keyLog);
      this.keyLog = options.keyLog;
    }
    this.maxFragmentSize = checkMaxFragmentSize(config, options.maxFragmentSize);
    const { recordPadding, enableSecretExtraction } = options;
    if (recordPadding !== undefined) {
      this.recordPadding = checkRecordPadding(config, recordPadding, this.versions);
    }
    this.enableSecretExtraction = checkFlag(config, "enableSecretExtraction", enableSecretExtraction, false);
    this.now = options.now ?? systemClock;
    checkFunction(config, "now", this.now);
  }
}

/** The names of {@linkcode CommonConfigOptions}; the compiler sees to it that none is missing. */
const COMMON_OPTIONS = {
  crypto: true,
  alpnProtocols: true,
  cipherSuites: true,
  groups: true,
  signatureSchemes: true,
  versions: true,
  requireExtendedMainSecret: true,
  certificateCompression: true,
  keyLog: true,
  maxFragmentSize: true,
  recordPadding: true,
  enableSecretExtraction: true,
  now: true,
} as const satisfies Record<keyof CommonConfigOptions, true>;

function refuseUnknownOptions(config: string, options: object, own: readonly string[]): void {
  if (typeof options !== "object" || options === null) throw invalidOption(config, "it needs options");
  for (const name of Object.keys(options)) {
    if (!own.includes(name) && !Object.hasOwn(COMMON_OPTIONS, name)) {
      throw invalidOption(config, `it has no option "${name}"`);
    }
  }
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

/** The elements that a list names, in its order; all available ones without a list. */
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

function chooseSchemes(
  config: string,
  crypto: CryptoProvider,
  wanted: readonly SignatureSchemeName[] | undefined,
): readonly SignatureSchemeName[] {
  const available = signatureSchemesOf(crypto);
  const chosen = choose(config, crypto, "signatureSchemes", available.certificate, wanted);
  if (chosen.some((scheme) => available.handshake.includes(scheme))) return chosen;
  throw invalidOption(config, '"signatureSchemes" has none that may sign a handshake');
}

const VERSIONS: readonly EnabledVersionName[] = ["TLSv1.3", "TLSv1.2"];

function versionOf(suite: CipherSuite): EnabledVersionName {
  return isTls12Suite(suite) ? "TLSv1.2" : "TLSv1.3";
}

interface Parts {
  readonly suites: readonly CipherSuite[];
  readonly groups: readonly KeyExchangeGroup[];
}

/** The versions that are wanted, or by default those that the other options leave something of. */
function chooseVersions(
  config: string,
  wanted: readonly string[] | undefined,
  parts: Parts,
): readonly EnabledVersionName[] {
  if (wanted !== undefined) refuseDuplicates(config, "versions", wanted);
  if (wanted?.length === 0) throw invalidOption(config, '"versions" is empty');
  const unknown = wanted?.find((version) => !VERSIONS.some((known) => known === version));
  if (unknown !== undefined) {
    throw invalidOption(
      config,
      `"versions" has "${unknown}", and only ${VERSIONS.join(" and ")} are spoken here`,
    );
  }
  const possible = VERSIONS.filter((version) => missingOf(version, parts) === undefined);
  if (wanted === undefined && possible.length > 0) return Object.freeze(possible);
  const chosen = VERSIONS.filter((version) => wanted === undefined || wanted.includes(version));
  for (const version of chosen) {
    const missing = missingOf(version, parts);
    if (missing !== undefined) throw invalidOption(config, `"${missing}" has none of ${version}`);
  }
  return Object.freeze(chosen);
}

/** The option that has nothing of a version. */
function missingOf(version: EnabledVersionName, { suites, groups }: Parts): string | undefined {
  if (!suites.some((suite) => versionOf(suite) === version)) return "cipherSuites";
  return version === "TLSv1.2" && !groups.some(isTls12Group) ? "groups" : undefined;
}

function checkMaxFragmentSize(config: string, size: number = MAX_FRAGMENT_SIZE_BYTES): number {
  if (Number.isInteger(size) && size >= MIN_FRAGMENT_SIZE_BYTES && size <= MAX_FRAGMENT_SIZE_BYTES) {
    return size;
  }
  throw invalidOption(
    config,
    `"maxFragmentSize" is ${size}, not ${MIN_FRAGMENT_SIZE_BYTES} to ${MAX_FRAGMENT_SIZE_BYTES}`,
  );
}
