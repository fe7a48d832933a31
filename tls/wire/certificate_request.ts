/**
 * CertificateRequest (RFC 9846 §4.4.2).
 *
 * ```text
 * struct {
 *     opaque certificate_request_context<0..2^8-1>;
 *     Extension extensions<0..2^16-1>;
 * } CertificateRequest;
 * ```
 *
 * @module
 */

import { readExtensions, refuseMisplaced, writeExtension } from "./extension_block.ts";
import {
  readAuthorities,
  readCompressionAlgorithms,
  readNumbers,
  writeAuthorities,
  writeNumbers,
} from "./lists.ts";
import { writeMessage } from "./message_writer.ts";
import type { CertificateRequest } from "./messages.ts";
import { ExtensionType, HandshakeType } from "./numbers.ts";
import { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

type Extensions = {
  -readonly [
    Name in
      | "signatureAlgorithms"
      | "signatureAlgorithmsCert"
      | "certificateAuthorities"
      | "compressCertificate"
  ]?: NonNullable<CertificateRequest[Name]>;
};

/**
 * Reads a CertificateRequest.
 *
 * @param body The message without its header; the result has views of it.
 * @throws {TlsError} `decode_error`, `duplicate_extension`, `illegal_parameter`
 */
export function decodeCertificateRequest(body: Uint8Array): CertificateRequest {
  const reader = new Reader(body, "CertificateRequest");
  const context = reader.at("certificate_request_context").opaque8();
  const extensions: Extensions = {};
  const extensionOrder = readExtensions(reader, (type, data) => readExtension(type, data, extensions));
  reader.end();
  refuseMisplaced(reader, extensionOrder, "CertificateRequest");
  return { type: "certificate_request", context, ...extensions, extensionOrder };
}

function readExtension(type: number, data: Reader, into: Extensions): void {
  switch (type) {
    case ExtensionType.signature_algorithms:
      into.signatureAlgorithms = readNumbers(data.vector16(2));
      return;
    case ExtensionType.certificate_authorities:
      into.certificateAuthorities = readAuthorities(data);
      return;
    case ExtensionType.signature_algorithms_cert:
      into.signatureAlgorithmsCert = readNumbers(data.vector16(2));
      return;
    case ExtensionType.compress_certificate:
      into.compressCertificate = readCompressionAlgorithms(data);
      return;
    default:
      // "Clients MUST ignore unrecognized extensions." (RFC 9846 §4.4.2)
      data.skip();
  }
}

/**
 * Writes a CertificateRequest with its header.
 *
 * @param message Its extensions are written in the order of `extensionOrder`; those that it does not name are left out.
 */
export function encodeCertificateRequest(message: CertificateRequest): Uint8Array {
  return writeMessage(HandshakeType.certificate_request, (writer) => {
    writer.vector8(() => writer.bytes(message.context));
    writer.vector16(() => {
      for (const type of message.extensionOrder) writeOwnExtension(writer, type, message);
    });
  });
}

function writeOwnExtension(writer: Writer, type: number, message: CertificateRequest): void {
  const { signatureAlgorithms, signatureAlgorithmsCert, certificateAuthorities, compressCertificate } =
    message;
  if (type === ExtensionType.signature_algorithms && signatureAlgorithms !== undefined) {
    writeExtension(writer, type, () => writer.vector16(() => writeNumbers(writer, signatureAlgorithms)));
  } else if (type === ExtensionType.signature_algorithms_cert && signatureAlgorithmsCert !== undefined) {
    writeExtension(writer, type, () => writer.vector16(() => writeNumbers(writer, signatureAlgorithmsCert)));
  } else if (type === ExtensionType.certificate_authorities && certificateAuthorities !== undefined) {
    writeExtension(writer, type, () => writeAuthorities(writer, certificateAuthorities));
  } else if (type === ExtensionType.compress_certificate && compressCertificate !== undefined) {
    writeExtension(writer, type, () => writer.vector8(() => writeNumbers(writer, compressCertificate)));
  }
}
