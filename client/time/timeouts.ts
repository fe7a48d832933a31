/**
 * How long each stage of a request may take.
 *
 * @module
 */

import { MAX_TIMER_MS } from "../../io/attempt.ts";

/**
 * How long the stages of a request may take, in milliseconds. A stage that is absent or 0 may take for ever.
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
  /** The name lookup and the transport's connection, all addresses together. */
  readonly connect?: number;
  /** The TLS handshake. */
  readonly handshake?: number;
  /** From the moment a connection takes the request until the response's head is there. */
  readonly headers?: number;
  /** Each wait for more of the response's content; a slow but steady download never meets it. */
  readonly body?: number;
  /** Everything: waiting, redirects and the content included. */
  readonly total?: number;
}

/**
 * Refuses what is no length of time.
 *
 * @returns What it was given.
 * @throws {RangeError} A stage is not a number from 0 to 2,147,483,647, or is none that exists.
 */
export function checkTimeouts<T extends Timeouts | undefined>(timeouts: T): T {
  if (timeouts !== undefined && (typeof timeouts !== "object" || timeouts === null)) {
    throw new RangeError(`Cannot use timeouts: they are given stage by stage, as in { total: 5_000 }`);
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
