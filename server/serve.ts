/**
 * `serve`: a server with the contract of `Deno.serve`.
 *
 * @module
 */

import { serverClosed } from "./connection/closed_error.ts";
import type { ServeHandler } from "./exchange/serve_info.ts";
import { type HttpServer, RunningServer } from "./http_server.ts";
import { DEFAULT_MAX_CONNECTIONS } from "./limits.ts";
import { makeService } from "./make_service.ts";
import {
  listen,
  type ListenOptions,
  type ServeAddress,
  type ServeUnixAddress,
  socketAddress,
} from "./runtime.ts";
import {
  checkCount,
  checkOptions,
  type ServeInit,
  type ServeOptions,
  type ServeUnixInit,
  type ServeUnixOptions,
} from "./serve_options.ts";
import { DuctileTls, ListenedTls, listenWithTls, type ServerTls } from "./server_tls.ts";
import { chooseTls, type TlsChoice } from "./tls_choice.ts";

/**
 * Serves HTTP/1.1 and HTTP/2 on port 8000 of all IPv4 addresses, without TLS: a handler written for `Deno.serve` runs on it.
 *
 * @param handler Function that responds to each request.
 * @returns The server, which listens.
 * @throws {TypeError | RangeError} If an argument is not valid.
 * @throws {Deno.errors.AddrInUse | Deno.errors.NotCapable} What listening throws.
 */
export function serve(handler: ServeHandler): HttpServer;
/**
 * Serves HTTP/1.1 and HTTP/2: a handler written for `Deno.serve` runs on it. See the module for the differences.
 *
 * @param options Where to listen, TLS, time limits and limits. Default: port 8000 without TLS.
 * @param handler Function that responds to each request.
 * @returns The server, which listens.
 * @throws {TypeError | RangeError} If an argument is not valid.
 * @throws {Deno.errors.AddrInUse | Deno.errors.NotCapable} What listening throws.
 * @throws What `onListen` throws; then nothing listens.
 *
 * @example
 * ```ts
 * import { serve } from "@ductile/ductile/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0, onListen() {} }, (request, info) => {
 *   return new Response(`${request.method} over ${info.httpVersion}`);
 * });
 * const response = await fetch(`http://localhost:${server.addr.port}/`);
 * assertEquals(await response.text(), "GET over HTTP/1.1");
 * ```
 */
export function serve(options: ServeOptions, handler: ServeHandler): HttpServer;
/**
 * Serves HTTP/1.1 and HTTP/2.
 *
 * @param init Options, the handler among them.
 * @returns The server, which listens.
 * @throws {TypeError | RangeError} If an argument is not valid.
 * @throws {Deno.errors.AddrInUse | Deno.errors.NotCapable} What listening throws.
 * @throws What `onListen` throws; then nothing listens.
 */
export function serve(init: ServeInit): HttpServer;
/**
 * Serves HTTP/1.1 and HTTP/2 on a Unix socket.
 *
 * @param options Options, with the path of the socket.
 * @param handler Function that responds to each request.
 * @returns The server, which listens.
 * @throws {TypeError | RangeError} If an argument is not valid.
 * @throws {Deno.errors.AddrInUse | Deno.errors.NotCapable} What listening throws.
 * @throws What `onListen` throws; then nothing listens.
 */
export function serve(
  options: ServeUnixOptions,
  handler: ServeHandler<ServeUnixAddress>,
): HttpServer<ServeUnixAddress>;
/**
 * Serves HTTP/1.1 and HTTP/2 on a Unix socket.
 *
 * @param init Options, with the path of the socket, the handler among them.
 * @returns The server, which listens.
 * @throws {TypeError | RangeError} If an argument is not valid.
 * @throws {Deno.errors.AddrInUse | Deno.errors.NotCapable} What listening throws.
 * @throws What `onListen` throws; then nothing listens.
 */
export function serve(init: ServeUnixInit): HttpServer<ServeUnixAddress>;
export function serve(
  first: AnyHandler | ServeOptions | ServeUnixOptions,
  second?: AnyHandler,
): HttpServer | HttpServer<ServeUnixAddress> {
  const { options, handler } = readArguments(first, second);
  checkOptions(options, false);
  const maxConnections = checkCount("maxConnections", options.maxConnections, DEFAULT_MAX_CONNECTIONS);
  const service = makeService(handler, options);
  const choice = chooseTls(options);
  const { port = 8000, hostname = "0.0.0.0", path, reusePort, tcpBacklog, signal, onListen } = options;
  if (signal?.aborted) return closedServer(path, hostname, port);
  const address = { port, hostname, path, reusePort, tcpBacklog };
  const listener = choice.name === "deno"
    ? listenWithTls(address, choice.certAndKey)
    : listen({ ...address, tls: undefined });
  const addr = socketAddress(listener.addr);
  if (addr === undefined) throw new TypeError("Cannot serve: the listener has no address");
  try {
    (onListen ?? writeAddress(choice))(addr);
  } catch (error) {
    listener.close();
    throw error;
  }
  // The port that was free: listening anew must not choose another.
  const bound = addr.transport === "tcp" ? { ...address, port: addr.port } : address;
  const tls = serverTls(choice, bound, (error) => server.fail(error));
  const server = new RunningServer(listener, addr, service, tls, maxConnections);
  const onAbort = () => server.close(signal?.reason ?? serverClosed());
  signal?.addEventListener("abort", onAbort);
  server.finished.finally(() => signal?.removeEventListener("abort", onAbort)).catch(() => {}); // the caller's to handle
  return server as HttpServer | HttpServer<ServeUnixAddress>; // of the address that the options ask for
}

type AnyHandler = ServeHandler | ServeHandler<ServeUnixAddress>;

/** The options of all forms, whatever they listen on. */
type AnyOptions = Partial<ServeInit<ServeAddress>> & { readonly path?: string };

/** Reads the three forms. What the address is, the option `path` decides, so a handler gets the one that it is for. */
function readArguments(
  first: AnyHandler | ServeOptions | ServeUnixOptions,
  second: AnyHandler | undefined,
): { readonly options: AnyOptions; readonly handler: ServeHandler<ServeAddress> } {
  if (typeof first !== "function" && (typeof first !== "object" || first === null)) {
    throw new TypeError("Cannot serve: there is no handler, and there are no options");
  }
  const options = (typeof first === "function" ? {} : first) as AnyOptions;
  if (typeof first === "function" && second !== undefined) {
    throw new TypeError("Cannot serve: the options come before the handler");
  }
  const handler = typeof first === "function" ? first : second ?? options.handler;
  if (typeof handler !== "function") throw new TypeError("Cannot serve: there is no handler");
  return { options, handler: handler as ServeHandler<ServeAddress> };
}

function serverTls(
  choice: TlsChoice,
  address: Omit<ListenOptions, "tls">,
  onFailed: (error: unknown) => void,
): ServerTls | undefined {
  if (choice.name === "none") return undefined;
  if (choice.name === "deno") return new ListenedTls(address, choice.certAndKey);
  const tls = new DuctileTls(choice.tls);
  tls.ready.catch(onFailed);
  return tls;
}

function writeAddress({ name }: TlsChoice): (addr: ServeAddress) => void {
  return (addr) => {
    // deno-lint-ignore no-console -- what `Deno.serve` does: with an `onListen` nothing is written
    console.log(`Listening on ${urlOf(addr, name !== "none")}`);
  };
}

function urlOf(addr: ServeAddress, isSecure: boolean): string {
  if (addr.transport === "unix") return addr.path;
  const scheme = isSecure ? "https" : "http";
  const host = addr.hostname.includes(":") ? `[${addr.hostname}]` : addr.hostname;
  const isAny = addr.hostname === "0.0.0.0" || addr.hostname === "::";
  return `${scheme}://${host}:${addr.port}/${isAny ? ` (${scheme}://localhost:${addr.port}/)` : ""}`;
}

/** A server that was aborted before it listened. */
function closedServer(
  path: string | undefined,
  hostname: string,
  port: number,
): HttpServer | HttpServer<ServeUnixAddress> {
  const finished = Promise.resolve();
  const closed = {
    finished,
    ref() {},
    unref() {},
    setIdentity: () => Promise.resolve(),
    shutdown: () => finished,
    [Symbol.asyncDispose]: () => finished,
  };
  return path === undefined
    ? { ...closed, addr: { transport: "tcp", hostname, port } }
    : { ...closed, addr: { transport: "unix", path } };
}
