/**
 * The options of a client, their checks, and their defaults.
 *
 * No option is dropped silently: one that is unknown, malformed, or cannot be honoured beside another is an error when
 * the client is built.
 *
 * @module
 */

import { type Http1ClientOptions, Http1Connection } from "../http1/mod.ts";
import type { Http2ClientOptions } from "../http2/mod.ts";
import { checkTimes as checkHttp2Times, resolveOptions as resolveHttp2 } from "../http2/options.ts";
import type { DenoTls, KeyLog, RootCertStore, ServerVerifier, TlsConnector } from "../tls/mod.ts";
import type { Duplex } from "../io/duplex.ts";
import {
  DEFAULT_IDLE_TIMEOUT_MS,
  DEFAULT_MAX_CONNECTIONS_PER_ORIGIN,
  DEFAULT_MAX_HTTP2_CONNECTIONS_PER_ORIGIN,
  DEFAULT_MAX_IDLE_PER_ORIGIN,
} from "./defaults.ts";
import { ClientError } from "./error/client_error.ts";
import type { ClientHooks } from "./hooks/client_hooks.ts";
import type { RetryOptions } from "./request/retry_options.ts";
import { checkTimeouts, type Timeouts } from "./time/timeouts.ts";

/** A protocol that ALPN can choose. */
export type Protocol = "h2" | "http/1.1";

/** The argument of {@linkcode Dial}: where to connect, and until when. */
export interface DialTarget {
  /** The host name or IP address, an IPv6 address without brackets. */
  readonly hostname: string;
  /** The port, 1 to 65535. */
  readonly port: number;
  /** The scheme of the URL; for `https`, the client adds TLS on top of what `dial` returns. */
  readonly scheme: "http" | "https";
  /** The signal that ends the attempt: no request waits for it any more, or it took too long. */
  readonly signal: AbortSignal;
}

/** Makes a connection, below TLS: the hook for tunnels, Unix sockets and in-memory pairs. */
export type Dial = (target: DialTarget) => Promise<Duplex>;

/** Asked for the addresses of a host name, instead of the runtime. */
export type Resolve = (
  hostname: string,
  options: { readonly port: number; readonly signal: AbortSignal },
) => readonly string[] | undefined | Promise<readonly string[] | undefined>;

/**
 * Options of a proxy.
 *
 * @example
 * ```ts
 * import { Client } from "@ductile/ductile";
 * import { assertEquals } from "@std/assert";
 * import { createServer } from "node:http";
 *
 * const proxy = createServer((request, response) => response.end(`asked for ${request.url}`));
 * await new Promise<void>((resolve) => proxy.listen(0, resolve));
 * const { port } = proxy.address() as { port: number };
 *
 * using client = new Client({ proxy: { url: `http://localhost:${port}`, username: "me", password: "secret" } });
 * const response = await client.get("http://example.com/path");
 * assertEquals(await response.text(), "asked for http://example.com/path");
 * assertEquals(response.connection.proxies, [`http://localhost:${port}`]);
 * proxy.close();
 * ```
 */
export interface ProxyOptions {
  /**
   * The proxy: `http:`, `https:`, `socks5:`, `socks5h:` or `socks4a:`. The port is 80, 443 or 1080 by default. Percent-encoded
   * userinfo is the user name and password. A `socks5:` proxy is given addresses, which this end looks up; all others look
   * names up themselves.
   */
  readonly url: URL | string;
  /** The user name; not beside userinfo in `url`. An `http:` or `https:` proxy gets it as Basic credentials. */
  readonly username?: string;
  /** The password; empty by default, where there is a `username`. A `socks4a:` proxy takes none. */
  readonly password?: string;
  /** Fields of each CONNECT request to an `http:` or `https:` proxy. Of them, `proxy-authorization` is of every request to it. */
  readonly headers?: HeadersInit;
  /**
   * The TLS to an `https:` proxy. By default Deno's TLS over TCP and Ductile's TLS through another proxy, with the roots of
   * Deno. The TLS options of the client are for origins, never for a proxy.
   */
  readonly tls?: DenoTls | TlsConnector | ProxyTlsOptions;
  /**
   * ALPN protocols offered to an `https:` proxy for tunnels, in order of preference: `["h2", "http/1.1"]` by default, or those
   * of a `TlsConnector` in `tls`. Over HTTP/2, tunnels are streams of one connection, and of another where the proxy allows
   * no more streams. Requests in absolute-form are sent over HTTP/1.1; without it, `http:` URLs get tunnels, too.
   */
  readonly protocols?: readonly Protocol[];
  /** Whether an `http:` or `https:` proxy is asked for a tunnel for `http:` URLs, too; false by default. */
  readonly tunnel?: boolean;
}

/** Options of the TLS to an `https:` proxy, each as that of {@linkcode ClientOptions} of the same name. */
export type ProxyTlsOptions = Pick<
  ClientOptions,
  | "roots"
  | "caCerts"
  | "cert"
  | "key"
  | "verifier"
  | "pins"
  | "keyLog"
  | "dangerAcceptInvalidCerts"
  | "dangerAcceptInvalidHostnames"
>;

/** One proxy. */
export type ProxyServer = URL | string | ProxyOptions;

/**
 * Chooses the proxy of a target: one, a chain of them, or `undefined` for a direct connection. Called for each request and
 * each redirect.
 *
 * @param target The URL, without userinfo and fragment.
 */
export type ProxyChooser = (target: URL) => ProxyServer | readonly ProxyServer[] | undefined;

/** Options of the connection pool. */
export interface PoolOptions {
  /**
   * Connections to one origin that may be open at once; no limit by default, as in `fetch`. With a limit, further
   * HTTP/1.1 requests wait until a response was read to its end, within `timeouts.connect`. An HTTP/2 origin gets as many
   * as `maxHttp2ConnectionsPerOrigin` says in any case.
   */
  readonly maxConnectionsPerOrigin?: number;
  /**
   * HTTP/2 connections to one origin: 1 by default. With more, another is made when a request finds that the server
   * allows no further stream on those that stand. One that cannot be made is not tried again while the others last.
   */
  readonly maxHttp2ConnectionsPerOrigin?: number;
  /** Connections to one origin that may stay open without a request: 256 by default; with 0, none is reused. */
  readonly maxIdlePerOrigin?: number;
  /**
   * Milliseconds that a connection may stay open without a request; 90,000 by default. A server that tells a shorter
   * time in `Keep-Alive: timeout=...` is obeyed.
   */
  readonly idleTimeout?: number;
}

/** Options of HTTP/1.1 connections: limits, and the wait for a 100 (Continue) response. */
export type Http1Options = Omit<Http1ClientOptions, "onIdle" | "onClose" | "shareMemory">;

/** Options of HTTP/2 connections: windows, limits, keep-alive pings. */
export type Http2Options = Omit<
  Http2ClientOptions,
  "onCapacity" | "onIdle" | "onClose" | "firstStreamId" | "shareMemory"
>;

/** Options of a {@linkcode Client}. All have defaults that suit a script. */
export interface ClientOptions {
  /**
   * The TLS of `https:` connections. By default Deno's TLS; Ductile's TLS (the module `./tls`) where
   * another option needs it. A `TlsConnector` offers `protocols` by ALPN; without that option, its own
   * `alpnProtocols` if it has any. With `false`, an `https:` URL is a `no_tls_connector` error.
   */
  readonly tls?: DenoTls | TlsConnector | false;
  /**
   * The trusted roots. `"deno"` by default: those of Deno, which are Mozilla's unless the process is told otherwise;
   * with Ductile's TLS, Mozilla's roots as this package has them.
   *
   * `"mozilla"`, a store, or a function that returns one: these roots and no others, with Ductile's TLS. `"native"`: the
   * operating system's roots, as far as permissions reach, **in addition** to those of Deno; where another option needs
   * Ductile's TLS, these and no others. Not beside `tls`, which has its own roots.
   *
   * A store is frozen. Roots are loaded once, with the first `https:` connection; when that fails, connections fail with
   * `roots_unavailable` or `permission_denied`, and the next one tries again.
   */
  readonly roots?: "deno" | "mozilla" | "native" | RootCertStore | (() => Promise<RootCertStore>);
  /** Certificates that are trusted in addition to `roots`, in PEM. Not beside `tls`, which has its own roots. */
  readonly caCerts?: string | readonly string[];
  /** The client's certificate chain, in PEM, for servers that ask for one. Only with `key`, and not beside `tls`. */
  readonly cert?: string;
  /** The private key of `cert`, in PEM, not encrypted. */
  readonly key?: string;
  /**
   * Decides whether a server is trusted; uses Ductile's TLS. Alone it decides **instead** of the library, names and
   * dates included. Beside `roots` or `caCerts`, the library checks a server first and the verifier then.
   */
  readonly verifier?: ServerVerifier;
  /**
   * Public keys of which a server's chain must have one, in addition to all other checks; uses Ductile's TLS. Each is
   * `sha256/` and the base64 of the SHA-256 of the DER SubjectPublicKeyInfo. Any key is accepted by default.
   */
  readonly pins?: readonly string[];
  /**
   * Called with every secret, for Wireshark; for debugging only. Uses Ductile's TLS. See `keyLogWriter` of `./tls`.
   */
  readonly keyLog?: KeyLog;
  /**
   * **Danger: accepts any certificate.** An attacker in the network can read and change everything unnoticed, passwords
   * included. Uses Ductile's TLS. To trust one server, use `caCerts` or `verifier` instead. False by default.
   */
  readonly dangerAcceptInvalidCerts?: boolean;
  /**
   * **Danger: accepts a certificate for another name.** The holder of any certificate that a trusted authority signed
   * can read and change everything. Uses Ductile's TLS. False by default.
   */
  readonly dangerAcceptInvalidHostnames?: boolean;
  /**
   * **Danger: sends requests that an attacker can send again.** Where a server was met before and allows it, a request
   * with a safe method and without content goes out with the first flight of the handshake (TLS 1.3 early data, RFC 8470),
   * and saves a round trip. An attacker in the network can replay it, any number of times and later, to this server or
   * another of the same name: what a GET counts, charges, or tells in its timing happens again. Its secrets, cookies
   * included, have no forward secrecy. Each connection sends one such request; a server that finds it too early (425) gets
   * it again after the handshake. Uses Ductile's TLS; a `TlsConnector` needs `enableEarlyData`. False by default.
   */
  readonly dangerEarlyData?: boolean;
  /** Whether `http:` URLs are refused, on redirects too; false by default. */
  readonly httpsOnly?: boolean;
  /** ALPN protocols, in order of preference: `["h2", "http/1.1"]` by default, or those of a `TlsConnector` in `tls`. */
  readonly protocols?: readonly Protocol[];
  /** Whether HTTP/2 is spoken without negotiation: on plain connections, and as the only ALPN protocol. */
  readonly http2PriorKnowledge?: boolean;
  /**
   * Makes the connections below TLS: for tunnels, Unix sockets, in-memory pairs. Over a `Deno.TcpConn` the client uses
   * Deno's TLS, over any other duplex Ductile's TLS.
   */
  readonly dial?: Dial;
  /**
   * The path of a Unix socket that every connection goes to; the URL says the scheme, `host` and the name that TLS
   * verifies. Under `https:` it uses Ductile's TLS. Needs `--allow-read` and `--allow-write`, too. Not beside `dial`, `resolve`.
   */
  readonly unixSocket?: string;
  /**
   * Gives the IP addresses of a host name, in order of preference, and `undefined` for a name that the runtime is to look
   * up. The families are interleaved, and the next address is tried where one has not answered after 250 ms (RFC 8305).
   * The name that TLS verifies stays. Not asked for IP addresses. Not beside `dial`.
   */
  readonly resolve?: Resolve;
  /**
   * The proxy of all requests; a list is a chain, the first of which is dialled; a function chooses for each target; none by
   * default. An `http:` or `https:` proxy at the end of the chain gets requests for `http:` URLs in absolute-form, and is
   * asked for a tunnel (CONNECT) for `https:` URLs and with `http2PriorKnowledge`. `timeouts.connect` covers the way
   * through all proxies. `dial`, `unixSocket` and `resolve` are for the first proxy.
   *
   * `"env"` reads `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, or in upper case, once, with the first request;
   * without `--allow-env` for them, requests fail with `permission_denied`. Loopback addresses are then reached directly.
   *
   * TLS to an origin is Deno's TLS over TCP, and Ductile's TLS inside the TLS of a proxy.
   */
  readonly proxy?: "env" | ProxyServer | readonly ProxyServer[] | ProxyChooser;
  /** Time limits of the stages of a request: by default 30 s to connect, 30 s for the TLS handshake, none for the rest. */
  readonly timeouts?: Timeouts;
  /** Fields of every request that does not set them itself. */
  readonly headers?: HeadersInit;
  /** Retries beyond those that cannot have an effect; a number is `attempts`; none by default. */
  readonly retry?: number | RetryOptions;
  /** Hooks, or several in order, that are told what happens to requests and connections; none by default. */
  readonly on?: ClientHooks | readonly ClientHooks[];
  /** Redirects that are followed; 20 by default, as in `fetch`. */
  readonly maxRedirects?: number;
  /** Whether the content codings gzip, br, deflate and zstd are asked for and decoded; true by default. */
  readonly decode?: boolean;
  /**
   * Whether options of a request that do not exist are refused by name, or ignored as by the global `fetch`: for
   * libraries that pass their own options on, such as ofetch. `"refuse"` by default.
   */
  readonly unknownRequestOptions?: "refuse" | "ignore";
  /**
   * Bytes that the content of one response may decode to; with `Infinity`, any number. By default, content beyond 16 MiB
   * may have 200 times its encoded size.
   */
  readonly maxDecodedSize?: number;
  /** Options of the connection pool. */
  readonly pool?: PoolOptions;
  /** Options of HTTP/1.1 connections. */
  readonly http1?: Http1Options;
  /** Options of HTTP/2 connections. */
  readonly http2?: Http2Options;
}

const TLS_NAMES = [
  "roots",
  "caCerts",
  "cert",
  "key",
  "verifier",
  "pins",
  "keyLog",
  "dangerAcceptInvalidCerts",
  "dangerAcceptInvalidHostnames",
] as const satisfies readonly (keyof ProxyTlsOptions)[];

/** The names of {@linkcode ProxyTlsOptions}. */
export const PROXY_TLS_NAMES: ReadonlySet<string> = new Set(TLS_NAMES);

const NAMES: ReadonlySet<string> = new Set<keyof ClientOptions>([
  "tls",
  ...TLS_NAMES,
  "dangerEarlyData",
  "httpsOnly",
  "protocols",
  "http2PriorKnowledge",
  "dial",
  "unixSocket",
  "resolve",
  "proxy",
  "timeouts",
  "headers",
  "retry",
  "on",
  "maxRedirects",
  "decode",
  "unknownRequestOptions",
  "maxDecodedSize",
  "pool",
  "http1",
  "http2",
]);

const GROUPS: Readonly<Record<"pool" | "http1" | "http2", ReadonlySet<string>>> = {
  pool: new Set<keyof PoolOptions>([
    "maxConnectionsPerOrigin",
    "maxHttp2ConnectionsPerOrigin",
    "maxIdlePerOrigin",
    "idleTimeout",
  ]),
  http1: new Set<keyof Http1Options>([
    "maxHeadBytes",
    "maxFields",
    "maxTrailerBytes",
    "maxInformationalBytes",
    "maxChunkExtensionBytes",
    "allowObsFold",
    "continueTimeout",
  ]),
  http2: new Set<keyof Http2Options>([
    "initialStreamWindow",
    "maxStreamWindow",
    "initialConnectionWindow",
    "maxFrameSize",
    "maxHeaderListSize",
    "maxFields",
    "maxInformationalBytes",
    "maxEmptyDataFrames",
    "initialMaxSendStreams",
    "keepAlive",
    "settingsTimeout",
  ]),
};

/**
 * Refuses options that are unknown, malformed, or cannot be honoured together; `chooseTls` checks those about TLS.
 *
 * @throws {ClientError} `unsupported_option`.
 * @throws {RangeError} A timeout or an option of a driver is out of range.
 */
export function checkOptions(options: ClientOptions): void {
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw refusedOption(`"${name}" is not an option of this version`);
  }
  for (const [group, known] of Object.entries(GROUPS)) {
    for (const name of Object.keys(options[group as keyof typeof GROUPS] ?? {})) { // Object.entries loses the type of the names
      if (!known.has(name)) throw refusedOption(`"${group}.${name}" is not an option of this version`);
    }
  }
  if (options.dial !== undefined && typeof options.dial !== "function") {
    throw refusedOption('"dial" is no function');
  }
  checkTransport(options);
  checkTimeouts(options.timeouts);
  const { protocols } = options;
  if (protocols !== undefined) {
    if (protocols.length === 0) throw refusedOption('"protocols" is empty');
    const unknown = protocols.find((protocol: string) => !isProtocol(protocol));
    if (unknown !== undefined) {
      throw refusedOption(`"${unknown}" in "protocols" is neither "h2" nor "http/1.1"`);
    }
    if (options.http2PriorKnowledge && !protocols.includes("h2")) {
      throw refusedOption('"http2PriorKnowledge" needs "h2" in "protocols"');
    }
  }
  // Built only to check the options: the drivers of connections would be too late to refuse them.
  if (options.http1 !== undefined) new Http1Connection("client", options.http1);
  if (options.http2 !== undefined) {
    resolveHttp2("client", options.http2);
    checkHttp2Times(options.http2);
  }
  const { unknownRequestOptions = "refuse" } = options;
  if (unknownRequestOptions !== "refuse" && unknownRequestOptions !== "ignore") {
    throw refusedOption('"unknownRequestOptions" is neither "refuse" nor "ignore"');
  }
  checkCount("maxRedirects", options.maxRedirects);
  checkCount("maxDecodedSize", options.maxDecodedSize);
  checkCount("pool.maxIdlePerOrigin", options.pool?.maxIdlePerOrigin);
  checkCount("pool.maxConnectionsPerOrigin", options.pool?.maxConnectionsPerOrigin, 1);
  checkCount("pool.maxHttp2ConnectionsPerOrigin", options.pool?.maxHttp2ConnectionsPerOrigin, 1);
  checkCount("pool.idleTimeout", options.pool?.idleTimeout);
}

/** Checks the options that make connections below TLS: at most one of them does. */
function checkTransport({ dial, unixSocket, resolve }: ClientOptions): void {
  if (unixSocket !== undefined && (typeof unixSocket !== "string" || unixSocket === "")) {
    throw refusedOption('"unixSocket" is no path');
  }
  if (resolve !== undefined && typeof resolve !== "function") throw refusedOption('"resolve" is no function');
  const given = Object.entries({ dial, unixSocket, resolve }).filter(([, value]) => value !== undefined);
  const [[first] = [], [second] = []] = given;
  if (second !== undefined) throw refusedOption(`"${second}" has no meaning beside "${first}"`);
}

/** The pool's options with their defaults filled in. */
export interface ResolvedPoolOptions {
  /** Connections to one origin that may be open or being made. */
  readonly maxConnectionsPerOrigin: number;
  /** HTTP/2 connections to one origin that may be open or being made. */
  readonly maxHttp2ConnectionsPerOrigin: number;
  /** Connections to one origin that may stay open without a request. */
  readonly maxIdlePerOrigin: number;
  /** Milliseconds that a connection may stay open without a request. */
  readonly idleTimeout: number;
  /**
   * Whether requests keep their streams, as tunnels do: waiting for one to end is no use, and where another connection cannot
   * be made, those that wait fail. False by default.
   */
  readonly keepsStreams?: boolean;
}

/** Fills in the defaults of the pool's options. */
export function resolvePoolOptions({ pool = {} }: ClientOptions): ResolvedPoolOptions {
  return {
    maxConnectionsPerOrigin: pool.maxConnectionsPerOrigin ?? DEFAULT_MAX_CONNECTIONS_PER_ORIGIN,
    maxHttp2ConnectionsPerOrigin: pool.maxHttp2ConnectionsPerOrigin ??
      DEFAULT_MAX_HTTP2_CONNECTIONS_PER_ORIGIN,
    maxIdlePerOrigin: pool.maxIdlePerOrigin ?? DEFAULT_MAX_IDLE_PER_ORIGIN,
    idleTimeout: pool.idleTimeout ?? DEFAULT_IDLE_TIMEOUT_MS,
  };
}

/** Whether `name` is a protocol that ALPN may choose. */
export function isProtocol(name: string): name is Protocol {
  return name === "h2" || name === "http/1.1";
}

function checkCount(name: string, value: number | undefined, least = 0): void {
  if (value === undefined || value === Infinity) return;
  if (!Number.isSafeInteger(value) || value < least) {
    throw refusedOption(`"${name}" must be a whole number of at least ${least}: ${value}`);
  }
}

/** The error of options that cannot be honoured. */
export function refusedOption(reason: string): ClientError {
  return new ClientError("unsupported_option", `Cannot build the client: ${reason}`);
}
