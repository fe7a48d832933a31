/**
 * Attempts of a transfer that are repeated, by curl's rules.
 *
 * @module
 */

import type { FetchOptions } from "./command.ts";
import { ExitCode } from "./error.ts";
import { MAX_TIMER_MS } from "../io/attempt.ts";

/** Milliseconds before the second attempt; each later wait is twice as long. */
const FIRST_DELAY_MS = 1_000;
/** Milliseconds between two attempts at most: curl's ten minutes. */
const MAX_DELAY_MS = 600_000;

/** The end of an attempt. */
export interface Attempt {
  /** The exit code that the command would have. */
  readonly exitCode: ExitCode;
  /** The status of the response; 0 for none. */
  readonly status: number;
  /** Whether nothing listens at the address. */
  readonly isRefused: boolean;
  /** The value of its `retry-after` field. */
  readonly retryAfter: string | null;
}

/** Statuses of a failure that may pass. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Whether an attempt is one to repeat, if any are left. */
export function isTransient(
  { retryAllErrors, retryRefused }: FetchOptions,
  { exitCode, status, isRefused }: Attempt,
): boolean {
  if (exitCode === ExitCode.interrupted || exitCode === ExitCode.usage) return false;
  if (retryAllErrors && exitCode !== ExitCode.ok) return true;
  if (exitCode === ExitCode.ok || exitCode === ExitCode.http_status) return TRANSIENT_STATUSES.has(status);
  return exitCode === ExitCode.timeout || exitCode === ExitCode.dns || (retryRefused === true && isRefused);
}

/**
 * Milliseconds to wait before the next attempt; `undefined` where there is to be none.
 *
 * @param options The flags.
 * @param attempt The end of the attempt.
 * @param done Attempts before it that were repeated.
 * @param elapsed Milliseconds since the first attempt began.
 */
export function retryDelay(
  options: FetchOptions,
  attempt: Attempt,
  done: number,
  elapsed: number,
): number | undefined {
  const { retries = 0, retryMaxTime = 0 } = options;
  if (done >= retries || !isTransient(options, attempt)) return undefined;
  if (retryMaxTime > 0 && elapsed >= retryMaxTime) return undefined;
  const delay = serverDelay(attempt.retryAfter) ??
    (options.retryDelay || Math.min(FIRST_DELAY_MS * 2 ** done, MAX_DELAY_MS));
  // The server asks for more than there is time for.
  if (retryMaxTime > 0 && elapsed + delay > retryMaxTime) return undefined;
  // Nor is a time waited that no timer keeps.
  return delay > MAX_TIMER_MS ? undefined : delay;
}

/** The seconds of a `retry-after` field, or the time until its date, in milliseconds (RFC 9110 §10.2.3). */
function serverDelay(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) === 0 ? undefined : Number(retryAfter) * 1_000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) || date <= Date.now() ? undefined : date - Date.now();
}
