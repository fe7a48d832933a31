/**
 * What the driver of a stream needs of a connection, and no more.
 *
 * @module
 */

import type { Connection } from "../connection/connection.ts";

/** The face of {@linkcode Connection} that bytes and events pass through. */
export type StreamMachine = Pick<
  Connection,
  "receive" | "receiveEnd" | "next" | "send" | "sendCloseNotify" | "updateKeys" | "output" | "outputLength"
>;
