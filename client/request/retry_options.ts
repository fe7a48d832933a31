/**
 * The option `retry`: which requests are sent again after a failure or a response that asks for it, and when.
 *
 * @module
 */

import { isToken } from "../../http/fields.ts";
import {
  DEFAULT_INITIAL_BACKOFF_MS,
  DEFAULT_MAX_BACKOFF_MS,
  DEFAULT_MAX_RETRY_AFTER_MS,
  DEFAULT_RETRY_ATTEMPTS,
} from "../defaults.ts";

/** The pause before a retry, where the server does not name one: a random time up to a limit that doubles. */
export interface BackoffOptions {
  /** The limit of the first pause, in milliseconds; 250 by default. */
  readonly initial?: number;
  /** The limit of any pause, in milliseconds; 30,000 by default. */
  readonly max?: number;
}

/**
 * Which requests are retried, how often and when. Without this option, only those are that cannot have had an effect.
 *
 * A request is retried when its method is one of `methods`, its content can be sent again (so no stream), and
 *
 * - the response has one of `statuses`. Its content is dropped; the last response is returned as it is. Or
 * - there is no response, and another attempt may fare better: `dns`, `connection_refused`, `connect_failed`,
 *   `connection_closed`, `truncated`, `refused`, `stream_reset`, `proxy_unreachable`, `proxy_closed`, and the timeouts to
 *   connect, of the handshake and of the headers.
 *
 * The pause before it is over at once when the signal is aborted or the client closed. One that `timeouts.total` would
 * end is not begun. A content that was begun to be read is never asked for again.
 *
 * @example
 * ```ts
 * import { Client } from "@ductile/ductile";
 * import { assertEquals } from "@std/assert";
 *
 * let count = 0;
 * await using server = Deno.serve({ port: 0, onListen() {} }, () =>
 *   ++count < 3 ? new Response(null, { status: 503, headers: { "retry-after": "0" } }) : new Response("at last"));
 * using client = new Client({ retry: { attempts: 3, backoff: { initial: 10 } } });
 * const response = await client.get(`http://localhost:${server.addr.port}/`);
 * assertEquals(await response.text(), "at last");
 * ```
 */
export interface RetryOptions {
  /** Retries of one request at most, redirects included; 2 by default, 0 for none. */
  readonly attempts?: number;
  /** The statuses, 400 to 599: 408, 425, 429, 500, 502, 503 and 504 by default. */
  readonly statuses?: readonly number[];
  /**
   * The methods, instead of those that are idempotent (RFC 9110 §9.2.2): DELETE, GET, HEAD, OPTIONS and PUT. Add POST
   * where doing it twice is as good as once.
   */
  readonly methods?: readonly string[];
  /** The pauses; or a function that gives the milliseconds before a retry, which are counted from 1. */
  readonly backoff?: BackoffOptions | ((retry: number) => number);
  /**
   * Milliseconds that a `Retry-After` of the server may ask for; 60,000 by default. A response that asks for more is
   * returned.
   */
  readonly maxRetryAfter?: number;
}

/** The option, with its defaults filled in. */
export interface ResolvedRetry {
  /** Retries at most, at least 1. */
  readonly attempts: number;
  /** The statuses. */
  readonly statuses: ReadonlySet<number>;
  /** The methods. */
  readonly methods: ReadonlySet<string>;
  /** Gives the milliseconds before a retry, which are counted from 1. */
  readonly backoff: (retry: number) => number;
  /** The option that `backoff` was made of. */
  readonly source: RetryOptions;
  /** Milliseconds that a server may ask for. */
  readonly maxRetryAfter: number;
}

/**
 * Checks the option, and fills in the defaults.
 *
 * @param retry The option; a number is `attempts`.
 * @param before The client's, whose members hold where the request's are absent.
 * @param refused Makes the error of a reason.
 * @returns `undefined` where nothing is retried.
 */
export function resolveRetry(
  retry: number | RetryOptions | undefined,
  before: ResolvedRetry | undefined,
  refused: (reason: string) => Error,
): ResolvedRetry | undefined {
  if (retry === undefined) return before;
  const own = typeof retry === "number" ? { attempts: retry } : retry;
  if (typeof own !== "object" || own === null) throw refused('"retry" is neither a number nor an object');
  const unknown = Object.keys(own).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw refused(`"retry.${unknown}" is not an option of this version`);
  const source: RetryOptions = { ...before?.source, ...own };
  const { attempts = DEFAULT_RETRY_ATTEMPTS, statuses = STATUSES, methods = METHODS, backoff = {} } = source;
  const { maxRetryAfter = DEFAULT_MAX_RETRY_AFTER_MS } = source;
  if (!Number.isSafeInteger(attempts) || attempts < 0) {
    throw refused('"retry.attempts" must be a whole number of at least 0');
  }
  if (!isListOf(statuses, (status) => Number.isInteger(status) && status >= 400 && status <= 599)) {
    throw refused('"retry.statuses" must be a list of statuses from 400 to 599');
  }
  if (!isListOf(methods, (method) => typeof method === "string" && isToken(method))) {
    throw refused('"retry.methods" must be a list of methods');
  }
  if (!isTime(maxRetryAfter)) throw refused('"retry.maxRetryAfter" must be milliseconds');
  if (attempts === 0) return undefined;
  return {
    attempts,
    statuses: new Set(statuses),
    methods: new Set(methods.flatMap((method) => [method, method.toUpperCase()])),
    backoff: typeof backoff === "function" ? backoff : fullJitter(backoff, refused),
    source,
    maxRetryAfter,
  };
}

/** Pauses of a random length, so that clients which failed at once do not come back at once. */
function fullJitter(backoff: BackoffOptions, refused: (reason: string) => Error): (retry: number) => number {
  if (typeof backoff !== "object" || backoff === null) {
    throw refused('"retry.backoff" is neither a function nor an object');
  }
  const unknown = Object.keys(backoff).find((name) => name !== "initial" && name !== "max");
  if (unknown !== undefined) throw refused(`"retry.backoff.${unknown}" is not an option of this version`);
  const { initial = DEFAULT_INITIAL_BACKOFF_MS, max = DEFAULT_MAX_BACKOFF_MS } = backoff;
  if (!isTime(initial) || !isTime(max)) throw refused('"retry.backoff" must have milliseconds');
  return (retry) => Math.random() * Math.min(max, initial * 2 ** (retry - 1));
}

function isListOf<T>(list: readonly T[], isOne: (value: T) => boolean): boolean {
  return Array.isArray(list) && list.every(isOne);
}

function isTime(milliseconds: number): boolean {
  return typeof milliseconds === "number" && milliseconds >= 0;
}

const NAMES: readonly string[] = ["attempts", "statuses", "methods", "backoff", "maxRetryAfter"];

/** Statuses of a moment: too slow, too early, too many, and those of a server or gateway that is ill. */
const STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** Methods that may be sent twice without doing more than once (RFC 9110 §9.2.2), as far as `fetch` allows them. */
const METHODS: readonly string[] = ["DELETE", "GET", "HEAD", "OPTIONS", "PUT"];
