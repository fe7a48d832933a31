/**
 * A server over a duplex that sends back the content that it gets, in either version of HTTP.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import { serveConnection } from "../../server/mod.ts";

/** Serves a connection until the client ends it. */
export function echo(io: Duplex): Promise<void> {
  return serveConnection(io, ({ body }) => new Response(body)).finished;
}
