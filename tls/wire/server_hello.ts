/**
 * ServerHello, and HelloRetryRequest, which has its form (RFC 9846 §4.2.3, §4.2.4).
 *
 * ```text
 * struct {
 *     ProtocolVersion legacy_version = 0x0303;
 *     Random random;
 *     opaque legacy_session_id_echo<0..32>;
 *     CipherSuite cipher_suite;
 *     uint8 legacy_compression_method = 0;
 *     Extension extensions<6..2^16-1>;
 * } ServerHello;
 * ```
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { MAX_SESSION_ID_BYTES, RANDOM_LENGTH } from "./client_hello.ts";
import { readExtensions, refuseMisplaced, writeExtension } from "./extension_block.ts";
import { readKeyShare, writeKeyShare } from "./key_share.ts";
import { readChosenProtocol, writeProtocolNames } from "./lists.ts";
import { writeMessage } from "./message_writer.ts";
import type { ServerHello, Tls12ServerExtensions } from "./messages.ts";
import { ExtensionType, HandshakeType } from "./numbers.ts";
import { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** `random` of a HelloRetryRequest: SHA-256 of "HelloRetryRequest" (RFC 9846 §4.2.3). */
export const HELLO_RETRY_REQUEST_RANDOM: Uint8Array = Uint8Array.of(
  ...[0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91],
  ...[0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c],
);

/** Length of a server's confirmation that it accepts ECH (RFC 9849 §5). */
export const ECH_CONFIRMATION_LENGTH = 8;

type Extensions = {
  -readonly [
    Name in "selectedVersion" | "keyShare" | "selectedGroup" | "cookie" | "echConfirmation" | "preSharedKey"
  ]?: NonNullable<ServerHello[Name]>;
};

type Tls12Extensions = { -readonly [Name in keyof Tls12ServerExtensions]: Tls12ServerExtensions[Name] };

/**
 * Reads a ServerHello of TLS 1.3 or older.
 *
 * @param body The message without its header; the result has views of it.
 * @throws {TlsError} `decode_error`, `duplicate_extension`, `illegal_parameter`
 */
export function decodeServerHello(body: Uint8Array): ServerHello {
  const retry = equals(body.subarray(2, 2 + RANDOM_LENGTH), HELLO_RETRY_REQUEST_RANDOM);
  const name = retry ? "HelloRetryRequest" : "ServerHello";
  const reader = new Reader(body, name);
  const legacyVersion = reader.at("legacy_version").u16();
  const random = reader.at("random").bytes(RANDOM_LENGTH);
  const sessionId = reader.at("legacy_session_id_echo").opaque8(0, MAX_SESSION_ID_BYTES);
  const cipherSuite = reader.at("cipher_suite").u16();
  const compressionMethod = reader.at("legacy_compression_method").u8();
  const extensions: Extensions = {};
  const others: (readonly [type: number, data: Uint8Array])[] = [];
  // Before TLS 1.3, a message without extensions may end here (RFC 5246 §7.4.1.3).
  const extensionOrder = reader.left === 0 ? [] : readExtensions(reader, (type, data) => {
    if (!readServerExtension(type, data, retry, extensions)) others.push([type, data.bytes(data.left)]);
  });
  reader.end();
  const isTls13 = extensions.selectedVersion !== undefined;
  // Before TLS 1.3 a ServerHello has other extensions, which the handshake judges by what was offered.
  if (isTls13) refuseMisplaced(reader, extensionOrder, name);
  return {
    type: "server_hello",
    legacyVersion,
    random,
    sessionId,
    cipherSuite,
    compressionMethod,
    isHelloRetryRequest: retry,
    ...extensions,
    ...(!isTls13 && { tls12: readTls12Extensions(others, name) }),
    extensionOrder,
  };
}

/** Reads an extension of TLS 1.3. @returns Whether it is one. */
function readServerExtension(type: number, data: Reader, retry: boolean, into: Extensions): boolean {
  switch (type) {
    case ExtensionType.supported_versions:
      into.selectedVersion = data.u16();
      return true;
    case ExtensionType.key_share:
      if (retry) into.selectedGroup = data.u16();
      else into.keyShare = readKeyShare(data);
      return true;
    case ExtensionType.cookie:
      into.cookie = data.opaque16(1);
      return true;
    case ExtensionType.encrypted_client_hello:
      // "Otherwise, if it has a length other than 8, the client aborts the handshake with a "decode_error" alert."
      // (RFC 9849 §6.1.4)
      if (!retry) return false;
      into.echConfirmation = data.bytes(ECH_CONFIRMATION_LENGTH);
      return true;
    case ExtensionType.pre_shared_key:
      into.preSharedKey = data.u16();
      return true;
    default:
      return false;
  }
}

/** Reads the extensions of a ServerHello that turned out to be of TLS 1.2 or older; unknown ones are skipped. */
function readTls12Extensions(
  extensions: readonly (readonly [type: number, data: Uint8Array])[],
  message: string,
): Tls12ServerExtensions {
  const into: Tls12Extensions = {};
  for (const [type, bytes] of extensions) {
    const data = new Reader(bytes, message).at("an extension");
    readTls12Extension(type, data, into);
    data.end("an extension");
  }
  return into;
}

function readTls12Extension(type: number, data: Reader, into: Tls12Extensions): void {
  switch (type) {
    case ExtensionType.application_layer_protocol_negotiation:
      into.alpnProtocol = readChosenProtocol(data);
      return;
    case ExtensionType.ec_point_formats:
      into.ecPointFormats = data.opaque8(1);
      return;
    case ExtensionType.renegotiation_info:
      into.renegotiationInfo = data.opaque8();
      return;
    case ExtensionType.client_certificate_type:
      into.clientCertificateType = data.u8();
      return;
    case ExtensionType.server_certificate_type:
      into.serverCertificateType = data.u8();
      return;
    case ExtensionType.server_name:
    case ExtensionType.status_request:
    case ExtensionType.extended_main_secret:
    case ExtensionType.session_ticket:
      return; // They are empty (RFC 6066 §3, §8; RFC 7627 §5.1; RFC 5077 §3.2).
    default:
      data.skip();
  }
}

/**
 * Writes a ServerHello with its header; with {@linkcode HELLO_RETRY_REQUEST_RANDOM} it is a HelloRetryRequest.
 *
 * @param hello Its extensions are written in the order of `extensionOrder`; those that it does not name are left out.
 */
export function encodeServerHello(hello: ServerHello): Uint8Array {
  return writeMessage(HandshakeType.server_hello, (writer) => {
    writer.u16(hello.legacyVersion);
    writer.bytes(hello.random);
    writer.vector8(() => writer.bytes(hello.sessionId));
    writer.u16(hello.cipherSuite);
    writer.u8(hello.compressionMethod);
    writer.vector16(() => {
      for (const type of hello.extensionOrder) writeServerExtension(writer, type, hello);
    });
  });
}

function writeServerExtension(writer: Writer, type: number, hello: ServerHello): void {
  const { selectedVersion, keyShare, selectedGroup, cookie, echConfirmation, preSharedKey } = hello;
  if (type === ExtensionType.supported_versions && selectedVersion !== undefined) {
    writeExtension(writer, type, () => writer.u16(selectedVersion));
  } else if (type === ExtensionType.key_share && keyShare !== undefined) {
    writeExtension(writer, type, () => writeKeyShare(writer, keyShare));
  } else if (type === ExtensionType.key_share && selectedGroup !== undefined) {
    writeExtension(writer, type, () => writer.u16(selectedGroup));
  } else if (type === ExtensionType.cookie && cookie !== undefined) {
    writeExtension(writer, type, () => writer.vector16(() => writer.bytes(cookie)));
  } else if (type === ExtensionType.encrypted_client_hello && echConfirmation !== undefined) {
    writeExtension(writer, type, () => writer.bytes(echConfirmation));
  } else if (type === ExtensionType.pre_shared_key && preSharedKey !== undefined) {
    writeExtension(writer, type, () => writer.u16(preSharedKey));
  } else if (hello.tls12 !== undefined) {
    writeTls12Extension(writer, type, hello.tls12);
  }
}

function writeTls12Extension(writer: Writer, type: number, extensions: Tls12ServerExtensions): void {
  const { alpnProtocol, ecPointFormats, renegotiationInfo } = extensions;
  const { clientCertificateType, serverCertificateType } = extensions;
  writeExtension(writer, type, () => {
    if (type === ExtensionType.application_layer_protocol_negotiation && alpnProtocol !== undefined) {
      writeProtocolNames(writer, [alpnProtocol]);
    } else if (type === ExtensionType.ec_point_formats && ecPointFormats !== undefined) {
      writer.vector8(() => writer.bytes(ecPointFormats));
    } else if (type === ExtensionType.renegotiation_info && renegotiationInfo !== undefined) {
      writer.vector8(() => writer.bytes(renegotiationInfo));
    } else if (type === ExtensionType.client_certificate_type && clientCertificateType !== undefined) {
      writer.u8(clientCertificateType);
    } else if (type === ExtensionType.server_certificate_type && serverCertificateType !== undefined) {
      writer.u8(serverCertificateType);
    }
  });
}
