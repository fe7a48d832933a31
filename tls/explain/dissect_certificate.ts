/**
 * Certificate messages, field by field: what the certificates say of themselves, and OCSP responses as bytes.
 *
 * @module
 */

import { DerTag } from "../der/der.ts";
import { readPublicKey } from "../crypto/public_key.ts";
import { PeerCertificate } from "../x509/peer_certificate.ts";
import { dissectExtensions } from "./dissect_extensions.ts";
import { COMPRESSION_ALGORITHMS } from "./enum_names.ts";
import type { FieldReader } from "./field_reader.ts";
import { MAX_LISTED_NAMES } from "../limits.ts";
import { messageName } from "./registry_names.ts";
import { lengthText, visible } from "./visible_text.ts";

/** Certificate of TLS 1.3 (RFC 9846 §4.5.1). */
export function dissectCertificate(reader: FieldReader): void {
  reader.opaque("certificate_request_context", 1);
  reader.vector("certificate_list", 3, (list) => {
    let count = 0;
    list.entries((entry, name) =>
      entry.group(name, (each) => {
        count++;
        const shown = certificateText(each.opaque("cert_data", 3, certificateText));
        dissectExtensions(each, "Certificate");
        return shown;
      })
    );
    return certificates(count);
  });
}

/** Certificate of TLS 1.2 (RFC 5246 §7.4.2): a list, or the one raw public key (RFC 7250 §3), which is a SEQUENCE. */
export function dissectTls12Certificate(reader: FieldReader): void {
  if (reader.byteAt(LIST_LENGTH_BYTES) === DerTag.SEQUENCE) {
    return void reader.opaque("ASN.1_subjectPublicKeyInfo", 3, certificateText);
  }
  reader.vector("certificate_list", 3, (list) => {
    let count = 0;
    list.entries((entry, name) => {
      count++;
      entry.opaque(`ASN.1Cert${name}`, 3, certificateText);
    });
    return certificates(count);
  });
}

/** CompressedCertificate (RFC 8879 §4), as it was sent. */
export function dissectCompressedCertificate(reader: FieldReader): void {
  reader.number("algorithm", 2, COMPRESSION_ALGORITHMS);
  reader.number("uncompressed_length", 3, lengthText);
  reader.opaque(
    "compressed_certificate_message",
    3,
    ({ length }) => `${messageName(11)} in ${lengthText(length)}`,
  );
}

const LIST_LENGTH_BYTES = 3;

function certificates(count: number): string {
  if (count === 0) return "no certificate";
  return count === 1 ? "1 certificate" : `${count} certificates, the end entity's first`;
}

/** What a certificate, or a raw public key, says of itself. */
export function certificateText(der: Uint8Array): string {
  try {
    // The fingerprint is not shown.
    const certificate = new PeerCertificate(der, new Uint8Array(0));
    const { subject, issuer, notBefore, notAfter, keyType } = certificate;
    const names = namesOf(certificate);
    return visible(
      `${subject === "" ? "no subject" : `subject ${subject}`}; issuer ${issuer}; ` +
        `${names === "" ? "" : `for ${names}; `}` +
        `valid ${notBefore.toISOString()} to ${notAfter.toISOString()}; key ${keyType}`,
    );
  } catch (error) {
    const key = readPublicKey(der);
    if (key !== null) return `a raw public key (RFC 7250): ${key.kind === "ec" ? key.curve : key.kind}`;
    const reason = error instanceof Error ? `: ${visible(error.message)}` : "";
    return `${lengthText(der.length)} that are no certificate${reason}`;
  }
}

function namesOf(certificate: PeerCertificate): string {
  let names: readonly string[];
  try {
    names = [...certificate.dnsNames, ...certificate.ipAddresses, ...certificate.uris];
  } catch {
    return "names that cannot be read";
  }
  const shown = names.slice(0, MAX_LISTED_NAMES).join(", ");
  return names.length > MAX_LISTED_NAMES ? `${shown} and ${names.length - MAX_LISTED_NAMES} more` : shown;
}
