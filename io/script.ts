/**
 * Scripts: a protocol written top to bottom, which stops wherever it needs something.
 *
 * A script is a generator. It yields `undefined` where it needs bytes from the peer, an event where it has
 * something to tell, and a promise where a crypto provider did not answer at once. With a provider that always
 * answers at once nothing here is asynchronous, so tests and fuzzers can step through a handshake without
 * `await`.
 *
 * @module
 */

/** A value that is here, or will be. */
export type Eventual<T> = T | Promise<T>;

/** What a script yields: an event, `undefined` ("feed me"), or a promise that it waits for. */
export type Signal<Event> = Event | undefined | Promise<unknown>;

/** A protocol, or a piece of one, as a generator that returns a `T`. */
export type Script<T, Event = never> = Generator<Signal<Event>, T, unknown>;

/** Unwraps an eventual value; the script is suspended only if the value is not here yet. */
export function* settle<T>(value: Eventual<T>): Script<T> {
  // What comes back from the yield is what the promise resolved to: `ScriptRunner` and `run` see to it.
  return value instanceof Promise ? (yield value) as T : value;
}

/**
 * Marks a value as one that somebody will settle later: until then its rejection is nobody's, and an unhandled
 * rejection ends the process.
 */
export function ignoreRejection(value: Eventual<unknown>): void {
  if (value instanceof Promise) value.catch(() => {});
}

/**
 * Runs a script that asks for nothing but promises, such as the validation of a certificate chain.
 *
 * @returns What the script returns: at once if no promise was met on the way.
 * @throws {TypeError} when the script asks to be fed: there is nothing to feed it with.
 */
export function run<T>(script: Script<T>): Eventual<T> {
  const step = script.next();
  return step.done === true ? step.value : runOn(script, step.value);
}

async function runOn<T>(script: Script<T>, first: Signal<never>): Promise<T> {
  let signal = first;
  while (true) {
    if (!(signal instanceof Promise)) throw new TypeError("Cannot run the script: it asks to be fed");
    const step: IteratorResult<Signal<never>, T> = await signal.then(
      (reply) => script.next(reply),
      (reason) => script.throw(reason),
    );
    if (step.done === true) return step.value;
    signal = step.value;
  }
}

/** Runs a script from event to event; it is asynchronous only where the script is. */
export class ScriptRunner<Event> {
  readonly #script: Script<void, Event>;
  #waiting = false;

  /** Takes a script that has not begun. */
  constructor(script: Script<void, Event>) {
    this.#script = script;
  }

  /**
   * The next event, or `undefined` when there is none until more is fed.
   *
   * @throws {TypeError} when the last call's promise is still pending.
   * @throws What the script throws. A script that threw is finished: the caller remembers the failure.
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
