/**
 * A server on loopback that shakes hands as a {@linkcode ServerConnection} does, and answers what it is told to.
 *
 * @module
 */

import { ServerConnection } from "../../../../tls/connection/server_connection.ts";
import type { ServerConfig } from "../../../../tls/config/server_config.ts";

/** A server that runs. */
export interface TcpServer extends AsyncDisposable {
  readonly port: number;
  /** The connections so far, in order. */
  readonly connections: readonly ServerConnection[];
  /** Why connections failed, in order. */
  readonly errors: readonly unknown[];
}

/**
 * Listens on 127.0.0.1.
 *
 * @param answer What to say to what a client said; the connection is closed behind it. Default: the same.
 */
export function listenTls(
  config: ServerConfig,
  answer: (data: Uint8Array) => Uint8Array = (data) => data,
): TcpServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: ServerConnection[] = [];
  const errors: unknown[] = [];
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const socket of listener) {
      const connection = new ServerConnection(config);
      connections.push(connection);
      serving.push(serve(socket, connection, answer).catch((error) => void errors.push(error)));
    }
  })();
  return {
    port: listener.addr.port,
    connections,
    errors,
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      await accepting;
      await Promise.all(serving);
    },
  };
}

async function serve(
  socket: Deno.TcpConn,
  connection: ServerConnection,
  answer: (data: Uint8Array) => Uint8Array,
): Promise<void> {
  try {
    await converse(socket, connection, answer);
  } finally {
    await flush(socket, connection).catch(() => {}); // the alert of a failure, if the client still listens
    socket.close();
  }
}

async function converse(
  socket: Deno.TcpConn,
  connection: ServerConnection,
  answer: (data: Uint8Array) => Uint8Array,
): Promise<void> {
  const buffer = new Uint8Array(16_384);
  while (true) {
    const event = await connection.next();
    await flush(socket, connection);
    if (event?.type === "connection_closed") return;
    if (event?.type === "data") {
      await connection.send(answer(event.data));
      await connection.sendCloseNotify();
      await flush(socket, connection);
      await socket.closeWrite();
    }
    if (event !== undefined) continue;
    const length = await socket.read(buffer);
    if (length === null) connection.receiveEnd();
    else connection.receive(buffer.subarray(0, length));
  }
}

async function flush(socket: Deno.TcpConn, connection: ServerConnection): Promise<void> {
  for (let bytes; (bytes = connection.output()) !== undefined;) {
    for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
  }
}
