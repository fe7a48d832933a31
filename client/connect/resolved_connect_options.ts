/**
 * The options of a client that decide how it connects, with their defaults filled in.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import type { Dial, DialTarget, Http1Options, Http2Options, Protocol } from "../options.ts";
import type { TlsPaths } from "./tls_loader.ts";

/** The options that decide how a client connects, with their defaults filled in. */
export interface ResolvedConnectOptions {
  /** The TLS of `https:` connections; `undefined` with `tls: false`. */
  readonly tls: TlsPaths | undefined;
  /** The caller's `dial`; TCP without it. */
  readonly dial: Dial | undefined;
  /** The way through proxies; absent: none. */
  readonly route?: ConnectRoute;
  /** ALPN protocols, in order of preference. */
  readonly protocols: readonly Protocol[];
  /** Whether plain connections speak HTTP/2 from the first byte. */
  readonly http2PriorKnowledge: boolean;
  /** Whether a connection may send its first request as early data. */
  readonly earlyData: boolean;
  /** Options of the HTTP/1.1 driver. */
  readonly http1: Http1Options;
  /** Options of the HTTP/2 driver. */
  readonly http2: Http2Options;
}

/** The way to a target through proxies. */
export interface ConnectRoute {
  /** The proxies on the way, in order, such as `http://proxy.example:3128`. */
  readonly proxies: readonly string[];
  /**
   * Connects to `target` through the proxies.
   *
   * @param target The target, whose signal ends the attempt.
   * @param dial Makes the connection to the first proxy.
   * @param onStage Called with what is waited for, such as `waiting for the proxy "proxy.example:3128"`.
   */
  open(target: DialTarget, dial: Dial, onStage: (stage: string) => void): Promise<Duplex>;
}
