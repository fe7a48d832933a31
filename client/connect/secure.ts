/**
 * Connections under Deno's TLS or Ductile's TLS, as the client's `TlsPaths` say.
 *
 * @module
 */

import { abortable } from "@std/async/abortable";
import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { now as clock } from "../../io/timers.ts";
import type { ClientTlsStream } from "../../tls/mod.ts";
import type { ConnectionTimings, TlsInfo } from "../connection_info.ts";
import { dial } from "./dial.ts";
import { ClientError } from "../error/client_error.ts";
import { factsOf, type ReadyTransport } from "./ready_transport.ts";
import type { ResolvedConnectOptions } from "./resolved_connect_options.ts";
import type { PlatformTlsStream } from "./tls_loader.ts";
import type { ConnectTrace } from "../hooks/request_trace.ts";
import type { Target } from "../request/target.ts";
import { isTcpConn } from "../runtime.ts";
import type { Timeouts } from "../time/timeouts.ts";

/**
 * Connects to `target` under TLS.
 *
 * @param trace Told when the transport below TLS stands.
 * @throws {ClientError} `no_tls_connector`; `roots_unavailable` or `permission_denied` where roots cannot be loaded;
 * `handshake_failed` where no version of TLS or of HTTP is common to both ends.
 * @throws What dialling and the handshake throw; the signal's reason.
 */
export async function secure(
  config: ResolvedConnectOptions,
  target: Target,
  timeouts: Timeouts,
  signal: AbortSignal,
  earlyData: boolean,
  trace?: ConnectTrace,
): Promise<ReadyTransport> {
  const { tls, protocols } = config;
  if (tls === undefined) throw noConnector(target);
  const { hostname, port } = target;
  const options = {
    signal,
    alpnProtocols: protocols,
    ...(timeouts.handshake && { handshakeTimeout: timeouts.handshake }),
  };
  if (config.dial === undefined && config.route === undefined && tls.path === "deno") {
    const connector = await abortable(tls.deno(), signal);
    if (connector.dial !== undefined) {
      const io = await connector.dial({ hostname, port }, {
        ...options,
        ...(timeouts.connect && { connectTimeout: timeouts.connect }),
      });
      trace?.connected(io, io.timings.connect ?? null);
      return readyTransport(config, io, platformInfo(io), io, io.timings);
    }
  }
  // Load the roots first: without them the handshake would fail, so do not connect.
  if (tls.path === "ductile") await abortable(tls.ductile(), signal);
  const started = clock();
  const raw = await dial(config, target, timeouts.connect, signal);
  const dialled = clock();
  trace?.connected(raw);
  const timings = (): ConnectionTimings => ({
    connect: dialled - started,
    handshake: clock() - dialled,
  });
  try {
    if (tls.path === "deno" || (tls.path === "transport" && isTcpConn(raw))) {
      const connector = await abortable(tls.deno(), signal);
      const io = await connector.connect(hostname, raw, options);
      return readyTransport(config, io, platformInfo(io), io, timings());
    }
    const connector = await abortable(tls.ductile(), signal);
    // The client's last flight and its first request are two writes: Nagle's algorithm would delay the second.
    if (isTcpConn(raw)) raw.setNoDelay(true);
    const io = await connector.connect(hostname, raw, { ...options, earlyData });
    if (io.isHandshaking) return earlyTransport(config, io, raw, timings());
    return readyTransport(config, io, ductileInfo(io), raw, timings());
  } catch (error) {
    closeQuietly(raw);
    throw error;
  }
}

function readyTransport(
  { protocols, http2PriorKnowledge }: ResolvedConnectOptions,
  io: Duplex,
  tls: TlsInfo,
  socket: Duplex,
  timings: ConnectionTimings,
): ReadyTransport {
  const facts = factsOf(socket, timings, tls);
  // A choice that was not offered was refused before. A server without ALPN speaks HTTP/1.1.
  if (tls.alpnProtocol === "h2") return { io, protocol: "h2", facts };
  if (protocols.includes("http/1.1")) return { io, protocol: "http/1.1", facts };
  if (http2PriorKnowledge) return { io, protocol: "h2", facts };
  closeQuietly(io);
  throw new ClientError("handshake_failed", "Cannot speak HTTP/2: the server chose no protocol by ALPN", {
    hint:
      'Allow "http/1.1" in protocols; or, if the server is known to speak HTTP/2 all the same, set http2PriorKnowledge.',
  });
}

/** A transport whose handshake is under way: its protocol is that of the session, and its facts come later. */
function earlyTransport(
  { protocols }: ResolvedConnectOptions,
  io: ClientTlsStream,
  socket: Duplex,
  timings: ConnectionTimings,
): ReadyTransport {
  const protocol = io.earlyDataProtocol === "h2" ? "h2" : "http/1.1";
  const facts = Object.defineProperty(factsOf(socket, timings), "tls", {
    enumerable: true,
    get: () => io.isHandshaking ? undefined : ductileInfo(io),
  });
  if (protocols.includes(protocol)) return { io, protocol, facts, handshake: io.handshake() };
  closeQuietly(io);
  throw new ClientError("handshake_failed", "Cannot send early data: the session is of another protocol");
}

function platformInfo({ connection }: PlatformTlsStream): TlsInfo {
  const { protocolVersion, cipherSuite } = connection;
  return {
    implementation: connection.implementation ?? "deno",
    alpnProtocol: connection.alpnProtocol,
    serverName: connection.serverName,
    ...(protocolVersion && { protocolVersion }),
    ...(cipherSuite && { cipherSuite }),
    // Read only when asked for: it is expensive.
    get peerCertificate(): Uint8Array | undefined {
      return connection.peerCertificate;
    },
  };
}

function ductileInfo({ connection }: ClientTlsStream): TlsInfo {
  const { exportKeyingMaterial: _, ...facts } = connection;
  return {
    ...facts,
    implementation: "ductile",
    serverName: facts.serverName ?? "",
    peerCertificate: facts.peerCertificates[0]?.der,
  };
}

function noConnector(target: Target): ClientError {
  return new ClientError(
    "no_tls_connector",
    `Cannot connect to "${target.authority}": the client has no TLS`,
    { hint: "Leave out tls: false, or use an http: URL." },
  );
}
