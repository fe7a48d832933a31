/**
 * Timers in the hand of a test. The drivers keep the timers that there were when `io/timers.ts` was loaded, so a test
 * imports this module before theirs.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

const { setTimeout, clearTimeout } = globalThis;

/** The duration of the timers that wait for the test; the others run by themselves. */
let manualMs: number | undefined;
const pending = new Map<number, () => void>();
let lastId = 1_000_000_000;
let begun = 0;

globalThis.setTimeout = ((callback: () => void, delay?: number) => {
  if (manualMs === undefined || delay !== manualMs) return setTimeout(callback, delay);
  pending.set(++lastId, callback);
  begun++;
  return lastId;
}) as typeof globalThis.setTimeout; // the driver passes a function and a number
globalThis.clearTimeout = ((id?: number) => {
  if (id === undefined || !pending.delete(id)) clearTimeout(id);
}) as typeof globalThis.clearTimeout; // and here a number

/**
 * Runs `body` with the timers of this duration in the hand of the test; `tick` lets them fire, `count` counts them, and
 * `total` those that were cleared or have fired as well.
 */
export async function withTimers(
  ms: number,
  body: (tick: () => boolean, count: () => number, total: () => number) => Promise<void>,
): Promise<void> {
  manualMs = ms;
  begun = 0;
  try {
    await body(
      () => {
        const due = [...pending.values()];
        pending.clear();
        for (const callback of due) callback();
        return due.length > 0;
      },
      () => pending.size,
      () => begun,
    );
    assertEquals(pending.size, 0, "a timer is left");
  } finally {
    manualMs = undefined;
    pending.clear();
  }
}
