/**
 * Decoder of handshake messages in the form that TLS 1.2 gives them (RFC 5246 §7.4).
 *
 * @module
 */

import { decodeCertificateVerify } from "../certificate_verify.ts";
import { decodeClientHello } from "../client_hello.ts";
import { decodeFinished } from "../finished.ts";
import { writeMessage } from "../message_writer.ts";
import type { HandshakeMessage } from "../messages.ts";
import { HandshakeType } from "../numbers.ts";
import { Reader } from "../reader.ts";
import { decodeServerHello } from "../server_hello.ts";
import { decodeTls12Certificate, decodeTls12RawPublicKey } from "./certificate.ts";
import { decodeTls12CertificateRequest } from "./certificate_request.ts";
import { decodeCertificateStatus } from "./certificate_status.ts";
import { decodeClientKeyExchange, decodeServerKeyExchange } from "./key_exchange.ts";
import { decodeTls12NewSessionTicket } from "./new_session_ticket.ts";

/**
 * Reads a message of TLS 1.2, whose length was checked against `maxLengthOf`.
 *
 * @param type The header's `msg_type`. The body of a message that TLS 1.2 does not have is not read.
 * @param body The whole message without its header; the result has views of it.
 * @throws {TlsError} `decode_error`, `illegal_parameter`, `duplicate_extension`. No other error is thrown, whatever the
 * bytes.
 */
export function decodeTls12Handshake(type: number, body: Uint8Array): HandshakeMessage {
  switch (type) {
    case HandshakeType.hello_request:
      new Reader(body, "HelloRequest").end(); // `struct { } HelloRequest` (RFC 5246 §7.4.1.1)
      return { type: "hello_request" };
    case HandshakeType.client_hello:
      return decodeClientHello(body);
    case HandshakeType.server_hello:
      return decodeServerHello(body);
    case HandshakeType.new_session_ticket:
      return decodeTls12NewSessionTicket(body);
    case HandshakeType.certificate:
      return decodeTls12Certificate(body);
    case HandshakeType.certificate_status:
      return decodeCertificateStatus(body);
    case HandshakeType.server_key_exchange:
      return decodeServerKeyExchange(body);
    case HandshakeType.certificate_request:
      return decodeTls12CertificateRequest(body);
    case HandshakeType.server_hello_done:
      new Reader(body, "ServerHelloDone").end(); // `struct { } ServerHelloDone` (RFC 5246 §7.4.5)
      return { type: "server_hello_done" };
    case HandshakeType.client_key_exchange:
      return decodeClientKeyExchange(body);
    case HandshakeType.certificate_verify:
      return decodeCertificateVerify(body);
    case HandshakeType.finished:
      return decodeFinished(body);
    default:
      return { type: "other", handshakeType: type };
  }
}

/** Like {@linkcode decodeTls12Handshake}, where a Certificate has a raw public key (RFC 7250 §3). */
export function decodeTls12WithRawPublicKey(type: number, body: Uint8Array): HandshakeMessage {
  return type === HandshakeType.certificate
    ? decodeTls12RawPublicKey(body)
    : decodeTls12Handshake(type, body);
}

/** Writes a ServerHelloDone with its header. */
export function encodeServerHelloDone(): Uint8Array {
  return writeMessage(HandshakeType.server_hello_done, () => {});
}
