/**
 * The time limits of a request's stages.
 *
 * @module
 */

import { MAX_TIMER_MS } from "../../io/attempt.ts";

/**
 * Time limits of the stages of a request, in milliseconds. A stage that is absent or 0 has no limit.
 *
 * A stage that takes longer ends the request with the {@linkcode ClientError} code of its name: `connect_timeout`,
 * `handshake_timeout`, `headers_timeout`, `body_timeout`, `total_timeout`.
 *
 * @example
 * ```ts
 * import { Client, type Timeouts } from "@ductile/ductile";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("in time"));
 * const timeouts: Timeouts = { connect: 5_000, headers: 10_000, body: 10_000 };
 * using client = new Client({ timeouts });
 * const response = await client.get(`http://localhost:${server.addr.port}/`, { timeouts: { total: 60_000 } });
 * assertEquals(await response.text(), "in time");
 * ```
 */
export interface Timeouts {
  /**
   * The time to connect: the name lookup and the transport, all addresses together. Where a request has to wait for a
   * connection or an HTTP/2 stream, also the time of each wait in which none becomes free for any request.
   */
  readonly connect?: number;
  /** The time of the TLS handshake. */
  readonly handshake?: number;
  /** The time from the moment a connection takes the request until the response's head is there. */
  readonly headers?: number;
  /** The time of each wait for more of the response's content; a slow but steady download stays below it. */
  readonly body?: number;
  /** The time of the whole request, from its start to the end of the content, redirects included. */
  readonly total?: number;
}

/**
 * Checks time limits.
 *
 * @returns The argument.
 * @throws {RangeError} A stage does not exist, or its limit is not a number from 0 to 2,147,483,647.
 */
export function checkTimeouts<T extends Timeouts | undefined>(timeouts: T): T {
  if (timeouts !== undefined && (typeof timeouts !== "object" || timeouts === null)) {
    throw new RangeError("Cannot use timeouts: they are given stage by stage, as in { total: 5_000 }");
  }
  for (const [stage, value] of Object.entries(timeouts ?? {})) {
    if (!STAGES.has(stage)) throw new RangeError(`Cannot use timeouts: there is no stage "${stage}"`);
    if (value === undefined) continue;
    if (typeof value !== "number" || !(value >= 0 && value <= MAX_TIMER_MS)) {
      throw new RangeError(
        `Cannot use timeouts: "${stage}" must be from 0 to ${MAX_TIMER_MS} milliseconds: ${String(value)}`,
      );
    }
  }
  return timeouts;
}

const STAGES: ReadonlySet<string> = new Set<keyof Timeouts>([
  "connect",
  "handshake",
  "headers",
  "body",
  "total",
]);
