/**
 * What a caller can learn about the connection that served a response.
 *
 * @module
 */

import type {
  CipherSuiteName,
  HandshakeKind,
  NamedGroupName,
  PeerCertificate,
  ProtocolVersionName,
  SignatureSchemeName,
} from "../../tls/mod.ts";
import type { NetAddress } from "../runtime.ts";

/**
 * What is known of a connection's TLS. Deno's own tells no version, no cipher suite and nothing of the chain: what is
 * optional here is there on the state machine (`implementation: "ductile"`) alone.
 */
export interface TlsInfo {
  /** Who does the TLS: Deno, or the state machine of this package. */
  readonly implementation: "deno" | "ductile";
  /** What ALPN chose, or `null` when the server chose nothing. */
  readonly alpnProtocol: string | null;
  /** The name that was verified against the certificate and, for a DNS name, sent as SNI. */
  readonly serverName: string;
  /**
   * The server's own certificate in DER, where it can be had: Deno has no documented way to it. `undefined` where the
   * undocumented one is gone, and when it is asked for the first time after the connection was closed.
   */
  readonly peerCertificate: Uint8Array | undefined;
  /** The version of TLS. */
  readonly protocolVersion?: ProtocolVersionName;
  /** The cipher suite. */
  readonly cipherSuite?: CipherSuiteName;
  /** The group in which keys were exchanged. */
  readonly keyExchangeGroup?: NamedGroupName;
  /** The server's certificates, its own first, as it sent them; of a resumed session, those of its first connection. */
  readonly peerCertificates?: readonly PeerCertificate[];
  /** What the server signed the handshake with; absent where a session was resumed. */
  readonly peerSignatureScheme?: SignatureSchemeName;
  /** The OCSP response (DER) that the server stapled; it was not judged. */
  readonly ocspResponse?: Uint8Array;
  /** How the two ends came to terms. */
  readonly handshakeKind?: HandshakeKind;
  /** Whether an earlier session was resumed. */
  readonly resumed?: boolean;
}

/** How long each stage took, in milliseconds. */
export interface ConnectionTimings {
  /** The dialling of the transport, name lookup included; absent where the runtime dials and shakes hands in one step. */
  readonly connect?: number;
  /** The TLS handshake, and the dialling where the runtime does both in one step; absent without TLS. */
  readonly handshake?: number;
}

/** How long one exchange took, in milliseconds. */
export interface ExchangeTimings extends ConnectionTimings {
  /** From the request's start until it had a connection: near 0 on a pooled one. */
  readonly waiting: number;
  /** From having the connection until the response's head was there. */
  readonly headers: number;
}

/** The facts about a connection, for one response. */
export interface ConnectionInfo {
  /** A number that tells one connection of this client from another, from 1. */
  readonly id: number;
  /** Whether an earlier request was sent on this connection. */
  readonly reused: boolean;
  /** The address of this end; absent where the transport has none. */
  readonly localAddress?: NetAddress;
  /** The address of the other end; absent where the transport has none. */
  readonly remoteAddress?: NetAddress;
  /** The TLS facts; absent on a plain connection. */
  readonly tls?: TlsInfo;
  /** How long each stage took, in milliseconds. */
  readonly timings: ExchangeTimings;
}

/** What stays true of a connection for as long as it lives. */
export interface ConnectionFacts {
  /** A number that tells one connection of this client from another, from 1. */
  readonly id: number;
  /** The address of this end. */
  readonly localAddress?: NetAddress;
  /** The address of the other end. */
  readonly remoteAddress?: NetAddress;
  /** The TLS facts. */
  readonly tls?: TlsInfo;
  /** How long it took to make. */
  readonly timings: ConnectionTimings;
}
