/**
 * What a finished handshake leaves behind.
 *
 * @module
 */

import type { CipherSuite } from "../crypto/provider.ts";
import type { NamedGroupName, ProtocolVersionName, SignatureSchemeName } from "../wire/numbers.ts";
import type { PeerCertificate } from "../x509/peer_certificate.ts";

/** How the two ends came to terms. */
export type HandshakeKind =
  | "full"
  | "full_with_hello_retry_request"
  | "resumed"
  | "resumed_with_hello_retry_request";

/** The secrets of a connection after its handshake (RFC 9846 §7.1). */
export interface ApplicationSecrets {
  readonly clientTraffic: Uint8Array;
  readonly serverTraffic: Uint8Array;
  readonly exporter: Uint8Array;
  readonly resumption: Uint8Array;
}

/** What was agreed on. */
export interface Established {
  readonly protocolVersion: ProtocolVersionName;
  readonly suite: CipherSuite;
  readonly keyExchangeGroup: NamedGroupName;
  readonly handshakeKind: HandshakeKind;
  readonly alpnProtocol?: string;
  /** Client: the name that was asked for. Server: the SNI, lower case. */
  readonly serverName?: string;
  /** End entity first; empty when the peer showed none. After a resumption: those of the first handshake. */
  readonly peerCertificates: readonly PeerCertificate[];
  readonly ocspResponse?: Uint8Array;
  /**
   * Client: when the server proved by its certificate who it is, in milliseconds since 1970; after a resumption, in the
   * full handshake that it goes back to.
   */
  readonly authenticated?: number;
  /** What the peer signed its CertificateVerify with. */
  readonly peerSignatureScheme?: SignatureSchemeName;
  readonly secrets: ApplicationSecrets;
}
