/**
 * Calling hooks: in a microtask, where no state of a connection is half changed, and so that no error of theirs harms.
 *
 * @module
 */

import { now as clock } from "../../io/timers.ts";
import type { HookEvent, HookEvents, ResolvedHooks } from "../hooks/client_hooks.ts";

/** Tells the hooks of one name of an event, which is not made where there is none. */
export function tell<Name extends keyof HookEvents>(
  { told, onError }: ResolvedHooks,
  name: Name,
  make: () => HookEvents[Name],
): void {
  const all = told[name];
  if (all === undefined) return;
  const event = make();
  Object.freeze(event); // one hook must not change what the next is told
  queueMicrotask(() => {
    for (const hook of all) {
      callHook(() => hook(event), (error) => {
        for (const hook of onError) callHook(() => hook(error, event), () => {});
      });
    }
  });
}

/** The times of an event that happens now. */
export function timesOfNow(): HookEvent {
  return { time: clock(), wallTime: Date.now() };
}

/** Adds members that are made when they are read, and not shown when the event is printed. */
export function withHidden<Shown extends object, Hidden extends object>(
  event: Shown,
  hidden: { readonly [Name in keyof Hidden]: () => Hidden[Name] },
): Shown & Hidden {
  for (const name of Reflect.ownKeys(hidden)) {
    Object.defineProperty(event, name, { get: Reflect.get(hidden, name) });
  }
  return event as Shown & Hidden; // each member was defined
}

function callHook(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    const result = call();
    if (typeof result === "object" && result !== null && "then" in result) {
      Promise.resolve(result).catch(onError);
    }
  } catch (error) {
    onError(error);
  }
}
