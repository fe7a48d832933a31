/**
 * The connections of the pool that speak HTTP/2: the one module between the client and the code of that version, which
 * is loaded when a connection may turn out to speak it.
 *
 * @module
 */

import { Http2Client } from "../../http2/mod.ts";
import type { Duplex } from "../../io/duplex.ts";
import type { Http2Options } from "../options.ts";
import type { ConnectionFacts } from "../connection_info.ts";
import { type ConnectionListener, PooledConnection } from "./pooled_connection.ts";

/**
 * A connection of the pool that speaks HTTP/2. It opens no more streams before SETTINGS than other connections to its
 * server allow: what was refused on one would be refused on it as well.
 */
export function driveHttp2(
  io: Duplex,
  options: Http2Options,
  facts: ConnectionFacts,
  listener: ConnectionListener,
  handshake?: Promise<void>,
): PooledConnection {
  const { streamLimit = Infinity } = listener;
  const driver = new Http2Client(io, {
    ...options,
    ...(streamLimit < (options.initialMaxSendStreams ?? Infinity) &&
      { initialMaxSendStreams: Math.max(1, streamLimit) }),
    shareMemory: true, // ClientResponse hands out copies
    onCapacity: () => driver.closing ? listener.onClosing(connection) : listener.onAvailable(connection),
    onIdle: () => listener.onAvailable(connection),
    onClose: () => listener.onClosed(connection),
  });
  const connection = new PooledConnection(driver, true, facts, handshake);
  return connection;
}
