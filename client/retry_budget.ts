/**
 * How often one request is retried.
 *
 * A server that refuses a request on every connection means it, and the request fails after {@linkcode MAX_RETRIES}. A
 * server that serves others and has no room, or closes its connections after some requests each (GOAWAY), does not mean
 * this one: of a hundred requests that share connections of ten requests each, some are refused nine times.
 *
 * @module
 */

import { HttpError, type RequestProgress } from "../http/error.ts";
import type { PooledConnection } from "./connect/pooled_connection.ts";
import { MAX_REFUSALS, MAX_RETRIES } from "./defaults.ts";

/** The retries that one request has left. */
export class RetryBudget {
  #retries = 0;
  /** Refusals on connections that had served others, since one of those served another again. */
  #refusals = 0;
  /** How many responses each connection had given when it refused the request. */
  #responses: Map<PooledConnection, number> | undefined;

  /**
   * Spends a retry for an attempt that failed.
   *
   * @returns Whether there was one left.
   */
  spend(error: unknown, connection: PooledConnection): boolean {
    if (!(error instanceof HttpError) || !UNPROCESSED.has(error.progress) || !servesOthers(connection)) {
      return ++this.#retries <= MAX_RETRIES;
    }
    if (this.#hasServedSince(connection)) this.#refusals = 0;
    return ++this.#refusals <= MAX_REFUSALS;
  }

  /** Whether the connection has served another since it refused the request, or has not refused it before. */
  #hasServedSince(connection: PooledConnection): boolean {
    this.#responses ??= new Map();
    const before = this.#responses.get(connection) ?? -1;
    this.#responses.set(connection, connection.responses);
    return connection.responses > before;
  }
}

/** The progress of requests that the server did not act upon: it refused them, or went away before they were sent. */
const UNPROCESSED: ReadonlySet<RequestProgress> = new Set(["refused", "unsent"]);

/** Whether a connection has given a response, or goes away with requests that it did not refuse. */
function servesOthers(connection: PooledConnection): boolean {
  return connection.responses > 0 || (connection.closing && !connection.idle);
}
