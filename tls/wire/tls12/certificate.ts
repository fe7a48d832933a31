/**
 * Certificate of TLS 1.2: `opaque ASN.1Cert<1..2^24-1>; struct { ASN.1Cert certificate_list<0..2^24-1>; } Certificate`
 * (RFC 5246 §7.4.2).
 *
 * @module
 */

import { writeMessage } from "../message_writer.ts";
import type { CertificateEntry, CertificateMessage } from "../messages.ts";
import { HandshakeType } from "../numbers.ts";
import { Reader } from "../reader.ts";

const NO_CONTEXT = new Uint8Array(0);

/**
 * Reads a Certificate; in the form of TLS 1.3, it has no context and no extensions.
 *
 * @param body The message without its header; the result has views of it.
 * @throws {TlsError} `decode_error`
 */
export function decodeTls12Certificate(body: Uint8Array): CertificateMessage {
  const reader = new Reader(body, "Certificate");
  const list = reader.at("certificate_list").vector24();
  const entries: CertificateEntry[] = [];
  while (list.left > 0) {
    entries.push({ certificate: list.at("ASN.1Cert").opaque24(1), extensionOrder: [] });
  }
  reader.end();
  return { type: "certificate", context: NO_CONTEXT, entries };
}

/** Writes a Certificate with its header. @param chain DER, end entity first; empty: there is no certificate to show. */
export function encodeTls12Certificate(chain: readonly Uint8Array[]): Uint8Array {
  return writeMessage(HandshakeType.certificate, (writer) => {
    writer.vector24(() => {
      for (const certificate of chain) writer.vector24(() => writer.bytes(certificate));
    });
  }, CAPACITY_BYTES);
}

/** Room for two or three certificates. */
const CAPACITY_BYTES = 4096;
