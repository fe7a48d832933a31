/**
 * The options that name certificate types (RFC 7250).
 *
 * @module
 */

import { CertificateType, type CertificateTypeName } from "../wire/numbers.ts";
import type { Identities } from "./config_types.ts";
import { listOf } from "./load_identities.ts";
import { invalidOption, refuseDuplicates } from "./option_checks.ts";

/** The types of most configs. */
const X509_ALONE: readonly CertificateTypeName[] = Object.freeze(["X509"] as const);

/**
 * Checks a list of certificate types.
 *
 * @param config What is being made, for messages.
 * @param byDefault What holds without a list. Default: X509 alone.
 * @returns A frozen copy.
 * @throws {TlsError} `invalid_option` for an empty list, an unknown type and one that is there twice.
 */
export function checkCertificateTypes(
  config: string,
  option: string,
  types: readonly CertificateTypeName[] | undefined,
  byDefault: readonly CertificateTypeName[] = X509_ALONE,
): readonly CertificateTypeName[] {
  if (types === undefined) return byDefault;
  refuseDuplicates(config, option, types);
  const unknown = types.find((type) => !Object.hasOwn(CertificateType, type));
  if (unknown !== undefined) {
    throw invalidOption(config, `"${option}" has "${unknown}", which is neither X509 nor RawPublicKey`);
  }
  if (types.length === 0) throw invalidOption(config, `"${option}" is empty`);
  return Object.freeze([...types]);
}

/** The types of identities, in their order; those of a resolver are not known, and taken for X509. */
export function typesOfIdentities(identities: unknown): readonly CertificateTypeName[] {
  if (identities === undefined || typeof identities === "function") return X509_ALONE;
  const types = listOf(identities as Identities).map((each) =>
    "rawPublicKey" in each ? "RawPublicKey" : "X509"
  );
  return Object.freeze([...new Set(types)]);
}
