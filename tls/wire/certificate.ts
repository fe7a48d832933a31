/**
 * Certificate (RFC 9846 §4.5.1).
 *
 * ```text
 * struct {
 *     opaque cert_data<1..2^24-1>;
 *     Extension extensions<0..2^16-1>;
 * } CertificateEntry;
 *
 * struct {
 *     opaque certificate_request_context<0..2^8-1>;
 *     CertificateEntry certificate_list<0..2^24-1>;
 * } Certificate;
 * ```
 *
 * @module
 */

import { readExtensions, refuseMisplaced, writeExtension } from "./extension_block.ts";
import { writeMessage } from "./message_writer.ts";
import type { CertificateEntry, CertificateMessage } from "./messages.ts";
import { ExtensionType, HandshakeType } from "./numbers.ts";
import { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** `ocsp(1)`, the only CertificateStatusType (RFC 6066 §8). */
const OCSP = 1;

/**
 * Reads a Certificate.
 *
 * The handshake limits the number of entries; the limit of the message leaves room for some 10,000 nearly empty ones.
 *
 * @param body The message without its header; the result has views of it.
 * @throws {TlsError} `decode_error`, `duplicate_extension`, `illegal_parameter`
 */
export function decodeCertificate(body: Uint8Array): CertificateMessage {
  const reader = new Reader(body, "Certificate");
  const context = reader.at("certificate_request_context").opaque8();
  const list = reader.at("certificate_list").vector24();
  const entries: CertificateEntry[] = [];
  while (list.left > 0) entries.push(readEntry(list));
  reader.end();
  return { type: "certificate", context, entries };
}

function readEntry(list: Reader): CertificateEntry {
  const certificate = list.at("cert_data").opaque24(1);
  let ocspResponse: Uint8Array | undefined;
  const extensionOrder = readExtensions(list, (type, data) => {
    if (type === ExtensionType.status_request) ocspResponse = readStatus(data);
    else data.skip();
  });
  refuseMisplaced(list, extensionOrder, "Certificate");
  return { certificate, ...(ocspResponse !== undefined && { ocspResponse }), extensionOrder };
}

/**
 * `struct { CertificateStatusType status_type; opaque OCSPResponse<1..2^24-1>; } CertificateStatus` (RFC 6066 §8)
 *
 * @throws {TlsError} `illegal_parameter` for another type, which is never asked for.
 */
function readStatus(data: Reader): Uint8Array {
  const type = data.u8();
  if (type !== OCSP) throw data.error("illegal_parameter", `status_request has the unknown type ${type}`);
  return data.opaque24(1);
}

/**
 * Writes a Certificate with its header.
 *
 * @param message The extensions of an entry are written in the order of its `extensionOrder`; those that it does not
 * name are left out.
 */
export function encodeCertificate(message: CertificateMessage): Uint8Array {
  return writeMessage(HandshakeType.certificate, (writer) => {
    writer.vector8(() => writer.bytes(message.context));
    writer.vector24(() => {
      for (const entry of message.entries) writeEntry(writer, entry);
    });
  }, CAPACITY_BYTES);
}

/** Room for two or three certificates. */
const CAPACITY_BYTES = 4096;

function writeEntry(writer: Writer, { certificate, ocspResponse, extensionOrder }: CertificateEntry): void {
  writer.vector24(() => writer.bytes(certificate));
  writer.vector16(() => {
    if (ocspResponse === undefined || !extensionOrder.includes(ExtensionType.status_request)) return;
    writeExtension(writer, ExtensionType.status_request, () => {
      writer.u8(OCSP);
      writer.vector24(() => writer.bytes(ocspResponse));
    });
  });
}
