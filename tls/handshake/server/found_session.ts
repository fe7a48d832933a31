/**
 * The session behind a ticket or an ID of a client, as the server's ticketer or store knows it.
 *
 * @module
 */

import { copyOf } from "../../crypto/bytes.ts";
import { concat } from "@std/bytes/concat";
import { equals } from "@std/bytes/equals";
import { encodeHex } from "@std/encoding/hex";
import type { Script } from "../../../io/script.ts";
import { DEFAULT_SESSION_LIFETIME_SECONDS, MAX_TICKET_LIFETIME_SECONDS } from "../../limits.ts";
import type { Ticketer } from "../../session/ticketer.ts";
import { answerOrUndefined, awaitAnswer } from "../await_answer.ts";
import type { ServerContext } from "./context.ts";

/** Length in bytes of a name under which a session is stored, a ticket or a session ID: too long to be guessed. */
export const STORED_NAME_LENGTH = 32;

/** A session that was found, still encoded. */
export interface FoundSession {
  readonly bytes: Uint8Array;
  /** Time since its full handshake for which it can be resumed, in seconds. */
  readonly lifetime: number;
}

/** Opens a ticket; `undefined` also when the ticketer fails or returns no bytes. */
export function* openTicket(
  { resumption, now }: ServerContext,
  ticket: Uint8Array,
): Script<FoundSession | undefined> {
  const ticketer = resumption?.ticketer;
  if (ticketer === undefined) return undefined;
  return found(yield* answerOrUndefined(() => ticketer.open(ticket, now())), ticketer);
}

/**
 * Takes a session from the store; `undefined` also when the store fails, or returns no bytes, or the session of another
 * name: to go on with that would end the connection, since its secrets are not the client's.
 */
export function* takeStored(
  { resumption }: ServerContext,
  name: Uint8Array,
): Script<FoundSession | undefined> {
  const store = resumption?.store;
  if (store === undefined || name.length !== STORED_NAME_LENGTH) return undefined;
  const stored = yield* answerOrUndefined(() => store.take(encodeHex(name)));
  if (!(stored instanceof Uint8Array) || !equals(stored.subarray(0, name.length), name)) return undefined;
  return found(stored.subarray(name.length));
}

/** Stores a session, its name in front of it. @returns Whether the store has not failed. */
export function* putStored(
  { resumption }: ServerContext,
  name: Uint8Array,
  session: Uint8Array,
  expires: Date,
): Script<boolean> {
  const store = resumption?.store;
  if (store === undefined) return false;
  try {
    yield* awaitAnswer(store.put(encodeHex(name), concat([name, session]), expires));
    return true;
  } catch {
    return false;
  }
}

function found(bytes: unknown, ticketer?: Ticketer): FoundSession | undefined {
  return bytes instanceof Uint8Array
    ? { bytes: copyOf(bytes), lifetime: sessionLifetime(ticketer) }
    : undefined;
}

/** Lifetime in seconds, counted from its full handshake, of a session in a ticketer's ticket, or in the store. */
export function sessionLifetime(ticketer: Ticketer | undefined): number {
  if (ticketer === undefined) return DEFAULT_SESSION_LIFETIME_SECONDS;
  const { lifetime } = ticketer;
  return lifetime >= 1 ? Math.min(Math.trunc(lifetime), MAX_TICKET_LIFETIME_SECONDS) : 0;
}
