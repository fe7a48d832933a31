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
import type { DenoTls, KeyLog, RootCertStore, ServerVerifier, TlsConnector } from "../tls/mod.ts";
import type { Duplex } from "../io/duplex.ts";
import {
  DEFAULT_IDLE_TIMEOUT_MS,
  DEFAULT_MAX_CONNECTIONS_PER_ORIGIN,
  DEFAULT_MAX_IDLE_PER_ORIGIN,
} from "./defaults.ts";
import { ClientError } from "./error/client_error.ts";
import { checkTimeouts, type Timeouts } from "./time/timeouts.ts";

/** What ALPN can choose between. */
export type Protocol = "h2" | "http/1.1";

/** Where a connection is to lead. */
export interface DialTarget {
  /** Host name or IP address, an IPv6 address without brackets. */
  readonly hostname: string;
  /** Port, 1 to 65535. */
  readonly port: number;
  /** The scheme of the URL that asks for it; TLS is added on top of what `dial` returns. */
  readonly scheme: "http" | "https";
  /** Aborted when no request waits for the connection any more, or when it took too long. */
  readonly signal: AbortSignal;
}

/** Makes a connection: the hook for tunnels, Unix sockets and in-memory pairs. */
export type Dial = (target: DialTarget) => Promise<Duplex>;

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
export type Http2Options = Omit<Http2ClientOptions, "onCapacity" | "onIdle" | "onClose" | "firstStreamId">;

/** What a {@linkcode Client} can be told. Every option has a default that suits a script. */
export interface ClientOptions {
  /**
   * The TLS for `https:` URLs. By default Deno's own, or, where an option asks for what that cannot do, the state
   * machine of `./tls`, which speaks TLS 1.3 alone. A `TlsConnector` offers by ALPN what `protocols` says; without
   * `protocols`, its own `alpnProtocols` if it has any. `false`: such a URL is a `no_tls_connector` error.
   */
  readonly tls?: DenoTls | TlsConnector | false;
  /**
   * Who is trusted to vouch for servers. `"deno"` by default: what Deno trusts, which is Mozilla's roots unless the
   * process is told otherwise; on the state machine, the roots of Mozilla's that come with this package.
   *
   * `"mozilla"`, a store, or a function that gives one: these and no others, on the state machine. `"native"`: the
   * operating system's, as far as permissions reach, **in addition** to what Deno trusts; where another option asks
   * for the state machine, these and no others. Not beside `tls`, which has its own.
   *
   * A store is frozen. What has to be loaded is loaded with the first `https:` connection, once; when that fails,
   * connections fail with `roots_unavailable` or `permission_denied`, and the next one tries again.
   */
  readonly roots?: "deno" | "mozilla" | "native" | RootCertStore | (() => Promise<RootCertStore>);
  /** Certificates to trust in addition to `roots`, in PEM. Not beside `tls`, which has its own. */
  readonly caCerts?: string | readonly string[];
  /** The client's certificate chain, in PEM, for servers that ask for one. Goes with `key`, not beside `tls`. */
  readonly cert?: string;
  /** The private key of `cert`, in PEM, not encrypted. */
  readonly key?: string;
  /**
   * Decides whether a server is trusted; on the state machine. Alone it decides **instead** of the library, names and
   * dates included. Beside `roots` or `caCerts` a server must pass the library first and the verifier then.
   */
  readonly verifier?: ServerVerifier;
  /**
   * Public keys of which a server's chain must have one, on top of everything else: `sha256/` and the base64 of the
   * SHA-256 of the DER SubjectPublicKeyInfo; on the state machine. Default: any key will do.
   */
  readonly pins?: readonly string[];
  /** Is told every secret, for Wireshark; on the state machine. See `keyLogWriter` of `./tls`. For debugging only. */
  readonly keyLog?: KeyLog;
  /**
   * **Danger: takes any certificate from anybody.** Whoever is in between can read and change everything, passwords
   * included, and nobody notices. On the state machine. Rather trust the one server: `caCerts`, or `verifier`.
   * Default: false.
   */
  readonly dangerAcceptInvalidCerts?: boolean;
  /**
   * **Danger: takes a certificate that is valid for another name.** Whoever has any certificate that a trusted
   * authority signed can read and change everything. On the state machine. Default: false.
   */
  readonly dangerAcceptInvalidHostnames?: boolean;
  /** Refuses `http:` URLs, on redirects too. */
  readonly httpsOnly?: boolean;
  /** What ALPN offers, in order: `["h2", "http/1.1"]` by default, or what a `TlsConnector` in `tls` says. */
  readonly protocols?: readonly Protocol[];
  /** Speaks HTTP/2 at once, without asking: on plain connections, and as ALPN's only offer. */
  readonly http2PriorKnowledge?: boolean;
  /**
   * Makes the connections below TLS: for tunnels, Unix sockets, in-memory pairs. Over a `Deno.TcpConn` that it returns
   * TLS is Deno's own, as always; over anything else it is the state machine.
   */
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
  readonly http2?: Http2Options;
}

const NAMES: ReadonlySet<string> = new Set<keyof ClientOptions>([
  "tls",
  "roots",
  "caCerts",
  "cert",
  "key",
  "verifier",
  "pins",
  "keyLog",
  "dangerAcceptInvalidCerts",
  "dangerAcceptInvalidHostnames",
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
  http2: new Set<keyof Http2Options>([
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
  if (options.dial !== undefined && typeof options.dial !== "function") {
    throw refused('"dial" is no function');
  }
  checkTimeouts(options.timeouts);
  const { protocols } = options;
  if (protocols !== undefined) {
    if (protocols.length === 0) throw refused('"protocols" is empty');
    const unknown = protocols.find((protocol: string) => !isProtocol(protocol));
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

/** The pool's options with their defaults filled in. */
export interface ResolvedPoolOptions {
  /** Connections to one origin that may be open or being made. */
  readonly maxConnectionsPerOrigin: number;
  /** Connections to one origin that may stay open without a request. */
  readonly maxIdlePerOrigin: number;
  /** Milliseconds that a connection may stay open without a request. */
  readonly idleTimeout: number;
}

/** Fills in the defaults of the pool's options. */
export function resolvePoolOptions({ pool = {} }: ClientOptions): ResolvedPoolOptions {
  return {
    maxConnectionsPerOrigin: pool.maxConnectionsPerOrigin ?? DEFAULT_MAX_CONNECTIONS_PER_ORIGIN,
    maxIdlePerOrigin: pool.maxIdlePerOrigin ?? DEFAULT_MAX_IDLE_PER_ORIGIN,
    idleTimeout: pool.idleTimeout ?? DEFAULT_IDLE_TIMEOUT_MS,
  };
}

/** Whether `name` is a protocol that ALPN may choose. */
export function isProtocol(name: string): name is Protocol {
  return name === "h2" || name === "http/1.1";
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
