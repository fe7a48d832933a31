/**
 * CertificateStatus: `struct { CertificateStatusType status_type; opaque OCSPResponse<1..2^24-1>; } CertificateStatus`
 * (RFC 6066 §8).
 *
 * @module
 */

import { writeMessage } from "../message_writer.ts";
import type { CertificateStatus } from "../messages.ts";
import { HandshakeType } from "../numbers.ts";
import { Reader } from "../reader.ts";

/** `ocsp(1)`, the only CertificateStatusType (RFC 6066 §8). */
const OCSP = 1;

/**
 * Reads a CertificateStatus.
 *
 * @param body The message without its header; the result has a view of it.
 * @throws {TlsError} `decode_error`, also for another type, which is never asked for.
 */
export function decodeCertificateStatus(body: Uint8Array): CertificateStatus {
  const reader = new Reader(body, "CertificateStatus");
  const type = reader.at("status_type").u8();
  if (type !== OCSP) throw reader.error("decode_error", `it has the unknown type ${type}`);
  const ocspResponse = reader.at("OCSPResponse").opaque24(1);
  reader.end();
  return { type: "certificate_status", ocspResponse };
}

/** Writes a CertificateStatus with its header. */
export function encodeCertificateStatus({ ocspResponse }: CertificateStatus): Uint8Array {
  return writeMessage(HandshakeType.certificate_status, (writer) => {
    writer.u8(OCSP);
    writer.vector24(() => writer.bytes(ocspResponse));
  });
}
