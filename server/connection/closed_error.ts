/**
 * The errors with which exchanges end before their response was sent.
 *
 * @module
 */

/** The reason for which a request's signal is aborted when its client has left. */
export function clientLeft(cause?: unknown): DOMException {
  return withCause(
    new DOMException("Cannot go on with the exchange: the client has left", "AbortError"),
    cause,
  );
}

/** The reason when the server closes a connection. */
export function serverClosed(): DOMException {
  return new DOMException("Cannot go on with the exchange: the server closed the connection", "AbortError");
}

/** The reason when the client takes too long. */
export function tooSlow(what: string): DOMException {
  return new DOMException(`Cannot go on with the exchange: the client took too long ${what}`, "TimeoutError");
}

function withCause(error: DOMException, cause: unknown): DOMException {
  if (cause !== undefined) Object.defineProperty(error, "cause", { value: cause });
  return error;
}
