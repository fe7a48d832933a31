/**
 * The shapes in which certificates, names and trust travel through X.509 validation (RFC 5280).
 *
 * @module
 */

/**
 * A trust anchor: a name and a key that are trusted, with their constraints (RFC 5280 §6.1.1). Other fields of the root
 * certificate that it came from do not count.
 */
export interface TrustAnchor {
  /** Its distinguished name: a whole DER `Name`, tag and length included. */
  readonly subject: Uint8Array;
  /** Its public key: a whole DER `SubjectPublicKeyInfo`. */
  readonly publicKey: Uint8Array;
  /** Name constraints of all certificates below it: a whole DER `NameConstraints`. */
  readonly nameConstraints?: Uint8Array;
  /** Uses of its key, as in {@linkcode Certificate.keyUsage}; left out: any. */
  readonly keyUsage?: number;
  /**
   * Partial distrust: end-entity certificates whose `notBefore` is later than this are refused
   * (`distrusted_root`), older ones are accepted until they expire.
   */
  readonly distrustAfter?: Date;
  /** Authorities that may stand between it and an end entity, self-issued ones not counted; left out: any number. */
  readonly pathLength?: number;
  /**
   * Its certificate, DER, where that is trusted as itself too, authority or not, because the caller has put it among
   * the roots. Left out: it is trusted as an authority alone.
   */
  readonly certificate?: Uint8Array;
  /** Whether it certifies what its key has signed; default: true. If not, only `certificate` is trusted. */
  readonly isAuthority?: boolean;
}

/** A validity period (RFC 5280 §4.1.2.5); both ends are part of it. */
export interface Validity {
  /** Its first moment. */
  readonly notBefore: Date;
  /** Its last second. */
  readonly notAfter: Date;
}

/** A name of the Subject Alternative Name extension, or the base of a name constraint (RFC 5280 §4.2.1.6). */
export type GeneralName =
  | { readonly kind: "dns"; readonly name: string }
  | { readonly kind: "ip"; readonly address: Uint8Array }
  | { readonly kind: "directory"; readonly name: Uint8Array }
  | { readonly kind: "uri" | "email" | "other"; readonly value: Uint8Array };

/** The extension `basicConstraints` (RFC 5280 §4.2.1.9). */
export interface BasicConstraints {
  /** Whether the subject is an authority, which may issue certificates. */
  readonly ca: boolean;
  /** The number of authorities that may follow below it; default: no limit. */
  readonly pathLength?: number;
}

/** Name constraints (RFC 5280 §4.2.1.10); an address is followed by its mask. */
export interface NameConstraints {
  /** Subtrees of which one must contain each name of its kind. */
  readonly permitted: readonly GeneralName[];
  /** Subtrees that must contain no name. */
  readonly excluded: readonly GeneralName[];
}

/** The purpose of a certificate (RFC 5280 §4.2.1.12). */
export type KeyPurpose = "server_auth" | "client_auth";

/** A certificate whose signature has not been checked (RFC 5280 §4.1). Every `Uint8Array` is a view into `der`. */
export interface Certificate {
  /** The whole certificate. */
  readonly der: Uint8Array;
  /** The bytes that the signature covers. */
  readonly tbs: Uint8Array;
  /** Big-endian, as it stands in the certificate: with the zero in front, if it has one. */
  readonly serialNumber: Uint8Array;
  /** A whole DER `Name`. */
  readonly issuer: Uint8Array;
  /** A whole DER `Name`. */
  readonly subject: Uint8Array;
  /** Whether the subject is not empty, or a subjectAltName stands in for it (RFC 5280 §4.2.1.6). */
  readonly isNamed: boolean;
  /** The time in which it is valid. */
  readonly validity: Validity;
  /** A whole DER `SubjectPublicKeyInfo`. */
  readonly publicKey: Uint8Array;
  /** A whole DER `AlgorithmIdentifier`, the same inside and outside of what is signed. */
  readonly signatureAlgorithm: Uint8Array;
  /** The bits of the signature. */
  readonly signature: Uint8Array;
  readonly basicConstraints?: BasicConstraints;
  /** Bits by RFC 5280 §4.2.1.3 number: bit 0 (digitalSignature) is `1 << 0`, bit 5 (keyCertSign) is `1 << 5`. */
  readonly keyUsage?: number;
  /** Object identifiers in dotted form; an empty list is kept as such. */
  readonly extendedKeyUsage?: readonly string[];
  /** From the Subject Alternative Name extension; `undefined` when there is none. */
  readonly subjectAltNames?: readonly GeneralName[];
  readonly nameConstraints?: NameConstraints;
  /** Raw `CRLDistributionPoints` (RFC 5280 §4.2.1.13). */
  readonly crlDistributionPoints?: Uint8Array;
  /** Object identifier of the first critical extension that is not known here. */
  readonly unhandledCritical?: string;
}
