/** The driver: pings that cannot be written, the end of its half of the transport, and the edges of its options. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Duplex } from "../../io/duplex.ts";
import { MAX_TIMER_MS } from "../../io/attempt.ts";
import { WebSocketError } from "../../websocket/error.ts";
import type { NegotiatedWebSocket } from "../../websocket/handshake/negotiated.ts";
import { WebSocketDriver } from "../../websocket/stream/web_socket_driver.ts";
import {
  checkStreamOptions,
  type WebSocketStreamOptions,
} from "../../websocket/stream/web_socket_stream_options.ts";
import { memoryDuplexPair } from "../support/memory_duplex.ts";
import { frame } from "./raw_frames.ts";

const PLAIN: NegotiatedWebSocket = { protocol: "", extensions: "", deflate: undefined };
const CLOSE = { first: 0x88, payload: Uint8Array.of(0x03, 0xe8) };
const KEY = [1, 2, 3, 4];

for (const role of ["client", "server"] as const) {
  Deno.test(`WebSocketDriver: a ${role} says once, behind its Close frame, that it writes no more`, async () => {
    const [near, far] = memoryDuplexPair();
    const calls: string[] = [];
    const io: Duplex = {
      read: (into) => near.read(into),
      write: (bytes) => (calls.push(`write ${(bytes[0] ?? 0).toString(16)}`), near.write(bytes)),
      closeWrite: () => (calls.push("closeWrite"), Promise.resolve()),
      close: () => (calls.push("close"), near.close()),
    };
    const driver = await WebSocketDriver.create(role, io, PLAIN, {});
    await far.write(frame(role === "client" ? CLOSE : { ...CLOSE, key: KEY }));
    if (role === "client") far.close(); // the server ends the connection, and the client waits for it
    assertEquals(await driver.closed, { code: 1000, reason: "" });
    assertEquals(calls, ["write 88", "closeWrite", "close"]);
    far.close();
  });
}

Deno.test("WebSocketDriver: a half that cannot be closed does not make a clean end another", async () => {
  const [near, far] = memoryDuplexPair();
  const io: Duplex = {
    read: (into) => near.read(into),
    write: (bytes) => near.write(bytes),
    closeWrite: () => Promise.reject(new Error("reset")),
    close: () => near.close(),
  };
  const driver = await WebSocketDriver.create("server", io, PLAIN, {});
  await far.write(frame({ ...CLOSE, key: KEY }));
  assertEquals(await driver.closed, { code: 1000, reason: "" });
  far.close();
});

Deno.test("WebSocketDriver: pings that cannot be written reject, and leave no rejection that nothing handles", async () => {
  const [near, far] = memoryDuplexPair();
  const io: Duplex = {
    read: (into) => near.read(into),
    write: () => Promise.reject(new Error("reset")),
    close: () => near.close(),
  };
  const driver = await WebSocketDriver.create("client", io, PLAIN, {});
  const { code } = await assertRejects(() => driver.ping(), WebSocketError);
  assertEquals(code, "truncated");
  assertEquals(driver.isOpen, false);
  await assertRejects(() => driver.send("late"), WebSocketError);
  driver.abort();
  await assertRejects(() => driver.closed, WebSocketError);
  await new Promise((resolve) => setTimeout(resolve)); // rejections that nothing handles are told in a task of their own
  far.close();
});

const TAKEN: readonly WebSocketStreamOptions[] = [
  {},
  { maxMessageBytes: 1 },
  { maxMessageBytes: Number.MAX_SAFE_INTEGER },
  { closeTimeout: 0.5 },
  { closeTimeout: MAX_TIMER_MS },
  { keepAlive: { interval: 0.5 } },
  { keepAlive: { interval: MAX_TIMER_MS, timeout: MAX_TIMER_MS } },
];
for (const options of TAKEN) {
  Deno.test(`checkStreamOptions: ${JSON.stringify(options)} is taken`, () => {
    assertEquals(checkStreamOptions(options), undefined);
  });
}

const REFUSED: readonly (readonly [name: string, options: object])[] = [
  ["maxMessageBytes", { maxMessageBytes: 2 ** 53 }],
  ["maxMessageBytes", { maxMessageBytes: -1 }],
  ["maxMessageBytes", { maxMessageBytes: "10" }],
  ["closeTimeout", { closeTimeout: MAX_TIMER_MS + 1 }],
  ["closeTimeout", { closeTimeout: "10" }],
  ["keepAlive.interval", { keepAlive: {} }],
  ["keepAlive.interval", { keepAlive: { interval: MAX_TIMER_MS + 1 } }],
  ["keepAlive.timeout", { keepAlive: { interval: 1, timeout: MAX_TIMER_MS + 1 } }],
];
for (const [name, options] of REFUSED) {
  Deno.test(`checkStreamOptions: ${JSON.stringify(options)} is refused`, () => {
    const { message } = assertThrows(() => checkStreamOptions(options), RangeError);
    assert(message.startsWith(`Cannot open the WebSocket: "${name}" must be `), message);
  });
}

Deno.test("WebSocketDriver: a reader learns of a broken rule at once, and the peer has a moment to read why", async () => {
  const [near, far] = memoryDuplexPair();
  let isClosed = false;
  const told = Promise.withResolvers<void>();
  const io: Duplex = {
    read: (into) => near.read(into),
    write: async (bytes) => {
      await told.promise; // a peer that is slow to read
      return await near.write(bytes);
    },
    close: () => (isClosed = true, near.close()),
  };
  const driver = await WebSocketDriver.create("client", io, PLAIN, {});
  await far.write(frame({ first: 0x81, payload: "before" }));
  await far.write(frame({ first: 0x83, payload: "no such opcode" }));
  assertEquals(await driver.read(), "before");
  const { code } = await assertRejects(() => driver.read(), WebSocketError);
  assertEquals([code, isClosed], ["bad_frame", false]);
  told.resolve();
  const head = new Uint8Array(100);
  assertEquals([await far.read(head) !== 0, head[0]], [true, 0x88]);
  far.close();
  await assertRejects(() => driver.closed, WebSocketError);
  assertEquals(isClosed, true);
});
