/**
 * What a client can be told, and what it cannot.
 *
 * An option is never dropped silently: what cannot be honoured, alone or beside another option, is an error when
 * the client is built.
 *
 * @module
 */

import { type Http1ClientOptions, Http1Connection } from "../http1/mod.ts";
import { type Http2ClientOptions, Http2Connection } from "../http2/mod.ts";
import type { DenoTls } from "../tls/mod.ts";
import type { Dial } from "./dial.ts";
import { ClientError } from "./error.ts";
import type { PoolLimits } from "./pool.ts";
import type { Timeouts } from "./timeouts.ts";

/** What ALPN can choose between. */
export type Protocol = "h2" | "http/1.1";

/** The figures of the connection pool. */
export interface PoolOptions {
  /**
   * How many connections to one origin may be open at once; further HTTP/1.1 requests wait for one.
   * 128 by default. An HTTP/2 origin gets one, whatever stands here.
   */
  readonly maxConnectionsPerOrigin?: number;
  /** How many connections to one origin may stay open without a request. All by default; 0 pools nothing. */
  readonly maxIdlePerOrigin?: number;
  /** How long a connection may stay open without a request, in milliseconds. 90,000 by default. */
  readonly idleTimeout?: number;
}

/** The figures of HTTP/1.1 connections. */
export type Http1Settings = Omit<Http1ClientOptions, "onIdle" | "onClose" | "shareMemory">;

/** The figures of HTTP/2 connections: windows, limits, keep-alive pings. */
export type Http2Settings = Omit<Http2ClientOptions, "onCapacity" | "onIdle" | "onClose" | "firstStreamId">;

/** What a {@linkcode Client} can be told. Every option has a default that suits a script. */
export interface ClientOptions {
  /** The TLS for `https:` URLs: Deno's own by default. `false`: such a URL is a `no_tls_connector` error. */
  readonly tls?: DenoTls | false;
  /** Certificates to trust in addition to Deno's roots, in PEM. Not beside `tls`, which has its own. */
  readonly caCerts?: string | readonly string[];
  /** The client's certificate chain, in PEM, for servers that ask for one. Goes with `key`, not beside `tls`. */
  readonly cert?: string;
  /** The private key of `cert`, in PEM, not encrypted. */
  readonly key?: string;
  /** Refuses `http:` URLs, on redirects too. */
  readonly httpsOnly?: boolean;
  /** What ALPN offers, in order: `["h2", "http/1.1"]` by default. */
  readonly protocols?: readonly Protocol[];
  /** Speaks HTTP/2 at once, without asking: on plain connections, and as ALPN's only offer. */
  readonly http2PriorKnowledge?: boolean;
  /** Makes the connections below TLS: for tunnels, Unix sockets, in-memory pairs. */
  readonly dial?: Dial;
  /** How long the stages of a request may take. By default 30 s to connect, 30 s for the handshake, the rest unlimited. */
  readonly timeouts?: Timeouts;
  /** Fields for every request that does not set them itself. */
  readonly headers?: HeadersInit;
  /** How many redirects are followed: 20 by default, as `fetch` does. */
  readonly maxRedirects?: number;
  /** Whether gzip, br, deflate and zstd are asked for and decoded: true by default. */
  readonly decode?: boolean;
  /**
   * The most bytes that one response may decode to. Unlimited by default; but past 16 MiB, content may never be more
   * than 200 times as long as it was encoded.
   */
  readonly maxDecodedSize?: number;
  /** The figures of the connection pool. */
  readonly pool?: PoolOptions;
  /** The figures of HTTP/1.1 connections. */
  readonly http1?: Http1Settings;
  /** The figures of HTTP/2 connections. */
  readonly http2?: Http2Settings;
}

const NAMES: ReadonlySet<string> = new Set<keyof ClientOptions>([
  "tls",
  "caCerts",
  "cert",
  "key",
  "httpsOnly",
  "protocols",
  "http2PriorKnowledge",
  "dial",
  "timeouts",
  "headers",
  "maxRedirects",
  "decode",
  "maxDecodedSize",
  "pool",
  "http1",
  "http2",
]);

const GROUPS: Readonly<Record<"pool" | "http1" | "http2", ReadonlySet<string>>> = {
  pool: new Set<keyof PoolOptions>(["maxConnectionsPerOrigin", "maxIdlePerOrigin", "idleTimeout"]),
  http1: new Set<keyof Http1Settings>([
    "maxHeadBytes",
    "maxFields",
    "maxTrailerBytes",
    "maxInformational",
    "allowObsFold",
    "continueTimeout",
  ]),
  http2: new Set<keyof Http2Settings>([
    "initialStreamWindow",
    "initialConnectionWindow",
    "maxFrameSize",
    "maxHeaderListSize",
    "initialMaxSendStreams",
    "keepAlive",
    "settingsTimeout",
  ]),
};

/** Refuses options that are unknown, malformed, or cannot be honoured together. */
export function checkOptions(options: ClientOptions): void {
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw refused(`"${name}" is not an option of this version`);
  }
  for (const [group, known] of Object.entries(GROUPS)) {
    for (const name of Object.keys(options[group as keyof typeof GROUPS] ?? {})) { // Object.entries forgets the names
      if (!known.has(name)) throw refused(`"${group}.${name}" is not an option of this version`);
    }
  }
  for (const name of ["caCerts", "cert", "key"] as const) {
    if (options[name] === undefined) continue;
    if (options.tls === false) throw refused(`"${name}" has no meaning with tls: false`);
    if (options.tls !== undefined) throw refused(`"${name}" goes into the DenoTls that "tls" holds`);
  }
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw refused('"cert" and "key" go together');
  }
  for (const pem of [options.caCerts ?? []].flat()) {
    if (!/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/.test(pem)) {
      throw refused('an entry of "caCerts" holds no certificate in PEM');
    }
  }
  const { protocols } = options;
  if (protocols !== undefined) {
    if (protocols.length === 0) throw refused('"protocols" is empty');
    const unknown = protocols.find((protocol) => protocol !== "h2" && protocol !== "http/1.1");
    if (unknown !== undefined) throw refused(`"${unknown}" in "protocols" is neither "h2" nor "http/1.1"`);
    if (options.http2PriorKnowledge && !protocols.includes("h2")) {
      throw refused('"http2PriorKnowledge" needs "h2" in "protocols"');
    }
  }
  // The drivers are made with them when there is a connection; that would be late to hear of a bad figure.
  if (options.http1 !== undefined) new Http1Connection("client", options.http1);
  if (options.http2 !== undefined) new Http2Connection("client", options.http2);
  count("maxRedirects", options.maxRedirects);
  count("maxDecodedSize", options.maxDecodedSize);
  count("pool.maxIdlePerOrigin", options.pool?.maxIdlePerOrigin);
  count("pool.maxConnectionsPerOrigin", options.pool?.maxConnectionsPerOrigin, 1);
  count("pool.idleTimeout", options.pool?.idleTimeout);
}

/** What ALPN offers under these options. */
export function protocolsOf(options: ClientOptions): readonly Protocol[] {
  return options.http2PriorKnowledge ? ["h2"] : options.protocols ?? ["h2", "http/1.1"];
}

/** The pool's limits under these options. */
export function poolLimits({ pool = {} }: ClientOptions): PoolLimits {
  return {
    maxConnectionsPerOrigin: pool.maxConnectionsPerOrigin ?? 128,
    maxIdlePerOrigin: pool.maxIdlePerOrigin ?? Infinity,
    idleTimeout: pool.idleTimeout ?? 90_000,
  };
}

function count(name: string, value: number | undefined, least = 0): void {
  if (value === undefined || value === Infinity) return;
  if (!Number.isSafeInteger(value) || value < least) {
    throw refused(`"${name}" must be a whole number of at least ${least}: ${value}`);
  }
}

function refused(reason: string): ClientError {
  return new ClientError("unsupported_option", `Cannot build the client: ${reason}`);
}
