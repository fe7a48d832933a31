/**
 * The runtime's timers and clock, as they were when this module was loaded.
 *
 * Tests install fake timers and move their clock, and a `fetch` that is part of the runtime does not notice. Neither may
 * this one: a tick of a minute in a caller's test would otherwise be a connect timeout of the client.
 *
 * @module
 */

/** `setTimeout`. */
export const setTimeout: typeof globalThis.setTimeout = globalThis.setTimeout;

/** `clearTimeout`. */
export const clearTimeout: typeof globalThis.clearTimeout = globalThis.clearTimeout;

/** Waits for the end of this turn of the event loop, behind all promises; browsers have no such wait, and go on. */
export function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate === undefined ? resolve() : void setImmediate(resolve));
}

const setImmediate: typeof globalThis.setImmediate | undefined = globalThis.setImmediate;

/** The milliseconds of `performance.now()`. */
export const now: () => number = performance.now.bind(performance);
