/**
 * Blocks of extensions, as they stand in nearly every handshake message (RFC 9846 §4.3).
 *
 * ```text
 * struct {
 *     ExtensionType extension_type;
 *     opaque extension_data<0..2^16-1>;
 * } Extension;
 * ```
 *
 * Refused here are an extension that comes twice, a known one that is not specified for its message, and one that is
 * not read to its end. Unsolicited extensions are refused by the handshake, by the order of extensions in every
 * message.
 *
 * @module
 */

import { ExtensionType, hexNumber } from "./numbers.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** Reads the data of one extension to its end; skips that of an unknown one. */
export type ExtensionReader = (type: number, data: Reader) => void;

/**
 * Reads a block.
 *
 * The loop is bounded by the length of the message (`maxLengthOf`): some 16,000 extensions at most.
 *
 * @param reader A reader at the start of the block.
 * @param read Called for each extension.
 * @returns The types of all extensions, in their order.
 * @throws {TlsError} `duplicate_extension`, `decode_error`, and what `read` throws.
 */
export function readExtensions(reader: Reader, read: ExtensionReader): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  const block = reader.at("extensions").vector16();
  while (block.left > 0) {
    const type = block.u16();
    const name = nameOf(type);
    // "There MUST NOT be more than one extension of the same type in a given extension block." (RFC 9846 §4.3)
    if (seen.has(type)) throw reader.error("duplicate_extension", `extension ${name} comes twice`);
    seen.add(type);
    order.push(type);
    const data = block.vector16().at(name);
    read(type, data);
    // "receivers MUST abort the handshake with a "decode_error" alert if there is data left over after parsing the
    // structure." (RFC 9846 §4.3)
    data.end(name);
  }
  return order;
}

/** Messages for which only some extensions are specified. */
export type MessageWithExtensions =
  | "ServerHello"
  | "HelloRetryRequest"
  | "EncryptedExtensions"
  | "CertificateRequest"
  | "Certificate"
  | "NewSessionTicket";

/** The extensions that are specified for each message (RFC 9846 §4.3, the table); all are for the ClientHello. */
const ALLOWED_EXTENSIONS: Readonly<Record<MessageWithExtensions, readonly number[]>> = {
  ServerHello: [ExtensionType.pre_shared_key, ExtensionType.supported_versions, ExtensionType.key_share],
  HelloRetryRequest: [
    ExtensionType.supported_versions,
    ExtensionType.cookie,
    ExtensionType.key_share,
    ExtensionType.encrypted_client_hello,
  ],
  EncryptedExtensions: [
    ExtensionType.server_name,
    ExtensionType.supported_groups,
    ExtensionType.application_layer_protocol_negotiation,
    ExtensionType.client_certificate_type,
    ExtensionType.server_certificate_type,
    ExtensionType.early_data,
    ExtensionType.encrypted_client_hello,
    ExtensionType.ticket_request, // RFC 9149 §3
  ],
  CertificateRequest: [
    ExtensionType.server_name,
    ExtensionType.status_request,
    ExtensionType.signature_algorithms,
    ExtensionType.signed_certificate_timestamp,
    ExtensionType.compress_certificate,
    ExtensionType.certificate_authorities,
    ExtensionType.oid_filters,
    ExtensionType.signature_algorithms_cert,
  ],
  Certificate: [ExtensionType.status_request, ExtensionType.signed_certificate_timestamp],
  NewSessionTicket: [ExtensionType.early_data],
};

/**
 * Refuses known extensions that are not specified for a message.
 *
 * "If an implementation receives an extension which it recognizes and which is not specified for the message in
 * which it appears, it MUST abort the handshake with an "illegal_parameter" alert." (RFC 9846 §4.3)
 *
 * @throws {TlsError} `illegal_parameter`
 */
export function refuseMisplaced(
  reader: Reader,
  order: readonly number[],
  message: MessageWithExtensions,
): void {
  for (const type of order) {
    if (NAMES.has(type) && !ALLOWED_EXTENSIONS[message].includes(type)) {
      throw reader.error("illegal_parameter", `extension ${nameOf(type)} has no place in it`);
    }
  }
}

/** Writes one extension. */
export function writeExtension(writer: Writer, type: number, writeData: () => void): void {
  writer.u16(type);
  writer.vector16(writeData);
}

/** Writes the data of an extension that has none. */
export function emptyExtension(): void {}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(ExtensionType).map(([name, type]) => [type, name]),
);

function nameOf(type: number): string {
  return NAMES.get(type) ?? hexNumber(type);
}
