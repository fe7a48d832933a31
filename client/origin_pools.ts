/**
 * The pools of a client: one for each origin and each route to it, made when a request needs it.
 *
 * @module
 */

import { http1Only, mayBeHttp1, mayMultiplex } from "./connect/connect.ts";
import { OriginPool } from "./connect/pool.ts";
import { type NamedPool, type PoolStats, poolStatsOf } from "./connect/pool_stats.ts";
import type { ResolvedConnectOptions } from "./connect/resolved_connect_options.ts";
import { ClientError } from "./error/client_error.ts";
import type { ResolvedPoolOptions } from "./options.ts";
import type { Route } from "./proxy/route.ts";
import type { PreparedRequest } from "./request/prepared_request.ts";
import type { Target } from "./request/target.ts";
import type { Deadlines } from "./time/deadlines.ts";

/** The pools of one client. */
export class OriginPools {
  readonly #connectOptions: ResolvedConnectOptions;
  readonly #poolOptions: ResolvedPoolOptions;
  readonly #deadlines: Deadlines;
  readonly #pools = new Map<string, NamedPool>();
  #closed = false;

  /**
   * Starts without a pool.
   *
   * @param connectOptions The options of a direct connection.
   * @param poolOptions The limits of each pool.
   * @param deadlines The clock for idle connections.
   */
  constructor(
    connectOptions: ResolvedConnectOptions,
    poolOptions: ResolvedPoolOptions,
    deadlines: Deadlines,
  ) {
    this.#connectOptions = connectOptions;
    this.#poolOptions = poolOptions;
    this.#deadlines = deadlines;
  }

  /** The options of connections on a route; `undefined` is the direct one. */
  optionsOn(route: Route | undefined): ResolvedConnectOptions {
    return route === undefined ? this.#connectOptions : { ...this.#connectOptions, route };
  }

  /** The options of the connection for a tunnel: HTTP/2 carries an upgrade where that is sure to be understood. */
  optionsFor({ target, upgrade }: PreparedRequest, route: Route | undefined): ResolvedConnectOptions {
    const options = this.optionsOn(route);
    if (upgrade === undefined || !mayMultiplex(options, target) || !mayBeHttp1(options, target)) {
      return options;
    }
    return this.#pools.get(route?.key ?? target.origin)?.pool.allowsUpgrade ? options : http1Only(options);
  }

  /**
   * The pool of an origin on a route.
   *
   * @throws {ClientError} `client_closed`.
   */
  poolOf(
    target: Target,
    route: Route | undefined,
    options: ResolvedConnectOptions = this.#connectOptions,
  ): OriginPool {
    if (this.#closed) throw clientClosed();
    // Connections that an upgrade needs of HTTP/1.1 are none that a request would wait for.
    const suffix = options.protocols === this.#connectOptions.protocols ? "" : " http/1.1";
    const way = route?.key ?? target.origin;
    const key = suffix === "" ? way : `${way}${suffix}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known.pool;
    const pool = new OriginPool(
      this.#poolOptions,
      mayMultiplex(options, target),
      this.#deadlines,
      () => {
        if (this.#pools.get(key)?.pool === pool) this.#pools.delete(key);
      },
    );
    this.#pools.set(key, { name: `${route?.name ?? target.origin}${suffix}`, pool });
    return pool;
  }

  /** The present state, that of the pools of proxies included. */
  stats(ofProxies: Iterable<NamedPool>): PoolStats {
    return poolStatsOf([...this.#pools.values(), ...ofProxies]);
  }

  /** Closes every connection; there are no pools any more. */
  close(): void {
    this.#closed = true;
    for (const { pool } of this.#pools.values()) pool.close(clientClosed);
    this.#pools.clear();
  }
}

/** The error of a request to a client that was closed. */
export function clientClosed(cause?: unknown): ClientError {
  return new ClientError(
    "client_closed",
    "Cannot go on: the client was closed",
    cause === undefined ? {} : { cause },
  );
}
