/**
 * CertificateVerify: `struct { SignatureScheme algorithm; opaque signature<0..2^16-1>; } CertificateVerify`
 * (RFC 9846 §4.5.2).
 *
 * @module
 */

import { writeMessage } from "./message_writer.ts";
import type { CertificateVerify } from "./messages.ts";
import { HandshakeType } from "./numbers.ts";
import { Reader } from "./reader.ts";

/**
 * Reads a CertificateVerify.
 *
 * @param body The message without its header; the result has views of it.
 * @throws {TlsError} `decode_error`
 */
export function decodeCertificateVerify(body: Uint8Array): CertificateVerify {
  const reader = new Reader(body, "CertificateVerify");
  const scheme = reader.at("algorithm").u16();
  const signature = reader.at("signature").opaque16();
  reader.end();
  return { type: "certificate_verify", scheme, signature };
}

/** Writes a CertificateVerify with its header. */
export function encodeCertificateVerify({ scheme, signature }: CertificateVerify): Uint8Array {
  return writeMessage(HandshakeType.certificate_verify, (writer) => {
    writer.u16(scheme);
    writer.vector16(() => writer.bytes(signature));
  });
}
