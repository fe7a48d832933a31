/**
 * Retries that the option `retry` asks for, of requests whose response says so or did not come. Loaded with the first
 * request that has the option.
 *
 * @module
 */

import { clearTimeout, setTimeout } from "../../io/timers.ts";
import { MAX_TIMER_MS } from "../../io/attempt.ts";
import { ClientError, type ClientErrorCode } from "../error/client_error.ts";
import type { ExchangeResult } from "../exchange.ts";
import { clientClosed } from "../origin_pools.ts";
import type { PreparedRequest } from "../request/prepared_request.ts";
import type { ResolvedRetry } from "../request/retry_options.ts";
import { drain } from "../response/drain.ts";
import type { Control } from "../time/control.ts";
import type { Deadlines } from "../time/deadlines.ts";
import { retryAfter } from "./retry_after.ts";

/** The retries of one request, its redirects included. */
export class Retries {
  readonly #policy: ResolvedRetry;
  readonly #deadlines: Deadlines;
  readonly #waits: Set<{ close(): void }>;
  #count = 0;

  /**
   * @param policy The option.
   * @param deadlines The clock for content that is not read.
   * @param waits The pauses of the client, which its end ends.
   */
  constructor(policy: ResolvedRetry, deadlines: Deadlines, waits: Set<{ close(): void }>) {
    this.#policy = policy;
    this.#deadlines = deadlines;
    this.#waits = waits;
  }

  /**
   * Sends a request, and again where the option asks for it.
   *
   * @param request The request.
   * @param control Its deadlines and its signal.
   * @param send Sends it once.
   * @returns The last response.
   * @throws The last failure; the reason of the signal; `client_closed`.
   */
  async exchange(
    request: PreparedRequest,
    control: Control | undefined,
    send: () => Promise<ExchangeResult>,
  ): Promise<ExchangeResult> {
    for (;;) {
      let result: ExchangeResult;
      try {
        result = await send();
      } catch (error) {
        const delay = mayMend(error) ? this.#delay(request, control, undefined) : undefined;
        // Last, because it lets a request go on that the deadline of a stage had stopped.
        if (delay === undefined || control?.resume() === false) throw error;
        request.trace?.retrying({ error }, delay);
        await this.#pause(delay, control);
        continue;
      }
      const { status, fields } = result.incoming;
      if (!this.#policy.statuses.has(status)) return result;
      let delay: number | undefined;
      try {
        delay = this.#delay(request, control, retryAfter(fields));
      } catch (error) { // the caller's function has thrown it
        this.#drop(result);
        throw error;
      }
      if (delay === undefined) return result;
      this.#drop(result);
      request.trace?.retrying({ status }, delay);
      await this.#pause(delay, control);
    }
  }

  /** Gives up a response that is not returned, so that its connection can be used again. */
  #drop({ incoming, abandonUpload }: ExchangeResult): void {
    void drain(incoming.body, this.#deadlines);
    abandonUpload?.();
  }

  /** Milliseconds before the next attempt; `undefined` where there is none. */
  #delay(
    { method, body }: PreparedRequest,
    control: Control | undefined,
    asked: number | undefined,
  ): number | undefined {
    const { attempts, methods, backoff, maxRetryAfter } = this.#policy;
    if (this.#count >= attempts || !methods.has(method) || body?.replayable === false) return undefined;
    if (asked !== undefined && asked > maxRetryAfter) return undefined;
    const own = backoff(this.#count + 1);
    // What is asked for is the least: clients that were all told the same come back one by one.
    const delay = asked === undefined ? own : asked + Math.min(own, asked);
    return delay >= 0 && delay < (control?.left ?? Infinity) ? delay : undefined;
  }

  /** Waits; the signal, the total deadline and the end of the client end it. */
  #pause(milliseconds: number, control: Control | undefined): Promise<void> {
    this.#count++;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waits.delete(wait);
      };
      const fail = (reason: unknown): void => {
        end();
        reject(reason);
      };
      const wait = { close: () => fail(clientClosed()) };
      const timer = setTimeout(() => {
        end();
        resolve();
      }, Math.min(milliseconds, MAX_TIMER_MS));
      this.#waits.add(wait);
      control?.onCancel(fail);
    });
  }
}

/** Whether another attempt may fare better. */
function mayMend(error: unknown): boolean {
  return error instanceof ClientError && MENDABLE.has(error.code);
}

/** Codes of failures that are of a moment. Those of certificates, of options and of the protocol would come again. */
const MENDABLE: ReadonlySet<ClientErrorCode> = new Set([
  "dns",
  "connection_refused",
  "connect_failed",
  "connect_timeout",
  "handshake_timeout",
  "headers_timeout",
  "connection_closed",
  "truncated",
  "refused",
  "stream_reset",
  "proxy_unreachable",
  "proxy_closed",
]);
