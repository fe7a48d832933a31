/** The class shaped like the platform's `WebSocket`, over duplexes in memory: states, events and what is ignored. */

import { assertEquals, assertRejects } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import type { NegotiatedWebSocket } from "../../websocket/handshake/negotiated.ts";
import type { WebSocketError } from "../../websocket/error.ts";
import {
  type WebSocketClass,
  webSocketClass,
  type WebSocketTarget,
} from "../../websocket/stream/web_socket_class.ts";
import { WebSocketStream } from "../../websocket/stream/web_socket_stream.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../support/memory_duplex.ts";
import { frame } from "./raw_frames.ts";

const NEGOTIATED: NegotiatedWebSocket = { protocol: "b", extensions: "x-test", deflate: undefined };

/** A class whose instances get streams of servers, which send frames without masks, and the other end of the last one. */
function fixture(role: "client" | "server" = "server"): {
  WebSocket: WebSocketClass;
  asked: unknown[];
  peer: () => MemoryDuplex;
  open: () => void;
  /** Breaks every connection off. */
  end: () => Promise<void>;
} {
  const asked: unknown[] = [];
  const opening = Promise.withResolvers<void>();
  const peers: MemoryDuplex[] = [];
  const WebSocket = webSocketClass({
    async webSocket(url, { protocols, signal }) {
      asked.push(url, protocols);
      const [near, far] = memoryDuplexPair();
      peers.push(far);
      await opening.promise;
      if (asked.includes("honours the signal")) signal.throwIfAborted();
      return new WebSocketStream({ role, io: near, negotiated: NEGOTIATED });
    },
  });
  return {
    WebSocket,
    asked,
    peer: () => peers.at(-1) ?? memoryDuplexPair()[0],
    async end() {
      for (const far of peers) far.reset();
      await turn();
    },
    open: opening.resolve,
  };
}

const client = (first: number, payload: Uint8Array | string = "") =>
  frame({ first, payload, key: [0, 0, 0, 0] });
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

/** The types of all events, as listeners and as handlers get them. */
function record(socket: WebSocketTarget): string[] {
  const seen: string[] = [];
  for (const type of ["open", "message", "error", "close"] as const) {
    socket.addEventListener(type, () => seen.push(type));
    socket[`on${type}`] = () => seen.push(`on${type}`);
  }
  return seen;
}

async function nextOf(io: MemoryDuplex): Promise<string> {
  const into = new Uint8Array(65_536);
  const count = await io.read(into).catch(() => null);
  return encodeHex(into.subarray(0, count ?? 0));
}

Deno.test("webSocketClass: what is asked for, and what an open one tells", async () => {
  const { WebSocket, asked, open, end } = fixture();
  const socket = new WebSocket("https://a.test/b?c", "b");
  assertEquals([socket.protocol, socket.extensions, socket.failure], ["", "", undefined]);
  const seen = record(socket);
  open();
  await turn();
  assertEquals(asked, ["wss://a.test/b?c", ["b"]]);
  assertEquals([socket.readyState, socket.protocol, socket.extensions], [WebSocketState.OPEN, "b", "x-test"]);
  assertEquals(seen, ["open", "onopen"]);
  assertEquals(
    [WebSocket, socket].map((each) =>
      JSON.stringify([Reflect.get(each, "CONNECTING"), Reflect.get(each, "CLOSED")])
    ),
    [
      "[0,3]",
      "[0,3]",
    ],
  );
  new WebSocket("ws://a.test", ["x", "y"]);
  new WebSocket(new URL("ws://a.test/"));
  await turn();
  assertEquals(asked.slice(2), ["ws://a.test/", ["x", "y"], "ws://a.test/", []]);
  await end();
});

const WebSocketState = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

Deno.test("webSocketClass: handlers are called once an event, with it, and may be replaced or removed", async () => {
  const { WebSocket, peer, open, end } = fixture();
  const socket = new WebSocket("ws://a.test/");
  open();
  await turn();
  const told: unknown[] = [];
  const write = (text: string) => peer().write(client(0x81, text)).then(turn);
  socket.onmessage = ({ data, origin }) => told.push(data, origin);
  await write("a");
  await write("b");
  socket.onmessage = ({ data }) => told.push(`second ${data}`);
  await write("c");
  socket.onmessage = null;
  await write("d");
  assertEquals(told, ["a", "ws://a.test", "b", "ws://a.test", "second c"]);
  await end();
});

Deno.test("webSocketClass: bytes come as a Blob, or as a buffer of their own", async () => {
  const { WebSocket, peer, open, end } = fixture();
  const socket = new WebSocket("ws://a.test/");
  open();
  await turn();
  const got: unknown[] = [];
  socket.onmessage = ({ data }) => got.push(data);
  await peer().write(client(0x82, Uint8Array.of(1, 2)));
  await turn();
  socket.binaryType = "arraybuffer";
  await peer().write(client(0x82, Uint8Array.of(3, 4, 5)));
  await turn();
  const [blob, buffer] = got;
  assertEquals(blob instanceof Blob && new Uint8Array(await blob.arrayBuffer()), Uint8Array.of(1, 2));
  assertEquals(buffer, Uint8Array.of(3, 4, 5).buffer);
  await end();
});

Deno.test("webSocketClass: the peer closes, and nothing is received while this end closes", async () => {
  const { WebSocket, peer, open } = fixture();
  const socket = new WebSocket("ws://a.test/");
  const seen = record(socket);
  open();
  await turn();
  socket.send("a");
  socket.close(3000, "bye");
  socket.close(3001);
  assertEquals(socket.readyState, WebSocketState.CLOSING);
  socket.send("late");
  assertEquals(socket.bufferedAmount, 5);
  await turn();
  assertEquals(await nextOf(peer()), "810161" + "88050bb8627965");
  assertEquals(socket.bufferedAmount, 4);
  await peer().write(client(0x81, "dropped"));
  await peer().write(client(0x88, Uint8Array.of(0x0b, 0xb8)));
  const closed = new Promise<CloseEvent>((resolve) =>
    socket.addEventListener("close", (event) => resolve(event as CloseEvent))
  );
  const { code, reason, wasClean } = await closed;
  assertEquals([code, reason, wasClean, socket.readyState], [3000, "", true, WebSocketState.CLOSED]);
  assertEquals(seen, ["open", "onopen", "close", "onclose"]);
  socket.close();
  socket.send("later");
  assertEquals(socket.bufferedAmount, 9);
});

Deno.test("webSocketClass: a connection that breaks is an error, whose reason is kept, and a close that is not clean", async () => {
  const { WebSocket, peer, open } = fixture();
  const socket = new WebSocket("ws://a.test/");
  const seen = record(socket);
  let state = -1;
  socket.addEventListener("error", () => state = socket.readyState);
  open();
  await turn();
  peer().reset();
  await turn();
  assertEquals(seen, ["open", "onopen", "error", "onerror", "close", "onclose"]);
  assertEquals([state, (socket.failure as WebSocketError).code], [WebSocketState.CLOSED, "truncated"]);
});

for (const honours of [true, false]) {
  Deno.test(`webSocketClass: a close before it is open ${honours ? "ends the connecting" : "aborts what is opened all the same"}`, async () => {
    const { WebSocket, asked, peer, open } = fixture();
    if (honours) asked.push("honours the signal");
    const socket = new WebSocket("ws://a.test/");
    const seen = record(socket);
    socket.close();
    assertEquals(socket.readyState, WebSocketState.CLOSING);
    open();
    await turn();
    assertEquals(seen, ["error", "onerror", "close", "onclose"]);
    assertEquals((socket.failure as WebSocketError).code, "closed");
    if (!honours) {
      await assertRejects(() => peer().write(Uint8Array.of(1)).then(() => peer().write(Uint8Array.of(1))));
    }
  });
}

Deno.test("webSocketClass: what is sent is what it was when it was sent, in its order", async () => {
  const { WebSocket, peer, open, end } = fixture();
  const socket = new WebSocket("ws://a.test/");
  open();
  await turn();
  const bytes = Uint8Array.of(1, 2, 3, 4);
  socket.send(bytes.buffer);
  socket.send(new DataView(bytes.buffer, 1, 2));
  socket.send(new Blob(["b"]));
  socket.send("é");
  assertEquals(socket.bufferedAmount, 4 + 2 + 1 + 2);
  bytes.fill(9);
  await turn();
  await turn();
  assertEquals(await nextOf(peer()), "820401020304" + "82020203" + "820162" + "8102c3a9");
  assertEquals(socket.bufferedAmount, 0);
  await end();
});

Deno.test("webSocketClass: it is closing from the peer's Close frame to the end of the connection", async () => {
  const { WebSocket, peer, open } = fixture("client");
  const socket = new WebSocket("ws://a.test/");
  open();
  await turn();
  await peer().write(frame({ first: 0x88 }));
  await turn();
  assertEquals(socket.readyState, WebSocketState.CLOSING);
  peer().close();
  await turn();
  assertEquals(socket.readyState, WebSocketState.CLOSED);
});
