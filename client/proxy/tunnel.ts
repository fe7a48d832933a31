/**
 * The way through a chain of proxies: the first is dialled, each is asked for the next, the last for the target.
 *
 * @module
 */

import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { parseIpAddress } from "../../tls/names/ip_address.ts";
import { MAX_SOCKS_ADDRESSES } from "../defaults.ts";
import { ClientError } from "../error/client_error.ts";
import type { Dial, DialTarget, Http1Options } from "../options.ts";
import { lookUp } from "../runtime.ts";
import { httpConnect } from "./http_connect.ts";
import { ProxyFailure } from "./proxy_failure.ts";
import type { ProxyHop } from "./proxy_hop.ts";
import { secureProxy } from "./secure_proxy.ts";
import { type Destination, socksConnect } from "./socks.ts";

/** Options of {@linkcode openTunnel}. */
export interface TunnelOptions {
  /** Makes the connection to the first proxy. */
  readonly dial: Dial;
  /** Called with what is waited for. */
  readonly onStage: (stage: string) => void;
  /** Whether the last proxy itself is what is connected to. */
  readonly isForwarding: boolean;
  /** Options of HTTP/1.1. */
  readonly http1: Http1Options;
  /** Looks up the names that a `socks5:` proxy is not given; the runtime does by default. */
  readonly lookUp?: (hostname: string) => Promise<readonly string[]>;
}

/**
 * Connects through proxies.
 *
 * @param hops The proxies, in order.
 * @param target The target, whose signal ends the attempt.
 * @throws {ClientError} What a proxy refused, or how it failed.
 */
export async function openTunnel(
  hops: readonly ProxyHop[],
  target: DialTarget,
  options: TunnelOptions,
): Promise<Duplex> {
  const last = hops.at(-1);
  const addresses = last?.scheme === "socks5" ? await addressesFor(last, target, options) : [target.hostname];
  for (const [index, hostname] of addresses.entries()) {
    try {
      return await openOnce(hops, target, hostname, options);
    } catch (error) {
      const isLast = index === addresses.length - 1;
      if (isLast || target.signal.aborted || !isAboutAddress(error)) throw error;
    }
  }
  throw new RangeError("Cannot connect: there is no address"); // a lookup gives one at least
}

/** Connects to one address of the target. */
async function openOnce(
  hops: readonly ProxyHop[],
  target: DialTarget,
  hostname: string,
  options: TunnelOptions,
): Promise<Duplex> {
  const { signal } = target;
  const [first] = hops;
  if (first === undefined) throw new RangeError("Cannot connect: there is no proxy"); // a route has one at least
  options.onStage(`waiting for a connection to the proxy "${first.authority}"`);
  const raw = await dialProxy(first, target, options.dial);
  let io = raw;
  // Deno's TLS takes the TCP connection over, so that closing that alone ends nothing.
  const close = (): void => {
    closeQuietly(io);
    closeQuietly(raw);
  };
  signal.addEventListener("abort", close);
  try {
    signal.throwIfAborted(); // a dial may not look at its signal
    for (const [index, hop] of hops.entries()) {
      const next = hops[index + 1];
      if (hop.scheme === "https") {
        options.onStage(`in the TLS handshake with the proxy "${hop.authority}"`);
        io = await secureProxy(io, hop, signal);
        signal.throwIfAborted();
      }
      if (next === undefined && options.isForwarding) break;
      options.onStage(`waiting for the proxy "${hop.authority}" to open a tunnel`);
      io = await ask(io, hop, next ?? { hostname, port: target.port }, next ?? target, options);
      signal.throwIfAborted();
    }
    return io;
  } catch (error) {
    close();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

async function dialProxy(
  { scheme, hostname, port, authority }: ProxyHop,
  target: DialTarget,
  dial: Dial,
): Promise<Duplex> {
  try {
    return await dial({
      hostname,
      port,
      scheme: scheme === "https" ? "https" : "http",
      signal: target.signal,
    });
  } catch (error) {
    throw new ProxyFailure(authority, undefined).unreached(error);
  }
}

/**
 * Asks a proxy for a tunnel.
 *
 * @param destination What it is asked for.
 * @param shown The same as the caller knows it.
 */
async function ask(
  io: Duplex,
  hop: ProxyHop,
  destination: Destination,
  shown: Destination,
  options: TunnelOptions,
): Promise<Duplex> {
  if (hop.scheme === "http" || hop.scheme === "https") {
    return await httpConnect(io, hop, authorityOf(destination), options.http1);
  }
  const [hostname = destination.hostname] = hop.scheme === "socks5"
    ? await addressesFor(hop, destination, options)
    : [];
  await socksConnect(io, hop, { hostname, port: destination.port }, authorityOf(shown));
  return io;
}

/**
 * The host and port of a CONNECT. "There is no default port; a client MUST send the port number even if the CONNECT
 * request is based on a URI reference that contains an authority component with an elided port" (RFC 9110 §9.3.6).
 */
function authorityOf({ hostname, port }: Destination): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** The addresses of a host, which a `socks5:` proxy is given instead of its name. */
async function addressesFor(
  hop: ProxyHop,
  { hostname, port }: Destination,
  options: TunnelOptions,
): Promise<readonly string[]> {
  if (parseIpAddress(hostname) !== undefined) return [hostname];
  try {
    const addresses = await (options.lookUp ?? lookUp)(hostname);
    if (addresses.length > 0) return addresses.slice(0, MAX_SOCKS_ADDRESSES);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EPERM") {
      throw new ClientError(
        "permission_denied",
        `Cannot look up "${hostname}": the runtime does not allow it`,
        {
          cause,
          hint: `Run with --allow-net=${hostname}, or let the proxy look up names: socks5h:.`,
        },
      );
    }
    throw nameless(hop, hostname, port, cause);
  }
  throw nameless(hop, hostname, port);
}

function nameless({ authority }: ProxyHop, hostname: string, port: number, cause?: unknown): ClientError {
  return new ProxyFailure(authority, authorityOf({ hostname, port })).error(
    "dns",
    "the name has no address here",
    {
      hint: "With socks5h: the proxy looks up names.",
      ...(cause !== undefined && { cause }),
    },
  );
}

/** Whether another address of the same name may fare better. */
function isAboutAddress(error: unknown): boolean {
  return error instanceof ClientError &&
    (error.code === "proxy_unreachable" ||
      /: nothing listens at the target|type of the address$/.test(error.message));
}
