/**
 * The option `recordPadding`: how records of TLS 1.3 hide the length of their content (RFC 9846 §5.4).
 *
 * @module
 */

import { MAX_PLAINTEXT_BYTES } from "../record/header.ts";
import type { ProtocolVersionName } from "../wire/numbers.ts";
import { invalidOption } from "./option_checks.ts";

/**
 * Function that gives the bytes of padding for a record with content of that many bytes; what does not fit into the record
 * is left out.
 */
export type RecordPadding = (length: number) => number;

/**
 * Checks the option.
 *
 * @param padding A block's length in bytes, of which each record gets whole ones, or a function.
 * @param versions The enabled versions: TLS 1.2 has no padding, and to send its records bare would be silent.
 * @throws {TlsError} `invalid_option`
 */
export function checkRecordPadding(
  config: string,
  padding: number | RecordPadding,
  versions: readonly ProtocolVersionName[],
): RecordPadding {
  if (versions.includes("TLSv1.2")) {
    throw invalidOption(
      config,
      '"recordPadding" needs TLS 1.3, and TLS 1.2 is enabled, which has no padding',
      'Set "versions" to ["TLSv1.3"].',
    );
  }
  if (typeof padding === "function") return padding;
  if (!Number.isInteger(padding) || padding < 1 || padding > MAX_PLAINTEXT_BYTES) {
    throw invalidOption(
      config,
      `"recordPadding" is ${padding}, neither a function nor 1 to ${MAX_PLAINTEXT_BYTES} bytes`,
    );
  }
  // The content, and the byte of its type, which is hidden with it.
  return (length) => (padding - (length + 1) % padding) % padding;
}
