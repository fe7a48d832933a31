/**
 * The client's proxies: which of them a target is reached through.
 *
 * @module
 */

import { MAX_PROXY_HOPS } from "../defaults.ts";
import { ClientError } from "../error/client_error.ts";
import {
  type ClientOptions,
  type Http1Options,
  type ProxyChooser,
  type ProxyServer,
  type ResolvedPoolOptions,
  resolvePoolOptions,
} from "../options.ts";
import type { Target } from "../request/target.ts";
import { Deadlines } from "../time/deadlines.ts";
import type { ProxyEnvironment } from "./proxy_environment.ts";
import { type ProxyHop, ProxyParser, refused } from "./proxy_hop.ts";
import { ProxyPools } from "./proxy_pools.ts";
import { Route } from "./route.ts";

/** Chooses routes by the option `proxy`. */
export class ProxySelector {
  /** The connections to `https:` proxies that speak HTTP/2. */
  readonly pools: ProxyPools;
  readonly #parser = new ProxyParser();
  readonly #http1: Http1Options;
  readonly #hops: readonly ProxyHop[] | undefined;
  readonly #chooser: ProxyChooser | undefined;
  #environment: Promise<ProxyEnvironment> | undefined;

  /**
   * Checks the option.
   *
   * @param proxy The option.
   * @param drivers Options of HTTP/1.1 and HTTP/2, whose limits hold for the responses of proxies.
   * @param pool The options of the client's pools.
   * @param deadlines The clock for idle connections.
   * @throws {ClientError} `unsupported_option` or `invalid_request`: a proxy cannot be used.
   */
  constructor(
    proxy: NonNullable<ClientOptions["proxy"]>,
    drivers: Pick<ClientOptions, "http1" | "http2">,
    pool: ResolvedPoolOptions = resolvePoolOptions({}),
    deadlines: Deadlines = new Deadlines(),
  ) {
    this.#http1 = { ...drivers.http1 };
    this.pools = new ProxyPools(pool, { ...drivers.http2 }, deadlines);
    if (typeof proxy === "function") this.#chooser = proxy;
    else if (proxy !== "env") this.#hops = this.#parse(proxy);
  }

  /**
   * The route to a target; `undefined` for a direct connection.
   *
   * @param target The target of a request.
   * @param mustTunnel Whether the last proxy is asked for a tunnel in any case.
   * @throws {ClientError} The function of the option returned what is no proxy, or a variable of the environment cannot be
   * read or used: no request goes another way than was asked for.
   */
  async routeTo(target: Target, mustTunnel: boolean): Promise<Route | undefined> {
    const hops = this.#hops ??
      (this.#chooser ? this.#choose(this.#chooser, target) : await this.#fromEnvironment(target));
    if (hops === undefined) return undefined;
    return new Route(hops, target, { mustTunnel, http1: this.#http1, pools: this.pools });
  }

  #parse(proxy: ProxyServer | readonly ProxyServer[]): readonly ProxyHop[] {
    const servers: readonly ProxyServer[] = isList(proxy) ? proxy : [proxy];
    if (servers.length === 0) throw refused("the list of proxies is empty");
    if (servers.length > MAX_PROXY_HOPS) throw refused(`there are more than ${MAX_PROXY_HOPS} in a chain`);
    return servers.map((server) => this.#parser.parse(server));
  }

  #choose(chooser: ProxyChooser, { href }: Target): readonly ProxyHop[] | undefined {
    const chosen = chooser(new URL(href));
    return chosen === undefined ? undefined : this.#parse(chosen);
  }

  async #fromEnvironment(target: Target): Promise<readonly ProxyHop[] | undefined> {
    this.#environment ??= import("./proxy_environment.ts").then(({ ProxyEnvironment }) =>
      new ProxyEnvironment()
    );
    const environment = await this.#environment;
    const chosen = environment.proxyOf(target);
    if (chosen === undefined) return undefined;
    try {
      return [this.#parser.parse(chosen.url)];
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      const { code, message, hint } = error;
      throw new ClientError(
        code,
        message.replace("the proxy:", `the proxy in ${chosen.variable}:`),
        hint === undefined ? {} : { hint },
      );
    }
  }
}

/** Whether a proxy is a list: `Array.isArray` does not tell a list of constants. */
function isList(proxy: ProxyServer | readonly ProxyServer[]): proxy is readonly ProxyServer[] {
  return Array.isArray(proxy);
}
