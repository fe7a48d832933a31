/**
 * The options of a server, and of one connection.
 *
 * @module
 */

import type { Http1ConnectionOptions } from "../http1/mod.ts";
import type { Http2ConnectionOptions } from "../http2/mod.ts";
import type { Identity, ServerConfigOptions, TlsAcceptor } from "../tls/mod.ts";
import type { ServeConnection } from "./exchange/serve_connection_info.ts";
import type { ServeHandler } from "./exchange/serve_info.ts";
import type { ServeAddress, ServeNetAddress, ServeUnixAddress } from "./runtime.ts";
import type { ServeTimeouts } from "./serve_timeouts.ts";

/** Options of how requests are served, whatever they come over. */
export interface ServeRequestOptions {
  /**
   * Function that responds where the handler fails; it is also told of a response that fails after its head was sent, where
   * what it returns is not used. Default: it writes the error to the console, and responds with 500 and nothing of the
   * error; a request that `upgradeWebSocket` refuses is answered with 400, 405 or 426, as RFC 6455 asks for.
   */
  readonly onError?: (error: unknown) => Response | Promise<Response>;
  /** Time limits. */
  readonly timeouts?: ServeTimeouts;
  /**
   * Bytes of content that a request may have. One that declares more is answered with 413 and has no handler called; where
   * more comes undeclared, reading it rejects with a `QuotaExceededError`, and a handler that fails so is answered for with
   * 413. Default: without limit.
   */
  readonly maxBodySize?: number;
  /** Requests that a connection is kept for; it is closed behind the last. Default: without limit. */
  readonly maxRequests?: number;
  /**
   * Whether a client of HTTP/1.1 that ends its half of the connection behind a request is responded to. Default: false: it
   * is taken to have left, unless the response is at hand. With true, a client that leaves is noticed by a failed write
   * alone.
   */
  readonly allowHalfClose?: boolean;
  /** Limits of HTTP/1.1. Default: those of the machine, with 65,536 for `maxHeadBytes`. */
  readonly http1?: Http1ConnectionOptions;
  /**
   * Windows and limits of HTTP/2. Default: those of the machine, with 65,536 for `maxHeaderListSize`, 1 MiB for
   * `initialStreamWindow` and 4 MiB for `initialConnectionWindow`.
   */
  readonly http2?: Http2ConnectionOptions;
  /**
   * Whether `Deno.upgradeWebSocket`, in all of the process and from now on, takes the requests of servers of this package
   * too, for libraries that call it. Default: false; a handler calls `info.upgradeWebSocket`.
   */
  readonly patchUpgradeWebSocket?: boolean;
}

/**
 * Options of TLS. A `cert` and a `key` alone run on Deno's TLS; with any other option, the server runs on Ductile's TLS.
 */
export interface ServeTlsOptions extends Omit<ServerConfigOptions, "identity"> {
  /** The certificate chain as PEM text, end entity first. */
  readonly cert?: string;
  /** The private key as PEM text; over Ductile's TLS also as `key` of {@linkcode Identity}. */
  readonly key?: Identity["key"];
  /** In place of `cert` and `key`: the server's identity, several, or a function that chooses. */
  readonly identity?: ServerConfigOptions["identity"];
}

/** Options of a server. */
export interface ServeOptions<Address extends ServeAddress = ServeNetAddress> extends ServeRequestOptions {
  /** The port to listen on; 0 for any that is free. Default: 8000. */
  readonly port?: number;
  /** The address to listen on. Default: `0.0.0.0`, all of IPv4. */
  readonly hostname?: string;
  /** Whether other listeners may share the port. Default: false. */
  readonly reusePort?: boolean;
  /** Connections that may wait to be accepted. Default: the runtime's. */
  readonly tcpBacklog?: number;
  /** The certificate chain as PEM text, as `Deno.serve` takes it: short for `cert` of `tls`. */
  readonly cert?: string;
  /** The private key as PEM text: short for `key` of `tls`. */
  readonly key?: string;
  /**
   * Connections that are open at a time; the next is accepted when one has ended. One whose client has left keeps its place
   * while its handler runs on. Default: 10,000.
   */
  readonly maxConnections?: number;
  /** Options of TLS, or an acceptor. Default: no TLS. */
  readonly tls?: ServeTlsOptions | TlsAcceptor;
  /** Signal that closes the server and its connections at once. Where it is aborted already, nothing listens. */
  readonly signal?: AbortSignal;
  /** Function that is called with the address when the server listens. Default: it writes the URL to the console. */
  readonly onListen?: (address: Address) => void;
}

/** Options of a server, with its handler. */
export interface ServeInit<Address extends ServeAddress = ServeNetAddress> extends ServeOptions<Address> {
  /** The handler. */
  readonly handler: ServeHandler<Address>;
}

/** Options of a server on a Unix socket. */
export interface ServeUnixOptions extends Omit<ServeOptions<ServeUnixAddress>, "port" | "hostname"> {
  /** The Unix socket to listen on, in place of an address and a port. */
  readonly path: string;
}

/** Options of a server on a Unix socket, with its handler. */
export interface ServeUnixInit extends ServeUnixOptions {
  /** The handler. */
  readonly handler: ServeHandler<ServeUnixAddress>;
}

/** Options of one connection. */
export interface ServeConnectionOptions extends ServeRequestOptions {
  /** Signal that closes the connection at once. */
  readonly signal?: AbortSignal;
  /** Facts for `info.connection`. Default: those that the duplex tells of itself. */
  readonly connection?: ServeConnection;
}

/**
 * Refuses options that do not exist, those of `Deno.serve` that have no meaning here, and functions, groups and signals that
 * are none.
 *
 * @throws {TypeError} If there is one.
 */
export function checkOptions(options: object, isConnection: boolean): void {
  const known = isConnection ? CONNECTION_OPTIONS : SERVER_OPTIONS;
  for (const [name, value] of Object.entries(options)) {
    if (known.has(name) || value === undefined || (name === "automaticCompression" && value === false)) {
      continue;
    }
    if (name === "transport" && (value === "tcp" || value === "unix")) continue;
    const hint = HINTS[name];
    throw new TypeError(`Cannot serve: there is no option "${name}"${hint === undefined ? "" : `; ${hint}`}`);
  }
  const path: unknown = Reflect.get(options, "path");
  for (const name of path === undefined ? [] : TCP_OPTIONS) {
    if (Reflect.get(options, name) === undefined) continue;
    throw new TypeError(`Cannot serve: "${name}" is of TCP, and "path" of a Unix socket`);
  }
  const transport: unknown = Reflect.get(options, "transport");
  if (transport !== undefined && (transport === "unix") !== (path !== undefined)) {
    throw new TypeError(`Cannot serve: "transport" is ${String(transport)}, and a Unix socket has a "path"`);
  }
  // What a connection finds out is too late: it can only be closed, without a word of why.
  for (const name of ["onListen", "onError"] as const) {
    const value: unknown = Reflect.get(options, name);
    if (value !== undefined && typeof value !== "function") {
      throw new TypeError(`Cannot serve: "${name}" is no function`);
    }
  }
  for (const [group, names] of Object.entries(GROUPS)) {
    const value: unknown = Reflect.get(options, group);
    if (value === undefined) continue;
    if (typeof value !== "object" || value === null) {
      throw new TypeError(`Cannot serve: "${group}" is no object`);
    }
    const unknown = Object.keys(value).find((name) => !names.has(name));
    if (unknown !== undefined) throw new TypeError(`Cannot serve: "${group}" has no option "${unknown}"`);
  }
  const signal: unknown = Reflect.get(options, "signal");
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError('Cannot serve: "signal" is no AbortSignal');
  }
}

/**
 * Checks an option that is a count.
 *
 * @returns It, or the default.
 * @throws {RangeError} If it is no whole number from 1 on, nor `Infinity`.
 */
export function checkCount(name: string, value: number | undefined, byDefault: number): number {
  if (value === undefined) return byDefault;
  if ((Number.isSafeInteger(value) || value === Infinity) && value >= 1) return value;
  throw new RangeError(`Cannot serve: "${name}" must be a whole number from 1 on: ${String(value)}`);
}

const REQUEST_OPTIONS: readonly (keyof ServeRequestOptions)[] = [
  "onError",
  "timeouts",
  "maxBodySize",
  "maxRequests",
  "allowHalfClose",
  "http1",
  "http2",
  "patchUpgradeWebSocket",
];

const CONNECTION_OPTIONS: ReadonlySet<string> = new Set<keyof ServeConnectionOptions>([
  ...REQUEST_OPTIONS,
  "signal",
  "connection",
]);

const SERVER_OPTIONS: ReadonlySet<string> = new Set<keyof ServeInit | keyof ServeUnixInit>([
  ...REQUEST_OPTIONS,
  "handler",
  "port",
  "hostname",
  "path",
  "reusePort",
  "tcpBacklog",
  "maxConnections",
  "cert",
  "key",
  "tls",
  "signal",
  "onListen",
]);

/** Options that a Unix socket does not have. */
const TCP_OPTIONS = [
  "port",
  "hostname",
  "reusePort",
  "tcpBacklog",
] as const satisfies readonly (keyof ServeOptions)[];

const GROUPS: Readonly<Record<"http1" | "http2", ReadonlySet<string>>> = {
  http1: new Set<keyof Http1ConnectionOptions>([
    "maxHeadBytes",
    "maxTargetBytes",
    "maxFields",
    "maxTrailerBytes",
    "maxInformationalBytes",
    "maxChunkExtensionBytes",
    "allowObsFold",
  ]),
  http2: new Set<keyof Http2ConnectionOptions>([
    "initialStreamWindow",
    "initialConnectionWindow",
    "maxStreamWindow",
    "maxFrameSize",
    "maxHeaderListSize",
    "maxTargetBytes",
    "maxFields",
    "maxInformationalBytes",
    "maxEmptyDataFrames",
    "maxConcurrentStreams",
    "enableConnectProtocol",
    "initialMaxSendStreams",
    "firstStreamId",
    "now",
  ]),
};

const HINTS: Readonly<Partial<Record<string, string>>> = {
  certFile: 'read the file, and give its text as "cert"',
  keyFile: 'read the file, and give its text as "key"',
  alpnProtocols: 'give "tls" an "alpnProtocols"',
  automaticCompression: "compress in the handler",
};
