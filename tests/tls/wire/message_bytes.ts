/**
 * What the tests of the wire share: bytes by hand, written without the code under test, and an encoder for whatever
 * message.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { TlsError, type TlsErrorCode } from "../../../tls/error/tls_error.ts";
import { encodeCertificate } from "../../../tls/wire/certificate.ts";
import { encodeCertificateRequest } from "../../../tls/wire/certificate_request.ts";
import { encodeCertificateVerify } from "../../../tls/wire/certificate_verify.ts";
import { encodeClientHello } from "../../../tls/wire/client_hello.ts";
import { encodeCompressedCertificate } from "../../../tls/wire/compressed_certificate.ts";
import { encodeEncryptedExtensions } from "../../../tls/wire/encrypted_extensions.ts";
import { encodeFinished } from "../../../tls/wire/finished.ts";
import { decodeHandshake } from "../../../tls/wire/handshake_codec.ts";
import { encodeKeyUpdate } from "../../../tls/wire/key_update.ts";
import type { HandshakeMessage } from "../../../tls/wire/messages.ts";
import { encodeNewSessionTicket } from "../../../tls/wire/new_session_ticket.ts";
import { encodeServerHello } from "../../../tls/wire/server_hello.ts";

/** Bytes: as numbers, in lists, or as text with one character a byte. */
export type Part = number | string | Iterable<number>;

/** All of `parts`, one behind the other. */
export function bytes(...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part): readonly number[] => {
    if (typeof part === "number") return [part];
    return typeof part === "string" ? Array.from(part, (char) => char.charCodeAt(0)) : [...part];
  }));
}

/** Numbers of two bytes each. */
export function u16(...numbers: readonly number[]): Uint8Array {
  return bytes(...numbers.flatMap((number) => [number >> 8, number & 0xff]));
}

/** A number of four bytes. */
export function u32(number: number): Uint8Array {
  return bytes(...u16(number >>> 16), ...u16(number & 0xffff));
}

/** A vector with its length in one byte. */
export function vec8(...parts: readonly Part[]): Uint8Array {
  const content = bytes(...parts);
  return bytes(content.length, content);
}

/** A vector with its length in two bytes. */
export function vec16(...parts: readonly Part[]): Uint8Array {
  const content = bytes(...parts);
  return bytes(u16(content.length), content);
}

/** A vector with its length in three bytes. */
export function vec24(...parts: readonly Part[]): Uint8Array {
  const content = bytes(...parts);
  return bytes(content.length >> 16, u16(content.length & 0xffff), content);
}

/** An extension. */
export function extension(type: number, ...data: readonly Part[]): Uint8Array {
  return bytes(u16(type), vec16(...data));
}

/** Bytes that count up, so that two places never look alike. */
export function counting(length: number, from = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => from + index);
}

/** A message with its header. */
export function encodeAny(message: HandshakeMessage): Uint8Array {
  switch (message.type) {
    case "client_hello":
      return encodeClientHello(message);
    case "server_hello":
      return encodeServerHello(message);
    case "encrypted_extensions":
      return encodeEncryptedExtensions(message);
    case "certificate_request":
      return encodeCertificateRequest(message);
    case "certificate":
      return encodeCertificate(message);
    case "compressed_certificate":
      return encodeCompressedCertificate(message);
    case "certificate_verify":
      return encodeCertificateVerify(message);
    case "finished":
      return encodeFinished(message);
    case "new_session_ticket":
      return encodeNewSessionTicket(message);
    case "key_update":
      return encodeKeyUpdate(message);
    case "end_of_early_data":
      return bytes(0x05, 0, 0, 0);
    case "other":
      return bytes(message.handshakeType, 0, 0, 0);
    default:
      throw new TypeError(`Cannot encode ${message.type}: TLS 1.3 does not have it`);
  }
}

/** A message that must be refused. */
export interface Refused {
  /** A sentence, or the end of one that begins with "refused: ". */
  readonly name: string;
  readonly body: Uint8Array;
  readonly code: TlsErrorCode;
  readonly message: string;
}

/** One test a row: it is refused with that code and these words, and with nothing else. */
export function testRefusals(type: number, rows: readonly Refused[]): void {
  for (const { name, body, code, message } of rows) {
    Deno.test(`refused: ${name}`, () => {
      const error = assertThrows(() => decodeHandshake(type, body), TlsError);
      assertEquals([error.code, error.message], [code, message]);
    });
  }
}
