/**
 * Lists that several messages have: numbers, protocol names, distinguished names.
 *
 * @module
 */

import { CertificateType } from "./numbers.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** Reads a list of numbers of two bytes. @throws {TlsError} `decode_error` for an odd number of bytes. */
export function readNumbers(list: Reader): number[] {
  const numbers: number[] = [];
  while (list.left > 0) numbers.push(list.u16());
  return numbers;
}

/** Writes a list of numbers of two bytes, without its length. */
export function writeNumbers(writer: Writer, numbers: readonly number[]): void {
  for (const number of numbers) writer.u16(number);
}

/**
 * Reads `CertificateType client_certificate_types<1..2^8-1>` (RFC 7250 §3), or the list for servers.
 *
 * "If the client has no remaining certificate types to send in the client hello, other than the default X.509 type, it
 * MUST omit the client_certificate_type extension in the client hello." (RFC 7250 §4.1)
 *
 * @throws {TlsError} `illegal_parameter` for a list of nothing else, and for an empty one.
 */
export function readCertificateTypes(reader: Reader): number[] {
  const types = [...reader.opaque8()];
  if (types.some((type) => type !== CertificateType.X509)) return types;
  throw reader.error("illegal_parameter", "its list of certificate types has nothing but the default");
}

/**
 * Reads `CertificateCompressionAlgorithm algorithms<2..2^8-2>` (RFC 8879 §3).
 *
 * @throws {TlsError} `illegal_parameter` for an algorithm that stands there twice.
 */
export function readCompressionAlgorithms(reader: Reader): number[] {
  const algorithms = readNumbers(reader.vector8(2, 254));
  if (new Set(algorithms).size === algorithms.length) return algorithms;
  throw reader.error("illegal_parameter", "compress_certificate has an algorithm twice");
}

/**
 * Reads `opaque ProtocolName<1..2^8-1>; struct { ProtocolName protocol_name_list<2..2^16-1> } ProtocolNameList;`
 * (RFC 7301 §3.1)
 *
 * @returns The names with one character a byte.
 * @throws {TlsError} `decode_error`: "Empty strings MUST NOT be included".
 */
export function readProtocolNames(reader: Reader): string[] {
  const list = reader.vector16(2);
  const names: string[] = [];
  while (list.left > 0) names.push(latin1(list.opaque8(1)));
  return names;
}

/**
 * Reads the ProtocolNameList of a server: "the "ProtocolNameList" MUST contain exactly one "ProtocolName"" (RFC 7301
 * §3.1).
 *
 * @throws {TlsError} `decode_error`
 */
export function readChosenProtocol(reader: Reader): string {
  const [protocol, ...more] = readProtocolNames(reader);
  if (protocol === undefined || more.length > 0) {
    throw reader.error("decode_error", "the server chose more than one protocol");
  }
  return protocol;
}

/** Writes a ProtocolNameList. @throws {TypeError} for a name with characters above U+00FF. */
export function writeProtocolNames(writer: Writer, names: readonly string[]): void {
  writer.vector16(() => {
    for (const name of names) writer.vector8(() => writeLatin1(writer, name));
  });
}

/**
 * Reads `opaque DistinguishedName<1..2^16-1>; struct { DistinguishedName authorities<3..2^16-1>; }
 * CertificateAuthoritiesExtension;` (RFC 9846 §4.3.4)
 */
export function readAuthorities(reader: Reader): Uint8Array[] {
  const list = reader.vector16(3);
  const authorities: Uint8Array[] = [];
  while (list.left > 0) authorities.push(list.opaque16(1));
  return authorities;
}

/** Writes a CertificateAuthoritiesExtension. */
export function writeAuthorities(writer: Writer, authorities: readonly Uint8Array[]): void {
  writer.vector16(() => {
    for (const authority of authorities) writer.vector16(() => writer.bytes(authority));
  });
}

/** Decodes bytes to text with one character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Writes text with one character a byte. @throws {TypeError} for a character above U+00FF. */
export function writeLatin1(writer: Writer, text: string): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) throw new TypeError(`Cannot write ${JSON.stringify(text)}: it is not made of bytes`);
    writer.u8(code);
  }
}
