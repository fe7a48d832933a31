/**
 * The driver of a connection as a server knows it, whatever the version of HTTP.
 *
 * @module
 */

import type { LeftHandlers } from "../exchange/left_handlers.ts";

/** The driver of one connection. */
export interface ConnectionDriver {
  /** The handlers that run on although their exchanges were given up. */
  readonly leftHandlers: LeftHandlers;
  /** Lets the exchanges in progress end, takes no more, and closes the connection then. */
  shutDown(): void;
  /** Closes the connection at once. */
  close(reason: unknown): void;
}
