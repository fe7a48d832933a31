/**
 * The shapes in which certificates, names and trust travel through X.509 validation (RFC 5280).
 *
 * @module
 */

/** A root that is trusted: what a path may end in. A self-signed certificate's other fields do not matter (RFC 5280 §6.1.1). */
export interface TrustAnchor {
  /** Its distinguished name: a whole DER `Name`, tag and length included. */
  readonly subject: Uint8Array;
  /** Its public key: a whole DER `SubjectPublicKeyInfo`. */
  readonly publicKey: Uint8Array;
  /** Name constraints that hold for everything below it: a whole DER `NameConstraints`. */
  readonly nameConstraints?: Uint8Array;
  /** What its key may do, as in {@linkcode Certificate.keyUsage}; left out: anything. */
  readonly keyUsage?: number;
  /**
   * Partial distrust: end-entity certificates whose `notBefore` is later than this are refused
   * (`distrusted_root`), older ones are accepted until they expire.
   */
  readonly distrustAfter?: Date;
  /**
   * The one certificate that it vouches for, DER: its own, which is no authority's. Left out: it vouches for whatever
   * its key has signed.
   */
  readonly onlyCertificate?: Uint8Array;
}

/** A time window (RFC 5280 §4.1.2.5); both ends are part of it. */
export interface Validity {
  /** Its first moment. */
  readonly notBefore: Date;
  /** Its last second. */
  readonly notAfter: Date;
}

/** Names of the Subject Alternative Name extension that are looked at (RFC 5280 §4.2.1.6). */
export type GeneralName =
  | { readonly kind: "dns"; readonly name: string }
  | { readonly kind: "ip"; readonly address: Uint8Array }
  | { readonly kind: "directory"; readonly name: Uint8Array }
  | { readonly kind: "uri" | "email" | "other"; readonly value: Uint8Array };

/** What `basicConstraints` says (RFC 5280 §4.2.1.9). */
export interface BasicConstraints {
  /** Whether its owner may issue certificates. */
  readonly ca: boolean;
  /** How many authorities may follow below it; default: no limit. */
  readonly pathLength?: number;
}

/** Name constraints (RFC 5280 §4.2.1.10); an address is followed by its mask. */
export interface NameConstraints {
  /** A name that has subtrees of its kind here has to lie within one. */
  readonly permitted: readonly GeneralName[];
  /** A name must not lie within any of these. */
  readonly excluded: readonly GeneralName[];
}

/** What a certificate is to be good for. */
export type KeyPurpose = "server_auth" | "client_auth";

/** A certificate that has been read (RFC 5280 §4.1), not yet believed. Every `Uint8Array` is a view into `der`. */
export interface Certificate {
  /** The whole certificate. */
  readonly der: Uint8Array;
  /** What the signature covers. */
  readonly tbs: Uint8Array;
  /** Big-endian, as it stands in the certificate: with the zero in front, if it has one. */
  readonly serialNumber: Uint8Array;
  /** A whole DER `Name`. */
  readonly issuer: Uint8Array;
  /** A whole DER `Name`. */
  readonly subject: Uint8Array;
  /** Whether the subject is not empty, or a critical subjectAltName stands in for it (RFC 5280 §4.2.1.6). */
  readonly isNamed: boolean;
  /** When it is valid. */
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
  /** Object identifier of the first critical extension that is not understood here. */
  readonly unhandledCritical?: string;
}
