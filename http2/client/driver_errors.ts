/**
 * The errors that the client driver makes for whole connections.
 *
 * @module
 */

import { Http2Error } from "../error.ts";

/** The connection takes no more requests. */
export function unsent(cause?: unknown): Http2Error {
  return new Http2Error("connection_closed", "Cannot send the request: the connection takes no more", {
    progress: "unsent",
    cause,
  });
}

/** The transport failed. */
export function brokenOff(cause: unknown): Http2Error {
  return new Http2Error("truncated", "Cannot go on with the connection: it broke off", { cause });
}

/** The driver itself, or a callback of its user, threw. */
export function internal(cause: unknown): Http2Error {
  return new Http2Error("INTERNAL_ERROR", "Cannot go on with the connection: the driver has failed", {
    cause,
  });
}

/** The server has not allowed extended CONNECT, by which a stream carries another protocol. */
export function noExtendedConnect(): Http2Error {
  return new Http2Error(
    "no_extended_connect",
    "Cannot open a tunnel: the server has not allowed extended CONNECT",
    { scope: "stream", progress: "unsent" },
  );
}
