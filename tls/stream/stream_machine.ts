/**
 * The part of a connection that the driver of a stream uses.
 *
 * @module
 */

import type { Connection } from "../connection/connection.ts";

/** The part of {@linkcode Connection} that bytes and events pass through. */
export type StreamMachine = Pick<
  Connection,
  | "receive"
  | "receiveEnd"
  | "next"
  | "send"
  | "sendCloseNotify"
  | "refreshTrafficKeys"
  | "output"
  | "outputLength"
>;
