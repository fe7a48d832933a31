/**
 * The certificate of a peer, for the application.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import { encodeHex } from "@std/encoding/hex";
import { parseCertificate } from "./certificate.ts";
import { formatName } from "./names/distinguished_name.ts";
import { dnsNamesOf, ipAddressesOf } from "./names/subject_names.ts";
import type { Certificate } from "./types.ts";

/**
 * A certificate that the peer sent.
 *
 * It is read when the first field is asked for; {@linkcode PeerCertificate.der}, {@linkcode PeerCertificate.pem} and
 * {@linkcode PeerCertificate.fingerprint} need no reading. A certificate that was accepted unverified may be
 * unreadable: then every other field throws a {@linkcode CertificateError}.
 *
 * Names are text that the maker of the certificate has chosen. In `subject` and `issuer` all characters that are not
 * visible as they are have been escaped; in `dnsNames` none has.
 *
 * @example The bytes of a certificate, as text and as a fingerprint
 * ```ts
 * import { PeerCertificate } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const der = Uint8Array.of(0x30, 0x00);
 * const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
 * const certificate = new PeerCertificate(der, sha256);
 * assertEquals(certificate.fingerprint, sha256.toHex());
 * assertEquals(certificate.pem, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
 * ```
 */
export class PeerCertificate {
  /** The whole certificate, DER. */
  readonly der: Uint8Array;
  readonly #sha256: Uint8Array;
  #certificate: Certificate | undefined;

  /**
   * Wraps a certificate.
   *
   * @param der The whole certificate, which must not change.
   * @param sha256 Its SHA-256, 32 bytes.
   */
  constructor(der: Uint8Array, sha256: Uint8Array) {
    this.der = der;
    this.#sha256 = sha256;
  }

  /** SHA-256 of the certificate, in lower-case hexadecimal. */
  get fingerprint(): string {
    return encodeHex(this.#sha256);
  }

  /** The certificate as PEM (RFC 7468), with a line end at its end. */
  get pem(): string {
    const lines = encodeBase64(this.der).match(/.{1,64}/g) ?? [];
    return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
  }

  /** The subject as text (RFC 4514): `CN=example.com,O=Example,C=US`. Often empty: names of servers are in `dnsNames`. */
  get subject(): string {
    return formatName(this.#read().subject);
  }

  /** The issuer as text (RFC 4514). */
  get issuer(): string {
    return formatName(this.#read().issuer);
  }

  /** The serial number, in lower-case hexadecimal. */
  get serialNumber(): string {
    const { serialNumber } = this.#read();
    return encodeHex(serialNumber[0] === 0 ? serialNumber.subarray(1) : serialNumber);
  }

  /** The first second in which it is valid. */
  get notBefore(): Date {
    return new Date(this.#read().validity.notBefore);
  }

  /** The last second in which it is valid. */
  get notAfter(): Date {
    return new Date(this.#read().validity.notAfter);
  }

  /** The DNS names of the subjectAltName extension, as they stand there, wildcards included. Default: none. */
  get dnsNames(): string[] {
    return dnsNamesOf(this.#read());
  }

  /** The IP addresses of the subjectAltName extension, as text. Default: none. */
  get ipAddresses(): string[] {
    return ipAddressesOf(this.#read());
  }

  /** The public key: a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7), of which key pins are made. */
  get publicKey(): Uint8Array {
    return this.#read().publicKey.slice();
  }

  #read(): Certificate {
    return this.#certificate ??= parseCertificate(this.der);
  }
}

/** Makes a console show the fields of a certificate; its getters would stay hidden behind hundreds of bytes. */
Object.defineProperty(PeerCertificate.prototype, Symbol.for("Deno.customInspect"), {
  value(
    this: PeerCertificate,
    inspect: (value: unknown, options: object) => string,
    options: object,
  ): string {
    return `PeerCertificate ${inspect(shown(this), options)}`;
  },
});

function shown(certificate: PeerCertificate): object {
  const { fingerprint } = certificate;
  try {
    const { subject, issuer, dnsNames, ipAddresses, notBefore, notAfter } = certificate;
    return { subject, issuer, dnsNames, ipAddresses, notBefore, notAfter, fingerprint };
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : "", fingerprint };
  }
}
