/**
 * The tunnel through a chain of proxies: the first is dialled, each is asked for the next, the last for the target.
 *
 * @module
 */

import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { parseIpAddress } from "../../tls/names/ip_address.ts";
import { MAX_SOCKS_ADDRESSES } from "../defaults.ts";
import { ClientError } from "../error/client_error.ts";
import type { Dial, DialTarget, Http1Options, Protocol } from "../options.ts";
import { lookUp } from "../runtime.ts";
import { httpConnect } from "./http_connect.ts";
import { httpsConnect, type ProxyAccess } from "./https_connect.ts";
import { ProxyFailure } from "./proxy_failure.ts";
import type { ProxyHop } from "./proxy_hop.ts";
import type { ProxyPools } from "./proxy_pools.ts";
import { type SecuredProxy, secureProxy } from "./secure_proxy.ts";
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
  /** The connections to `https:` proxies that speak HTTP/2. */
  readonly pools: ProxyPools;
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
  const chain = new Chain(hops, target, hostname, options);
  const last = hops.length - 1;
  if (!options.isForwarding) return await chain.connectBehind(last, target.signal);
  if (hops[last]?.scheme !== "https") return await chain.connectTo(last, target.signal);
  return (await chain.secure(last, ["http/1.1"], target.signal)).io;
}

/** The way through the proxies, each by its place in the chain. Whatever fails, and the signal, closes what was open. */
class Chain {
  readonly #hops: readonly ProxyHop[];
  readonly #target: DialTarget;
  readonly #hostname: string;
  readonly #options: TunnelOptions;

  /** @param hostname The name or the address of the target that the last proxy is asked for. */
  constructor(
    hops: readonly ProxyHop[],
    target: DialTarget,
    hostname: string,
    options: TunnelOptions,
  ) {
    this.#hops = hops;
    this.#target = target;
    this.#hostname = hostname;
    this.#options = options;
  }

  /** Connects to a proxy, below its TLS. */
  async connectTo(index: number, signal: AbortSignal): Promise<Duplex> {
    if (index > 0) return await this.connectBehind(index - 1, signal);
    const { scheme, hostname, port, authority } = this.#hop(index);
    this.#options.onStage(`waiting for a connection to the proxy "${authority}"`);
    try {
      return await this.#options.dial({
        hostname,
        port,
        scheme: scheme === "https" ? "https" : "http",
        signal,
      });
    } catch (error) {
      throw new ProxyFailure(authority, undefined).unreached(error);
    }
  }

  /** Connects to an `https:` proxy, with its TLS. */
  async secure(
    index: number,
    protocols: readonly Protocol[],
    signal: AbortSignal,
  ): Promise<SecuredProxy> {
    const hop = this.#hop(index);
    const io = await this.connectTo(index, signal);
    return await guarded(io, signal, () => {
      this.#options.onStage(`in the TLS handshake with the proxy "${hop.authority}"`);
      return secureProxy(io, hop, signal, protocols);
    });
  }

  /** Asks a proxy for a tunnel to the next, or to the target. */
  async connectBehind(index: number, signal: AbortSignal): Promise<Duplex> {
    const hop = this.#hop(index);
    const next = this.#hops[index + 1];
    const destination = next ?? { hostname: this.#hostname, port: this.#target.port };
    const options = this.#options;
    const stage = `waiting for the proxy "${hop.authority}" to open a tunnel`;
    if (hop.scheme === "https") {
      const before = this.#hops.slice(0, index + 1);
      const access: ProxyAccess = {
        hop,
        key: before.map(({ key }) => key).join(),
        name: `CONNECT via ${before.map(({ name }) => name).join(", ")}`,
        pools: options.pools,
        connect: async (protocols, signal) => {
          const secured = await this.secure(index, protocols, signal);
          options.onStage(stage);
          return secured;
        },
      };
      options.onStage(stage); // where a connection stands, or another tunnel's is waited for
      return await httpsConnect(access, authorityOf(destination), options.http1, signal);
    }
    const io = await this.connectTo(index, signal);
    return await guarded(io, signal, async () => {
      options.onStage(stage);
      if (hop.scheme === "http") return await httpConnect(io, hop, authorityOf(destination), options.http1);
      const [hostname = destination.hostname] = hop.scheme === "socks5"
        ? await addressesFor(hop, destination, options)
        : [];
      await socksConnect(
        io,
        hop,
        { hostname, port: destination.port },
        authorityOf(next ?? this.#target), // as the caller knows it
      );
      return io;
    });
  }

  #hop(index: number): ProxyHop {
    const hop = this.#hops[index];
    if (hop === undefined) throw new RangeError("Cannot connect: there is no proxy"); // a route has one at least
    return hop;
  }
}

/** Does work on a connection, which is closed when that fails or the signal is aborted, before the work too. */
async function guarded<T>(io: Duplex, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const close = closeQuietly.bind(undefined, io);
  signal.addEventListener("abort", close);
  try {
    signal.throwIfAborted(); // a dial may not look at its signal
    return await work();
  } catch (error) {
    close();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
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
