/**
 * The options of a client that decide how it connects, with their defaults filled in.
 *
 * @module
 */

import type { Dial, Http1Options, Http2Options, Protocol } from "../options.ts";
import type { TlsPaths } from "./tls_loader.ts";

/** The options that decide how a client connects, with their defaults filled in. */
export interface ResolvedConnectOptions {
  /** The TLS of `https:` connections; `undefined` with `tls: false`. */
  readonly tls: TlsPaths | undefined;
  /** The caller's `dial`; TCP without it. */
  readonly dial: Dial | undefined;
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
