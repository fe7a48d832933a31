/**
 * The driver of a connection as a server knows it, whatever the version of HTTP.
 *
 * @module
 */

/** The driver of one connection. */
export interface ConnectionDriver {
  /** Lets the exchanges in progress end, takes no more, and closes the connection then. */
  shutDown(): void;
  /** Closes the connection at once. */
  close(reason: unknown): void;
}
