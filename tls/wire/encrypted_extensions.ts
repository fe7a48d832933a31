/**
 * EncryptedExtensions: `struct { Extension extensions<0..2^16-1>; } EncryptedExtensions` (RFC 9846 §4.4.1).
 *
 * @module
 */

import { decodeEchConfigList } from "./ech_config.ts";
import { emptyExtension, readExtensions, refuseMisplaced, writeExtension } from "./extension_block.ts";
import { readChosenProtocol, readNumbers, writeNumbers, writeProtocolNames } from "./lists.ts";
import { writeMessage } from "./message_writer.ts";
import type { EncryptedExtensions } from "./messages.ts";
import { ExtensionType, HandshakeType } from "./numbers.ts";
import { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

type Extensions = {
  -readonly [
    Name in
      | "alpnProtocol"
      | "serverNameAcknowledged"
      | "supportedGroups"
      | "earlyData"
      | "retryConfigs"
      | "expectedTickets"
      | "clientCertificateType"
      | "serverCertificateType"
  ]?: NonNullable<EncryptedExtensions[Name]>;
};

/**
 * Reads EncryptedExtensions.
 *
 * @param body The message without its header.
 * @throws {TlsError} `decode_error`, `duplicate_extension`, `illegal_parameter`
 */
export function decodeEncryptedExtensions(body: Uint8Array): EncryptedExtensions {
  const reader = new Reader(body, "EncryptedExtensions");
  const extensions: Extensions = {};
  const extensionOrder = readExtensions(reader, (type, data) => readExtension(type, data, extensions));
  reader.end();
  // "The client MUST check EncryptedExtensions for the presence of any forbidden extensions and if any are found MUST
  // abort the handshake with an "illegal_parameter" alert." (RFC 9846 §4.4.1)
  refuseMisplaced(reader, extensionOrder, "EncryptedExtensions");
  return { type: "encrypted_extensions", ...extensions, extensionOrder };
}

function readExtension(type: number, data: Reader, into: Extensions): void {
  switch (type) {
    case ExtensionType.server_name:
      // "The "extension_data" field of this extension SHALL be empty." (RFC 6066 §3)
      into.serverNameAcknowledged = true;
      return;
    case ExtensionType.supported_groups:
      into.supportedGroups = readNumbers(data.vector16(2));
      return;
    case ExtensionType.application_layer_protocol_negotiation:
      into.alpnProtocol = readChosenProtocol(data);
      return;
    case ExtensionType.early_data: // it is empty
      into.earlyData = true;
      return;
    case ExtensionType.encrypted_client_hello:
      // "the client MUST check that it is syntactically valid and the client MUST abort the connection with a
      // "decode_error" alert otherwise." (RFC 9849 §6.1.6)
      into.retryConfigs = data.bytes(data.left);
      decodeEchConfigList(into.retryConfigs);
      return;
    case ExtensionType.ticket_request:
      into.expectedTickets = data.u8();
      return;
    case ExtensionType.client_certificate_type:
      into.clientCertificateType = data.u8();
      return;
    case ExtensionType.server_certificate_type:
      into.serverCertificateType = data.u8();
      return;
    default:
      data.skip();
  }
}

/**
 * Writes EncryptedExtensions with their header.
 *
 * @param message Its extensions are written in the order of `extensionOrder`; those that it does not name are left out.
 */
export function encodeEncryptedExtensions(message: EncryptedExtensions): Uint8Array {
  return writeMessage(HandshakeType.encrypted_extensions, (writer) => {
    writer.vector16(() => {
      for (const type of message.extensionOrder) writeOwnExtension(writer, type, message);
    });
  });
}

function writeOwnExtension(writer: Writer, type: number, message: EncryptedExtensions): void {
  const { alpnProtocol, serverNameAcknowledged, supportedGroups, earlyData, retryConfigs, expectedTickets } =
    message;
  const { clientCertificateType, serverCertificateType } = message;
  if (type === ExtensionType.server_name && serverNameAcknowledged === true) {
    writeExtension(writer, type, emptyExtension);
  } else if (type === ExtensionType.supported_groups && supportedGroups !== undefined) {
    writeExtension(writer, type, () => writer.vector16(() => writeNumbers(writer, supportedGroups)));
  } else if (type === ExtensionType.application_layer_protocol_negotiation && alpnProtocol !== undefined) {
    writeExtension(writer, type, () => writeProtocolNames(writer, [alpnProtocol]));
  } else if (type === ExtensionType.client_certificate_type && clientCertificateType !== undefined) {
    writeExtension(writer, type, () => writer.u8(clientCertificateType));
  } else if (type === ExtensionType.server_certificate_type && serverCertificateType !== undefined) {
    writeExtension(writer, type, () => writer.u8(serverCertificateType));
  } else if (type === ExtensionType.early_data && earlyData === true) {
    writeExtension(writer, type, emptyExtension);
  } else if (type === ExtensionType.encrypted_client_hello && retryConfigs !== undefined) {
    writeExtension(writer, type, () => writer.bytes(retryConfigs));
  } else if (type === ExtensionType.ticket_request && expectedTickets !== undefined) {
    writeExtension(writer, type, () => writer.u8(expectedTickets));
  }
}
