/**
 * The five bytes in front of every record (RFC 9846 §5.1).
 *
 * ```text
 * struct {
 *     ContentType type;
 *     ProtocolVersion legacy_record_version;
 *     uint16 length;
 *     opaque fragment[TLSPlaintext.length];
 * } TLSPlaintext;
 * ```
 *
 * @module
 */

import type { ContentType } from "../wire/numbers.ts";

/** Length of a record's header. */
export const HEADER_LENGTH = 5;

/** Content of one record: "The length MUST NOT exceed 2^14 bytes" (RFC 9846 §5.1). */
export const MAX_PLAINTEXT_BYTES = 16_384;

/** Payload of one protected record: "The length MUST NOT exceed 2^14 + 256 bytes" (RFC 9846 §5.2). */
export const MAX_CIPHERTEXT_BYTES = 16_640;

/**
 * "legacy_record_version: MUST be set to 0x0303 for all records ... other than an initial ClientHello" (RFC 9846 §5.1).
 */
export const RECORD_VERSION = 0x0303;

/** legacy_record_version of an initial ClientHello: TLS 1.0, for servers that refuse versions that they do not know. */
export const FIRST_RECORD_VERSION = 0x0301;

/**
 * Encodes a header.
 *
 * @param length Length of the payload.
 * @param header Memory for it. Default: its own.
 */
export function encodeHeader(
  type: ContentType,
  version: number,
  length: number,
  header: Uint8Array = new Uint8Array(HEADER_LENGTH),
): Uint8Array {
  header[0] = type;
  header[1] = version >> 8;
  header[2] = version;
  header[3] = length >> 8;
  header[4] = length;
  return header;
}
