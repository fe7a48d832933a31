/**
 * What a caller can learn about the connection that served a response.
 *
 * @module
 */

import type { NetAddress } from "./dial.ts";

/** What is known of a connection's TLS. Deno's own TLS tells the protocol that ALPN chose, and nothing else. */
export interface TlsInfo {
  /** What ALPN chose, or `null` when the server chose nothing. */
  readonly alpnProtocol: string | null;
  /** The name that was verified against the certificate and, for a DNS name, sent as SNI. */
  readonly serverName: string;
}

/** How long each stage took, in milliseconds. */
export interface ConnectionTimings {
  /** The dialling of the transport: name lookup and TCP. Of the connection, however many requests it served. */
  readonly connect: number;
  /** The TLS handshake; absent without TLS, and where the runtime dials and shakes hands in one step. */
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
