/**
 * Waiting with a limit: the caller's signal, or a stage that takes too long, ends an attempt early.
 *
 * @module
 */

import { clearTimeout, setTimeout } from "./timers.ts";
import { withResolvers } from "./with_resolvers.ts";

/** Milliseconds of the longest timer: timers have signed 32 bits, and one with a longer delay fires at once. */
export const MAX_TIMER_MS = 0x7fffffff;

/** One attempt, such as to connect: {@linkcode Attempt.run} makes it, and ends its timer and its listener. */
export class Attempt implements Disposable {
  /**
   * Runs work as one attempt. (`using` would say it shorter; Node.js 22 has no such declarations.)
   *
   * @param caller The caller's signal.
   * @returns The result of `work`.
   * @throws The signal's reason, if it is aborted already, else the rejection of `work`.
   */
  static async run<T>(
    caller: AbortSignal | undefined,
    work: (attempt: Attempt) => Promise<T>,
  ): Promise<T> {
    const attempt = new Attempt(caller);
    try {
      return await work(attempt);
    } finally {
      attempt[Symbol.dispose]();
    }
  }

  readonly #caller: AbortSignal | undefined;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | undefined;

  /**
   * Begins the attempt.
   *
   * @param caller The caller's signal.
   * @throws The signal's reason, if it is aborted already.
   */
  constructor(caller: AbortSignal | undefined) {
    caller?.throwIfAborted();
    this.#caller = caller;
    caller?.addEventListener("abort", this.#abort);
  }

  /** A signal that is aborted when the attempt ends early, with the reason that the attempt rejects with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Begins a stage, and ends the stage before.
   *
   * @param milliseconds The limit of the stage; `undefined` and `Infinity` set none.
   * @param error Makes the error that the attempt rejects with when the stage takes longer.
   * @throws {RangeError} If `milliseconds` is not a positive number.
   */
  allow(milliseconds: number | undefined, error: () => Error): void {
    clearTimeout(this.#timer);
    if (milliseconds === undefined || milliseconds === Infinity) return;
    if (!(milliseconds > 0)) {
      throw new RangeError(`Cannot allow ${milliseconds} ms: a time must be above 0`);
    }
    this.#timer = setTimeout(() => this.#end(error()), Math.min(milliseconds, MAX_TIMER_MS));
  }

  /**
   * Waits for work that can be stopped: `stop` is called when the attempt ends early, and `work` has to settle then.
   *
   * @returns The result of `work`.
   * @throws The reason of the attempt's early end, else the rejection of `work`.
   */
  async stopping<T>(work: Promise<T>, stop: () => void): Promise<T> {
    this.#stop = stop;
    if (this.signal.aborted) stop();
    try {
      const result = await work;
      this.signal.throwIfAborted();
      return result;
    } catch (error) {
      throw this.signal.aborted ? this.signal.reason : error;
    } finally {
      this.#stop = undefined;
    }
  }

  /**
   * Waits for work that cannot be stopped: when the attempt ends early, the wait ends, and a result that `work` still
   * gives goes to `discard`.
   *
   * @returns The result of `work`.
   * @throws The reason of the attempt's early end, else the rejection of `work`.
   */
  leaving<T>(work: Promise<T>, discard: (result: T) => void): Promise<T> {
    const leave = withResolvers<never>();
    return this.stopping(Promise.race([work, leave.promise]), () => {
      leave.reject(this.signal.reason);
      work.then(discard, () => {}); // a rejection after the end is ignored
    });
  }

  /** Ends the timer and the listener. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener("abort", this.#abort);
  }

  readonly #abort = (): void => this.#end(this.#caller?.reason);

  #end(reason: unknown): void {
    this.#controller.abort(reason);
    this.#stop?.();
  }
}

/**
 * Waits until `work` has settled, or a time has passed.
 *
 * @param milliseconds The limit of the wait.
 * @param work The work. A rejection ends the wait like any result.
 */
export async function settledWithin(milliseconds: number, work: Promise<unknown>): Promise<void> {
  await Attempt.run(undefined, async (attempt) => {
    attempt.allow(milliseconds, () => new DOMException("Timed out", "TimeoutError"));
    await attempt.leaving(work, () => {}).catch(() => {});
  });
}
