/**
 * The types of options and of the functions among them; `client_config.ts` and `server_config.ts` check them.
 *
 * @module
 */

import type { SigningKey } from "../crypto/provider.ts";
import type { Eventual } from "../../io/script.ts";
import type {
  CertificateTypeName,
  CipherSuiteName,
  NamedGroupName,
  SignatureSchemeName,
} from "../wire/numbers.ts";
import type { PeerCertificate } from "../x509/peer_certificate.ts";

/** Identity of one end: a certificate chain and its private key. */
export interface Identity {
  /** Certificates as PEM text or as a list of DER; end entity first, a root is not needed. */
  readonly chain: string | readonly Uint8Array[];
  /** Private key as PEM text (PKCS#8, PKCS#1 or SEC1) or PKCS#8 DER, or a key that signs elsewhere. */
  readonly key: string | Uint8Array | SigningKey;
  /**
   * OCSP response (DER) that a server staples when the client asks for one (RFC 6066 §8). It ages: a resolver can return
   * another object with a newer one; each object is read once. Default: none.
   */
  readonly ocspResponse?: Uint8Array;
  /**
   * Whether the identity is kept from peers that name no authority of its chain in certificate_authorities (RFC 9846
   * §4.3.4), or name none at all. Default: false.
   */
  readonly mustMatchIssuer?: boolean;
}

/**
 * Identity of one end without a certificate: a raw public key (RFC 7250), which peers know beforehand, and its private
 * key. It is shown to peers that accept raw public keys.
 */
export interface RawPublicKeyIdentity {
  /** Public key as PEM text (`PUBLIC KEY`, as `openssl pkey -pubout` writes it) or a DER SubjectPublicKeyInfo. */
  readonly rawPublicKey: string | Uint8Array;
  /** Private key as in an {@linkcode Identity}. */
  readonly key: Identity["key"];
}

/**
 * One identity, or several in order of preference, of which a peer gets the first that it can use: whose key signs with
 * a scheme of the peer, on a curve of the peer's in TLS 1.2, and for a suite of the peer's there. Before that order go,
 * as a server, identities for the name that the client asks for and those whose chain is signed with its schemes, and
 * then those under an authority that the peer names.
 */
export type Identities = Identity | RawPublicKeyIdentity | readonly (Identity | RawPublicKeyIdentity)[];

/** One secret of a connection, with the fields of an `SSLKEYLOGFILE` line in their order (RFC 9850). */
export interface KeyLogEntry {
  /** Label of the secret (RFC 9850). */
  readonly label:
    | "CLIENT_RANDOM"
    | "CLIENT_EARLY_TRAFFIC_SECRET"
    | "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
    | "SERVER_HANDSHAKE_TRAFFIC_SECRET"
    | "CLIENT_TRAFFIC_SECRET_0"
    | "SERVER_TRAFFIC_SECRET_0"
    | "EXPORTER_SECRET";
  /** Random of the ClientHello, 32 bytes, which tells connections apart. */
  readonly clientRandom: Uint8Array;
  /** The secret, as long as the cipher suite's hash; of TLS 1.2, the main secret of 48 bytes. */
  readonly secret: Uint8Array;
}

/** Function that receives every secret of a connection. The secrets decrypt it: for debugging only. */
export type KeyLog = (entry: KeyLogEntry) => void;

/** A server as an application's verifier sees it, after the library has verified it (or, without roots, has not). */
export interface ServerIdentity {
  /** Certificates as the server sent them, end entity first; empty where it shows a raw public key. */
  readonly chain: readonly PeerCertificate[];
  /** Raw public key that the server shows instead, a DER SubjectPublicKeyInfo (RFC 7250). No root was applied to it. */
  readonly rawPublicKey?: Uint8Array;
  /** Name that was asked for: a DNS name in lower case, or an IP address. */
  readonly serverName: string;
  /** Stapled OCSP response (DER), not verified. */
  readonly ocspResponse?: Uint8Array;
  /** Time of the verification, by the config's clock. */
  readonly time: Date;
}

/**
 * Function that decides whether a server is trusted; it refuses by throwing, rejecting or returning `false`. A
 * {@linkcode CertificateError} that it throws decides which alert the server gets: that of `invalid_ocsp_response`, which
 * is for the stapled response, is bad_certificate_status_response.
 */
export type ServerVerifier = (server: ServerIdentity) => void | Promise<void>;

/** A client as an application's verifier sees it. */
export interface ClientIdentity {
  /** Certificates as the client sent them, end entity first; empty only where it shows a raw public key. */
  readonly chain: readonly PeerCertificate[];
  /** Raw public key that the client shows instead, a DER SubjectPublicKeyInfo (RFC 7250). No root was applied to it. */
  readonly rawPublicKey?: Uint8Array;
  /** Time of the verification, by the config's clock. */
  readonly time: Date;
}

/**
 * Function that decides whether a client is trusted; it refuses by throwing, rejecting or returning `false`. A
 * {@linkcode CertificateError} that it throws decides which alert the client gets.
 */
export type ClientVerifier = (client: ClientIdentity) => void | Promise<void>;

/** A server's CertificateRequest (RFC 9846 §4.4.2), as a resolver of client identities sees it. */
export interface CertificateRequestInfo {
  /** Names of the authorities that the server accepts, as DER `Name`s; empty accepts any. */
  readonly certificateAuthorities: readonly Uint8Array[];
  /** Signature schemes that the server accepts and that may sign the handshake. */
  readonly signatureSchemes: readonly SignatureSchemeName[];
  /** Type of certificate that the server asks for: one of those that this client offered (RFC 7250). */
  readonly certificateType: CertificateTypeName;
}

/** Function that chooses a client's identity; for `undefined`, or an empty list, no certificate is shown. */
export type ClientIdentityResolver = (request: CertificateRequestInfo) => Eventual<Identities | undefined>;

/** A ClientHello, as a server's resolver sees it. */
export interface ClientHelloInfo {
  /** SNI in lower case; absent without one. */
  readonly serverName?: string;
  /** ALPN protocols that the client offered, in its order; empty when it offered none. */
  readonly alpnProtocols: readonly string[];
  /** Signature schemes that the client offered and this library knows, in the client's order. */
  readonly signatureSchemes: readonly SignatureSchemeName[];
  /**
   * Signature schemes of certificates that the client takes and this library knows, in its order; absent: those of
   * `signatureSchemes` (signature_algorithms_cert, RFC 9846 §4.3.3).
   */
  readonly certificateSignatureSchemes?: readonly SignatureSchemeName[];
  /** Cipher suites that the client offered and this library knows, in the client's order. */
  readonly cipherSuites: readonly CipherSuiteName[];
  /** Key exchange groups that the client offered and this library knows, in the client's order. */
  readonly groups: readonly NamedGroupName[];
  /** Names of the authorities that the client sent, as DER `Name`s; empty when it sent none. */
  readonly certificateAuthorities: readonly Uint8Array[];
  /** Certificate types that the client takes from a server, in its order; absent: X.509 alone (RFC 7250). */
  readonly serverCertificateTypes?: readonly CertificateTypeName[];
  /** Certificate types that the client can show, in its order; absent: X.509 alone (RFC 7250). */
  readonly clientCertificateTypes?: readonly CertificateTypeName[];
}

/**
 * Treatment of an IP address in a client's server_name, where RFC 6066 §3 permits none: `ignore_ip_addresses` reads it
 * as no name, `reject_all` refuses the client.
 */
export type InvalidSniPolicy = "ignore_ip_addresses" | "reject_all";

/**
 * Function that chooses a server's identity; for `undefined`, or an empty list, the client is refused:
 * `unrecognized_name` when it asks for a name, `no_suitable_certificate` when it does not.
 */
export type IdentityResolver = (hello: ClientHelloInfo) => Eventual<Identities | undefined>;

/**
 * Function that decides whether the early data of a client is accepted: `true` alone accepts it. What it refuses is sent
 * again, not early; an error of it ends the handshake.
 */
export type EarlyDataPolicy = (hello: ClientHelloInfo) => Eventual<boolean>;
