/** The class shaped like the platform's `WebSocket`, against Deno's server. */

import { assertEquals, assertThrows } from "@std/assert";
import { Client } from "../../client/client.ts";
import { eventually } from "../support/eventually.ts";
import { webSocketClass, type WebSocketTarget } from "../../websocket/stream/web_socket_class.ts";

function serve(onOpen: (socket: WebSocket) => void = () => {}) {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "b" });
    socket.binaryType = "arraybuffer";
    socket.onopen = () => onOpen(socket);
    socket.onmessage = ({ data }) => data === "close" ? socket.close(3003, "bye") : socket.send(data);
    return response;
  });
}

/** The next event of a type. */
function next<E extends Event>(
  socket: WebSocketTarget,
  type: string,
  _class?: new (...args: never[]) => E,
): Promise<E> {
  return new Promise((resolve) =>
    socket.addEventListener(type, (event) => resolve(event as E), { once: true })
  );
}

Deno.test("webSocketClass: messages of each kind, attributes, and a close of the server", async () => {
  await using server = serve();
  using client = new Client();
  const WebSocket = webSocketClass(client);
  const socket = new WebSocket(`http://127.0.0.1:${server.addr.port}/a`, ["a", "b"]);
  assertEquals([socket.readyState, socket.binaryType, socket.url], [
    0,
    "blob",
    `ws://127.0.0.1:${server.addr.port}/a`,
  ]);
  assertEquals(assertThrows(() => socket.send("early"), DOMException).name, "InvalidStateError");
  await next(socket, "open");
  assertEquals([socket.readyState, socket.OPEN, socket.protocol, socket.extensions], [1, 1, "b", ""]);

  const messages: MessageEvent[] = [];
  socket.onmessage = (message) => messages.push(message);
  socket.send(new Uint8Array(3));
  socket.send(new Blob(["blob"])); // is read before the next is sent
  const late = Uint8Array.of(1, 2);
  socket.send(late);
  late.fill(9); // behind the Blob it waits, as it was
  socket.send("text");
  await eventually("four messages", () => messages.length === 4);
  assertEquals(messages.map(({ data }) => data instanceof Blob ? data.size : data), [3, 4, 2, "text"]);
  assertEquals(await messages[2]?.data.bytes(), Uint8Array.of(1, 2));
  assertEquals(messages[0]?.origin, `ws://127.0.0.1:${server.addr.port}`);

  socket.binaryType = JSON.parse('"nodebuffer"');
  assertEquals(socket.binaryType, "blob");
  socket.binaryType = "arraybuffer";
  const bytes = Uint8Array.of(1, 2, 3);
  socket.send(bytes.subarray(1));
  bytes.fill(9);
  assertEquals(socket.bufferedAmount, 2);
  assertEquals((await next(socket, "message", MessageEvent)).data, Uint8Array.of(2, 3).buffer);
  assertEquals(socket.bufferedAmount, 0);

  const seen: string[] = [];
  socket.onclose = () => seen.push("onclose");
  socket.send("close");
  const { code, reason, wasClean } = await next(socket, "close", CloseEvent);
  assertEquals([code, reason, wasClean, socket.readyState], [3003, "bye", true, 3]);
  socket.send("late");
  assertEquals([socket.bufferedAmount, seen], [4, ["onclose"]]);
});

Deno.test("webSocketClass: a close of this end, behind what was sent", async () => {
  await using server = serve();
  using client = new Client();
  const socket = new (webSocketClass(client))(`ws://127.0.0.1:${server.addr.port}/`, "b");
  await next(socket, "open");
  assertEquals(assertThrows(() => socket.close(1001), DOMException).name, "InvalidAccessError");
  assertEquals(assertThrows(() => socket.close(1000, "x".repeat(124)), DOMException).name, "SyntaxError");
  socket.close(4000, "done");
  assertEquals(socket.readyState, 2);
  const { code, wasClean } = await next(socket, "close", CloseEvent);
  assertEquals([code, wasClean], [4000, true]);
});

Deno.test("webSocketClass: a failure is an error and a close with 1006", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response());
  using client = new Client();
  const WebSocket = webSocketClass(client);
  const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}/`);
  const events: string[] = [];
  for (const type of ["open", "error", "close"]) socket.addEventListener(type, () => events.push(type));
  const { code, wasClean } = await next(socket, "close", CloseEvent);
  assertEquals([code, wasClean, events], [1006, false, ["error", "close"]]);

  const closed = new WebSocket(`ws://127.0.0.1:${server.addr.port}/`);
  closed.close();
  assertEquals((await next(closed, "close", CloseEvent)).code, 1006);
});

Deno.test("webSocketClass: URLs that are none of a WebSocket are refused", () => {
  using client = new Client();
  const WebSocket = webSocketClass(client);
  for (const url of ["", "/a", "ftp://a/", "ws://a/#b", "ws://"]) {
    assertEquals(assertThrows(() => new WebSocket(url), DOMException).name, "SyntaxError");
  }
});

Deno.test("webSocketClass: subprotocols that may not be asked for are refused by the constructor", () => {
  using client = new Client();
  const WebSocket = webSocketClass(client);
  for (const protocols of ["a b", "", ["a", "a"]]) {
    assertEquals(
      assertThrows(() => new WebSocket("ws://127.0.0.1:1/", protocols), DOMException).name,
      "SyntaxError",
    );
  }
});

Deno.test("webSocketClass: a function that is handler and listener is called as both, and stays a listener", async () => {
  await using server = serve();
  using client = new Client();
  const socket = new (webSocketClass(client))(`ws://127.0.0.1:${server.addr.port}/`, "b");
  await next(socket, "open");
  const seen: unknown[] = [];
  const listen = ({ data }: MessageEvent) => void seen.push(data);
  socket.addEventListener("message", listen as EventListener);
  socket.onmessage = listen;
  for (const text of ["both", "listener"]) {
    const received = next(socket, "message");
    socket.send(text);
    await received;
    socket.onmessage = null;
  }
  assertEquals(seen, ["both", "both", "listener"]);
  socket.close();
  await next(socket, "close");
});
