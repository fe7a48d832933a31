/**
 * From a target to a connection that speaks HTTP: dial, TLS where the scheme asks for it, and the driver that ALPN
 * chose.
 *
 * TLS is in `secure.ts`; its code is imported when the first `https:` connection is made.
 *
 * @module
 */

import { Http1Client } from "../../http1/mod.ts";
import { Http2Client } from "../../http2/mod.ts";
import type { Connect, ConnectionEvents } from "./connection.ts";
import { Connection } from "./connection.ts";
import { dial } from "./dial.ts";
import { factsOf, type ReadyTransport } from "./ready_transport.ts";
import type { ResolvedConnectOptions } from "./resolved_connect_options.ts";
import { toConnectError } from "../error/failure.ts";
import { secure } from "./secure.ts";
import type { Target } from "../request/target.ts";
import type { Timeouts } from "../time/timeouts.ts";

/** Whether a connection to `target` might carry many requests at once. */
export function mayMultiplex(config: ResolvedConnectOptions, target: Target): boolean {
  return target.scheme === "https" ? config.protocols.includes("h2") : config.http2PriorKnowledge;
}

/** The way to connect to `target`. */
export function connector(config: ResolvedConnectOptions, target: Target, timeouts: Timeouts): Connect {
  return async (events, signal) => {
    try {
      const transport = target.scheme === "https"
        ? await secure(config, target, timeouts, signal)
        : await plain(config, target, timeouts, signal);
      return drive(config, transport, events);
    } catch (error) {
      throw signal.aborted ? signal.reason : toConnectError(error, target.authority);
    }
  };
}

async function plain(
  config: ResolvedConnectOptions,
  target: Target,
  timeouts: Timeouts,
  signal: AbortSignal,
): Promise<ReadyTransport> {
  const started = performance.now();
  const io = await dial(config.dial, target, timeouts.connect, signal);
  return {
    io,
    protocol: config.http2PriorKnowledge ? "h2" : "http/1.1",
    facts: factsOf(io, { connect: performance.now() - started }),
  };
}

function drive(
  config: ResolvedConnectOptions,
  { io, protocol, facts }: ReadyTransport,
  events: ConnectionEvents,
): Connection {
  if (protocol === "h2") {
    const driver = new Http2Client(io, {
      ...config.http2,
      onCapacity: () => driver.closing ? events.onClosing(connection) : events.onAvailable(connection),
      onIdle: () => events.onAvailable(connection),
      onClose: () => events.onClosed(connection),
    });
    const connection = new Connection(driver, true, facts);
    return connection;
  }
  const driver = new Http1Client(io, {
    ...config.http1,
    shareMemory: true, // ClientResponse gives away copies
    onIdle: () => events.onAvailable(connection),
    onClose: () => events.onClosed(connection),
  });
  const connection = new Connection(driver, false, facts);
  return connection;
}
