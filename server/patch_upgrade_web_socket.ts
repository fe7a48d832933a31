/**
 * `Deno.upgradeWebSocket` for requests of this package's servers: libraries call it by that name.
 *
 * @module
 */

import { upgraderOf } from "./exchange/server_request.ts";
import { replaceUpgradeWebSocket } from "./runtime.ts";

/** Makes `Deno.upgradeWebSocket` take requests of this package's servers; other requests still go to the runtime's. */
export function patchUpgradeWebSocket(): void {
  if (isPatched) return;
  isPatched = true;
  replaceUpgradeWebSocket((original) => (request, options) => {
    const upgrader = upgraderOf(request);
    return upgrader === undefined ? original(request, options) : upgrader.upgradeWebSocket(request, options);
  });
}

let isPatched = false;
