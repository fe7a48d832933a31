/**
 * Certificate of TLS 1.2: `opaque ASN.1Cert<1..2^24-1>; struct { ASN.1Cert certificate_list<0..2^24-1>; } Certificate`
 * (RFC 5246 §7.4.2).
 *
 * @module
 */

import { writeMessage } from "../message_writer.ts";
import type { CertificateEntry, CertificateMessage } from "../messages.ts";
import { type CertificateTypeName, HandshakeType } from "../numbers.ts";
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

/**
 * Reads a Certificate of the type RawPublicKey: `opaque ASN.1_subjectPublicKeyInfo<1..2^24-1>` (RFC 7250 §3). The key
 * stands where the list of certificates does otherwise, and an empty list says that there is none to show.
 *
 * @param body The message without its header; the result has a view of it.
 * @throws {TlsError} `decode_error`
 */
export function decodeTls12RawPublicKey(body: Uint8Array): CertificateMessage {
  const reader = new Reader(body, "Certificate");
  const certificate = reader.at("ASN.1_subjectPublicKeyInfo").opaque24();
  reader.end();
  const entries = certificate.length === 0 ? [] : [{ certificate, extensionOrder: [] }];
  return { type: "certificate", context: NO_CONTEXT, entries };
}

/**
 * Writes a Certificate with its header.
 *
 * @param chain DER, end entity first, or a raw public key alone; empty: there is none to show.
 * @param type Which of the two. Default: X509.
 */
export function encodeTls12Certificate(
  chain: readonly Uint8Array[],
  type: CertificateTypeName = "X509",
): Uint8Array {
  return writeMessage(HandshakeType.certificate, (writer) => {
    writer.vector24(() => {
      if (type === "RawPublicKey") return writer.bytes(chain[0] ?? new Uint8Array(0));
      for (const certificate of chain) writer.vector24(() => writer.bytes(certificate));
    });
  }, CAPACITY_BYTES);
}

/** Room for two or three certificates. */
const CAPACITY_BYTES = 4096;
