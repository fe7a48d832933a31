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
import { type Dial, dialTcp } from "./dial.ts";
import { dialWithin } from "./dial_within.ts";
import { type Established, factsOf } from "./established.ts";
import { toConnectError } from "../error/failure.ts";
import type { Http1Settings, Http2Settings, Protocol } from "../options.ts";
import { secure } from "./secure.ts";
import type { Target } from "../request/target.ts";
import type { Timeouts } from "../time/timeouts.ts";
import type { TlsPaths } from "./tls_loader.ts";

/** How a client makes its connections. */
export interface ConnectConfig {
  /** Who does TLS; `undefined` for a client without. */
  readonly tls: TlsPaths | undefined;
  /** The caller's own way to dial. */
  readonly dial: Dial | undefined;
  /** What ALPN offers, in order. */
  readonly protocols: readonly Protocol[];
  /** Whether plain connections speak HTTP/2 at once. */
  readonly http2PriorKnowledge: boolean;
  /** Options of the HTTP/1.1 driver. */
  readonly http1: Http1Settings;
  /** Options of the HTTP/2 driver. */
  readonly http2: Http2Settings;
}

/** Whether a connection to `target` might carry many requests at once. */
export function mayMultiplex(config: ConnectConfig, target: Target): boolean {
  return target.scheme === "https" ? config.protocols.includes("h2") : config.http2PriorKnowledge;
}

/** The way to connect to `target`. */
export function connector(config: ConnectConfig, target: Target, timeouts: Timeouts): Connect {
  return async (events, signal) => {
    try {
      const established = target.scheme === "https"
        ? await secure(config, target, timeouts, signal)
        : await plain(config, target, timeouts, signal);
      return drive(config, established, events);
    } catch (error) {
      throw signal.aborted ? signal.reason : toConnectError(error, target.authority);
    }
  };
}

async function plain(
  config: ConnectConfig,
  target: Target,
  timeouts: Timeouts,
  signal: AbortSignal,
): Promise<Established> {
  const started = performance.now();
  const io = await dialWithin(config.dial ?? dialTcp, target, timeouts.connect, signal);
  return {
    io,
    protocol: config.http2PriorKnowledge ? "h2" : "http/1.1",
    facts: factsOf(io, { connect: performance.now() - started }),
  };
}

function drive(
  config: ConnectConfig,
  { io, protocol, facts }: Established,
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
