/**
 * One request and its final response: a connection from the pool, the request sent on it, and sent again where the
 * first attempt cannot have had an effect.
 *
 * @module
 */

import { HttpError } from "../http/error.ts";
import type { Field } from "../http/fields.ts";
import type { IncomingResponse, RequestOptions } from "../http/message.ts";
import type { Connect, Connection } from "./connect/connection.ts";
import { MAX_RETRIES } from "./defaults.ts";
import type { Control } from "./time/control.ts";
import { toClientError } from "./error/failure.ts";
import { toHeaders } from "./request/headers.ts";
import type { OriginPool } from "./connect/pool.ts";
import { type PreparedRequest, toOutgoing } from "./request/prepared_request.ts";
import type { Target } from "./request/target.ts";
import type { Timeouts } from "./time/timeouts.ts";

/** A response, and how it was come by. */
export interface Answer {
  /** The response. */
  readonly incoming: IncomingResponse;
  /** The connection that it came over. */
  readonly connection: Connection;
  /** Whether that had served a request before. */
  readonly reused: boolean;
  /** How long the request waited for the connection, in milliseconds. */
  readonly waiting: number;
  /** How long the head took from then on, in milliseconds. */
  readonly headers: number;
  /** Sends no more of a request's content that is sent as it comes. Absent where there is none. */
  readonly abandonUpload?: () => void;
}

/**
 * Sends a request over a connection from the pool.
 *
 * @param request The request.
 * @param poolNow The connections to its origin. Asked for anew at each attempt: an origin whose last connection broke is
 * forgotten, and a closed client has none.
 * @param connect How to make one more.
 * @param control What may cut it short.
 * @throws {ClientError} Why there is no response.
 */
export async function exchange(
  request: PreparedRequest,
  poolNow: () => OriginPool,
  connect: Connect,
  control: Control | undefined,
): Promise<Answer> {
  const { target, timeouts, onInformational } = request;
  const options: RequestOptions = {
    ...(onInformational && {
      onInformational: (status: number, fields: readonly Field[]) =>
        onInformational(status, toHeaders(fields)),
    }),
    ...(control && { onCancel: control.onCancel }),
  };
  for (let retries = 0;; retries++) {
    const content = toOutgoing(request);
    const message = content instanceof Promise ? await content : content;
    const { body } = message;
    const uploads = body !== undefined && !(body instanceof Uint8Array);
    const started = performance.now();
    let connected = started;
    let pool: OriginPool | undefined;
    let connection: Connection | undefined;
    let response: Promise<IncomingResponse>;
    let cancel: ((reason: unknown) => void) | undefined;
    let reused: boolean;
    try {
      pool = poolNow();
      connection = pool.take();
      if (connection === undefined) {
        connection = await pool.wait({
          connect,
          patience: patienceOf(target.scheme, timeouts),
          ...(control && { onCancel: control.onCancel }),
        });
        connected = performance.now();
        control?.throwIfStopped();
      }
      reused = connection.requests > 0;
      control?.expectHead();
      response = connection.send(
        message,
        !uploads ? options : {
          ...options,
          onCancel(given) {
            cancel = given;
            control?.onCancel(given);
          },
        },
      );
    } catch (error) {
      if (connection !== undefined) pool?.giveBack(connection);
      if (uploads) body.cancel(error); // no driver has taken it over
      throw error;
    }
    try {
      const incoming = await response;
      control?.arrived();
      const now = performance.now();
      const answer = { incoming, connection, reused, waiting: connected - started, headers: now - connected };
      if (!uploads) return answer;
      return { ...answer, abandonUpload: () => cancel?.(new TypeError("Cannot go on sending: redirected")) };
    } catch (error) {
      control?.arrived();
      // One that was cancelled before it began leaves no trace in the driver, and the pool has to look for itself.
      if (connection.multiplexed) pool.onAvailable(connection);
      control?.throwIfStopped();
      if (retries === MAX_RETRIES || !mayRetry(error, reused, request)) {
        throw toClientError(error, target.authority);
      }
      // One dead connection is rarely alone: a server that restarts closes them all. One that only refused a stream lives.
      if (connection.capacity <= 0) pool.discardIdle();
    }
  }
}

/** What would fail in the same way again, and what asks the caller's source for content again. */
const OWN_FAILURES: ReadonlySet<string> = new Set(["request_body_failed", "head_too_large"]);

/** How long a request is content to wait while a connection is made, in milliseconds. */
function patienceOf(scheme: Target["scheme"], { connect, handshake }: Timeouts): number {
  return (connect || Infinity) + (scheme === "https" ? handshake || Infinity : 0);
}

/** How a connection ends without a word. Whatever else befalls a request is an answer: a stream that is reset, say. */
const ENDS: ReadonlySet<string> = new Set(["connection_closed", "truncated", "keep_alive_timeout"]);

/** Methods that may be sent twice without doing more than once (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"]);

/**
 * Whether a failed request may be sent again without the caller's leave.
 *
 * "A client SHOULD NOT automatically retry a request with a non-idempotent method unless it has some means to know
 * that the request semantics are actually idempotent, regardless of the method, or some means to detect that the
 * original request was never applied." (RFC 9110 §9.2.2)
 */
function mayRetry(error: unknown, reused: boolean, { method, body }: PreparedRequest): boolean {
  if (!(error instanceof HttpError) || body?.replayable === false) return false;
  if (OWN_FAILURES.has(error.code)) return false;
  switch (error.progress) {
    case "refused":
      return true;
    // On a new connection these are the server's answer, not a race with its idle timeout.
    case "unsent":
      return reused;
    case "no_response":
      return reused && ENDS.has(error.code) && IDEMPOTENT.has(method);
    case "responding":
      return false;
  }
}
