/**
 * The option `certificateCompression`.
 *
 * @module
 */

import { CertificateCompressionAlgorithm, type CertificateCompressionName } from "../wire/numbers.ts";
import type { CertificateCompression } from "./certificate_compression.ts";
import { invalidOption } from "./option_checks.ts";
import { platformCompressions } from "./platform_compression.ts";

/**
 * The algorithms of the option `certificateCompression`.
 *
 * @param config What is being made, for messages.
 * @returns In order of preference, frozen; empty: certificates are not compressed.
 * @throws {TlsError} `invalid_option` for one that the runtime does not have, or that is there twice.
 */
export function chooseCompressions(
  config: string,
  wanted: readonly (CertificateCompressionName | CertificateCompression)[] = [],
): readonly CertificateCompression[] {
  if (!Array.isArray(wanted)) throw invalidOption(config, '"certificateCompression" is no list');
  const chosen = wanted.map((each: CertificateCompressionName | CertificateCompression) =>
    typeof each === "string" ? named(config, each) : own(config, each)
  );
  const twice = chosen.find(({ id }, index) => chosen.findIndex((other) => other.id === id) !== index);
  if (twice !== undefined) {
    throw invalidOption(config, `"certificateCompression" has algorithm ${twice.id} more than once`);
  }
  if (chosen.length > MAX_LISTED_ALGORITHMS) {
    throw invalidOption(config, `"certificateCompression" has more than ${MAX_LISTED_ALGORITHMS} algorithms`);
  }
  return Object.freeze(chosen);
}

/** `CertificateCompressionAlgorithm algorithms<2..2^8-2>` (RFC 8879 §3), each of two bytes. */
const MAX_LISTED_ALGORITHMS = 127;

function named(config: string, name: CertificateCompressionName): CertificateCompression {
  const available = platformCompressions();
  const found = available.get(name);
  if (found !== undefined) return found;
  const reason = Object.hasOwn(CertificateCompressionAlgorithm, name)
    ? "which this runtime does not have"
    : "which is no algorithm of RFC 8879";
  throw invalidOption(
    config,
    `"certificateCompression" has "${name}", ${reason}`,
    `It has ${[...available.keys()].join(", ") || "none"}.`,
  );
}

/** An algorithm of the application, which may not be checked by a compiler. */
function own(config: string, given: CertificateCompression): CertificateCompression {
  const { id, compress, decompress }: Partial<CertificateCompression> = Object(given);
  const isNumber = Number.isInteger(id) && id !== undefined && id >= 1 && id <= 0xffff;
  if (isNumber && typeof compress === "function" && typeof decompress === "function") return given;
  throw invalidOption(
    config,
    '"certificateCompression" has what is neither a name nor a CertificateCompression',
  );
}
