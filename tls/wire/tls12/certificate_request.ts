/**
 * CertificateRequest of TLS 1.2 (RFC 5246 §7.4.4).
 *
 * ```text
 * struct {
 *     ClientCertificateType certificate_types<1..2^8-1>;
 *     SignatureAndHashAlgorithm supported_signature_algorithms<2..2^16-2>;
 *     DistinguishedName certificate_authorities<0..2^16-1>;   // opaque DistinguishedName<1..2^16-1>
 * } CertificateRequest;
 * ```
 *
 * @module
 */

import { readNumbers, writeNumbers } from "../lists.ts";
import { writeMessage } from "../message_writer.ts";
import type { Tls12CertificateRequest } from "../messages.ts";
import { HandshakeType } from "../numbers.ts";
import { Reader } from "../reader.ts";

/**
 * Reads a CertificateRequest.
 *
 * @param body The message without its header; the result has views of it.
 * @throws {TlsError} `decode_error`
 */
export function decodeTls12CertificateRequest(body: Uint8Array): Tls12CertificateRequest {
  const reader = new Reader(body, "CertificateRequest");
  const certificateTypes = reader.at("certificate_types").opaque8();
  const signatureAlgorithms = readNumbers(reader.at("supported_signature_algorithms").vector16(2));
  const list = reader.at("certificate_authorities").vector16();
  const certificateAuthorities: Uint8Array[] = [];
  while (list.left > 0) certificateAuthorities.push(list.opaque16(1));
  reader.end();
  return { type: "tls12_certificate_request", certificateTypes, signatureAlgorithms, certificateAuthorities };
}

/** Writes a CertificateRequest with its header. */
export function encodeTls12CertificateRequest(message: Tls12CertificateRequest): Uint8Array {
  const { certificateTypes, signatureAlgorithms, certificateAuthorities } = message;
  return writeMessage(HandshakeType.certificate_request, (writer) => {
    writer.vector8(() => writer.bytes(certificateTypes));
    writer.vector16(() => writeNumbers(writer, signatureAlgorithms));
    writer.vector16(() => {
      for (const name of certificateAuthorities) writer.vector16(() => writer.bytes(name));
    });
  });
}
