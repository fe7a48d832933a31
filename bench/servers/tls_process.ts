/**
 * The process that is the server in the questions about servers: `tls_process.ts KIND FOLDER`. It prints its port and
 * ends with its standard input.
 *
 * What it speaks over TLS is as little as there can be: a client sends four bytes, the length that it wants, most
 * significant byte first, and gets as many bytes of the bulk; as often as it likes.
 *
 * @module
 */

import { createServer } from "node:tls";
import { writeAll } from "../../io/duplex.ts";
import { TlsAcceptor } from "../../tls/acceptor.ts";
import { denoCrypto } from "../../tls/crypto/deno.ts";
import { nodeCrypto } from "../../tls/crypto/node.ts";
import type { CryptoProvider } from "../../tls/crypto/provider.ts";
import { webCrypto } from "../../tls/crypto/web.ts";
import { bulk } from "../pattern.ts";

/** The TLS libraries that can be the server. */
export type TlsServerKind =
  | "deno"
  | "node"
  | "ductile"
  | "ductile-node"
  | "ductile-web"
  | "ductile-client-order";

/** Starts each; returns its port. */
const KINDS: Readonly<Record<TlsServerKind, (cert: string, key: string) => number | Promise<number>>> = {
  "deno": listenTls,
  "node": nodeServer,
  "ductile": acceptor,
  "ductile-node": (cert, key) => acceptor(cert, key, nodeCrypto()),
  "ductile-web": (cert, key) => acceptor(cert, key, webCrypto()),
  "ductile-client-order": (cert, key) => acceptor(cert, key, denoCrypto(), false),
};

if (import.meta.main) {
  const [kind = "", folder = "."] = Deno.args;
  if (!Object.hasOwn(KINDS, kind)) throw new TypeError("Usage: tls_process.ts KIND FOLDER");
  const cert = await Deno.readTextFile(`${folder}/cert.pem`);
  const key = await Deno.readTextFile(`${folder}/key.pem`);
  const port = await KINDS[kind as TlsServerKind](cert, key); // it is one of them
  Deno.stdout.writeSync(new TextEncoder().encode(`${port}\n`));
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
}

function acceptor(cert: string, key: string, crypto?: CryptoProvider, preferServerOrder = true): number {
  const tls = new TlsAcceptor({
    identity: { chain: cert, key },
    sessions: false,
    preferServerOrder,
    ...(crypto !== undefined && { crypto }),
  });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  serveEach(listener, async (tcp) => {
    tcp.setNoDelay(true);
    await answer(await tls.accept(tcp));
  });
  return listener.addr.port;
}

function listenTls(cert: string, key: string): number {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  serveEach(listener, answer);
  return listener.addr.port;
}

/** The end of a connection is ignored: clients of a bench just close. */
async function serveEach<C>(
  connections: AsyncIterable<C>,
  serve: (connection: C) => Promise<void>,
): Promise<void> {
  for await (const connection of connections) serve(connection).catch(() => {});
}

interface Socket {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

async function answer(socket: Socket): Promise<void> {
  const request = new Uint8Array(4);
  try {
    while (await fill(socket, request)) {
      for (const piece of bulk(lengthOf(request))) await writeAll(socket, piece);
    }
  } finally {
    socket.close();
  }
}

async function fill(socket: Socket, into: Uint8Array): Promise<boolean> {
  for (let at = 0; at < into.length;) {
    const count = await socket.read(into.subarray(at));
    if (count === null) return false;
    at += count;
  }
  return true;
}

function lengthOf(request: Uint8Array): number {
  return new DataView(request.buffer, request.byteOffset).getUint32(0);
}

async function nodeServer(cert: string, key: string): Promise<number> {
  const server = createServer({ cert, key, noDelay: true }, async (socket) => {
    socket.on("error", () => {});
    for await (const request of socket) {
      // Four bytes that are written at once come at once.
      for (const piece of bulk(lengthOf(request))) {
        if (!socket.write(piece)) await new Promise((resolve) => socket.once("drain", resolve));
      }
    }
  });
  const listening = Promise.withResolvers<number>();
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (address !== null && typeof address === "object") listening.resolve(address.port);
  });
  return await listening.promise;
}
