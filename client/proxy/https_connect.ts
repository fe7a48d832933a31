/**
 * The tunnel through an `https:` proxy: a stream of a shared connection where the proxy speaks HTTP/2, a connection of its
 * own where it speaks HTTP/1.1.
 *
 * "In HTTP/2, the CONNECT method establishes a tunnel over a single HTTP/2 stream to a remote host, rather than converting
 * the entire connection to a tunnel." (RFC 9113 §8.5) Only ALPN tells which version a proxy speaks, so while the first
 * connection to it is made, other tunnels wait for that, as requests do for an origin.
 *
 * @module
 */

import { HttpError } from "../../http/error.ts";
import type { IncomingResponse, OutgoingRequest } from "../../http/message.ts";
import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { driveHttp2 } from "../connect/drive_http2.ts";
import type { Connect, PooledConnection } from "../connect/pooled_connection.ts";
import { factsOf } from "../connect/ready_transport.ts";
import type { Http1Options, Protocol } from "../options.ts";
import { RetryBudget } from "../retry_budget.ts";
import { httpConnect } from "./http_connect.ts";
import { ProxyFailure } from "./proxy_failure.ts";
import type { ProxyHop } from "./proxy_hop.ts";
import type { ProxyPools } from "./proxy_pools.ts";
import type { SecuredProxy } from "./secure_proxy.ts";

/** An `https:` proxy and the way to it. */
export interface ProxyAccess {
  /** The proxy. */
  readonly hop: ProxyHop;
  /** Equal for the same proxy on the same way alone. It has credentials: never shown. */
  readonly key: string;
  /** The name of its connections in the statistics. */
  readonly name: string;
  /** The client's connections to proxies. */
  readonly pools: ProxyPools;
  /** Connects to the proxy, and adds TLS that offers these protocols. */
  readonly connect: (protocols: readonly Protocol[], signal: AbortSignal) => Promise<SecuredProxy>;
}

/**
 * Asks an `https:` proxy for a tunnel.
 *
 * @param authority The host and port to connect to, an IPv6 address in brackets.
 * @param http1 Options of HTTP/1.1, with the limits of the response's head.
 * @param signal Ends the attempt.
 * @throws {ClientError} `proxy_auth_required`, `proxy_refused`, `proxy_closed`, `proxy_protocol` or `too_large`; what
 * `connect` throws.
 */
export async function httpsConnect(
  access: ProxyAccess,
  authority: string,
  http1: Http1Options,
  signal: AbortSignal,
): Promise<Duplex> {
  const { hop, pools, connect } = access;
  let io: Duplex | undefined;
  if (hop.protocols.includes("h2") && !pools.speakHttp1.has(hop)) {
    try {
      return await openStream(access, authority, signal);
    } catch (error) {
      if (!(error instanceof Http1Chosen)) throw error;
      pools.speakHttp1.add(hop);
      io = error.take();
    }
  }
  io ??= (await connect(["http/1.1"], signal)).io;
  const close = closeQuietly.bind(undefined, io);
  signal.addEventListener("abort", close);
  if (signal.aborted) close();
  try {
    return await httpConnect(io, hop, authority, http1);
  } finally {
    signal.removeEventListener("abort", close);
  }
}

/** Opens a stream on a connection of the pool, and again where that was refused unprocessed. */
async function openStream(access: ProxyAccess, authority: string, signal: AbortSignal): Promise<Duplex> {
  const { hop, key, name, pools } = access;
  const failure = new ProxyFailure(hop.authority, authority);
  const hasCredentials = hop.fields.some(([name]) => name === "proxy-authorization");
  const request: OutgoingRequest = {
    method: "CONNECT",
    scheme: "https",
    authority,
    target: authority,
    fields: hop.fields,
  };
  const budget = new RetryBudget();
  for (;;) {
    signal.throwIfAborted();
    const pool = pools.poolOf(key, name);
    const wait = { connect: connector(access), host: hop.authority };
    const connection = pool.take() ??
      await cancelling(signal, (onCancel) => pool.wait({ ...wait, onCancel }));
    const reused = connection.requests > 0;
    let response: IncomingResponse;
    try {
      response = await cancelling(signal, (onCancel) => connection.send(request, { onCancel }));
    } catch (error) {
      pool.onAvailable(connection); // a request that was cancelled before it began leaves no trace in the driver
      signal.throwIfAborted();
      if (!mayAskAgain(error, reused) || !budget.spend(error, connection)) {
        throw failure.unanswered(error, NOTHING);
      }
      if (connection.capacity <= 0) pool.closeIdle();
      continue;
    }
    if (response.upgraded !== undefined) return response.upgraded;
    if (!(response.body instanceof Uint8Array)) response.body.cancel();
    throw failure.refusal(response, hasCredentials);
  }
}

/** Makes a connection that carries tunnels. */
function connector({ hop, pools, connect }: ProxyAccess): Connect {
  return async (listener, signal): Promise<PooledConnection> => {
    const { io, protocol } = await connect(hop.protocols, signal);
    if (protocol === "h2") return driveHttp2(io, pools.http2, factsOf(io, {}), listener);
    if (hop.protocols.includes("http/1.1")) throw new Http1Chosen(io, signal);
    closeQuietly(io);
    throw new ProxyFailure(hop.authority, undefined).error("proxy_protocol", "it does not speak HTTP/2");
  };
}

/**
 * The proxy chose HTTP/1.1. One of those that waited takes the connection over, the others make their own.
 *
 * As the failure of the connection that was to be shared it reaches all of them.
 */
class Http1Chosen extends Error {
  #io: Duplex | undefined;

  constructor(io: Duplex, signal: AbortSignal) {
    super("Cannot share the connection: the proxy speaks HTTP/1.1");
    this.#io = io;
    const close = (): void => {
      const left = this.take();
      if (left !== undefined) closeQuietly(left);
    };
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
  }

  /** The connection; `undefined` for all but the first. */
  take(): Duplex | undefined {
    const io = this.#io;
    this.#io = undefined;
    return io;
  }
}

/** Does work that is given up by a function, which is called when the signal is aborted. */
async function cancelling<T>(
  signal: AbortSignal,
  work: (onCancel: (cancel: (reason: unknown) => void) => void) => Promise<T>,
): Promise<T> {
  let cancel: ((reason: unknown) => void) | undefined;
  const onAbort = (): void => cancel?.(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    return await work((given) => {
      cancel = given;
      if (signal.aborted) given(signal.reason);
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Whether the proxy can be asked again: it did not act upon the request, or an idle connection ended as it was sent. What
 * may have come of the latter is a connection to the target on which nothing was sent.
 */
function mayAskAgain(error: unknown, reused: boolean): boolean {
  if (!(error instanceof HttpError)) return false;
  if (error.progress === "refused") return true;
  return reused && (error.progress === "unsent" || error.code === "connection_closed");
}

const NOTHING = new Uint8Array();
