/**
 * The connections to one origin, and the requests that wait for one.
 *
 * - HTTP/1.1 connections carry a request each. A free one is taken last in, first out, so that the surplus of a
 *   burst grows old and is closed; when none is free, another is made, up to a limit.
 * - An HTTP/2 connection is shared as soon as it exists, up to the number of streams that the peer allows. There is
 *   one; another is made only when it takes no more requests for good (GOAWAY, closed, out of stream ids).
 * - What an unknown origin speaks is found out by one connection, however many requests arrive meanwhile
 *   (single flight); if it turns out to speak HTTP/1.1, those get connections of their own then.
 *
 * A connect that fails is the failure of every request that it was made for: of one where each has its own, of all
 * that wait where it was to be shared. Nothing is tried again here; that is for the request to decide.
 *
 * @module
 */

import type { Connect, Connection, ConnectionEvents } from "./connection.ts";
import type { Deadline, Deadlines } from "../time/deadlines.ts";
import { ClientError } from "../error/client_error.ts";
import type { ResolvedPoolOptions } from "../options.ts";

/** A request that waits for a connection. */
interface Waiter {
  readonly resolve: (connection: Connection) => void;
  readonly reject: (reason: unknown) => void;
  /** How to make a connection for it. */
  readonly connect: Connect;
  /** How long that may take, in milliseconds. */
  readonly patience: number;
}

/** What is asked of {@linkcode OriginPool.wait}. */
export interface WaitOptions {
  /** How to make a connection, if one has to be made. */
  readonly connect: Connect;
  /** How long that may take, in milliseconds; for ever by default. */
  readonly patience?: number;
  /** Given a function that stops waiting with a reason. */
  readonly onCancel?: (cancel: (reason: unknown) => void) => void;
}

/** The state of one origin's pool. */
export interface OriginStats {
  /** Open connections. */
  readonly connections: number;
  /** Open connections without a request. */
  readonly idle: number;
  /** Connections being made. */
  readonly connecting: number;
  /** Requests waiting for a connection. */
  readonly waiting: number;
}

/** The connections to one origin. */
export class OriginPool implements ConnectionEvents {
  readonly #options: ResolvedPoolOptions;
  readonly #deadlines: Deadlines;
  readonly #onEmpty: () => void;
  readonly #open = new Set<Connection>();
  readonly #idle = new Map<Connection, Deadline>(); // in the order in which they became idle
  readonly #free: Connection[] = []; // HTTP/1.1, last in, first out
  readonly #waiters: Waiter[] = [];
  readonly #dials = new Set<AbortController>();
  #shared: Connection | undefined; // HTTP/2
  #multiplexes: boolean; // what to expect of the next connection

  /**
   * @param options Limits of connections and of their idle time.
   * @param mayMultiplex Whether a connection might turn out to speak HTTP/2.
   * @param deadlines The clock for idle connections.
   * @param onEmpty Called when nothing is left here worth keeping.
   */
  constructor(
    options: ResolvedPoolOptions,
    mayMultiplex: boolean,
    deadlines: Deadlines,
    onEmpty: () => void,
  ) {
    this.#options = options;
    this.#multiplexes = mayMultiplex;
    this.#deadlines = deadlines;
    this.#onEmpty = onEmpty;
  }

  /** A connection that can take a request now, or `undefined`. */
  take(): Connection | undefined {
    const shared = this.#shared;
    if (shared !== undefined && shared.capacity > 0) return this.#use(shared);
    for (let free = this.#free.at(-1); free !== undefined; free = this.#free.at(-1)) {
      if (free.capacity > 0) return this.#use(free);
      this.onClosing(free);
    }
    return undefined;
  }

  /** Gives a connection back that was taken and not used. */
  giveBack(connection: Connection): void {
    connection.release();
    this.onAvailable(connection);
  }

  /** A connection as soon as there is one. */
  wait({ connect, patience = Infinity, onCancel }: WaitOptions): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve, reject, connect, patience };
      this.#waiters.push(waiter);
      onCancel?.((reason) => this.#giveUp(waiter, reason));
      this.#grow();
    });
  }

  /** Closes the connections that have no request on them. */
  discardIdle(): void {
    for (const connection of [...this.#idle.keys()]) this.#discard(connection);
  }

  /** The present state. */
  stats(): OriginStats {
    return {
      connections: this.#open.size,
      idle: this.#idle.size,
      connecting: this.#dials.size,
      waiting: this.#waiters.length,
    };
  }

  /** Closes every connection; whoever waits is rejected with what `reason` gives. */
  close(reason: () => unknown): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(reason());
    for (const dial of this.#dials) dial.abort(reason());
    this.#dials.clear();
    for (const connection of [...this.#open]) {
      this.#forget(connection);
      connection.close();
    }
  }

  /** A connection can take more requests, or has none any more. */
  onAvailable(connection: Connection): void {
    if (!this.#open.has(connection)) return;
    while (this.#waiters.length > 0 && connection.capacity > 0) {
      this.#waiters.shift()?.resolve(this.#use(connection));
    }
    if (connection.idle && connection.capacity > 0) this.#rest(connection);
  }

  /** A connection takes no more requests. Whoever waits for it gets another. */
  onClosing(connection: Connection): void {
    if (this.#shared === connection) this.#shared = undefined;
    this.#wake(connection);
    if (this.#waiters.length > 0) this.#grow();
  }

  /** A connection is closed. */
  onClosed(connection: Connection): void {
    this.#forget(connection);
    this.#afterLoss();
  }

  /** A connection has nothing to do: from now on its time runs. */
  #rest(connection: Connection): void {
    if (this.#idle.has(connection)) return;
    if (!connection.multiplexed) this.#free.push(connection);
    const { idleTimeout, maxIdlePerOrigin } = this.#options;
    this.#idle.set(connection, this.#deadlines.set(idleTimeout, () => this.#discard(connection)));
    if (this.#idle.size > maxIdlePerOrigin) {
      const [oldest] = this.#idle.keys();
      if (oldest !== undefined) this.#discard(oldest);
    }
  }

  /** A connection is at rest no more. */
  #wake(connection: Connection): void {
    const deadline = this.#idle.get(connection);
    if (deadline === undefined) return;
    this.#idle.delete(connection);
    this.#deadlines.clear(deadline);
    // The one that was taken is the last; the ends that come by themselves may be any.
    const free = this.#free.lastIndexOf(connection);
    if (free >= 0) this.#free.splice(free, 1);
  }

  #use(connection: Connection): Connection {
    this.#wake(connection);
    connection.reserve();
    return connection;
  }

  #discard(connection: Connection): void {
    this.#forget(connection);
    connection.close();
    this.#afterLoss();
  }

  #forget(connection: Connection): void {
    this.#open.delete(connection);
    this.#wake(connection);
    if (this.#shared === connection) this.#shared = undefined;
  }

  #afterLoss(): void {
    if (this.#waiters.length > 0) this.#grow();
    else if (this.#open.size === 0 && this.#dials.size === 0) this.#onEmpty();
  }

  #giveUp(waiter: Waiter, reason: unknown): void {
    const index = this.#waiters.indexOf(waiter);
    if (index < 0) return;
    this.#waiters.splice(index, 1);
    waiter.reject(reason);
    if (this.#waiters.length > 0) return;
    // A dial that nobody waits for is not worth finishing. It is forgotten at once, so that its failure, which is
    // this request's own doing, does not become the failure of a request that arrives meanwhile.
    for (const dial of this.#dials) dial.abort(reason);
    this.#dials.clear();
    if (this.#open.size === 0) this.#onEmpty();
  }

  /** Makes as many connections as the waiting requests call for. */
  #grow(): void {
    // A shared connection that is full will have room again; one that goes away is not to be waited for, however
    // long its last request takes.
    const wanted = this.#multiplexes
      ? (this.#shared === undefined ? Math.min(1, this.#waiters.length) : 0)
      : Math.min(this.#waiters.length, this.#options.maxConnectionsPerOrigin - this.#open.size);
    for (let count = this.#dials.size; count < wanted; count++) {
      const waiter = this.#waiters[count];
      if (waiter !== undefined) void this.#dial(waiter);
    }
  }

  async #dial(waiter: Waiter): Promise<void> {
    const dial = new AbortController();
    this.#dials.add(dial);
    const shared = this.#multiplexes;
    try {
      const connection = await waiter.connect(this, dial.signal);
      if (!this.#dials.delete(dial)) return connection.close(); // given up meanwhile
      if (connection.capacity > 0) this.#adopt(connection);
      else this.#pass(connection, shared ? this.#waiters.splice(0) : [this.#failing(waiter)]);
    } catch (reason) {
      if (!this.#dials.delete(dial)) return;
      const failed = shared ? this.#sharing(waiter, reason) : [this.#failing(waiter)];
      for (const one of failed) one?.reject(reason);
    }
    this.#afterLoss();
  }

  /**
   * Gives a connection that ended while it was made to those that it was made for: its driver tells them why. To make
   * another instead would never end with a server that hangs up on each.
   */
  #pass(connection: Connection, waiters: readonly (Waiter | undefined)[]): void {
    for (const waiter of waiters) {
      if (waiter === undefined) continue;
      connection.reserve();
      waiter.resolve(connection);
    }
  }

  #adopt(connection: Connection): void {
    this.#open.add(connection);
    this.#multiplexes = connection.multiplexed;
    if (connection.multiplexed) this.#shared = connection;
    this.onAvailable(connection);
  }

  /** Who is to hear of a failed dial that was to be shared: all, but for those who would have waited longer for it. */
  #sharing(waiter: Waiter, reason: unknown): Waiter[] {
    const expired = reason instanceof ClientError &&
      (reason.code === "connect_timeout" || reason.code === "handshake_timeout");
    const failed = this.#waiters.splice(0);
    if (!expired) return failed;
    this.#waiters.push(...failed.filter((one) => one.patience > waiter.patience));
    return failed.filter((one) => one.patience <= waiter.patience);
  }

  /** Who is to hear of a failed dial: the one it was made for, or if that one was served meanwhile, the next. */
  #failing(waiter: Waiter): Waiter | undefined {
    const index = this.#waiters.indexOf(waiter);
    return index >= 0 ? this.#waiters.splice(index, 1)[0] : undefined;
  }
}
