/**
 * Checks of options that the configs of both sides share, each with a message that names the option.
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";
import type { ProtocolVersionName } from "../wire/numbers.ts";

/**
 * The error for an option that cannot be used.
 *
 * @param config What is being made, for the message: `ClientConfig`.
 */
export function invalidOption(config: string, reason: string, hint?: string): TlsError {
  return new TlsError(
    "invalid_option",
    `Cannot make a ${config}: ${reason}`,
    hint === undefined ? {} : { hint },
  );
}

/** Refuses what is not a function. */
export function checkFunction(config: string, option: string, value: unknown): void {
  if (typeof value !== "function") throw invalidOption(config, `"${option}" is no function`);
}

/**
 * A boolean option, or its default. Other values are refused: an environment variable that says "false" must not mean
 * true.
 */
export function checkFlag(config: string, option: string, value: unknown, byDefault: boolean): boolean {
  if (value === undefined) return byDefault;
  if (typeof value === "boolean") return value;
  throw invalidOption(config, `"${option}" is neither true nor false`);
}

/** Refuses an option that only TLS 1.3 has where that is not enabled: it would do nothing. */
export function requireTls13(config: string, option: string, versions: readonly ProtocolVersionName[]): void {
  if (!versions.includes("TLSv1.3")) {
    throw invalidOption(config, `"${option}" needs TLSv1.3 among "versions"`);
  }
}

/** Refuses what is not a list of strings; a string alone would be a list of its letters. */
export function checkList(config: string, option: string, list: readonly string[]): void {
  if (Array.isArray(list) && list.every((each) => typeof each === "string")) return;
  throw invalidOption(config, `"${option}" is no list of strings`);
}

/** Refuses what is not a list of strings, and a list with a string in it twice. */
export function refuseDuplicates(config: string, option: string, list: readonly string[]): void {
  checkList(config, option, list);
  const twice = list.find((name, index) => list.indexOf(name) !== index);
  if (twice !== undefined) throw invalidOption(config, `"${option}" has "${twice}" more than once`);
}
