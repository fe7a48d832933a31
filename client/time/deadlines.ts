/**
 * Deadlines that share timers.
 *
 * A `setTimeout`/`clearTimeout` pair costs more than a microsecond, and a client that allows 30 s for the headers
 * of each request would pay it each time for a timer that almost never fires. Deadlines of one length expire in
 * the order in which they were set, so each length has a queue, and one timer that waits for the queue's head.
 *
 * @module
 */

import { MAX_TIMER_MS } from "../../io/attempt.ts";
import { clearTimeout, now as clock, setTimeout } from "../../io/timers.ts";
import { MAX_IDLE_TIMERS } from "../defaults.ts";
import { unrefTimer } from "../runtime.ts";

/** A deadline, as {@linkcode Deadlines.set} returns it for {@linkcode Deadlines.clear}. */
export interface Deadline {
  /** The time at which it expires, in milliseconds of `performance.now()`. */
  readonly due: number;
}

interface Entry extends Deadline {
  readonly queue: Queue;
  readonly expired: () => void;
  previous: Entry | undefined;
  next: Entry | undefined;
  live: boolean;
}

interface Queue {
  readonly milliseconds: number;
  head: Entry | undefined;
  tail: Entry | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** A set of deadlines that share one timer for each length. */
export class Deadlines {
  #queues = new Map<number, Queue>();

  /**
   * Calls `expired` after `milliseconds`, unless the deadline is cleared before. It does not keep the process alive.
   */
  set(milliseconds: number, expired: () => void): Deadline {
    milliseconds = Math.min(milliseconds, MAX_TIMER_MS);
    let queue = this.#queues.get(milliseconds);
    if (queue === undefined) {
      queue = { milliseconds, head: undefined, tail: undefined, timer: undefined };
      this.#queues.set(milliseconds, queue);
    }
    const due = clock() + milliseconds;
    const entry: Entry = { due, queue, expired, previous: queue.tail, next: undefined, live: true };
    if (queue.tail === undefined) queue.head = entry;
    else queue.tail.next = entry;
    queue.tail = entry;
    // A timer may still run for an entry that was cleared; it will find this one.
    if (queue.timer === undefined) this.#arm(queue, milliseconds);
    return entry;
  }

  /** Drops one deadline; no effect if it was dropped or has expired. */
  clear(deadline: Deadline | undefined): void {
    if (deadline === undefined) return;
    const entry = deadline as Entry; // only `set` makes them
    unlink(entry);
    const { queue } = entry;
    if (queue.head === undefined && this.#queues.size > MAX_IDLE_TIMERS) this.#drop(queue);
  }

  /** The number of deadlines that are set. */
  get size(): number {
    let size = 0;
    for (const queue of this.#queues.values()) {
      for (let entry = queue.head; entry !== undefined; entry = entry.next) size++;
    }
    return size;
  }

  /** The number of lengths whose timer is kept. */
  get timers(): number {
    return this.#queues.size;
  }

  /** Drops every deadline and every timer. */
  close(): void {
    for (const queue of this.#queues.values()) {
      while (queue.head !== undefined) unlink(queue.head);
      this.#drop(queue);
    }
  }

  #drop(queue: Queue): void {
    if (queue.timer !== undefined) clearTimeout(queue.timer);
    queue.timer = undefined;
    // Another of this length may have come since.
    if (this.#queues.get(queue.milliseconds) === queue) this.#queues.delete(queue.milliseconds);
  }

  #arm(queue: Queue, milliseconds: number): void {
    const timer = setTimeout(() => {
      queue.timer = undefined;
      const now = clock();
      while (queue.head !== undefined && queue.head.due <= now) {
        const { expired } = queue.head;
        unlink(queue.head);
        expired();
      }
      // An `expired` may have set a deadline of this length, and armed the timer with it.
      if (queue.timer !== undefined) return;
      if (queue.head !== undefined) this.#arm(queue, Math.ceil(queue.head.due - now));
      else this.#drop(queue);
    }, milliseconds);
    unrefTimer(timer);
    queue.timer = timer;
  }
}

function unlink(entry: Entry): void {
  if (!entry.live) return;
  entry.live = false;
  const { queue, previous, next } = entry;
  if (previous === undefined) queue.head = next;
  else previous.next = next;
  if (next === undefined) queue.tail = previous;
  else next.previous = previous;
}
