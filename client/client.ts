/**
 * The client: `fetch` with connections that a caller can inspect and configure.
 *
 * A request travels: {@linkcode prepare} (the arguments, checked) → {@linkcode exchange} (a connection from the pool,
 * the request sent, and retried where that is safe) → redirects → decoding → {@linkcode ClientResponse}.
 *
 * @module
 */

import { connector } from "./connect/connect.ts";
import { dialOf } from "./connect/dial.ts";
import type { ResolvedConnectOptions } from "./connect/resolved_connect_options.ts";
import { Control } from "./time/control.ts";
import { Deadlines } from "./time/deadlines.ts";
import type { DecodeOptions } from "./response/decode.ts";
import { RequestDefaults } from "./request/request_defaults.ts";
import { DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_HANDSHAKE_TIMEOUT_MS } from "./defaults.ts";
import { toFetchFailure } from "./error/client_error.ts";
import { exchange, type ExchangeResult } from "./exchange.ts";
import { telemetryScope } from "./hooks/open_telemetry.ts";
import { decodeOptionsOf, respond } from "./respond.ts";
import { resolveHooks } from "./hooks/resolve_hooks.ts";
import { checkOptions, type ClientOptions, refusedOption, resolvePoolOptions } from "./options.ts";
import type { PoolStats } from "./connect/pool_stats.ts";
import { clientClosed, OriginPools } from "./origin_pools.ts";
import { ProxySelector } from "./proxy/proxy_selector.ts";
import type { Route } from "./proxy/route.ts";
import { redirect } from "./redirect.ts";
import { isLocalUrl } from "./request/local_url.ts";
import { prepare } from "./request/prepare.ts";
import type { PreparedRequest } from "./request/prepared_request.ts";
import { checkedInit, type ClientRequestInit } from "./request/request_options.ts";
import {
  type ConnectInit,
  prepareConnect,
  prepareUpgrade,
  type UpgradeInit,
} from "./request/tunnel_request.ts";
import { type ResolvedRetry, resolveRetry } from "./request/retry_options.ts";
import type { Retries } from "./retry/retries.ts";
import type { ClientResponse } from "./response/response.ts";
import { fetchLocal } from "./response/local_response.ts";
import { drain } from "./response/drain.ts";
import { chooseTls, protocolsOf } from "./connect/tls_choice.ts";
import { once, tlsPaths } from "./connect/tls_loader.ts";
import { Tunnel, tunnelOf } from "./tunnel.ts";
import type { WebSocketInit } from "./web_socket.ts";
import type { WebSocketStream } from "../websocket/mod.ts";

/**
 * An HTTP client, which keeps its connections open for the next request until {@linkcode Client.close} ends them.
 *
 * It needs no permission but `--allow-net`.
 *
 * @example
 * ```ts
 * import { Client } from "@ductile/ductile";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ port: 0, onListen() {} }, (request) => new Response(request.body));
 * using client = new Client();
 * const response = await client.post(`http://localhost:${server.addr.port}/`, { body: "ping" });
 * assertEquals(await response.text(), "ping");
 * assertEquals(client.stats().connections, 1);
 * ```
 */
export class Client {
  readonly #connectOptions: ResolvedConnectOptions;
  readonly #defaults: RequestDefaults;
  readonly #decodeOptions: DecodeOptions;
  readonly #deadlines = new Deadlines();
  readonly #proxies: ProxySelector | undefined;
  readonly #pools: OriginPools;
  /** Tunnels, and pauses before retries, which the end of the client ends. */
  readonly #open = new Set<{ close(): void }>();
  #closed = false;

  /**
   * Builds a client; connections are made when requests need them.
   *
   * @param options The options that differ from the defaults.
   * @throws {ClientError} `unsupported_option` for an option that cannot be honoured, `invalid_request` for
   * malformed default headers.
   * @throws {RangeError} `timeouts` is out of range.
   */
  constructor(options: ClientOptions = {}) {
    checkOptions(options);
    const dial = dialOf(options);
    if (dial !== undefined) options = { ...options, dial };
    const choice = chooseTls(options);
    // The roots of a client do not change any more.
    if (typeof options.roots === "object") options.roots.freeze();
    const poolOptions = resolvePoolOptions(options);
    const { proxy } = options;
    if (proxy !== undefined) {
      this.#proxies = new ProxySelector(proxy, options, poolOptions, this.#deadlines);
    }
    this.#defaults = new RequestDefaults({
      ...options,
      resolvedRetry: resolveRetry(options.retry, undefined, refusedOption),
      hooks: resolveHooks(options.on, undefined, refusedOption),
      timeouts: {
        connect: DEFAULT_CONNECT_TIMEOUT_MS,
        handshake: DEFAULT_HANDSHAKE_TIMEOUT_MS,
        ...options.timeouts,
      },
    });
    this.#decodeOptions = decodeOptionsOf(options);
    this.#connectOptions = {
      tls: tlsPaths(choice, options),
      dial: options.dial,
      protocols: [...protocolsOf(options)],
      http2PriorKnowledge: options.http2PriorKnowledge ?? false,
      earlyData: options.dangerEarlyData ?? false,
      http1: { ...options.http1 },
      http2: { ...options.http2 },
    };
    this.#pools = new OriginPools(this.#connectOptions, poolOptions, this.#deadlines);
  }

  /**
   * Sends a request, under the contract of the global `fetch`: code that takes a `fetch` function takes `client.fetch`.
   *
   * @param input The URL, or a request to start from.
   * @param init The options that differ from `input` and from the client's, and those that only this client has:
   * timeouts, trailers, 1xx responses.
   * @returns The response as soon as its head is there.
   * @throws {ClientError} (as a rejection) There is no response; {@linkcode ClientErrorCode} lists the reasons.
   * @throws {RangeError} (as a rejection) `timeouts` or `maxRedirects` is out of range.
   * @throws (as a rejection) The reason of the signal that aborted the request.
   */
  readonly fetch = (input: Request | URL | string, init?: ClientRequestInit): Promise<ClientResponse> => {
    try {
      if (isLocalUrl(input)) return this.#fetchLocal(input, init);
      return this.#observed(prepare(input, init, this.#defaults), this.#run);
    } catch (error) {
      return Promise.reject(error);
    }
  };

  /** Sends a GET request. Otherwise like {@linkcode fetch}. */
  get(url: URL | string, init?: ClientRequestInit): Promise<ClientResponse> {
    return this.fetch(url, { ...init, method: "GET" });
  }

  /** Sends a HEAD request. Otherwise like {@linkcode fetch}. */
  head(url: URL | string, init?: ClientRequestInit): Promise<ClientResponse> {
    return this.fetch(url, { ...init, method: "HEAD" });
  }

  /** Sends a POST request. Otherwise like {@linkcode fetch}. */
  post(url: URL | string, init?: ClientRequestInit): Promise<ClientResponse> {
    return this.fetch(url, { ...init, method: "POST" });
  }

  /** Sends a PUT request. Otherwise like {@linkcode fetch}. */
  put(url: URL | string, init?: ClientRequestInit): Promise<ClientResponse> {
    return this.fetch(url, { ...init, method: "PUT" });
  }

  /** Sends a PATCH request. Otherwise like {@linkcode fetch}. */
  patch(url: URL | string, init?: ClientRequestInit): Promise<ClientResponse> {
    return this.fetch(url, { ...init, method: "PATCH" });
  }

  /** Sends a DELETE request. Otherwise like {@linkcode fetch}. */
  delete(url: URL | string, init?: ClientRequestInit): Promise<ClientResponse> {
    return this.fetch(url, { ...init, method: "DELETE" });
  }

  /**
   * Switches a connection or a stream to another protocol: over HTTP/1.1 by an Upgrade field and 101 (RFC 9110 §7.8), over
   * HTTP/2 by an extended CONNECT (RFC 8441). HTTP/2 carries it where a connection to the origin stands whose server allows
   * that, and where HTTP/1.1 is not in `protocols`; otherwise a connection of HTTP/1.1 does. Redirects are not followed.
   *
   * @param url The URL, `https:` or `http:`.
   * @param init The protocol, and options of the request.
   * @returns The tunnel, which the caller closes; {@linkcode close} closes it as well.
   * @throws {ClientError} (as a rejection) `tunnel_refused` with `status` and `headers`: the server answered otherwise, or
   * does not allow extended CONNECT; or the reason that there is no response.
   *
   * @example
   * ```ts
   * import { Client } from "@ductile/ductile";
   * import { assertEquals } from "@std/assert";
   * import { createServer } from "node:http";
   *
   * const server = createServer();
   * server.on("upgrade", (_request, socket) => {
   *   socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: greeting\r\n\r\nhello");
   * });
   * await new Promise<void>((resolve) => server.listen(0, resolve));
   * const { port } = server.address() as { port: number };
   *
   * using client = new Client();
   * using tunnel = await client.upgrade(`http://localhost:${port}/`, { protocol: "greeting" });
   * const into = new Uint8Array(16);
   * const count = await tunnel.read(into);
   * assertEquals(new TextDecoder().decode(into.subarray(0, count ?? 0)), "hello");
   * server.close();
   * ```
   */
  upgrade(url: URL | string, init: UpgradeInit): Promise<Tunnel> {
    try {
      return this.#observed(prepareUpgrade(url, init, this.#defaults), this.#openTunnel);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Opens a tunnel to a host through a server that is asked to by CONNECT (RFC 9110 §9.3.6, RFC 9113 §8.5). The server
   * looks up the name.
   *
   * @param authority The host and the port at the far end, such as `example.com:22`.
   * @param init The server, and options of the request. Of the client's `headers` none is sent.
   * @returns The tunnel, which the caller closes; {@linkcode close} closes it as well.
   * @throws {ClientError} (as a rejection) `tunnel_refused` with `status` and `headers`: the server did not answer with
   * 2xx; or the reason that there is no response.
   *
   * @example
   * ```ts
   * import { Client } from "@ductile/ductile";
   * import { assertEquals } from "@std/assert";
   * import { createServer } from "node:http";
   *
   * const proxy = createServer();
   * proxy.on("connect", ({ url }, socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\nthis is ${url}`));
   * await new Promise<void>((resolve) => proxy.listen(0, resolve));
   * const { port } = proxy.address() as { port: number };
   *
   * using client = new Client();
   * using tunnel = await client.connect("example.com:22", { via: `http://localhost:${port}/` });
   * const into = new Uint8Array(64);
   * const count = await tunnel.read(into);
   * assertEquals(new TextDecoder().decode(into.subarray(0, count ?? 0)), "this is example.com:22");
   * proxy.close();
   * ```
   */
  connect(authority: string, init: ConnectInit): Promise<Tunnel> {
    try {
      return this.#observed(prepareConnect(authority, init, this.#defaults), this.#openTunnel);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Opens a WebSocket (RFC 6455) over the client's connections: with its trust, over HTTP/1.1, or over HTTP/2 where a
   * connection stands whose server allows that. Redirects are not followed. The code is loaded with the first one.
   *
   * @param url The URL, `wss:` or `ws:`, without a fragment.
   * @param init Subprotocols, compression and limits, and options of the request.
   * @returns The WebSocket, which is open. {@linkcode close} ends its connection as well.
   * @throws {ClientError} (as a rejection) `tunnel_refused` with `status` and `headers`: the server answered otherwise;
   * or the reason that there is no response.
   * @throws {WebSocketError} (as a rejection) `bad_handshake`: the response breaks a rule of the handshake.
   *
   * @example
   * ```ts
   * import { Client } from "@ductile/ductile";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = Deno.serve({ port: 0, onListen() {} }, (request) => {
   *   const { socket, response } = Deno.upgradeWebSocket(request);
   *   socket.onmessage = ({ data }) => socket.send(`you said ${data}`);
   *   return response;
   * });
   * using client = new Client();
   * const socket = await client.webSocket(`ws://localhost:${server.addr.port}/`);
   * const { readable, writable } = await socket.opened;
   * await writable.getWriter().write("hello");
   * assertEquals((await readable.getReader().read()).value, "you said hello");
   * socket.close({ closeCode: 1000 });
   * await socket.closed;
   * ```
   */
  async webSocket(url: URL | string, init: WebSocketInit = {}): Promise<WebSocketStream> {
    const { openWebSocket } = await import("./web_socket.ts");
    return await openWebSocket((url, init) => this.upgrade(url, init), url, init);
  }

  /** The present state of the connection pool, in all and for each origin. */
  stats(): PoolStats {
    return this.#pools.stats(this.#proxies?.pools ?? []);
  }

  /**
   * Closes every connection and every tunnel. Requests and content in flight reject with `client_closed`, and so does every later
   * request. Closing again does nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const each of this.#open) each.close();
    this.#pools.close();
    this.#proxies?.pools.close(clientClosed);
    this.#deadlines.close();
  }

  /** The same as {@linkcode close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #fetchLocal(input: Request | URL | string, init: ClientRequestInit | undefined): Promise<ClientResponse> {
    if (this.#closed) throw clientClosed();
    const request = input instanceof Request ? input : undefined;
    return fetchLocal(input, checkedInit(init, request, this.#defaults.ignoreUnknown));
  }

  /** Gives a request a trace, where there are hooks or a tracer, and runs it. */
  #observed<T>(request: PreparedRequest, run: (request: PreparedRequest) => Promise<T>): Promise<T> {
    const scope = telemetryScope();
    if (request.hooks === undefined && scope === undefined) return run(request);
    return loadObserve().then(({ observed }) => run(observed(request, scope)));
  }

  /** Sends a request and follows its redirects. */
  readonly #run = async (request: PreparedRequest): Promise<ClientResponse> => {
    if (this.#closed) {
      const error = clientClosed();
      request.body?.discard(error);
      request.trace?.ended(error);
      throw error;
    }
    const { signal } = request;
    const control = this.#controlOf(request);
    let current = request;
    let retries: Retries | undefined;
    try {
      for (;;) {
        const result = current.retry === undefined
          ? await this.#exchange(current, control)
          : await this.#exchangeAgain(retries ??= await this.#retriesOf(current.retry), current, control);
        const { status, fields, body } = result.incoming;
        let next: PreparedRequest | undefined;
        try {
          next = status < 300 || status > 399 ? undefined : redirect(current, status, fields);
          if (next === undefined) {
            return respond(current, result, control, this.#deadlines, this.#decodeOptions);
          }
        } catch (error) {
          void drain(body, this.#deadlines);
          throw error;
        }
        void drain(body, this.#deadlines);
        result.abandonUpload?.();
        current.trace?.redirected(status, next.method, next.target.href);
        current = next;
      }
    } catch (error) {
      control?.finish();
      current.body?.discard(error);
      const reason = control?.stopped ? control.reasonFor(error) : this.#closed ? clientClosed(error) : error;
      current.trace?.ended(reason);
      if (signal?.aborted && reason === signal.reason) throw reason;
      // Made here, the error has the frames of the caller, which those of the pool and of timers do not lead to.
      throw toFetchFailure(reason);
    }
  };

  async #retriesOf(retry: ResolvedRetry): Promise<Retries> {
    const { Retries } = await loadRetries();
    return new Retries(retry, this.#deadlines, this.#open);
  }

  #exchangeAgain(
    retries: Retries,
    request: PreparedRequest,
    control: Control | undefined,
  ): Promise<ExchangeResult> {
    return retries.exchange(request, control, () => this.#exchange(request, control));
  }

  /** Sends a request. Of the promises on the way to a response each costs a turn, so those that nothing needs are left out. */
  #exchange(request: PreparedRequest, control: Control | undefined): Promise<ExchangeResult> {
    return this.#proxies === undefined
      ? this.#exchangeOn(undefined, request, control)
      : this.#exchangeThrough(this.#proxies, request, control);
  }

  async #exchangeThrough(
    proxies: ProxySelector,
    request: PreparedRequest,
    control: Control | undefined,
  ): Promise<ExchangeResult> {
    const route = await proxies.routeTo(request.target, this.#connectOptions.http2PriorKnowledge);
    control?.throwIfStopped();
    if (route === undefined) return await this.#exchangeOn(undefined, request, control);
    const result = await this.#exchangeOn(route, route.apply(request), control);
    const { status, fields, body } = result.incoming;
    if (!route.isForwarding || status !== PROXY_AUTHENTICATION_REQUIRED) return result;
    void drain(body, this.#deadlines);
    result.abandonUpload?.();
    throw await route.authRequired(fields);
  }

  #exchangeOn(
    route: Route | undefined,
    request: PreparedRequest,
    control: Control | undefined,
  ): Promise<ExchangeResult> {
    const { target, timeouts, trace } = request;
    const options = this.#pools.optionsOn(route);
    if (options.earlyData && mayBeEarly(request)) {
      return this.#exchangeEarly(options, route, request, control);
    }
    const currentPool = () => this.#pools.poolOf(target, route);
    return exchange(request, currentPool, connector(options, target, timeouts, false, trace), control);
  }

  async #exchangeEarly(
    options: ResolvedConnectOptions,
    route: Route | undefined,
    request: PreparedRequest,
    control: Control | undefined,
  ): Promise<ExchangeResult> {
    const { target, timeouts, trace } = request;
    const currentPool = () => this.#pools.poolOf(target, route);
    const connectLate = connector(options, target, timeouts, false, trace);
    const connect = connector(options, target, timeouts, true, trace);
    const result = await exchange(request, currentPool, connect, control, connectLate);
    if (!result.early || result.incoming.status !== TOO_EARLY) return result;
    void drain(result.incoming.body, this.#deadlines);
    trace?.retrying({ status: TOO_EARLY }, 0);
    return await exchange(request, currentPool, connectLate, control);
  }

  /** Sends a request whose response opens a tunnel. */
  readonly #openTunnel = async (request: PreparedRequest): Promise<Tunnel> => {
    const { target, timeouts, trace } = request;
    const control = this.#controlOf(request);
    let options = this.#connectOptions;
    try {
      const route = await this.#proxies?.routeTo(target, true);
      control?.throwIfStopped();
      // Of a CONNECT, the field is for the server that is asked to open a tunnel.
      if (request.method !== "CONNECT") route?.apply(request);
      const currentPool = () => {
        options = this.#pools.optionsFor(request, route);
        return this.#pools.poolOf(target, route, options);
      };
      const result = await exchange(
        request,
        currentPool,
        (listener, signal) => connector(options, target, timeouts, false, trace)(listener, signal),
        control,
      );
      try {
        const io = tunnelOf(request, result.incoming);
        const tunnel = new Tunnel(request, result, io, (tunnel) => {
          this.#open.delete(tunnel);
          trace?.ended();
        });
        if (this.#closed) {
          tunnel.close();
          throw clientClosed();
        }
        this.#open.add(tunnel);
        return tunnel;
      } catch (error) {
        void drain(result.incoming.body, this.#deadlines);
        throw error;
      }
    } catch (error) {
      const reason = control?.stopped ? control.reasonFor(error) : this.#closed ? clientClosed(error) : error;
      trace?.ended(reason);
      throw reason;
    } finally {
      control?.finish();
    }
  };

  #controlOf({ signal, timeouts, target }: PreparedRequest): Control | undefined {
    const limited = signal !== undefined || timeouts.headers || timeouts.body || timeouts.total;
    return limited ? new Control(this.#deadlines, timeouts, signal, target.authority) : undefined;
  }
}

/** Loads the code of traces. */
const loadObserve = once(() => import("./observe/observe.ts"));

/** Loads the code of the option `retry`. */
const loadRetries = once(() => import("./retry/retries.ts"));

const PROXY_AUTHENTICATION_REQUIRED = 407;

/** 425 (Too Early, RFC 8470 §5.2): the server does not process a request that may be a replay. */
const TOO_EARLY = 425;

/** Methods that change nothing on the server (RFC 9110 §9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** Whether a request may be sent as early data, which can be replayed. */
function mayBeEarly({ method, body, target }: PreparedRequest): boolean {
  return SAFE_METHODS.has(method) && body === undefined && target.scheme === "https";
}
