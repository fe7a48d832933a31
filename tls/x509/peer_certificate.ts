/**
 * The certificate of a peer, for the application.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import { encodeHex } from "@std/encoding/hex";
import { DerReader, DerTag } from "../der/der.ts";
import { SIGNATURE_NAMES } from "../der/oid.ts";
import { readPublicKey } from "../crypto/public_key.ts";
import { readTrustedItself } from "./certificate.ts";
import { type CertificateFields, readFields, reading, readValidity } from "./certificate_fields.ts";
import { formatName } from "./names/distinguished_name.ts";
import { dnsNamesOf, ipAddressesOf, type NamedCertificate, urisOf } from "./names/subject_names.ts";
import type { Validity } from "./types.ts";

/**
 * A certificate that the peer sent.
 *
 * A field is read when it is asked for; {@linkcode PeerCertificate.der}, {@linkcode PeerCertificate.pem} and
 * {@linkcode PeerCertificate.fingerprint} need no reading. A certificate that was accepted unverified may be of any
 * version, and break any rule; a field that cannot be read throws a {@linkcode CertificateError}.
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
  #fields: CertificateFields | undefined;
  #names: NamedCertificate | undefined;

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
    return encodeHex(
      serialNumber[0] === 0 && serialNumber.length > 1 ? serialNumber.subarray(1) : serialNumber,
    );
  }

  /** The first second in which it is valid. */
  get notBefore(): Date {
    return this.#validity().notBefore;
  }

  /** The last second in which it is valid. */
  get notAfter(): Date {
    return this.#validity().notAfter;
  }

  /** The DNS names of the subjectAltName extension, as they stand there, wildcards included. Default: none. */
  get dnsNames(): string[] {
    return dnsNamesOf(this.#readNames());
  }

  /** The IP addresses of the subjectAltName extension, as text. Default: none. */
  get ipAddresses(): string[] {
    return ipAddressesOf(this.#readNames());
  }

  /** The URIs of the subjectAltName extension, as they stand there: a SPIFFE ID is one. Default: none. */
  get uris(): string[] {
    return urisOf(this.#readNames());
  }

  /** The public key: a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7), of which key pins are made. */
  get publicKey(): Uint8Array {
    return this.#read().publicKey.slice();
  }

  /**
   * The kind of the public key: `RSA`, `RSASSA-PSS`, `P-256`, `P-384`, `P-521` or `Ed25519`; of a kind that is not known
   * here, the object identifier.
   */
  get keyType(): string {
    const { publicKey } = this.#read();
    const key = readPublicKey(publicKey);
    if (key === null) return reading(() => algorithmIn(new DerReader(publicKey).read(DerTag.SEQUENCE)));
    return key.kind === "ec" ? key.curve : KEY_TYPES[key.kind];
  }

  /** The length of the public key in bits: that of an RSA key's modulus, or of a curve. `undefined`: it is not known. */
  get keySize(): number | undefined {
    const key = readPublicKey(this.#read().publicKey);
    if (key === null) return undefined;
    if (key.kind === "ed25519") return 256;
    return key.kind === "ec" ? CURVE_BITS[key.curve] : key.modulusBits;
  }

  /**
   * The algorithm with which the issuer signed it, by its name in the standards: `ecdsa-with-SHA256`,
   * `sha256WithRSAEncryption`; of one that is not known here, the object identifier.
   */
  get signatureAlgorithm(): string {
    const { innerAlgorithm } = this.#read();
    const oid = reading(() => algorithmIn(new DerReader(innerAlgorithm)));
    return SIGNATURE_NAMES.get(oid) ?? oid;
  }

  #read(): CertificateFields {
    return this.#fields ??= readFields(this.der);
  }

  #readNames(): NamedCertificate {
    return this.#names ??= readTrustedItself(this.der);
  }

  #validity(): Validity {
    return reading(() => readValidity(this.#read()));
  }
}

const KEY_TYPES = { rsa: "RSA", rsa_pss: "RSASSA-PSS", ed25519: "Ed25519" } as const;
const CURVE_BITS = { "P-256": 256, "P-384": 384, "P-521": 521 } as const;

/** The object identifier of the AlgorithmIdentifier at which a reader stands. */
function algorithmIn(reader: DerReader): string {
  return reader.read(DerTag.SEQUENCE).oid();
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
    const { subject, issuer, dnsNames, ipAddresses, notBefore, notAfter, keyType } = certificate;
    return { subject, issuer, dnsNames, ipAddresses, notBefore, notAfter, keyType, fingerprint };
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : "", fingerprint };
  }
}
