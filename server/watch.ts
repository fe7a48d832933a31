/**
 * The deadlines of all connections of a server, by one timer.
 *
 * A connection has one deadline at a time, which is a number that it sets anew whenever something happens: that costs
 * nothing. The watch looks at all of them every half second, which is exact enough for time limits of seconds.
 *
 * @module
 */

import { clearTimeout, now, setTimeout } from "../io/timers.ts";
import { MAX_WATCH_PERIOD_MS } from "./limits.ts";
import { unrefTimer } from "./runtime.ts";

/** A connection with a deadline. */
export interface Watched {
  /** The time at which the deadline passes, in milliseconds of {@linkcode Watch.now}; `Infinity`: there is none. */
  readonly due: number;
  /** Called when the deadline has passed, at every look until there is another. */
  onDue(): void;
}

/** Looks at the deadlines of connections. It does not keep the process alive. */
export class Watch {
  readonly #watched = new Set<Watched>();
  readonly #period: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The clock: it stands still while the process does. */
  #now = now();
  #lastLook = this.#now;

  /** @param shortest The shortest time limit that is watched, in milliseconds. */
  constructor(shortest: number) {
    this.#period = Math.min(Math.max(shortest / 4, 1), MAX_WATCH_PERIOD_MS);
  }

  /** The time of the last look, in milliseconds, without the time in which the process stood still. */
  get now(): number {
    return this.#now;
  }

  /** The deadline that is so many milliseconds from now, and never passes before. */
  after(milliseconds: number): number {
    // The time is that of the last look, so that asking for it costs nothing. Without connections there are no looks.
    if (this.#timer === undefined) this.#now = now();
    return this.#now + milliseconds + this.#period;
  }

  /** Begins to look at a deadline. */
  add(watched: Watched): void {
    this.#watched.add(watched);
    if (this.#timer === undefined) {
      this.#now = this.#lastLook = now();
      this.#arm();
    }
  }

  /** Looks at it no more. */
  delete(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = setTimeout(this.#look, this.#period);
    unrefTimer(this.#timer);
  }

  readonly #look = (): void => {
    this.#arm();
    const time = now();
    // While a handler blocks the process, or the machine sleeps, what clients send waits to be read: they are not late.
    this.#now += Math.min(time - this.#lastLook, 2 * this.#period);
    this.#lastLook = time;
    for (const watched of this.#watched) if (watched.due <= this.#now) watched.onDue();
  };
}
