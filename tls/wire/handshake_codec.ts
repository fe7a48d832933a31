/**
 * Decoder of handshake messages (RFC 9846 §4); the encoder of each message is in the file of that message.
 *
 * ```text
 * struct {
 *     HandshakeType msg_type;
 *     uint24 length;
 *     select (Handshake.msg_type) { ... };
 * } Handshake;
 * ```
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";
import { MAX_CERTIFICATE_MESSAGE_BYTES, MAX_HANDSHAKE_MESSAGE_BYTES } from "../limits.ts";
import { decodeCertificate } from "./certificate.ts";
import { decodeCertificateRequest } from "./certificate_request.ts";
import { decodeCertificateVerify } from "./certificate_verify.ts";
import { decodeClientHello } from "./client_hello.ts";
import { decodeCompressedCertificate } from "./compressed_certificate.ts";
import { decodeEndOfEarlyData } from "./end_of_early_data.ts";
import { decodeEncryptedExtensions } from "./encrypted_extensions.ts";
import { decodeFinished } from "./finished.ts";
import { decodeKeyUpdate } from "./key_update.ts";
import type { HandshakeMessage } from "./messages.ts";
import { decodeNewSessionTicket } from "./new_session_ticket.ts";
import { HandshakeType } from "./numbers.ts";
import { decodeServerHello } from "./server_hello.ts";

/** Length of the header: the type, and the body's length in three bytes. */
export const HANDSHAKE_HEADER_LENGTH = 4;

/** Greatest length of the body of a message of that type. */
export function maxLengthOf(type: number): number {
  return hasCertificate(type) ? MAX_CERTIFICATE_MESSAGE_BYTES : MAX_HANDSHAKE_MESSAGE_BYTES;
}

function hasCertificate(type: number): boolean {
  return type === HandshakeType.certificate || type === HandshakeType.compressed_certificate;
}

/**
 * Reads a message in the form that TLS 1.3 gives it; the two hellos are also read in their older forms.
 *
 * @param type The header's `msg_type`. The body of a message that TLS 1.3 does not have is not read.
 * @param body The whole message without its header; the result has views of it.
 * @throws {TlsError} `decode_error`, `illegal_parameter`, `duplicate_extension`, `handshake_too_large`,
 * `certificate_too_large`. No other error is thrown, whatever the bytes.
 */
export function decodeHandshake(type: number, body: Uint8Array): HandshakeMessage {
  if (body.length > maxLengthOf(type)) throw tooLarge(type, body.length);
  switch (type) {
    case HandshakeType.client_hello:
      return decodeClientHello(body);
    case HandshakeType.server_hello:
      return decodeServerHello(body);
    case HandshakeType.new_session_ticket:
      return decodeNewSessionTicket(body);
    case HandshakeType.end_of_early_data:
      return decodeEndOfEarlyData(body);
    case HandshakeType.encrypted_extensions:
      return decodeEncryptedExtensions(body);
    case HandshakeType.certificate:
      return decodeCertificate(body);
    case HandshakeType.compressed_certificate:
      return decodeCompressedCertificate(body);
    case HandshakeType.certificate_request:
      return decodeCertificateRequest(body);
    case HandshakeType.certificate_verify:
      return decodeCertificateVerify(body);
    case HandshakeType.finished:
      return decodeFinished(body);
    case HandshakeType.key_update:
      return decodeKeyUpdate(body);
    default:
      return { type: "other", handshakeType: type };
  }
}

function tooLarge(type: number, length: number): TlsError {
  return new TlsError(
    hasCertificate(type) ? "certificate_too_large" : "handshake_too_large",
    `Cannot read a handshake message: its length of ${length} is over ${maxLengthOf(type)}`,
  );
}
