/**
 * The group that a server asked for with a HelloRetryRequest: the next connection begins with it, which saves a round
 * trip.
 *
 * @module
 */

import { MAX_GROUP_HINTS } from "../../limits.ts";
import type { NamedGroupName } from "../../wire/numbers.ts";

/** By config, because the groups are the config's. A Map keeps the order of insertion. */
const HINTS: WeakMap<object, Map<string, NamedGroupName>> = new WeakMap();

/** The group to begin with, where one is remembered. */
export function hintedGroup(owner: object, serverName: string): NamedGroupName | undefined {
  return HINTS.get(owner)?.get(serverName);
}

/** Remembers the group that a server asked for. */
export function rememberGroup(owner: object, serverName: string, group: NamedGroupName): void {
  let hints = HINTS.get(owner);
  if (hints === undefined) HINTS.set(owner, hints = new Map());
  hints.delete(serverName);
  hints.set(serverName, group);
  for (const oldest of hints.keys()) {
    if (hints.size <= MAX_GROUP_HINTS) break;
    hints.delete(oldest);
  }
}
