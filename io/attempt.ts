/**
 * One attempt to connect, and what may end it early: the caller's signal, or a stage that takes too long.
 *
 * @module
 */

/** The longest delay of a timer, in milliseconds: timers hold a signed 32-bit number, and a longer one fires at once. */
export const MAX_TIMER_MS = 0x7fffffff;

/** Watches over an attempt; dispose of it when the attempt is over, and what happens later does not touch it. */
export class Attempt implements Disposable {
  readonly #caller: AbortSignal | undefined;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | undefined;

  /**
   * Begins to watch.
   *
   * @param caller The caller's signal.
   * @throws its reason, when it is aborted already.
   */
  constructor(caller: AbortSignal | undefined) {
    caller?.throwIfAborted();
    this.#caller = caller;
    caller?.addEventListener("abort", this.#abort);
  }

  /** Aborted when the attempt ends early, with what it is to reject with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Begins a stage, which ends the one before.
   *
   * @param milliseconds How long it may take; no limit when left out.
   * @param error Makes what the attempt rejects with when it takes longer.
   * @throws {RangeError} when `milliseconds` is no positive number.
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
   * Waits for what only stops when it is told to: `stop` is called when the attempt ends early, and `work` has
   * to settle then.
   *
   * @returns what `work` came to.
   * @throws what the attempt ended with, else what `work` rejects with.
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
   * Waits for what cannot be stopped: when the attempt ends early, `work` is left to itself, and a result that
   * still comes goes to `discard`.
   *
   * @returns what `work` came to.
   * @throws what the attempt ended with, else what `work` rejects with.
   */
  leaving<T>(work: Promise<T>, discard: (late: T) => void): Promise<T> {
    const leave = Promise.withResolvers<never>();
    return this.stopping(Promise.race([work, leave.promise]), () => {
      leave.reject(this.signal.reason);
      work.then(discard, () => {}); // a late failure concerns nobody
    });
  }

  /** Ends the watch. */
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
 * Waits until `work` has settled, but not for ever.
 *
 * @param milliseconds How long to wait at most.
 * @param work What is waited for. A rejection ends the wait like any result.
 */
export async function settledWithin(milliseconds: number, work: Promise<unknown>): Promise<void> {
  using attempt = new Attempt(undefined);
  attempt.allow(milliseconds, () => new DOMException("Timed out", "TimeoutError"));
  await attempt.leaving(work, () => {}).catch(() => {});
}
