/**
 * A client's store whose sessions are bytes, as those of a file or a database are.
 *
 * @module
 */

import { ClientSession, type ClientSessionStore } from "../../../tls/session/session.ts";

/** Makes a store; `bend` is what becomes of the bytes while they lie there. */
export function serializedSessions(
  bend: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): ClientSessionStore {
  const stored = new Map<string, Uint8Array[]>();
  return {
    put(serverName, session): void {
      const of = stored.get(serverName) ?? [];
      of.push(session.serialize());
      stored.set(serverName, of);
    },
    take(serverName): ClientSession | undefined {
      const bytes = stored.get(serverName)?.pop();
      return bytes && ClientSession.deserialize(bend(bytes));
    },
  };
}
