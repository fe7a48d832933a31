/**
 * One request and its final response: a connection from the pool, the request sent on it, and a retry where the failed
 * attempt cannot have had an effect.
 *
 * @module
 */

import { HttpError } from "../http/error.ts";
import type { Field } from "../http/fields.ts";
import type { IncomingResponse, OutgoingBody, OutgoingRequest, RequestOptions } from "../http/message.ts";
import { now as clock } from "../io/timers.ts";
import type { ConnectionInfo } from "./connection_info.ts";
import type { OriginPool, WaitOptions } from "./connect/pool.ts";
import type { Connect, PooledConnection } from "./connect/pooled_connection.ts";
import { toClientError } from "./error/failure.ts";
import { toHeaders } from "./request/headers.ts";
import { type PreparedRequest, toOutgoing } from "./request/prepared_request.ts";
import { RetryBudget } from "./retry_budget.ts";
import type { Control } from "./time/control.ts";

/** A response, the connection that it came over, and the times that it took. */
export interface ExchangeResult {
  /** The response. */
  readonly incoming: IncomingResponse;
  /** The connection that it came over. */
  readonly connection: PooledConnection;
  /** Whether the connection had served a request before. */
  readonly reused: boolean;
  /** Milliseconds that the request waited for the connection. */
  readonly waiting: number;
  /** Milliseconds from then on until the head was there. */
  readonly headers: number;
  /** Whether the request was sent as early data, before the handshake was done. */
  readonly early: boolean;
  /** Stops sending content that comes out of a stream; `undefined` for other content. */
  readonly abandonUpload: (() => void) | undefined;
}

/**
 * Sends a request over a connection from the pool, and retries it where {@linkcode mayRetry} allows that.
 *
 * @param request The request.
 * @param currentPool The pool of its origin, called anew for each attempt: a pool whose last connection broke is
 * removed from the client, and a closed client has none.
 * @param connect Makes a connection for it. Where the handshake fails behind early data, `connectLate` makes the next.
 * @param control The deadlines and the signal of the request.
 * @throws {ClientError} The request has no response; the code says why.
 */
export async function exchange(
  request: PreparedRequest,
  currentPool: () => OriginPool,
  connect: Connect,
  control: Control | undefined,
  connectLate: Connect | undefined = undefined,
): Promise<ExchangeResult> {
  let sending: Sending = {
    request,
    currentPool,
    connect,
    control,
    options: optionsOf(request, control),
    mayBeEarly: connectLate !== undefined,
  };
  let budget: RetryBudget | undefined;
  let isLate = false;
  for (;;) {
    const prepared = toOutgoing(request);
    const untraced = prepared instanceof Promise ? await prepared : prepared;
    const message = request.trace?.sending(untraced) ?? untraced;
    // A promise less on the way is a turn less for small requests: with a connection at hand, only the response is awaited.
    const sent = send(message, sending);
    const attempt = sent instanceof Promise ? await sent : sent;
    try {
      const result = resultOf(attempt, await attempt.response);
      request.trace?.responded(result.incoming, () => connectionInfo(result));
      return result;
    } catch (error) {
      const { pool, connection, reused } = attempt;
      // A request that was cancelled before it began leaves no trace in the driver, so the pool has to look again.
      pool.onAvailable(connection);
      control?.throwIfStopped();
      // The server has read nothing of it, or at most what may be read twice.
      if (connection.handshakeFailed && !isLate && request.body?.replayable !== false) {
        isLate = true;
        request.trace?.retrying({ error: toClientError(error, request.target.authority) }, 0);
        sending = { ...sending, connect: connectLate ?? connect, mayBeEarly: false };
        continue;
      }
      budget ??= new RetryBudget();
      if (!mayRetry(error, reused, request) || !budget.spend(error, connection)) {
        throw toClientError(error, request.target.authority);
      }
      // A server that restarts closes all of its connections. One that only refused a stream keeps this one open.
      if (connection.isEnding) pool.closeIdle();
      request.trace?.retrying({ error: toClientError(error, request.target.authority) }, 0);
    } finally {
      control?.arrived();
    }
  }
}

/** The facts about the connection of a response. */
export function connectionInfo({ connection, reused, waiting, headers }: ExchangeResult): ConnectionInfo {
  const { facts } = connection;
  return { ...facts, reused, timings: { ...facts.timings, waiting, headers } };
}

/** The parts of an exchange that all of its attempts share. */
interface Sending {
  readonly request: PreparedRequest;
  readonly currentPool: () => OriginPool;
  readonly connect: Connect;
  readonly control: Control | undefined;
  readonly options: RequestOptions;
  /** Whether the request may be sent as early data. */
  readonly mayBeEarly: boolean;
}

/** A request that was sent on a connection. */
interface Attempt {
  readonly pool: OriginPool;
  readonly connection: PooledConnection;
  readonly reused: boolean;
  readonly started: number;
  readonly connected: number;
  readonly early: boolean;
  readonly response: Promise<IncomingResponse>;
  readonly abandonUpload: (() => void) | undefined;
}

function optionsOf(
  { onInformational, trace }: PreparedRequest,
  control: Control | undefined,
): RequestOptions {
  if (onInformational === undefined && trace === undefined && control === undefined) return NO_OPTIONS;
  return {
    ...((onInformational || trace) && {
      onInformational(status: number, fields: readonly Field[]) {
        trace?.informed(status, fields);
        onInformational?.(status, toHeaders(fields));
      },
    }),
    ...(control && { onCancel: control.onCancel }),
  };
}

const NO_OPTIONS: RequestOptions = {};

/** Takes a connection, or waits for one, and sends the request on it. */
function send(message: OutgoingRequest, sending: Sending): Attempt | Promise<Attempt> {
  const started = clock();
  try {
    const pool = sending.currentPool();
    const connection = pool.take(started);
    if (connection !== undefined) return sendOn(connection, pool, message, sending, started, started);
  } catch (error) {
    return withdraw(message, error);
  }
  return waitAndSend(message, sending, started);
}

async function waitAndSend(message: OutgoingRequest, sending: Sending, started: number): Promise<Attempt> {
  const { request, connect, control } = sending;
  try {
    // Called anew: a pool that had only connections of the past is not the client's any more.
    const pool = sending.currentPool();
    const connection = await pool.wait(waitOptions(request, connect, control));
    return sendOn(connection, pool, message, sending, started, clock());
  } catch (error) {
    return withdraw(message, error);
  }
}

function sendOn(
  connection: PooledConnection,
  pool: OriginPool,
  message: OutgoingRequest,
  sending: Sending,
  started: number,
  connected: number,
): Attempt {
  const { control } = sending;
  const reused = connection.requests > 0;
  try {
    control?.throwIfStopped();
    control?.expectHead();
    const early = sending.mayBeEarly && connection.takesEarlyData;
    sending.request.trace?.sent(connection.facts);
    const { response, abandonUpload } = start(connection, message, sending);
    return { pool, connection, reused, started, connected, early, response, abandonUpload };
  } catch (error) {
    pool.giveBack(connection);
    throw error;
  }
}

/** Lets go of the content of a request that no driver has taken over, and throws the error. */
function withdraw(message: OutgoingRequest, error: unknown): never {
  if (isStreamed(message.body)) message.body.cancel(error);
  throw error;
}

/** Sends the request on its connection. */
function start(
  connection: PooledConnection,
  message: OutgoingRequest,
  { control, options, mayBeEarly }: Sending,
): Pick<Attempt, "response" | "abandonUpload"> {
  if (!isStreamed(message.body)) {
    return { response: connection.send(message, options, mayBeEarly), abandonUpload: undefined };
  }
  let cancel: ((reason: unknown) => void) | undefined;
  const response = connection.send(message, {
    ...options,
    onCancel(given) {
      cancel = given;
      control?.onCancel(given);
    },
  });
  return { response, abandonUpload: () => cancel?.(new TypeError("Cannot go on sending: redirected")) };
}

function resultOf(attempt: Attempt, incoming: IncomingResponse): ExchangeResult {
  const { connection, reused, started, connected, early, abandonUpload } = attempt;
  return {
    incoming,
    connection,
    reused,
    waiting: connected - started,
    headers: clock() - connected,
    early,
    abandonUpload,
  };
}

function isStreamed(body: Uint8Array | OutgoingBody | undefined): body is OutgoingBody {
  return body !== undefined && !(body instanceof Uint8Array);
}

function waitOptions(
  { target, timeouts: { connect, handshake } }: PreparedRequest,
  connector: Connect,
  control: Control | undefined,
): WaitOptions {
  const waitTimeout = connect || Infinity;
  return {
    connect: connector,
    timeout: waitTimeout + (target.scheme === "https" ? handshake || Infinity : 0),
    waitTimeout,
    host: target.authority,
    ...(control && { onCancel: control.onCancel }),
  };
}

/** Codes of failures that a retry would meet again, or that come of the caller's own content. */
const PERMANENT_FAILURES: ReadonlySet<string> = new Set([
  "request_body_failed",
  "head_too_large",
  "no_extended_connect",
]);

/** Codes of a connection that ended without a word to the request. Others, such as a reset stream, are an answer. */
const CONNECTION_ENDS: ReadonlySet<string> = new Set([
  "connection_closed",
  "truncated",
  "keep_alive_timeout",
]);

/** Methods that may be sent twice without doing more than once (RFC 9110 §9.2.2). */
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"]);

/**
 * Whether a failed request may be retried without asking the caller.
 *
 * "A client SHOULD NOT automatically retry a request with a non-idempotent method unless it has some means to know
 * that the request semantics are actually idempotent, regardless of the method, or some means to detect that the
 * original request was never applied." (RFC 9110 §9.2.2)
 */
function mayRetry(error: unknown, reused: boolean, { method, body }: PreparedRequest): boolean {
  if (!(error instanceof HttpError) || body?.replayable === false) return false;
  if (PERMANENT_FAILURES.has(error.code)) return false;
  switch (error.progress) {
    case "refused":
      return true;
    // On a new connection these are the server's answer, not a race with its idle timeout.
    case "unsent":
      return reused;
    case "no_response":
      return reused && CONNECTION_ENDS.has(error.code) && IDEMPOTENT_METHODS.has(method);
    case "responding":
      return false;
  }
}
