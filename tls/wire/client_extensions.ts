/**
 * The extensions of a ClientHello, one by one (RFC 9846 §4.3, and the RFC beside each).
 *
 * @module
 */

import { readEchClientHello, writeEchClientHello } from "./ech_client_hello.ts";
import { emptyExtension, writeExtension } from "./extension_block.ts";
import { readKeyShares, writeKeyShares } from "./key_share.ts";
import {
  readAuthorities,
  readCertificateTypes,
  readCompressionAlgorithms,
  readNumbers,
  readProtocolNames,
  writeAuthorities,
  writeNumbers,
  writeProtocolNames,
} from "./lists.ts";
import type { ClientHelloExtensions } from "./messages.ts";
import { ExtensionType } from "./numbers.ts";
import { readOfferedPsks, writeOfferedPsks } from "./pre_shared_key.ts";
import type { Reader } from "./reader.ts";
import { readServerName, writeServerName } from "./server_name.ts";
import type { Writer } from "./writer.ts";

/** The extensions of a ClientHello while they are read. */
export type Extensions = { -readonly [Name in keyof ClientHelloExtensions]: ClientHelloExtensions[Name] };

/** `ocsp(1)`, the only CertificateStatusType (RFC 6066 §8). */
const OCSP = 1;

/** Reads one extension into `into`; an unknown one is skipped. */
export function readClientExtension(type: number, data: Reader, into: Extensions): void {
  switch (type) {
    case ExtensionType.server_name: {
      const name = readServerName(data);
      if (name !== undefined) into.serverName = name;
      return;
    }
    case ExtensionType.status_request:
      if (readStatusRequest(data)) into.statusRequest = true;
      return;
    case ExtensionType.supported_groups:
      into.supportedGroups = readNumbers(data.vector16(2));
      return;
    case ExtensionType.ec_point_formats: // RFC 8422 §5.1.2
      into.ecPointFormats = data.opaque8(1);
      return;
    case ExtensionType.signature_algorithms:
      into.signatureAlgorithms = readNumbers(data.vector16(2));
      return;
    case ExtensionType.application_layer_protocol_negotiation:
      into.alpnProtocols = readProtocolNames(data);
      return;
    case ExtensionType.extended_main_secret: // RFC 7627 §5.1: it is empty
      into.extendedMainSecret = true;
      return;
    case ExtensionType.client_certificate_type:
      into.clientCertificateTypes = readCertificateTypes(data);
      return;
    case ExtensionType.server_certificate_type:
      into.serverCertificateTypes = readCertificateTypes(data);
      return;
    case ExtensionType.compress_certificate:
      into.compressCertificate = readCompressionAlgorithms(data);
      return;
    case ExtensionType.session_ticket: // RFC 5077 §3.2: all of it is the ticket
      into.sessionTicket = data.bytes(data.left);
      return;
    case ExtensionType.pre_shared_key:
      into.preSharedKey = readOfferedPsks(data);
      return;
    case ExtensionType.early_data: // it is empty
      into.earlyData = true;
      return;
    case ExtensionType.supported_versions:
      into.supportedVersions = readNumbers(data.vector8(2, 254));
      return;
    case ExtensionType.cookie:
      into.cookie = data.opaque16(1);
      return;
    case ExtensionType.psk_key_exchange_modes:
      into.pskKeyExchangeModes = [...data.opaque8(1)];
      return;
    case ExtensionType.certificate_authorities:
      into.certificateAuthorities = readAuthorities(data);
      return;
    case ExtensionType.signature_algorithms_cert:
      into.signatureAlgorithmsCert = readNumbers(data.vector16(2));
      return;
    case ExtensionType.key_share:
      into.keyShares = readKeyShares(data);
      return;
    case ExtensionType.encrypted_client_hello:
      into.encryptedClientHello = readEchClientHello(data);
      return;
    case ExtensionType.ticket_request: // RFC 9149 §3
      into.ticketRequest = { newSession: data.u8(), resumption: data.u8() };
      return;
    case ExtensionType.renegotiation_info: // RFC 5746 §3.2
      into.renegotiationInfo = data.opaque8();
      return;
    default:
      data.skip();
  }
}

/** Writes the extension of one type, if `from` has it. */
export function writeClientExtension(writer: Writer, type: number, from: ClientHelloExtensions): void {
  const write = writerOf(writer, type, from);
  if (write !== undefined) writeExtension(writer, type, write);
}

function writerOf(writer: Writer, type: number, from: ClientHelloExtensions): (() => void) | undefined {
  switch (type) {
    case ExtensionType.server_name:
      return given(from.serverName, (name) => writeServerName(writer, name));
    case ExtensionType.status_request:
      return from.statusRequest === true ? () => writeStatusRequest(writer) : undefined;
    case ExtensionType.supported_groups:
      return given(from.supportedGroups, (groups) => writer.vector16(() => writeNumbers(writer, groups)));
    case ExtensionType.ec_point_formats:
      return given(from.ecPointFormats, (formats) => writer.vector8(() => writer.bytes(formats)));
    case ExtensionType.signature_algorithms:
      return given(from.signatureAlgorithms, (all) => writer.vector16(() => writeNumbers(writer, all)));
    case ExtensionType.application_layer_protocol_negotiation:
      return given(from.alpnProtocols, (names) => writeProtocolNames(writer, names));
    case ExtensionType.extended_main_secret:
      return from.extendedMainSecret === true ? emptyExtension : undefined;
    case ExtensionType.client_certificate_type:
      return given(from.clientCertificateTypes, (all) => {
        writer.vector8(() => writer.bytes(Uint8Array.from(all)));
      });
    case ExtensionType.server_certificate_type:
      return given(from.serverCertificateTypes, (all) => {
        writer.vector8(() => writer.bytes(Uint8Array.from(all)));
      });
    case ExtensionType.compress_certificate:
      return given(from.compressCertificate, (all) => writer.vector8(() => writeNumbers(writer, all)));
    case ExtensionType.session_ticket:
      return given(from.sessionTicket, (ticket) => writer.bytes(ticket));
    case ExtensionType.pre_shared_key:
      return given(from.preSharedKey, (psks) => writeOfferedPsks(writer, psks));
    case ExtensionType.early_data:
      return from.earlyData === true ? emptyExtension : undefined;
    case ExtensionType.supported_versions:
      return given(from.supportedVersions, (all) => writer.vector8(() => writeNumbers(writer, all)));
    case ExtensionType.cookie:
      return given(from.cookie, (cookie) => writer.vector16(() => writer.bytes(cookie)));
    case ExtensionType.psk_key_exchange_modes:
      return given(from.pskKeyExchangeModes, (modes) => {
        writer.vector8(() => writer.bytes(Uint8Array.from(modes)));
      });
    case ExtensionType.certificate_authorities:
      return given(from.certificateAuthorities, (names) => writeAuthorities(writer, names));
    case ExtensionType.signature_algorithms_cert:
      return given(from.signatureAlgorithmsCert, (all) => writer.vector16(() => writeNumbers(writer, all)));
    case ExtensionType.key_share:
      return given(from.keyShares, (entries) => writeKeyShares(writer, entries));
    case ExtensionType.encrypted_client_hello:
      return given(from.encryptedClientHello, (ech) => writeEchClientHello(writer, ech));
    case ExtensionType.ech_outer_extensions:
      return given(from.echOuterExtensions, (all) => writer.vector8(() => writeNumbers(writer, all)));
    case ExtensionType.ticket_request:
      return given(from.ticketRequest, ({ newSession, resumption }) => {
        writer.u8(newSession);
        writer.u8(resumption);
      });
    case ExtensionType.renegotiation_info:
      return given(from.renegotiationInfo, (info) => writer.vector8(() => writer.bytes(info)));
    default:
      return undefined;
  }
}

function given<T>(value: T | undefined, write: (value: T) => void): (() => void) | undefined {
  return value === undefined ? undefined : () => write(value);
}

/**
 * `struct { CertificateStatusType status_type; ResponderID responder_id_list<0..2^16-1>; Extensions
 * request_extensions; } CertificateStatusRequest` (RFC 6066 §8); a request of another type is skipped.
 */
function readStatusRequest(data: Reader): boolean {
  if (data.u8() !== OCSP) {
    data.skip();
    return false;
  }
  data.vector16(); // responder_id_list, which is not used
  data.vector16(); // request_extensions
  return true;
}

function writeStatusRequest(writer: Writer): void {
  writer.u8(OCSP);
  writer.u16(0);
  writer.u16(0);
}
