/**
 * The time limits of a server's connections.
 *
 * @module
 */

import { MAX_TIMER_MS } from "../io/attempt.ts";
import {
  DEFAULT_CONTENT_TIMEOUT_MS,
  DEFAULT_HANDSHAKE_TIMEOUT_MS,
  DEFAULT_HEAD_TIMEOUT_MS,
  DEFAULT_IDLE_TIMEOUT_MS,
  DEFAULT_WRITE_TIMEOUT_MS,
} from "./limits.ts";

/** Time limits of the stages of a connection, in milliseconds. 0 is no limit. */
export interface ServeTimeouts {
  /**
   * The time of the TLS handshake; 10,000 by default. Over Deno's TLS (Deno 2.9), the connection is closed and counts no more,
   * but the runtime keeps its socket until the client ends it; over Ductile's TLS the socket is closed, too.
   */
  readonly handshake?: number;
  /** The time of a request's head, from its first byte to its last; 20,000 by default. */
  readonly headers?: number;
  /**
   * The time of each wait for more of a request's content, while the handler reads it; 30,000 by default. A byte adds 10
   * milliseconds to what is left of it, so that a client has to send 100 bytes a second on average.
   */
  readonly body?: number;
  /**
   * The time of each wait for the client to take more of a response; 30,000 by default. Over Deno's TLS (Deno 2.9), the socket
   * of a client that takes none stays, as for `handshake`.
   */
  readonly write?: number;
  /** The time that a connection is kept without a request; 75,000 by default. */
  readonly idle?: number;
}

/**
 * Fills in the defaults of the time limits.
 *
 * @returns The limits; `Infinity` where there is none.
 * @throws {RangeError} A stage does not exist, or its limit is not a number from 0 to 2,147,483,647.
 */
export function resolveTimeouts(timeouts: ServeTimeouts = {}): Required<ServeTimeouts> {
  if (typeof timeouts !== "object" || timeouts === null) {
    throw new RangeError('Cannot use timeouts: "timeouts" is no object');
  }
  const resolved = { ...DEFAULTS };
  for (const [stage, value] of Object.entries(timeouts)) {
    if (!isStage(stage)) throw new RangeError(`Cannot use timeouts: there is no stage "${stage}"`);
    if (value === undefined) continue;
    if (typeof value !== "number" || !(value >= 0 && value <= MAX_TIMER_MS)) {
      throw new RangeError(
        `Cannot use timeouts: "${stage}" must be from 0 to ${MAX_TIMER_MS} milliseconds: ${String(value)}`,
      );
    }
    resolved[stage] = value === 0 ? Infinity : value;
  }
  return resolved;
}

const DEFAULTS: Required<ServeTimeouts> = {
  handshake: DEFAULT_HANDSHAKE_TIMEOUT_MS,
  headers: DEFAULT_HEAD_TIMEOUT_MS,
  body: DEFAULT_CONTENT_TIMEOUT_MS,
  write: DEFAULT_WRITE_TIMEOUT_MS,
  idle: DEFAULT_IDLE_TIMEOUT_MS,
};

function isStage(stage: string): stage is keyof ServeTimeouts {
  return Object.hasOwn(DEFAULTS, stage);
}
