/**
 * The content of a client's session, for the handshake and for its form as bytes.
 *
 * @module
 */

import type { CipherSuite } from "../crypto/provider.ts";
import type { CertificateTypeName, NamedGroupName } from "../wire/numbers.ts";
import type { PeerCertificate } from "../x509/peer_certificate.ts";

/** Content of a session of either version, apart from the server's certificates. */
interface CommonFacts {
  /** The config object that it was made under; `undefined`: it was deserialized, and `policy` stands for it. */
  readonly owner: object | undefined;
  /** The trust policy of that config (`trustPolicy`), as bytes; computed when it is asked for. */
  policy(): Uint8Array;
  /** Name of the server: a DNS name in lower case, or an IP address. */
  readonly serverName: string;
  /** The suite of the connection that the ticket came on. */
  readonly suite: Pick<CipherSuite, "id" | "name" | "hash">;
  /** The group in which that connection exchanged keys: one that the server knows, and prefers. */
  readonly keyExchangeGroup: NamedGroupName;
  /** Ticket by which the server finds the session; empty in TLS 1.2: it finds it by its ID. */
  readonly ticket: Uint8Array;
  /** When the ticket came, in milliseconds since 1970. */
  readonly received: number;
  /** When the server last authenticated by its certificate, in milliseconds since 1970. */
  readonly authenticated: number;
  /** When the session expires, in milliseconds since 1970. */
  readonly expires: number;
  /** Raw public key that the server showed instead of certificates, a DER SubjectPublicKeyInfo (RFC 7250). */
  readonly rawPublicKey?: Uint8Array;
  /** OCSP response (DER) that the server stapled then. */
  readonly ocspResponse?: Uint8Array;
  /** The client's answer to the server's CertificateRequest then; `undefined`: there was no request. */
  readonly identity?: IdentityAnswer;
}

/** What only a session of TLS 1.3 has. */
interface Tls13Facts extends CommonFacts {
  readonly protocolVersion: "TLSv1.3";
  /** Pre-shared key of the ticket. */
  readonly psk: Uint8Array;
  /** `ticket_age_add`, which obfuscates the age of the ticket (RFC 9846 §4.7.1). */
  readonly ageAdd: number;
  /** Bytes of early data that the ticket allows; `undefined`: none. */
  readonly maxEarlyDataSize?: number;
  /** The protocol that ALPN selected on the ticket's connection: early data is sent for it. */
  readonly alpnProtocol?: string;
}

/** What only a session of TLS 1.2 has; its main secret is the extended one (RFC 7627). */
interface Tls12Facts extends CommonFacts {
  readonly protocolVersion: "TLSv1.2";
  readonly mainSecret: Uint8Array;
  /** Session ID that the server gave; empty beside a ticket. */
  readonly sessionId: Uint8Array;
}

/** Certificates of the server as a handshake read them. */
interface ReadCertificates {
  /** Certificates of the server, as in the full handshake. */
  readonly peerCertificates: readonly PeerCertificate[];
}

/** Certificates of the server as they are stored. */
interface StoredCertificates {
  /** Certificates of the server, end entity first; DER in a session that was deserialized. */
  readonly certificates: readonly PeerCertificate[] | readonly Uint8Array[];
}

/** Content of a session of TLS 1.3. */
export type Tls13SessionFacts = Tls13Facts & ReadCertificates;

/** Content of a session of TLS 1.2. */
export type Tls12SessionFacts = Tls12Facts & ReadCertificates;

/** Content of a session. */
export type ClientSessionFacts = Tls13SessionFacts | Tls12SessionFacts;

/** Content of a session as a store keeps it, whose certificates are not judged yet. */
export type StoredSessionFacts = (Tls13Facts & StoredCertificates) | (Tls12Facts & StoredCertificates);

/** A CertificateRequest, and the client's answer to it. */
export interface IdentityAnswer {
  /** Signature schemes that the server accepts, as they stood in the request. */
  readonly schemes: readonly number[];
  /** Names of the authorities that the server accepts, DER `Name`s; empty: any. */
  readonly authorities: readonly Uint8Array[];
  /** The type of certificate that the server asks for (RFC 7250). Default: X509. */
  readonly certificateType?: CertificateTypeName;
  /** The chain that the client showed, DER, or its raw public key; empty: it showed none. */
  readonly chain: readonly Uint8Array[];
}
