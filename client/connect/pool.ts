/**
 * The connections to one origin, and the requests that wait for one.
 *
 * - An HTTP/1.1 connection carries one request at a time. A free one is taken last in, first out, so that the surplus
 *   of a burst grows old and is closed; when none is free, another is dialled, up to a limit.
 * - An HTTP/2 connection is shared as soon as it exists, up to the number of streams that the peer allows. There is
 *   one; another is dialled only when it takes no more requests for good (GOAWAY, closed, out of stream identifiers), or,
 *   as far as `maxHttp2ConnectionsPerOrigin` allows, when a request finds none of their streams free.
 * - The first connection to an origin shows which version it speaks, so it is the only one until then, however many
 *   requests arrive (single flight); if it is HTTP/1.1, the waiting requests get connections of their own.
 *
 * A failed dial fails every request that it was made for: one request where each has its own dial, all waiting requests
 * where the connection was to be shared. The pool does not retry; `exchange` does.
 *
 * @module
 */

import { now as clock } from "../../io/timers.ts";
import type { Connect, ConnectionListener, PooledConnection } from "./pooled_connection.ts";
import type { Deadline, Deadlines } from "../time/deadlines.ts";
import { ClientError } from "../error/client_error.ts";
import type { ResolvedPoolOptions } from "../options.ts";
import { connectTooSlow, noneFree } from "./wait_failure.ts";
import { type Waiter, WaitQueue } from "./wait_queue.ts";

/** Options of {@linkcode OriginPool.wait}. */
export interface WaitOptions {
  /** Makes a connection, where none becomes free. */
  readonly connect: Connect;
  /** Milliseconds that making the connection may take; no limit by default. */
  readonly timeout?: number;
  /** Milliseconds to wait while none is made and none becomes free for any request; no limit by default. */
  readonly waitTimeout?: number;
  /** The host and port that errors name. */
  readonly host: string;
  /** Called with a function that ends the wait with a reason. */
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
export class OriginPool implements ConnectionListener {
  readonly #options: ResolvedPoolOptions;
  readonly #deadlines: Deadlines;
  readonly #onEmpty: () => void;
  readonly #open = new Set<PooledConnection>();
  readonly #idle = new Map<PooledConnection, Deadline>(); // in the order in which they became idle
  readonly #free: PooledConnection[] = []; // idle HTTP/1.1 connections, last in, first out
  readonly #waiters: WaitQueue;
  readonly #dials = new Set<AbortController>();
  readonly #shared = new Set<PooledConnection>(); // the HTTP/2 connections that take requests
  #mayAddShared = true; // until one beside others could not be made
  #mayMultiplex: boolean; // of the next connection; the last one showed it, once there was one

  /**
   * Starts without a connection.
   *
   * @param options Limits of connections and of their idle time.
   * @param mayMultiplex Whether a connection may turn out to speak HTTP/2.
   * @param deadlines The clock for idle connections.
   * @param onEmpty Called when the pool has neither a connection nor a dial nor a waiting request.
   */
  constructor(
    options: ResolvedPoolOptions,
    mayMultiplex: boolean,
    deadlines: Deadlines,
    onEmpty: () => void,
  ) {
    this.#options = options;
    this.#mayMultiplex = mayMultiplex;
    this.#deadlines = deadlines;
    this.#onEmpty = onEmpty;
    const dials = this.#dials;
    this.#waiters = new WaitQueue(deadlines, {
      get isConnecting() {
        return dials.size > 0;
      },
      onOverdue: (waiters) => this.#endWaits(waiters),
    });
  }

  /**
   * Reserves a place on a connection that can take a request now; `undefined` where there is none.
   *
   * @param now The time, by which connections may be idle for too long although no timer has said so yet.
   */
  take(now: number = clock()): PooledConnection | undefined {
    if (this.#shared.size > 0) { // HTTP/1.1 has none, and asks for each request
      for (const shared of this.#shared) if (this.#isUsable(shared, now)) return this.#reserve(shared);
    }
    for (let free = this.#free.at(-1); free !== undefined; free = this.#free.at(-1)) {
      if (this.#isUsable(free, now)) return this.#reserve(free);
      this.onClosing(free);
    }
    return undefined;
  }

  /** Whether there is an HTTP/2 connection of which a stream can switch to another protocol now. */
  get allowsUpgrade(): boolean {
    for (const shared of this.#shared) if (shared.allowsUpgrade && shared.capacity > 0) return true;
    return false;
  }

  /** How many requests the server allows at a time, as one of the HTTP/2 connections knows. */
  get streamLimit(): number | undefined {
    for (const { streamLimit } of this.#shared) if (streamLimit !== undefined) return streamLimit;
    return undefined;
  }

  /** Gives an unused place back. */
  giveBack(connection: PooledConnection): void {
    connection.release();
    this.onAvailable(connection);
  }

  /** Waits for a connection, and reserves a place on it. */
  wait(options: WaitOptions): Promise<PooledConnection> {
    const { connect, timeout = Infinity, waitTimeout = Infinity, host, onCancel } = options;
    return new Promise((resolve, reject) => {
      const since = clock();
      const waiter: Waiter = { resolve, reject, connect, timeout, waitTimeout, host, since };
      this.#waiters.add(waiter);
      onCancel?.((reason) => this.#cancelWait(waiter, reason));
      this.#dialMissing();
      this.#waiters.watch(waiter);
    });
  }

  /** Closes the idle connections. */
  closeIdle(): void {
    for (const connection of [...this.#idle.keys()]) this.#closeIdle(connection);
  }

  /** The present state. */
  stats(): OriginStats {
    return {
      connections: this.#open.size,
      idle: this.#idle.size,
      connecting: this.#dials.size,
      waiting: this.#waiters.size,
    };
  }

  /** Closes every connection; waiting requests reject with what `reason` returns. */
  close(reason: () => unknown): void {
    for (const waiter of this.#waiters.removeAll()) waiter.reject(reason());
    for (const dial of this.#dials) dial.abort(reason());
    this.#dials.clear();
    for (const connection of [...this.#open]) {
      this.#remove(connection);
      connection.close();
    }
  }

  /** Gives the free places of a connection to waiting requests; marks it idle if it has no request then. */
  onAvailable(connection: PooledConnection): void {
    if (!this.#open.has(connection)) return;
    if (connection.spent && connection.idle) return this.#closeIdle(connection);
    while (this.#waiters.size > 0 && connection.capacity > 0) {
      this.#waiters.shift()?.resolve(this.#reserve(connection));
    }
    // One whose peer allows no stream grows old as well: it may never allow another.
    if (connection.idle && !connection.isEnding) this.#markIdle(connection);
  }

  /** Takes a connection that accepts no more requests out of use; waiting requests get another. */
  onClosing(connection: PooledConnection): void {
    this.#shared.delete(connection);
    this.#markBusy(connection);
    if (this.#waiters.size > 0) this.#dialMissing();
  }

  /** Removes a closed connection; waiting requests get another. */
  onClosed(connection: PooledConnection): void {
    this.#remove(connection);
    this.#replaceLost();
  }

  /** Whether a connection can take a request, and is not idle for longer than it may. */
  #isUsable(connection: PooledConnection, now: number): boolean {
    if (connection.capacity <= 0) return false;
    const deadline = this.#idle.get(connection);
    // A process that was busy, or asleep, is late with its timers.
    if (deadline === undefined || deadline.due > now) return true;
    this.#remove(connection);
    connection.close();
    return false;
  }

  /** Starts the idle timeout of a connection. */
  #markIdle(connection: PooledConnection): void {
    if (this.#idle.has(connection)) return;
    if (!connection.multiplexed) this.#free.push(connection);
    const { maxIdlePerOrigin } = this.#options;
    const idleTimeout = Math.min(this.#options.idleTimeout, connection.idleTimeout);
    this.#idle.set(connection, this.#deadlines.set(idleTimeout, () => this.#closeIdle(connection)));
    if (this.#idle.size > maxIdlePerOrigin) {
      const [oldest] = this.#idle.keys();
      if (oldest !== undefined) this.#closeIdle(oldest);
    }
  }

  /** Stops the idle timeout of a connection. */
  #markBusy(connection: PooledConnection): void {
    const deadline = this.#idle.get(connection);
    if (deadline === undefined) return;
    this.#idle.delete(connection);
    this.#deadlines.clear(deadline);
    // The one that is taken stands last; one that the peer closes may stand anywhere.
    const free = this.#free.lastIndexOf(connection);
    if (free >= 0) this.#free.splice(free, 1);
  }

  #reserve(connection: PooledConnection): PooledConnection {
    this.#markBusy(connection);
    connection.reserve();
    return connection;
  }

  #closeIdle(connection: PooledConnection): void {
    this.#remove(connection);
    connection.close();
    this.#replaceLost();
  }

  #remove(connection: PooledConnection): void {
    this.#open.delete(connection);
    this.#markBusy(connection);
    if (this.#shared.delete(connection)) this.#mayAddShared = true;
  }

  /** Dials for the waiting requests, or reports the pool empty. */
  #replaceLost(): void {
    if (this.#waiters.size > 0) this.#dialMissing();
    else if (this.#open.size === 0 && this.#dials.size === 0) this.#onEmpty();
  }

  #cancelWait(waiter: Waiter, reason: unknown): void {
    if (!this.#waiters.remove(waiter)) return;
    waiter.reject(reason);
    this.#stopUnwantedDials(reason);
  }

  /** Rejects requests that have waited for too long. */
  #endWaits(waiters: readonly Waiter[]): void {
    const isConnecting = this.#dials.size > 0;
    let reason: ClientError | undefined;
    for (const { host, timeout, waitTimeout, reject } of waiters) {
      reason = isConnecting ? connectTooSlow(host, timeout) : noneFree(host, waitTimeout, this.#open);
      reject(reason);
    }
    this.#stopUnwantedDials(reason);
  }

  #stopUnwantedDials(reason: unknown): void {
    if (this.#waiters.size > 0) return;
    // No request waits for these dials any more. They are removed at once, so that their failure, which this request
    // caused, does not become the failure of a request that arrives meanwhile.
    for (const dial of this.#dials) dial.abort(reason);
    this.#dials.clear();
    if (this.#open.size === 0) this.#onEmpty();
  }

  /** Dials the connections that the waiting requests need and that are not being dialled yet. */
  #dialMissing(): void {
    // A full shared connection will have places again. One that is closing has none, however long its last request
    // takes, and is no longer `#shared`.
    const wanted = this.#mayMultiplex
      ? (this.#wantsShared() ? Math.min(1, this.#waiters.size) : 0)
      : Math.min(this.#waiters.size, this.#options.maxConnectionsPerOrigin - this.#open.size);
    for (let count = this.#dials.size; count < wanted; count++) {
      const waiter = this.#waiters.at(count);
      if (waiter !== undefined) void this.#dial(waiter);
    }
  }

  /** Whether waiting requests need another HTTP/2 connection. */
  #wantsShared(): boolean {
    const { size } = this.#shared;
    return size === 0 || (size < this.#options.maxHttp2ConnectionsPerOrigin && this.#mayAddShared);
  }

  /** Whether the streams of other connections will serve waiting requests. */
  #othersServe(): boolean {
    return this.#shared.size > 0 && this.#options.keepsStreams !== true;
  }

  async #dial(waiter: Waiter): Promise<void> {
    const dial = new AbortController();
    this.#dials.add(dial);
    const isShared = this.#mayMultiplex;
    try {
      const connection = await waiter.connect(this, dial.signal);
      if (!this.#dials.delete(dial)) return connection.close(); // cancelled meanwhile
      this.#waiters.progress();
      if (connection.capacity > 0) this.#add(connection);
      else if (isShared && this.#othersServe()) this.#mayAddShared = false;
      else {
        const waiters = isShared ? this.#waiters.removeAll() : this.#takeWaiterOfOwnDial(waiter);
        resolveClosed(connection, waiters);
      }
    } catch (reason) {
      if (!this.#dials.delete(dial)) return;
      this.#waiters.progress();
      // Where other connections stand, their streams will serve the waiting requests.
      if (isShared && this.#othersServe()) this.#mayAddShared = false;
      else {
        const failed = isShared
          ? this.#takeWaitersOfSharedDial(waiter, reason)
          : this.#takeWaiterOfOwnDial(waiter);
        for (const one of failed) one.reject(reason);
        if (failed.length === 0) dial.abort(reason); // another connection served them: what the failure holds is let go
      }
    }
    this.#replaceLost();
  }

  #add(connection: PooledConnection): void {
    this.#open.add(connection);
    this.#mayMultiplex = connection.multiplexed;
    if (connection.multiplexed) this.#shared.add(connection);
    this.onAvailable(connection);
  }

  /**
   * Removes and returns the waiters that a failed shared dial rejects: all of them; after a timeout, those whose own
   * timeout is not longer.
   */
  #takeWaitersOfSharedDial(waiter: Waiter, reason: unknown): readonly Waiter[] {
    const timedOut = reason instanceof ClientError &&
      (reason.code === "connect_timeout" || reason.code === "handshake_timeout");
    return this.#waiters.removeAll((one) => !timedOut || one.timeout <= waiter.timeout);
  }

  /** Removes and returns the waiter that a dial was made for; none if another connection has served it meanwhile. */
  #takeWaiterOfOwnDial(waiter: Waiter): readonly Waiter[] {
    return this.#waiters.remove(waiter) ? [waiter] : [];
  }
}

/**
 * Gives a connection that closed while it was made to the requests that it was made for: its driver rejects them with
 * the reason. Dialling another instead would never end with a server that closes every connection.
 */
function resolveClosed(connection: PooledConnection, waiters: readonly Waiter[]): void {
  for (const waiter of waiters) {
    connection.reserve();
    waiter.resolve(connection);
  }
}
