/**
 * The connections to `https:` proxies that speak HTTP/2. Each carries many tunnels, so it outlives them, as a connection to
 * an origin outlives its requests.
 *
 * @module
 */

import { OriginPool } from "../connect/pool.ts";
import type { NamedPool } from "../connect/pool_stats.ts";
import type { Http2Options, ResolvedPoolOptions } from "../options.ts";
import type { Deadlines } from "../time/deadlines.ts";
import type { ProxyHop } from "./proxy_hop.ts";

/** The pools of a client's proxies, by the way to each. */
export class ProxyPools implements Iterable<NamedPool> {
  /** Options of the HTTP/2 driver. */
  readonly http2: Http2Options;
  /** Proxies that chose HTTP/1.1: tunnels through them do not wait for one another to find that out again. */
  readonly speakHttp1: WeakSet<ProxyHop> = new WeakSet();
  readonly #options: ResolvedPoolOptions;
  readonly #deadlines: Deadlines;
  readonly #pools = new Map<string, NamedPool>();

  /**
   * Starts without a connection.
   *
   * @param options The options of the client's own pools. Tunnels last, so a proxy gets another connection whenever the
   * streams of those that stand are used up.
   * @param http2 Options of the HTTP/2 driver.
   * @param deadlines The clock for idle connections.
   */
  constructor(options: ResolvedPoolOptions, http2: Http2Options, deadlines: Deadlines) {
    this.#options = { ...options, maxHttp2ConnectionsPerOrigin: Infinity, keepsStreams: true };
    this.http2 = http2;
    this.#deadlines = deadlines;
  }

  /**
   * The pool of a proxy.
   *
   * @param key Equal for the same proxy by the same route alone. It has credentials: never shown.
   * @param name The name in the statistics.
   */
  poolOf(key: string, name: string): OriginPool {
    const known = this.#pools.get(key);
    if (known !== undefined) return known.pool;
    const pool = new OriginPool(this.#options, true, this.#deadlines, () => {
      if (this.#pools.get(key)?.pool === pool) this.#pools.delete(key);
    });
    this.#pools.set(key, { name, pool });
    return pool;
  }

  /** Closes every connection; tunnels that are waited for reject with what `reason` returns. */
  close(reason: () => unknown): void {
    for (const { pool } of this.#pools.values()) pool.close(reason);
    this.#pools.clear();
  }

  /** The pools and their names. */
  [Symbol.iterator](): IterableIterator<NamedPool> {
    return this.#pools.values();
  }
}
