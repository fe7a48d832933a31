/**
 * Names of small enumerations that several messages have.
 *
 * @module
 */

import { enumName } from "./registry_names.ts";

/** Certificate types (RFC 7250 §3). */
export const CERTIFICATE_TYPES: (value: number) => string = enumName({
  0: "X509",
  1: "OpenPGP",
  2: "RawPublicKey",
  3: "1609Dot2",
});

/** Algorithms of certificate compression (RFC 8879 §7.3). */
export const COMPRESSION_ALGORITHMS: (value: number) => string = enumName({
  1: "zlib",
  2: "brotli",
  3: "zstd",
});
