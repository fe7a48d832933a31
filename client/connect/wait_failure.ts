/**
 * The errors of requests that got no connection in time.
 *
 * @module
 */

import { ClientError } from "../error/client_error.ts";
import type { PooledConnection } from "./pooled_connection.ts";

/**
 * Making a connection took over `milliseconds`.
 *
 * @param stage The stage that was not done, as the end of the message, where there is more than one.
 */
export function connectTooSlow(host: string, milliseconds: number | undefined, stage?: string): ClientError {
  const unfinished = stage === undefined ? "" : `, ${stage}`;
  return new ClientError(
    "connect_timeout",
    `Cannot connect to "${host}": it took over ${milliseconds} ms${unfinished}`,
    { hint: "Check the address, or allow more time with timeouts.connect." },
  );
}

/**
 * No connection could take the request for over `milliseconds`, and no other may be made.
 *
 * @param connections The connections to `host`.
 */
export function noneFree(
  host: string,
  milliseconds: number,
  connections: Iterable<PooledConnection>,
): ClientError {
  let all = 0;
  let holding = 0;
  let unread = 0;
  let multiplexed = false;
  for (const connection of connections) {
    all++;
    unread += connection.unreadResponses;
    if (connection.unreadResponses > 0) holding++;
    multiplexed ||= connection.multiplexed;
  }
  const which = all === 1
    ? `its one connection took no request`
    : `none of its ${all} connections took a request`;
  const why = unread === 0
    ? ""
    : `; ${count(unread, "response")} on ${count(holding, "connection")} ${
      unread === 1 ? "is" : "are"
    } not read to the end`;
  return new ClientError(
    "connect_timeout",
    `Cannot connect to "${host}": ${which} for over ${milliseconds} ms${why}`,
    { hint: hintFor(unread, multiplexed) },
  );
}

function hintFor(unread: number, multiplexed: boolean): string {
  const read = unread === 0
    ? ""
    : "Responses that are not read to the end keep their connections: read or cancel the content of each. ";
  return multiplexed
    ? `${read}The server limits the requests at once on an HTTP/2 connection; timeouts.connect limits this wait.`
    : `${read}pool.maxConnectionsPerOrigin limits the connections, and timeouts.connect this wait.`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
