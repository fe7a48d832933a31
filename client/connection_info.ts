/**
 * The facts that a caller can learn about the connection of a response.
 *
 * @module
 */

import type { TlsConnectionFacts } from "../tls/mod.ts";
import type { NetAddress } from "./runtime.ts";

/**
 * The facts of a connection's TLS. Deno's TLS tells no version, no cipher suite and nothing of the chain: the optional
 * properties are there with Ductile's TLS (`implementation: "ductile"`); in Node and Bun, the platform's TLS tells the
 * version and the cipher suite.
 */
export interface TlsInfo extends Partial<Omit<TlsConnectionFacts, "alpnProtocol" | "serverName">> {
  /** The implementation: Deno's TLS, that of `node:tls` in Node and Bun, or Ductile's TLS (the module `./tls`). */
  readonly implementation: "deno" | "node" | "ductile";
  /** The protocol that the server chose by ALPN; `null` when it chose none. */
  readonly alpnProtocol: string | null;
  /** The name that was verified against the certificate and, for a DNS name, sent as SNI. */
  readonly serverName: string;
  /**
   * The server's own certificate in DER. Deno's TLS has no documented access to it: there it is `undefined` where the
   * undocumented access is gone, and when it is read for the first time after the connection was closed.
   */
  readonly peerCertificate: Uint8Array | undefined;
}

/** The times that making a connection took, in milliseconds. */
export interface ConnectionTimings {
  /** The time to connect, name lookup included; absent where the runtime connects and shakes hands in one step. */
  readonly connect?: number;
  /** The time of the TLS handshake, connecting included where the runtime does both in one step; absent without TLS. */
  readonly handshake?: number;
}

/** The times of one exchange and of its connection, in milliseconds. */
export interface ExchangeTimings extends ConnectionTimings {
  /** The time from the request's start until it had a connection: near 0 on a pooled one. */
  readonly waiting: number;
  /** The time from then on until the response's head was there. */
  readonly headers: number;
}

/** The facts about a connection, for one response. */
export interface ConnectionInfo {
  /**
   * The identifier of the connection, a number from 1 that no other connection of this program has; 0 for a `data:` or
   * `blob:` URL, which needs none.
   */
  readonly id: number;
  /** Whether an earlier request was sent on this connection. */
  readonly reused: boolean;
  /** The address of this end; absent where the transport has none. */
  readonly localAddress?: NetAddress;
  /** The address of the other end, which is the first proxy where there is one; absent where the transport has none. */
  readonly remoteAddress?: NetAddress;
  /** The proxies on the way, in order, such as `http://proxy.example:3128`; absent on a direct connection. */
  readonly proxies?: readonly string[];
  /** The TLS facts; absent on a plain connection. */
  readonly tls?: TlsInfo;
  /** The times of the exchange and of its connection, in milliseconds. */
  readonly timings: ExchangeTimings;
}

/** The facts that stay true of a connection. */
export interface ConnectionFacts {
  /** The identifier of the connection, a number from 1 that no other connection of this program has. */
  readonly id: number;
  /** The address of this end. */
  readonly localAddress?: NetAddress;
  /** The address of the other end. */
  readonly remoteAddress?: NetAddress;
  /** The proxies on the way, in order. */
  readonly proxies?: readonly string[];
  /** The TLS facts. */
  readonly tls?: TlsInfo;
  /** The times that making it took. */
  readonly timings: ConnectionTimings;
}
