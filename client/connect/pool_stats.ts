/**
 * The state of a client's pools, as a caller sees it.
 *
 * @module
 */

import type { OriginPool, OriginStats } from "./pool.ts";

/** The state of a client's connection pool, in all and for each origin. */
export interface PoolStats extends OriginStats {
  /**
   * The state of each origin in use, by its name, such as `https://example.com:443`; through a proxy,
   * `https://example.com:443 via http://proxy.example:3128`, and `http: via ...` where one connection serves all `http:` origins.
   * `CONNECT via ...` is a proxy under HTTP/2, whose connection carries the tunnels of others.
   */
  readonly origins: Readonly<Record<string, OriginStats>>;
}

/** A pool, and its name in the statistics: its key may have credentials of a proxy. */
export interface NamedPool {
  /** The name. */
  readonly name: string;
  /** The pool. */
  readonly pool: OriginPool;
}

/** The state of these pools. */
export function poolStatsOf(pools: Iterable<NamedPool>): PoolStats {
  let total: OriginStats = { connections: 0, idle: 0, connecting: 0, waiting: 0 };
  const origins: Record<string, OriginStats> = {};
  for (const { name, pool } of pools) {
    const stats = pool.stats();
    const others = origins[name]; // their proxies differ in credentials or options alone
    origins[name] = others === undefined ? stats : sum(others, stats);
    total = sum(total, stats);
  }
  return { ...total, origins };
}

function sum(one: OriginStats, other: OriginStats): OriginStats {
  return {
    connections: one.connections + other.connections,
    idle: one.idle + other.idle,
    connecting: one.connecting + other.connecting,
    waiting: one.waiting + other.waiting,
  };
}
