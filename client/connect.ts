/**
 * From a target to a connection that speaks HTTP: dial, TLS where the scheme asks for it, and the driver that ALPN
 * chose.
 *
 * TLS code is imported when the first `https:` connection is made, so that plain HTTP never loads it.
 *
 * @module
 */

import { Http1Client } from "../http1/mod.ts";
import { Http2Client } from "../http2/mod.ts";
import { closeQuietly, type Duplex } from "../io/duplex.ts";
import type { DenoTls, DenoTlsStream } from "../tls/mod.ts";
import type { Connect, ConnectionEvents } from "./connection.ts";
import { Connection } from "./connection.ts";
import type { ConnectionFacts, TlsInfo } from "./connection_info.ts";
import { addressesOf, type Dial, dialTcp } from "./dial.ts";
import { ClientError } from "./error.ts";
import { toConnectError } from "./failure.ts";
import type { Http1Settings, Http2Settings, Protocol } from "./options.ts";
import type { Target } from "./target.ts";
import type { Timeouts } from "./timeouts.ts";

/** How a client makes its connections. */
export interface ConnectConfig {
  /** Makes the TLS connector when one is needed; `undefined` for a client without TLS. */
  readonly tls: (() => Promise<DenoTls>) | undefined;
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

let lastId = 0;

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

/** A transport, and what is known of it. */
interface Established {
  readonly io: Duplex;
  readonly protocol: Protocol;
  readonly facts: ConnectionFacts;
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

async function secure(
  config: ConnectConfig,
  target: Target,
  timeouts: Timeouts,
  signal: AbortSignal,
): Promise<Established> {
  if (config.tls === undefined) {
    throw new ClientError(
      "no_tls_connector",
      `Cannot connect to "${target.authority}": the client has no TLS`,
      {
        hint: "Leave out tls: false, or use an http: URL.",
      },
    );
  }
  const tls = await config.tls();
  const { hostname, port } = target;
  const options = {
    signal,
    alpnProtocols: config.protocols,
    ...(timeouts.connect && { connectTimeout: timeouts.connect }),
    ...(timeouts.handshake && { handshakeTimeout: timeouts.handshake }),
  };
  const { dial } = config;
  if (dial === undefined) {
    const io = await tls.dial({ hostname, port }, options);
    return established(config, io, io.timings);
  }
  const started = performance.now();
  const raw = await dialWithin(dial, target, timeouts.connect, signal);
  const dialled = performance.now();
  const io = await tls.connect(hostname, raw, options);
  return established(config, io, { connect: dialled - started, handshake: performance.now() - dialled });
}

function established(
  { protocols, http2PriorKnowledge }: ConnectConfig,
  io: DenoTlsStream,
  timings: ConnectionFacts["timings"],
): Established {
  const { connection } = io;
  const facts = factsOf(io, timings, connection);
  // What was not offered was refused before. A server that chooses nothing knows no ALPN, and so HTTP/1.1.
  if (connection.alpnProtocol === "h2") return { io, protocol: "h2", facts };
  if (protocols.includes("http/1.1")) return { io, protocol: "http/1.1", facts };
  if (http2PriorKnowledge) return { io, protocol: "h2", facts };
  closeQuietly(io);
  throw new ClientError("handshake_failed", "Cannot speak HTTP/2: the server chose no protocol by ALPN", {
    hint:
      'Allow "http/1.1" in protocols; or, if it is known to speak HTTP/2 all the same, set http2PriorKnowledge.',
  });
}

async function dialWithin(
  dial: Dial,
  target: Target,
  milliseconds: number | undefined,
  signal: AbortSignal,
): Promise<Duplex> {
  const { hostname, port, scheme } = target;
  if (!milliseconds) return await unlessAborted(dial({ hostname, port, scheme, signal }), signal);
  const expired = new AbortController();
  const timer = setTimeout(() =>
    expired.abort(
      new ClientError(
        "connect_timeout",
        `Cannot connect to "${target.authority}": it took over ${milliseconds} ms`,
        {
          hint: "Check the address, or allow more time with timeouts.connect.",
        },
      ),
    ), milliseconds);
  try {
    const either = AbortSignal.any([signal, expired.signal]);
    return await unlessAborted(dial({ hostname, port, scheme, signal: either }), either);
  } catch (error) {
    throw expired.signal.aborted ? expired.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** What a dial gives, unless the signal comes first: a caller's dial may ignore it, and what it gives late is closed. */
function unlessAborted(dialling: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);
  dialling.then((io) => {
    if (signal.aborted) closeQuietly(io);
    else resolve(io);
  }, reject).finally(() => signal.removeEventListener("abort", onAbort));
  return promise;
}

function factsOf(io: Duplex, timings: ConnectionFacts["timings"], tls?: TlsInfo): ConnectionFacts {
  const { local, remote } = addressesOf(io);
  return {
    id: ++lastId,
    timings,
    ...(local && { localAddress: local }),
    ...(remote && { remoteAddress: remote }),
    ...(tls && { tls }),
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
