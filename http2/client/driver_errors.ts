/**
 * The errors that the client driver makes for whole connections.
 *
 * @module
 */

import type { RequestProgress } from "../../http/error.ts";
import { Http2Error } from "../error.ts";
import type { ErrorCodeName } from "../protocol.ts";

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

/**
 * The error of one request when the connection ends.
 *
 * @param failure The reason of the connection.
 * @param goAwayCode The code of the peer's GOAWAY, unless it is NO_ERROR or did not come.
 */
export function endOf(
  progress: RequestProgress,
  failure: Http2Error,
  goAwayCode: ErrorCodeName | undefined,
): Http2Error {
  const { message } = failure;
  const cause = failure.cause ?? failure;
  if (failure.code !== "truncated") return new Http2Error(failure.code, message, { progress, cause });
  if (goAwayCode !== undefined) {
    const reason = `Cannot complete the exchange: the peer went away with ${goAwayCode}`;
    return new Http2Error(goAwayCode, reason, { progress, cause, initiator: "remote" });
  }
  const code = progress === "responding" ? "truncated" : "connection_closed";
  return new Http2Error(code, message, { progress, cause });
}
