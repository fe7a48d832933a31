/**
 * From a target to a connection that speaks HTTP: the transport, TLS for `https:`, and the driver of the version that
 * ALPN chose.
 *
 * TLS is in `secure.ts`; its code is imported when the first `https:` connection is made. That of HTTP/2 is imported
 * beside the first connection that may turn out to speak it.
 *
 * @module
 */

import { Http1Client } from "../../http1/mod.ts";
import { closeQuietly } from "../../io/duplex.ts";
import { ignoreRejection } from "../../io/script.ts";
import { now as clock } from "../../io/timers.ts";
import { type Connect, type ConnectionListener, PooledConnection } from "./pooled_connection.ts";
import { dial } from "./dial.ts";
import { factsOf, type ReadyTransport } from "./ready_transport.ts";
import type { ResolvedConnectOptions } from "./resolved_connect_options.ts";
import { ClientError } from "../error/client_error.ts";
import { toConnectError } from "../error/failure.ts";
import { secure } from "./secure.ts";
import { once } from "./tls_loader.ts";
import type { Target } from "../request/target.ts";
import type { Timeouts } from "../time/timeouts.ts";
import type { ConnectTrace, RequestTrace } from "../hooks/request_trace.ts";

/** Whether a connection to `target` may turn out to carry many requests at once. */
export function mayMultiplex(options: ResolvedConnectOptions, target: Target): boolean {
  return target.scheme === "https" ? options.protocols.includes("h2") : options.http2PriorKnowledge;
}

/** The options for connections to `target` that can switch to another protocol by an Upgrade field. */
export function http1Only(options: ResolvedConnectOptions): ResolvedConnectOptions {
  return { ...options, protocols: ["http/1.1"], http2PriorKnowledge: false };
}

/** Whether a connection to `target` may turn out to speak HTTP/1.1. */
export function mayBeHttp1(options: ResolvedConnectOptions, target: Target): boolean {
  return target.scheme === "https" ? options.protocols.includes("http/1.1") : !options.http2PriorKnowledge;
}

/**
 * The function that makes a connection to `target`, and with `earlyData` returns before its handshake is done.
 *
 * @param trace Told of the connection; that of the request which it is made for.
 */
export function connector(
  options: ResolvedConnectOptions,
  target: Target,
  timeouts: Timeouts,
  earlyData: boolean,
  trace?: RequestTrace,
): Connect {
  return async (listener, signal) => {
    const told = trace?.connecting(target, options.route?.proxies);
    try {
      if (mayMultiplex(options, target)) ignoreRejection(loadHttp2()); // a failure is told where it is awaited
      const transport = target.scheme === "https"
        ? await secure(options, target, timeouts, signal, earlyData, told)
        : await plain(options, target, timeouts, signal, told);
      if (options.route !== undefined) Object.assign(transport.facts, { proxies: options.route.proxies });
      if (told !== undefined) follow(transport, told);
      return await drive(options, transport, told ? traced(listener, told) : listener, signal);
    } catch (error) {
      const failure = signal.aborted ? signal.reason : toFailure(error, options, target);
      told?.failed(failure);
      throw failure;
    }
  };
}

/** Gives a connection the identifier of its trace, and tells that of the handshake. */
function follow({ facts, handshake }: ReadyTransport, trace: ConnectTrace): void {
  Object.assign(facts, { id: trace.id });
  if (handshake !== undefined) handshake.then(() => trace.secured(facts.tls), (error) => trace.failed(error));
  else if (facts.tls !== undefined) trace.secured(facts.tls);
}

/** The pool, where a trace is told of the connection's end as well. */
function traced(listener: ConnectionListener, trace: ConnectTrace): ConnectionListener {
  return {
    get streamLimit() {
      return listener.streamLimit;
    },
    onAvailable: (connection) => listener.onAvailable(connection),
    onClosing: (connection) => listener.onClosing(connection),
    onClosed(connection) {
      listener.onClosed(connection);
      trace.closed(connection.requests);
    },
  };
}

function toFailure(error: unknown, options: ResolvedConnectOptions, target: Target): unknown {
  const failure = toConnectError(error, target.authority);
  return options.route === undefined || error instanceof ClientError ? failure : insideTunnel(failure);
}

/** The failure of a handshake through proxies, which may not be the origin's. */
function insideTunnel(failure: unknown): unknown {
  if (!(failure instanceof ClientError) || failure.code !== "handshake_failed") return failure;
  const { code, message, cause } = failure;
  return new ClientError(code, message, {
    cause,
    hint:
      "The proxy may have closed the tunnel: check that it reaches the host, and that the port speaks TLS.",
  });
}

async function plain(
  options: ResolvedConnectOptions,
  target: Target,
  timeouts: Timeouts,
  signal: AbortSignal,
  trace: ConnectTrace | undefined,
): Promise<ReadyTransport> {
  const started = clock();
  const io = await dial(options, target, timeouts.connect, signal);
  trace?.connected(io);
  return {
    io,
    protocol: options.http2PriorKnowledge ? "h2" : "http/1.1",
    facts: factsOf(io, { connect: clock() - started }),
  };
}

async function drive(
  options: ResolvedConnectOptions,
  { io, protocol, facts, handshake }: ReadyTransport,
  listener: ConnectionListener,
  signal: AbortSignal,
): Promise<PooledConnection> {
  if (protocol === "h2") {
    try {
      ignoreRejection(handshake);
      const { driveHttp2 } = await loadHttp2();
      signal.throwIfAborted();
      return driveHttp2(io, options.http2, facts, listener, handshake);
    } catch (error) {
      closeQuietly(io);
      throw error;
    }
  }
  const driver = new Http1Client(io, {
    ...options.http1,
    shareMemory: true, // ClientResponse hands out copies
    onIdle: () => listener.onAvailable(connection),
    onClose: () => listener.onClosed(connection),
  });
  const connection = new PooledConnection(driver, false, facts, handshake);
  return connection;
}

/** Loads the code of HTTP/2. */
const loadHttp2 = once(() => import("./drive_http2.ts"));
