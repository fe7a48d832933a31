/**
 * HTTP over a connection that the caller has made.
 *
 * @module
 */

import { type Duplex, requireDuplex } from "../io/duplex.ts";
import { withResolvers } from "../io/with_resolvers.ts";
import { serverClosed } from "./connection/closed_error.ts";
import { ServedConnection } from "./connection/served_connection.ts";
import type { ServeHandler } from "./exchange/serve_info.ts";
import { makeService } from "./make_service.ts";
import type { ServeAddress, ServeNetAddress } from "./runtime.ts";
import { checkOptions, type ServeConnectionOptions } from "./serve_options.ts";
import { securedAlready } from "./server_tls.ts";

/** A connection that is served. */
export interface HttpConnection extends AsyncDisposable {
  /** Resolves when the connection is closed. */
  readonly finished: Promise<void>;
  /** Lets the exchanges in progress end, and closes the connection then. Resolves when it is closed. */
  shutdown(): Promise<void>;
}

/**
 * Serves the requests that come over a connection: a socket, a `TlsStream`, a tunnel, one end of a pair in memory.
 *
 * Over a stream of TLS, ALPN chooses the version of HTTP. Over any other, the first bytes do: HTTP/2 by prior knowledge, or
 * HTTP/1.1.
 *
 * @param io The connection. It belongs to the server from now on.
 * @param handler Function that responds to each request.
 * @param options Time limits, limits, and facts for `info.connection`.
 * @returns The connection, whose `finished` resolves when it is closed.
 * @throws {TypeError | RangeError} If an argument is not valid.
 *
 * @example A listener of your own
 * ```ts
 * import { serveConnection } from "@ductile/ductile/server";
 * import { assertEquals } from "@std/assert";
 *
 * const listener = Deno.listen({ port: 0 });
 * const accepted = listener.accept();
 * const response = fetch(`http://localhost:${listener.addr.port}/`);
 * await using connection = serveConnection(await accepted, () => new Response("hello"));
 * assertEquals(await (await response).text(), "hello");
 * listener.close();
 * ```
 */
export function serveConnection<Address extends ServeAddress = ServeNetAddress>(
  io: Duplex,
  handler: ServeHandler<Address>,
  options: ServeConnectionOptions = {},
): HttpConnection {
  requireDuplex(io, "serve", "the connection");
  checkOptions(options, true);
  // The caller knows what its duplex has the address of.
  const service = makeService(handler as ServeHandler<ServeAddress>, options);
  const { signal, connection: facts } = options;
  const closed = withResolvers<void>();
  const onAbort = () => connection.close(signal?.reason);
  const connection = new ServedConnection(io, securedAlready(io), service, facts, {
    onClosed() {
      signal?.removeEventListener("abort", onAbort);
      closed.resolve();
    },
  });
  if (signal?.aborted) connection.close(signal.reason ?? serverClosed());
  else signal?.addEventListener("abort", onAbort);
  const shutdown = (): Promise<void> => {
    connection.shutDown();
    return closed.promise;
  };
  return { finished: closed.promise, shutdown, [Symbol.asyncDispose]: shutdown };
}
