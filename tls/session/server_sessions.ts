/**
 * Stores of the sessions that clients of a server may resume (RFC 9846 §4.7.1): one for each server, or one that
 * several servers share.
 *
 * An entry is the session's state as opaque bytes, under a random name that the client holds as its ticket. A reader of
 * the store cannot impersonate the server, but can pass for the client in a resumption: protect it like a store of
 * passwords.
 *
 * @module
 */

import type { Eventual } from "../../io/script.ts";
import { DEFAULT_STORED_SESSIONS } from "../limits.ts";

/**
 * Store of a server's sessions. Both functions may be asynchronous, and the handshake waits for them; an error of one
 * costs the resumption, never the connection.
 */
export interface ServerSessionStore {
  /**
   * Stores a session until `expires`, or until the store needs the room.
   *
   * @param id 64 random hexadecimal digits.
   * @param session The state: secret, opaque and in a format of its own; a few hundred bytes, and the client's
   * certificates. A session that `take` returns for another `id`, or changed, is ignored.
   * @param expires When the session expires.
   */
  put(id: string, session: Uint8Array, expires: Date): Eventual<void>;
  /**
   * Returns a session and removes it, in one step: a ticket is used for one connection. `undefined` for an unknown one.
   *
   * "clients SHOULD NOT reuse a ticket for multiple connections" (RFC 9846 Appendix C.4); here they cannot.
   */
  take(id: string): Eventual<Uint8Array | undefined>;
}

/**
 * Makes a store in the memory of this process, as a server has it by default.
 *
 * @param limit How many sessions it holds; default: 256. When it is full the oldest one makes room.
 * @throws {RangeError} when `limit` is not a positive integer.
 *
 * @example Room for more
 * ```ts
 * import { memoryServerSessions } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const sessions = memoryServerSessions(2);
 * const expires = new Date(Date.now() + 3_600_000);
 * await sessions.put("a", Uint8Array.of(1), expires);
 * await sessions.put("b", Uint8Array.of(2), expires);
 * await sessions.put("c", Uint8Array.of(3), expires);
 * assertEquals(await sessions.take("a"), undefined);
 * assertEquals(await sessions.take("c"), Uint8Array.of(3));
 * ```
 */
export function memoryServerSessions(limit: number = DEFAULT_STORED_SESSIONS): ServerSessionStore {
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`Cannot keep ${limit} sessions: limit must be a positive integer`);
  }
  return new MemoryServerSessions(limit);
}

class MemoryServerSessions implements ServerSessionStore {
  readonly #limit: number;
  /** A Map keeps the order of insertion: the first is the oldest. */
  readonly #sessions = new Map<string, Uint8Array>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  put(id: string, session: Uint8Array): void {
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    if (this.#sessions.size <= this.#limit) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      break;
    }
  }

  take(id: string): Uint8Array | undefined {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    return session;
  }
}
