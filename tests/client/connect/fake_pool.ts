/**
 * The pool of one origin, with drivers that only count and dials that the test ends.
 *
 * @module
 */

import { type ConnectionListener, PooledConnection } from "../../../client/connect/pooled_connection.ts";
import { OriginPool, type WaitOptions } from "../../../client/connect/pool.ts";
import type { ResolvedPoolOptions } from "../../../client/options.ts";
import { Deadlines } from "../../../client/time/deadlines.ts";
import type { KeepAlive } from "../../../http1/mod.ts";

const LIMITS: ResolvedPoolOptions = {
  maxConnectionsPerOrigin: 4,
  maxHttp2ConnectionsPerOrigin: 1,
  maxIdlePerOrigin: Infinity,
  idleTimeout: 60_000,
};

/** A driver that does nothing but count its room. */
export class FakeDriver {
  capacity: number;
  closed = false;
  unreadResponses = 0;
  keepAlive: KeepAlive = { timeout: Infinity, requestsLeft: Infinity };
  #room: number;
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#room = capacity;
  }
  get idle(): boolean {
    return this.capacity === this.#room;
  }
  request(): Promise<never> {
    this.capacity--;
    return Promise.reject(new Error("Cannot send: this driver only counts"));
  }
  close(): void {
    this.closed = true;
    this.capacity = 0;
  }
  /** Has this room from now on, with no request in it. */
  resize(room: number): void {
    this.#room = this.capacity = room;
  }
}

/** A dial that the test settles. */
export interface FakeDial {
  /** Makes it succeed. */
  succeed(options?: { multiplexed?: boolean; capacity?: number }): Promise<Fake>;
  /** Makes it fail. */
  fail(reason: Error): Promise<void>;
  readonly signal: AbortSignal;
}

export interface Fake {
  readonly connection: PooledConnection;
  readonly driver: FakeDriver;
  /** Ends one request, whose response had these hints. */
  finish(keepAlive?: KeepAlive): void;
  /** Says that something about its room has changed. */
  available(): void;
  /** Takes no more requests. */
  goAway(): void;
  /** Ends the connection. */
  end(): void;
}

/** A pool of one origin, and its dials. */
export interface FakePool extends Disposable {
  readonly pool: OriginPool;
  /** The dials so far. */
  readonly dials: readonly FakeDial[];
  /** Waits for a connection. */
  readonly wait: (options?: Partial<WaitOptions>) => Promise<PooledConnection>;
  /** How often the pool said that it is empty. */
  readonly emptied: () => number;
  /** The deadlines of idle connections. */
  readonly deadlines: Deadlines;
}

/** Makes a pool whose dials the test ends. */
export function setUp(limits: Partial<ResolvedPoolOptions> = {}, mayMultiplex = false): FakePool {
  const deadlines = new Deadlines();
  const dials: FakeDial[] = [];
  let emptied = 0;
  const pool = new OriginPool({ ...LIMITS, ...limits }, mayMultiplex, deadlines, () => emptied++);
  const connect = (events: ConnectionListener, signal: AbortSignal): Promise<PooledConnection> => {
    const { promise, resolve, reject } = Promise.withResolvers<PooledConnection>();
    signal.addEventListener("abort", () => reject(signal.reason));
    dials.push({
      signal,
      async succeed({ multiplexed = false, capacity = 1 } = {}) {
        const driver = new FakeDriver(capacity);
        const connection = new PooledConnection(driver, multiplexed, {
          id: dials.length,
          timings: { connect: 0 },
        });
        resolve(connection);
        await turns();
        return {
          connection,
          driver,
          finish(keepAlive) {
            if (keepAlive !== undefined) driver.keepAlive = keepAlive;
            driver.capacity++;
            events.onAvailable(connection);
          },
          available() {
            events.onAvailable(connection);
          },
          goAway() {
            driver.capacity = 0;
            events.onClosing(connection);
          },
          end() {
            driver.close();
            events.onClosed(connection);
          },
        };
      },
      async fail(reason) {
        reject(reason);
        await turns();
      },
    });
    return promise;
  };
  const wait = (options: Partial<WaitOptions> = {}) => pool.wait({ connect, host: "a.test", ...options });
  return {
    pool,
    dials,
    wait,
    emptied: () => emptied,
    deadlines,
    [Symbol.dispose]() {
      pool.close(() => new Error("the test is over"));
      deadlines.close();
    },
  };
}

/** Lets every promise that is ready settle. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

/** Uses a reserved place, as a request does. */
export async function use(connection: PooledConnection): Promise<void> {
  await connection.send({ method: "GET", scheme: "http", authority: "a", target: "/", fields: [] }).catch(
    () => {},
  );
}
