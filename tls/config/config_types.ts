/**
 * What can be configured: the shapes of options. `client_config.ts` and `server_config.ts` check them.
 *
 * @module
 */

import type { CryptoProvider, SigningKey } from "../crypto/provider.ts";
import type { Eventual } from "../../io/script.ts";
import type { CipherSuiteName, NamedGroupName, SignatureSchemeName } from "../wire/numbers.ts";
import type { PeerCertificate } from "../x509/peer_certificate.ts";

/** A certificate chain and its private key: who this end is. */
export interface Identity {
  /** PEM text with one or more certificates, or their DER; end entity first, a root is not needed. */
  readonly chain: string | readonly Uint8Array[];
  /** PEM text (PKCS#8, PKCS#1 or SEC1), PKCS#8 DER, or a key that signs elsewhere. */
  readonly key: string | Uint8Array | SigningKey;
  /** An OCSP response (DER) to staple, where the peer wishes for one (RFC 6066 §8). */
  readonly ocspResponse?: Uint8Array;
}

/** A secret for a key log, in the order of the fields of an `SSLKEYLOGFILE` line (RFC 9850). */
export interface KeyLogEntry {
  /** Which secret it is. */
  readonly label:
    | "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
    | "SERVER_HANDSHAKE_TRAFFIC_SECRET"
    | "CLIENT_TRAFFIC_SECRET_0"
    | "SERVER_TRAFFIC_SECRET_0"
    | "EXPORTER_SECRET";
  /** The 32 bytes of the ClientHello's random, which tell connections apart. */
  readonly clientRandom: Uint8Array;
  /** As long as the cipher suite's hash. */
  readonly secret: Uint8Array;
}

/** Is told every secret of a connection. Whoever has them can read what was said: for debugging only. */
export type KeyLog = (entry: KeyLogEntry) => void;

/** What a verifier of the application sees of a server, after it was (or was not) verified by the library. */
export interface ServerIdentity {
  /** End entity first, as the server sent them. */
  readonly chain: readonly PeerCertificate[];
  /** The name that was asked for: a DNS name in lower case or an IP address. */
  readonly serverName: string;
  /** A stapled OCSP response, DER; the library does not judge it. */
  readonly ocspResponse?: Uint8Array;
  /** When it is verified: the config's clock. */
  readonly time: Date;
}

/** Decides instead of the library whether a server is trusted; throwing, rejecting or answering `false` refuses it. */
export type ServerVerifier = (server: ServerIdentity) => void | Promise<void>;

/** What a verifier of the application sees of a client. */
export interface ClientIdentity {
  /** End entity first, as the client sent them; never empty. */
  readonly chain: readonly PeerCertificate[];
  /** When it is verified: the config's clock. */
  readonly time: Date;
}

/** Decides instead of the library whether a client is trusted; throwing, rejecting or answering `false` refuses it. */
export type ClientVerifier = (client: ClientIdentity) => void | Promise<void>;

/** What a server asks of a client's certificate, as the client sees it. */
export interface CertificateRequestInfo {
  /** The names of the authorities that the server accepts, DER `Name`s; empty: any. */
  readonly certificateAuthorities: readonly Uint8Array[];
  /** Signature schemes that the server accepts. */
  readonly signatureSchemes: readonly SignatureSchemeName[];
}

/** Chooses a client's identity; `undefined`: none is shown. */
export type ClientIdentityResolver = (request: CertificateRequestInfo) => Eventual<Identity | undefined>;

/** What a client said first, as a server's resolver sees it. */
export interface ClientHelloInfo {
  /** SNI in lower case, where the client sent one. */
  readonly serverName?: string;
  /** What the client offered by ALPN, in its order; empty when it offered nothing. */
  readonly alpnProtocols: readonly string[];
  /** The ones that are known here, in the client's order. */
  readonly signatureSchemes: readonly SignatureSchemeName[];
  /** The ones that are known here, in the client's order. */
  readonly cipherSuites: readonly CipherSuiteName[];
  /** The ones that are known here, in the client's order. */
  readonly groups: readonly NamedGroupName[];
  /** The names of the authorities that the client knows, DER `Name`s; empty: it did not say. */
  readonly certificateAuthorities: readonly Uint8Array[];
}

/** Chooses a server's identity; `undefined`: the client is refused (`no_suitable_certificate`). */
export type IdentityResolver = (hello: ClientHelloInfo) => Eventual<Identity | undefined>;

/** What both sides can be told. */
export interface CommonConfigOptions {
  /** Cryptography; default: {@linkcode denoCrypto} where `node:crypto` is built in, else {@linkcode webCrypto}. */
  readonly crypto?: CryptoProvider;
  /** Protocols of the application, best first (RFC 7301); default: none, and the extension is not sent. */
  readonly alpnProtocols?: readonly string[];
  /** Cipher suites, best first; default: all of the provider's in its order. */
  readonly cipherSuites?: readonly CipherSuiteName[];
  /** Key exchange groups, best first; default: all of the provider's in its order. */
  readonly groups?: readonly NamedGroupName[];
  /**
   * Signature schemes that the peer is told and may sign the handshake with, best first; default: all of the
   * provider's. What its certificates are signed with is not limited by them.
   */
  readonly signatureSchemes?: readonly SignatureSchemeName[];
  /** Protocol versions; default: `["TLSv1.3"]`, which is also all there is for now. */
  readonly versions?: readonly "TLSv1.3"[];
  /** Is told every secret: for debugging only. */
  readonly keyLog?: KeyLog;
  /** The longest record that is sent, its header of 5 bytes included: 32 to 16389, which is the default. */
  readonly maxFragmentSize?: number;
  /** The clock that certificates and tickets are judged by; default: the system's. */
  readonly now?: () => Date;
}
