/**
 * The check of hooks.
 *
 * @module
 */

import type { ClientHooks, ResolvedHooks } from "./client_hooks.ts";

type AnyFunction = (...args: never[]) => unknown;

/**
 * Checks hooks, and puts them behind others.
 *
 * @param on The hooks, or several that are told in order.
 * @param before Hooks that are told first.
 * @param refused Makes the error of a reason.
 * @returns All of them; `undefined` where there is none.
 */
export function resolveHooks(
  on: ClientHooks | readonly ClientHooks[] | undefined,
  before: ResolvedHooks | undefined,
  refused: (reason: string) => Error,
): ResolvedHooks | undefined {
  if (on === undefined) return before;
  const told = new Map<string, readonly AnyFunction[]>(Object.entries(before?.told ?? {}));
  let onError: readonly AnyFunction[] = before?.onError ?? [];
  for (const hooks of isList(on) ? on : [on]) {
    if (typeof hooks !== "object" || hooks === null) throw refused('"on" is no object of hooks');
    const unknown = Object.keys(hooks).find((name) => !NAMES.includes(name));
    if (unknown !== undefined) throw refused(`"on.${unknown}" is not a hook of this version`);
    for (const name of NAMES) {
      const hook: unknown = Reflect.get(hooks, name);
      if (hook === undefined) continue;
      if (typeof hook !== "function") throw refused(`"on.${name}" is no function`);
      const bound: AnyFunction = hook.bind(hooks);
      if (name === "hookError") onError = [...onError, bound];
      else told.set(name, [...told.get(name) ?? [], bound]);
    }
  }
  if (told.size === 0) return undefined;
  return { told: Object.fromEntries(told), onError } as unknown as ResolvedHooks; // each was given for its name
}

function isList(on: ClientHooks | readonly ClientHooks[]): on is readonly ClientHooks[] {
  return Array.isArray(on);
}

const HOOK_NAMES: readonly (keyof ClientHooks)[] = [
  "connect",
  "handshake",
  "request",
  "informational",
  "response",
  "content",
  "retry",
  "redirect",
  "end",
  "close",
  "hookError",
];
const NAMES: readonly string[] = HOOK_NAMES;
