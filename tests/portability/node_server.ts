/**
 * A server and sockets of Node's modules, with which a program in Node or Bun gives a client its `dial`.
 *
 * @module
 */

import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { Duplex as NodeDuplex } from "node:stream";
import { gzipSync } from "node:zlib";
import type { Duplex } from "../../io/duplex.ts";
import { duplexFromStreams, type StreamPair } from "../../tls/mod.ts";

/** Serves a text, compressed. */
export async function serveNode(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(gzipSync("hello ".repeat(1000)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  return {
    port: address.port,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Connects a socket, as a duplex. */
export async function dialNode({ port }: { readonly port: number }): Promise<Duplex> {
  const socket = connect(port, "127.0.0.1");
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return duplexOf(socket);
}

/** Connects to a port where nothing listens. */
export async function refusedByNode(): Promise<Duplex> {
  const server = await serveNode();
  await server.close();
  return await dialNode(server);
}

function duplexOf(socket: Socket): Duplex {
  const streams: unknown = NodeDuplex.toWeb(socket);
  return duplexFromStreams(streams as StreamPair); // the types of Node's web streams differ, the streams do not
}
