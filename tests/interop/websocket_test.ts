/** WebSockets against npm's `ws`, which is the server of one half of the rows and the client of the other. */

import { assert, assertEquals } from "@std/assert";
import type { AddressInfo } from "node:net";
import { Client } from "../../client/client.ts";
import { serve } from "../../server/mod.ts";
import type { WebSocketHandshakeOptions } from "../../websocket/handshake/negotiated.ts";

/** The part of the package that is used here. */
interface Ws {
  readonly WebSocketServer: new (options: object) => WsServer;
  readonly WebSocket: new (url: string, options: object) => WsSocket;
}

interface WsServer {
  address(): AddressInfo;
  on(event: string, listener: (socket: WsSocket) => void): void;
  close(done: () => void): void;
}

interface WsSocket {
  binaryType: string;
  readonly extensions: string;
  on(event: string, listener: (data: Uint8Array, isBinary: boolean) => void): void;
  once(event: string, listener: (data: Uint8Array, isBinary: boolean) => void): void;
  send(data: string | Uint8Array, options?: object): void;
  close(code?: number, reason?: string): void;
}

// Not in a string of the import itself: type-checking must not need the package.
const PACKAGE = "npm:ws@8.23.0";
const ws: Ws | undefined = await import(PACKAGE).catch(() => undefined);
const ignore = ws === undefined;
const name = (text: string): string => `ws: ${text}${ignore ? " (ws is not there)" : ""}`;

const MESSAGES = [
  "",
  "hello",
  "the same text again and again, ".repeat(2000),
  new Uint8Array(70_000),
  "€".repeat(3000),
];

interface Row {
  readonly name: string;
  /** The options of `ws`. */
  readonly theirs: object;
  readonly ours: WebSocketHandshakeOptions;
  readonly isCompressed: boolean;
}

const ROWS: readonly Row[] = [
  { name: "without compression", theirs: {}, ours: {}, isCompressed: false },
  {
    name: "with permessage-deflate, whose window they keep",
    theirs: { perMessageDeflate: { threshold: 0 } },
    ours: { permessageDeflate: { threshold: 0 } },
    isCompressed: true,
  },
  {
    name: "with permessage-deflate, of whose window this end wants nothing",
    theirs: { perMessageDeflate: { threshold: 0 } },
    ours: { permessageDeflate: { threshold: 100, refuseContextTakeover: true } },
    isCompressed: true,
  },
];

for (const row of ROWS) {
  Deno.test({ name: name(`messages to its server and back, ${row.name}`), ignore }, async () => {
    assert(ws !== undefined);
    const server = new ws.WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      perMessageDeflate: false,
      ...row.theirs,
    });
    server.on(
      "connection",
      (socket) => socket.on("message", (data, binary) => socket.send(data, { binary })),
    );
    await new Promise<void>((resolve) => server.on("listening", () => resolve()));
    using client = new Client();
    const socket = await client.webSocket(`ws://127.0.0.1:${server.address().port}/`, row.ours);
    const { readable, writable, extensions } = await socket.opened;
    assertEquals(extensions.startsWith("permessage-deflate"), row.isCompressed);
    const writer = writable.getWriter();
    const reader = readable.getReader();
    for (const message of [...MESSAGES, ...MESSAGES]) {
      const written = writer.write(message);
      assertEquals((await reader.read()).value, message);
      await written;
    }
    await socket.ping(Uint8Array.of(1));
    socket.close({ closeCode: 3000, reason: "done" });
    assertEquals(await socket.closed, { closeCode: 3000, reason: "done" });
    await new Promise<void>((resolve) => server.close(resolve));
  });

  Deno.test(
    { name: name(`messages of its client to this server and back, ${row.name}`), ignore },
    async () => {
      assert(ws !== undefined);
      const { promise: closed, resolve } = Promise.withResolvers<unknown>();
      const server = serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request, info) => {
        const { response, stream } = info.upgradeWebSocket(request, row.ours);
        stream.opened
          .then(({ readable, writable }) => readable.pipeTo(writable).catch(() => {}))
          .then(async () => resolve(await stream.closed));
        return response;
      });
      const { port } = server.addr;
      const socket = new ws.WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false, ...row.theirs });
      await new Promise<void>((resolve) => socket.on("open", () => resolve()));
      assertEquals(socket.extensions.startsWith("permessage-deflate"), row.isCompressed);
      for (const message of [...MESSAGES, ...MESSAGES]) {
        const echoed = new Promise<string | Uint8Array>((resolve) =>
          socket.once(
            "message",
            (data, isBinary) => resolve(isBinary ? new Uint8Array(data) : new TextDecoder().decode(data)),
          )
        );
        socket.send(message);
        assertEquals(await echoed, message);
      }
      const ended = new Promise<void>((resolve) => socket.on("close", () => resolve()));
      socket.close(3001, "bye");
      assertEquals(await closed, { closeCode: 3001, reason: "bye" });
      await ended;
      await server.shutdown();
    },
  );
}
