/**
 * The application's session store, called so that its failures cost no connection.
 *
 * @module
 */

import { ignoreRejection } from "../../../io/script.ts";

/**
 * Calls a store.
 *
 * @returns What the store returns; `undefined` when it throws. A promise is returned as it is, for a store must answer
 * at once, and its rejection is ignored: the handshake goes on without the session.
 */
export function orUndefined(call: () => unknown): unknown {
  try {
    const returned = call();
    ignoreRejection(returned);
    return returned;
  } catch {
    return undefined;
  }
}
