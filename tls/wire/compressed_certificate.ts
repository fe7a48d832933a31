/**
 * CompressedCertificate (RFC 8879 §4).
 *
 * ```text
 * struct {
 *     CertificateCompressionAlgorithm algorithm;
 *     uint24 uncompressed_length;
 *     opaque compressed_certificate_message<1..2^24-1>;
 * } CompressedCertificate;
 * ```
 *
 * @module
 */

import { writeMessage } from "./message_writer.ts";
import type { CompressedCertificate } from "./messages.ts";
import { HandshakeType } from "./numbers.ts";
import { Reader } from "./reader.ts";

/**
 * Reads a CompressedCertificate; nothing is decompressed.
 *
 * @param body The message without its header; the result has views of it.
 * @throws {TlsError} `decode_error`
 */
export function decodeCompressedCertificate(body: Uint8Array): CompressedCertificate {
  const reader = new Reader(body, "CompressedCertificate");
  const algorithm = reader.at("algorithm").u16();
  const uncompressedLength = reader.at("uncompressed_length").u24();
  const compressed = reader.at("compressed_certificate_message").opaque24(1);
  reader.end();
  return { type: "compressed_certificate", algorithm, uncompressedLength, compressed };
}

/** Writes a CompressedCertificate with its header. */
export function encodeCompressedCertificate(message: CompressedCertificate): Uint8Array {
  return writeMessage(HandshakeType.compressed_certificate, (writer) => {
    writer.u16(message.algorithm);
    writer.u24(message.uncompressedLength);
    writer.vector24(() => writer.bytes(message.compressed));
  }, message.compressed.length + OVERHEAD_BYTES);
}

/** The header, the two numbers, and the length of the vector. */
const OVERHEAD_BYTES = 12;
