/**
 * Scripts: a protocol as a generator that reads from top to bottom, and is suspended where it needs something.
 *
 * A script yields `undefined` where it needs bytes from the peer, an event for the application, and a promise where a
 * crypto provider returned one. With a synchronous provider nothing here is asynchronous, so tests and fuzzers can step
 * through a handshake without `await`.
 *
 * @module
 */

/** A value, or a promise of one. */
export type Eventual<T> = T | Promise<T>;

/** A yield of a script: an event, `undefined` when it needs bytes, or a promise that it waits for. */
export type Signal<Event> = Event | undefined | Promise<unknown>;

/** A protocol, or a part of one, as a generator that returns a `T`. */
export type Script<T, Event = never> = Generator<Signal<Event>, T, unknown>;

/** Unwraps an eventual value. The script is suspended only for a promise. */
export function* settle<T>(value: Eventual<T>): Script<T> {
  // The yield returns the value of the promise: `ScriptRunner` and `run` pass it back.
  return value instanceof Promise ? (yield value) as T : value;
}

/** Marks the rejection of a promise as handled, because an unhandled rejection ends the process. */
export function ignoreRejection(value: Eventual<unknown>): void {
  if (value instanceof Promise) value.catch(() => {});
}

/**
 * Runs a script that yields promises only, such as the validation of a certificate chain.
 *
 * @returns The result of the script, synchronously if it yielded no promise.
 * @throws {TypeError} If the script asks for bytes.
 */
export function run<T>(script: Script<T>): Eventual<T> {
  const step = script.next();
  return step.done === true ? step.value : runOn(script, step.value);
}

async function runOn<T>(script: Script<T>, first: Signal<never>): Promise<T> {
  let signal = first;
  while (true) {
    if (!(signal instanceof Promise)) throw new TypeError("Cannot run the script: it asks for bytes");
    const step: IteratorResult<Signal<never>, T> = await signal.then(
      (reply) => script.next(reply),
      (reason) => script.throw(reason),
    );
    if (step.done === true) return step.value;
    signal = step.value;
  }
}

/** Runs a script from event to event, asynchronously only where the script yields a promise. */
export class ScriptRunner<Event> {
  readonly #script: Script<void, Event>;
  #waiting = false;

  /** Takes a script that has not begun. */
  constructor(script: Script<void, Event>) {
    this.#script = script;
  }

  /** Whether the promise of the last call is still pending. */
  get isWaiting(): boolean {
    return this.#waiting;
  }

  /**
   * The next event, or `undefined` when there is none until more bytes are received.
   *
   * @throws {TypeError} If the promise of the last call is still pending.
   * @throws The error of the script. A script that threw is finished, so the caller has to remember the failure.
   */
  next(): Eventual<Event | undefined> {
    if (this.#waiting) throw new TypeError("Cannot advance: a step is pending");
    const { value } = this.#script.next();
    return value instanceof Promise ? this.#wait(value) : value ?? undefined;
  }

  async #wait(pending: Promise<unknown>): Promise<Event | undefined> {
    this.#waiting = true;
    try {
      let value: Signal<Event> | void = pending;
      while (value instanceof Promise) {
        const step: IteratorResult<Signal<Event>, void> = await value.then(
          (reply) => this.#script.next(reply),
          (reason) => this.#script.throw(reason),
        );
        value = step.value;
      }
      return value ?? undefined;
    } finally {
      this.#waiting = false;
    }
  }
}
