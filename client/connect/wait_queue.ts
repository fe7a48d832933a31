/**
 * The requests that wait for a connection of one origin, first come, first served, and the deadline of their wait.
 *
 * The deadline is one of progress: it starts anew whenever a request got a connection, or making one has ended. A long
 * queue that moves is no fault, however long its last request waits; one that stands still ends, request by request.
 *
 * @module
 */

import { MAX_TIMER_MS } from "../../io/attempt.ts";
import { clearTimeout, now as clock, setTimeout } from "../../io/timers.ts";
import { MAX_CONNECT_LAG_MS } from "../defaults.ts";
import type { Deadline, Deadlines } from "../time/deadlines.ts";
import type { Connect, PooledConnection } from "./pooled_connection.ts";

/** A request that waits for a connection. */
export interface Waiter {
  /** Gives it a connection. */
  readonly resolve: (connection: PooledConnection) => void;
  /** Ends its wait. */
  readonly reject: (reason: unknown) => void;
  /** Makes a connection for it. */
  readonly connect: Connect;
  /** Milliseconds that making the connection may take. */
  readonly timeout: number;
  /** Milliseconds that it waits without progress while no connection is being made. */
  readonly waitTimeout: number;
  /** The host and port that errors name. */
  readonly host: string;
  /** When its wait began. */
  readonly since: number;
}

/** The pool, as its queue sees it. */
export interface WaitQueueListener {
  /** Whether a connection is being made. */
  readonly isConnecting: boolean;
  /** The deadline of these requests, which are no longer in the queue, has expired. */
  onOverdue(waiters: readonly Waiter[]): void;
}

/** The queue of one origin. */
export class WaitQueue {
  readonly #deadlines: Deadlines;
  readonly #listener: WaitQueueListener;
  readonly #waiters: Waiter[] = [];
  #progressed = -Infinity;
  /** The next look at the deadlines of all requests: cheap where a connection is being made, else a timer of its own. */
  #deadline: Deadline | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;

  /**
   * @param deadlines The client's deadlines.
   * @param listener Receives the requests whose deadline has expired.
   */
  constructor(deadlines: Deadlines, listener: WaitQueueListener) {
    this.#deadlines = deadlines;
    this.#listener = listener;
  }

  /** How many requests wait. */
  get size(): number {
    return this.#waiters.length;
  }

  /** The request at a place of the queue, from 0. */
  at(index: number): Waiter | undefined {
    return this.#waiters[index];
  }

  /** Adds a request at the end. {@linkcode watch} starts its deadline, once it is known whether a connection is made. */
  add(waiter: Waiter): void {
    this.#waiters.push(waiter);
  }

  /** Starts the deadline of a request that was added, unless it has left. */
  watch(waiter: Waiter): void {
    if (this.#waiters.length > 0) this.#start(waiter.since + waiter.waitTimeout);
  }

  /** Removes the first request, which gets a connection. */
  shift(): Waiter | undefined {
    const first = this.#waiters.shift();
    this.progress();
    return first;
  }

  /** Removes a request. @returns Whether it waited. */
  remove(waiter: Waiter): boolean {
    const index = this.#waiters.indexOf(waiter);
    if (index < 0) return false;
    this.#waiters.splice(index, 1);
    if (this.#waiters.length === 0) this.#stop();
    return true;
  }

  /** Removes and returns the requests for which `condition` holds; all by default. */
  removeAll(condition: (waiter: Waiter) => boolean = () => true): readonly Waiter[] {
    const all = this.#waiters.splice(0);
    const removed: Waiter[] = [];
    for (const waiter of all) (condition(waiter) ? removed : this.#waiters).push(waiter);
    if (this.#waiters.length === 0) this.#stop();
    return removed;
  }

  /** Takes note that a request got a connection, or that making one has ended. */
  progress(): void {
    this.#progressed = clock();
    if (this.#waiters.length === 0) this.#stop();
    else if (this.#timer === undefined) this.#start(this.#due);
  }

  /** When the deadline of a request expires. */
  #dueOf({ since, timeout, waitTimeout }: Waiter): number {
    const limit = this.#listener.isConnecting ? timeout + MAX_CONNECT_LAG_MS : waitTimeout;
    return Math.max(since, this.#progressed) + limit;
  }

  /** Removes the requests whose deadline has expired, and waits for the next one. */
  #expire(): void {
    this.#stop();
    const now = clock();
    const overdue = this.removeAll((waiter) => this.#dueOf(waiter) <= now);
    let next = Infinity;
    // Making a connection may end, and with it the longer deadline, before that has expired.
    for (const waiter of this.#waiters) next = Math.min(next, this.#dueOf(waiter), now + waiter.waitTimeout);
    this.#start(next);
    if (overdue.length > 0) this.#listener.onOverdue(overdue);
  }

  /**
   * Looks at the deadlines at `due`, or earlier where that was asked for. While no connection is being made, which keeps
   * the process alive, this does: a request is in flight.
   */
  #start(due: number): void {
    const isKept = this.#listener.isConnecting || this.#timer !== undefined;
    if (due === Infinity || (due >= this.#due && isKept)) return;
    const sooner = Math.min(due, this.#due);
    this.#stop();
    this.#due = sooner;
    const delay = Math.max(Math.ceil(sooner - clock()), 0);
    if (this.#listener.isConnecting) this.#deadline = this.#deadlines.set(delay, () => this.#expire());
    else this.#timer = setTimeout(() => this.#expire(), Math.min(delay, MAX_TIMER_MS));
  }

  #stop(): void {
    this.#deadlines.clear(this.#deadline);
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#deadline = undefined;
    this.#timer = undefined;
    this.#due = Infinity;
  }
}
