/**
 * From a target to a connection that speaks HTTP: the transport, TLS for `https:`, and the driver of the version that
 * ALPN chose.
 *
 * TLS is in `secure.ts`; its code is imported when the first `https:` connection is made.
 *
 * @module
 */

import { Http1Client } from "../../http1/mod.ts";
import { Http2Client } from "../../http2/mod.ts";
import type { Duplex } from "../../io/duplex.ts";
import { now as clock } from "../../io/timers.ts";
import { type Connect, type ConnectionListener, PooledConnection } from "./pooled_connection.ts";
import type { ConnectionFacts } from "./connection_info.ts";
import { dial } from "./dial.ts";
import { factsOf, type ReadyTransport } from "./ready_transport.ts";
import type { ResolvedConnectOptions } from "./resolved_connect_options.ts";
import { ClientError } from "../error/client_error.ts";
import { toConnectError } from "../error/failure.ts";
import { secure } from "./secure.ts";
import type { Http2Options } from "../options.ts";
import type { Target } from "../request/target.ts";
import type { Timeouts } from "../time/timeouts.ts";

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

/** The function that makes a connection to `target`, and with `earlyData` returns before its handshake is done. */
export function connector(
  options: ResolvedConnectOptions,
  target: Target,
  timeouts: Timeouts,
  earlyData: boolean,
): Connect {
  return async (listener, signal) => {
    try {
      const transport = target.scheme === "https"
        ? await secure(options, target, timeouts, signal, earlyData)
        : await plain(options, target, timeouts, signal);
      if (options.route !== undefined) Object.assign(transport.facts, { proxies: options.route.proxies });
      return drive(options, transport, listener);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const failure = toConnectError(error, target.authority);
      throw options.route === undefined || error instanceof ClientError ? failure : insideTunnel(failure);
    }
  };
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
): Promise<ReadyTransport> {
  const started = clock();
  const io = await dial(options, target, timeouts.connect, signal);
  return {
    io,
    protocol: options.http2PriorKnowledge ? "h2" : "http/1.1",
    facts: factsOf(io, { connect: clock() - started }),
  };
}

function drive(
  options: ResolvedConnectOptions,
  { io, protocol, facts, handshake }: ReadyTransport,
  listener: ConnectionListener,
): PooledConnection {
  if (protocol === "h2") return driveHttp2(io, options.http2, facts, listener, handshake);
  const driver = new Http1Client(io, {
    ...options.http1,
    shareMemory: true, // ClientResponse hands out copies
    onIdle: () => listener.onAvailable(connection),
    onClose: () => listener.onClosed(connection),
  });
  const connection = new PooledConnection(driver, false, facts, handshake);
  return connection;
}

/**
 * A connection of the pool that speaks HTTP/2. It opens no more streams before SETTINGS than other connections to its
 * server allow: what was refused on one would be refused on it as well.
 */
export function driveHttp2(
  io: Duplex,
  options: Http2Options,
  facts: ConnectionFacts,
  listener: ConnectionListener,
  handshake?: Promise<void>,
): PooledConnection {
  const { streamLimit = Infinity } = listener;
  const driver = new Http2Client(io, {
    ...options,
    ...(streamLimit < (options.initialMaxSendStreams ?? Infinity) &&
      { initialMaxSendStreams: Math.max(1, streamLimit) }),
    onCapacity: () => driver.closing ? listener.onClosing(connection) : listener.onAvailable(connection),
    onIdle: () => listener.onAvailable(connection),
    onClose: () => listener.onClosed(connection),
  });
  const connection = new PooledConnection(driver, true, facts, handshake);
  return connection;
}
