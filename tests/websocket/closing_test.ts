/** The driver: how WebSockets end, from either side and by their timers, and what is told to whom. */

import { withTimers } from "../support/manual_timers.ts"; // first, because the driver keeps the timers of module load
import { assert, assertEquals, assertRejects } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { encodeHex } from "@std/encoding/hex";
import { writeAll } from "../../io/duplex.ts";
import { WebSocketError } from "../../websocket/error.ts";
import { MAX_UNWRITTEN_BYTES } from "../../websocket/limits.ts";
import { loadDeflate } from "../../websocket/stream/deflate.ts";
import type { NegotiatedWebSocket } from "../../websocket/handshake/negotiated.ts";
import type { WebSocketStreamOptions } from "../../websocket/stream/web_socket_stream_options.ts";
import { WebSocketStream } from "../../websocket/stream/web_socket_stream.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../support/memory_duplex.ts";
import { frame } from "./raw_frames.ts";

const PLAIN: NegotiatedWebSocket = { protocol: "", extensions: "", deflate: undefined };

/** A WebSocket of a server, whose frames have no mask, and the raw end of its client. */
function withClient(
  options: WebSocketStreamOptions = {},
  capacity = 65_536,
): [WebSocketStream, MemoryDuplex] {
  const [near, far] = memoryDuplexPair({ capacity });
  return [new WebSocketStream({ role: "server", io: near, negotiated: PLAIN }, options), far];
}

/** Reads to the end, in hex. */
async function restOf(io: MemoryDuplex): Promise<string> {
  const pieces: Uint8Array[] = [];
  const into = new Uint8Array(65_536);
  for (;;) {
    const count = await io.read(into).catch(() => null);
    if (count === null) return encodeHex(concat(pieces));
    pieces.push(into.slice(0, count));
  }
}

async function nextOf(io: MemoryDuplex): Promise<string> {
  const into = new Uint8Array(65_536);
  return encodeHex(into.subarray(0, await io.read(into) ?? 0));
}

const KEY = [0, 0, 0, 0];
const client = (first: number, payload: Uint8Array | string = "") => frame({ first, payload, key: KEY });
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, WebSocketError)).code;
}

Deno.test("closing: a server ends the connection at once, and the messages before the Close frame come", async () => {
  const [server, peer] = withClient({ closeTimeout: 60_000 });
  await writeAll(peer, concat([client(0x81, "a"), client(0x88, Uint8Array.of(0x0b, 0xb8, 0x78))]));
  assertEquals(await restOf(peer), "88020bb8");
  assertEquals(await server.closed, { closeCode: 3000, reason: "x" });
  const reader = (await server.opened).readable.getReader();
  assertEquals([(await reader.read()).value, (await reader.read()).done], ["a", true]);
});

Deno.test("closing: a client waits for the end of the connection, which may be a failure", async () => {
  const [near, peer] = memoryDuplexPair();
  const stream = new WebSocketStream({ role: "client", io: near, negotiated: PLAIN }, {
    closeTimeout: 60_000,
  });
  let isClosed = false;
  stream.closed.then(() => isClosed = true);
  await peer.write(frame({ first: 0x88 }));
  await nextOf(peer);
  await turn();
  assertEquals(isClosed, false);
  peer.reset();
  assertEquals(await stream.closed, { closeCode: 1005, reason: "" });
});

Deno.test("closing: a server that does not end the connection makes a clean close no failure for a reader", async () => {
  await withTimers(77, async (tick, count) => {
    const [near, peer] = memoryDuplexPair();
    const stream = new WebSocketStream({ role: "client", io: near, negotiated: PLAIN }, { closeTimeout: 77 });
    const reading = (await stream.opened).readable.getReader().read();
    await peer.write(frame({ first: 0x88, payload: Uint8Array.of(0x03, 0xe8) }));
    await nextOf(peer);
    await turn();
    assertEquals([count(), tick()], [1, true]);
    assertEquals([(await reading).done, await stream.closed], [true, { closeCode: 1000, reason: "" }]);
    peer.close();
  });
});

for (
  const [name, info, close] of [
    ["without anything", {}, "8800"],
    ["with a code", { closeCode: 3001 }, "88020bb9"],
    ["with a reason alone, which 1000 goes with", { reason: "x" }, "880303e878"],
    ["with both", { closeCode: 4999, reason: "x" }, "8803138778"],
  ] as const
) {
  Deno.test(`closing: a close ${name}, now and before it is open; of two the first counts`, async () => {
    for (const isOpen of [true, false]) {
      const [server, peer] = withClient();
      if (isOpen) await server.opened;
      server.close(info);
      server.close({ closeCode: 3999 });
      assertEquals(await nextOf(peer), close);
      await peer.write(client(0x88));
      assertEquals([await restOf(peer), (await server.closed).closeCode], ["", 1005]);
    }
  });
}

const tooMany = new WebSocketError("message_too_large", "Cannot take it", { reason: "big" });
const aborted = new WebSocketError("closed", "Cannot go on");

for (
  const [name, reason, close] of [
    ["a WebSocketError", tooMany, "880503f1626967"],
    ["a WebSocketError whose code no frame has", aborted, "8800"],
    ["a WebSocketError without a code", new WebSocketError("refused", "Cannot open"), "8800"],
    ["another error", new Error("secret"), "8800"],
    ["nothing", undefined, "8800"],
  ] as const
) {
  Deno.test(`closing: a reader that cancels, or a writer that aborts, with ${name}`, async () => {
    for (const end of ["cancel", "abort"] as const) {
      const [server, peer] = withClient();
      const { readable, writable } = await server.opened;
      await (end === "cancel" ? readable.cancel(reason) : writable.abort(reason));
      await peer.write(client(0x88));
      assertEquals(await restOf(peer), close);
      await server.closed;
    }
  });
}

Deno.test("closing: a writer that is closed waits for the peer's Close frame", async () => {
  const [server, peer] = withClient();
  const writer = (await server.opened).writable.getWriter();
  await writer.write("last");
  let isClosed = false;
  const closing = writer.close().then(() => isClosed = true);
  await turn();
  assertEquals([await nextOf(peer), isClosed], ["81046c617374" + "8800", false]);
  await peer.write(client(0x88));
  await closing;
  await server.closed;
});

Deno.test("closing: the peer is told of its mistake, and has a moment to read it", async () => {
  await withTimers(1000, async (tick) => {
    const [server, peer] = withClient();
    await peer.write(client(0x80));
    assertEquals(await nextOf(peer), "880203ea");
    await turn();
    let isOver = false;
    server.closed.catch(() => isOver = true);
    await turn();
    assertEquals([isOver, tick()], [false, true]);
    assertEquals(await codeOf(server.closed), "bad_frame");
    const { readable, writable } = await server.opened;
    assertEquals(await codeOf(readable.getReader().read()), "bad_frame");
    assertEquals(await codeOf(writable.getWriter().write("x")), "bad_frame");
    assertEquals(await codeOf(server.ping()), "bad_frame");
  });
});

Deno.test("closing: after a close, messages that nothing reads are dropped at the second look, not the first", async () => {
  await withTimers(500, async (tick) => {
    const [server, peer] = withClient();
    const { readable } = await server.opened;
    const reader = readable.getReader();
    const large = new Uint8Array(60_000);
    const sending = (async () => {
      for (let i = 0; i < 8; i++) await writeAll(peer, client(0x82, large));
      await writeAll(peer, client(0x88));
    })();
    await turn();
    server.close();
    await turn();
    tick();
    await turn();
    assertEquals((await reader.read()).value?.length, 60_000); // it reads on: nothing is dropped
    await turn();
    tick();
    await turn();
    assertEquals((await reader.read()).value?.length, 60_000);
    await turn();
    tick();
    tick();
    await sending;
    await server.closed;
    let left = 0;
    while (!(await reader.read()).done) left++;
    assert(left < 6, `${left} messages are kept`);
  });
});

Deno.test("closing: pings that wait when it ends are rejected, and later ones refused", async () => {
  for (const isClean of [true, false]) {
    const [server, peer] = withClient();
    await server.opened;
    const pinging = codeOf(server.ping());
    assertEquals(await nextOf(peer), "8900");
    if (isClean) await peer.write(client(0x88));
    else peer.reset();
    assertEquals(await pinging, isClean ? "closed" : "truncated");
    if (isClean) await assertRejects(() => server.ping(), TypeError, "closing or closed");
    else assertEquals(await codeOf(server.ping()), "truncated");
    await server.closed.catch(() => {});
  }
});

Deno.test("closing: pongs resolve pings in their order, and those that were not asked for none", async () => {
  const [server, peer] = withClient();
  await server.opened;
  await peer.write(client(0x8a, "unasked"));
  await turn();
  const resolved: number[] = [];
  const pings = [1, 2].map((id) => server.ping(Uint8Array.of(id)).then(() => resolved.push(id)));
  await turn();
  assertEquals([await nextOf(peer), resolved], ["890101" + "890102", []]);
  await peer.write(client(0x8a));
  await turn();
  assertEquals(resolved, [1]);
  await peer.write(client(0x8a));
  await Promise.all(pings);
  server.abort();
  peer.close();
  await server.closed.catch(() => {});
});

Deno.test("closing: keep-alive pings go on while they are answered, and end with the WebSocket", async () => {
  await withTimers(77, async (tick, count) => {
    const [server, peer] = withClient({ keepAlive: { interval: 77, timeout: 77 } });
    await server.opened;
    for (let round = 0; round < 2; round++) {
      assertEquals([tick(), await nextOf(peer)], [true, "8900"]);
      await peer.write(client(0x8a));
      await turn();
      tick();
    }
    await peer.write(client(0x88));
    await server.closed;
    assertEquals(count(), 0);
  });
});

Deno.test("closing: a pong that waits for the reader is no missing one", async () => {
  await withTimers(77, async (tick) => {
    const [server, peer] = withClient({ keepAlive: { interval: 77, timeout: 77 } });
    const reader = (await server.opened).readable.getReader();
    await writeAll(peer, client(0x82, new Uint8Array(65_536)));
    await turn();
    tick();
    await turn();
    tick();
    await turn();
    assertEquals((await reader.read()).value?.length, 65_536);
    await peer.write(client(0x88));
    await server.closed;
  });
});

Deno.test("closing: a send waits once as much as the limit is unwritten, and not before", async () => {
  const [server, peer] = withClient({}, 100);
  const writer = (await server.opened).writable.getWriter();
  await writer.write(new Uint8Array(MAX_UNWRITTEN_BYTES - 2));
  await writer.write("x");
  let isWritten = false;
  const writing = writer.write("y").then(() => isWritten = true);
  await turn();
  assertEquals(isWritten, false);
  const all = restOf(peer);
  await writing;
  server.abort();
  await server.closed.catch(() => {});
  assertEquals((await all).length, 2 * (4 + MAX_UNWRITTEN_BYTES - 2 + 3 + 3));
});

Deno.test("closing: a write that fails ends it in a while, which a close does not put off", async () => {
  await withTimers(1000, async (tick) => {
    const read = Promise.withResolvers<null>();
    const io = {
      read: () => read.promise,
      write: () => Promise.reject(new Error("broken pipe")),
      close: () => read.resolve(null),
    };
    const stream = new WebSocketStream({ role: "server", io, negotiated: PLAIN }, { closeTimeout: 60_000 });
    const writer = (await stream.opened).writable.getWriter();
    await writer.write("x");
    await turn();
    stream.close();
    assertEquals(await codeOf(writer.write("y")), "truncated");
    assertEquals(tick(), true);
    assertEquals(await codeOf(stream.closed), "truncated");
  });
});

Deno.test("closing: a ping is answered although the messages behind it wait for the reader", async () => {
  const [server, peer] = withClient();
  const reader = (await server.opened).readable.getReader();
  await writeAll(peer, client(0x82, new Uint8Array(65_000)));
  await turn();
  await writeAll(peer, concat([client(0x89, "p"), client(0x82, new Uint8Array(1000))]));
  assertEquals(await nextOf(peer), "8a0170");
  assertEquals([(await reader.read()).value?.length, (await reader.read()).value?.length], [65_000, 1000]);
  peer.reset();
  await server.closed.catch(() => {});
});

Deno.test("closing: an abort ends a WebSocket that waits for its reader", async () => {
  const [server, peer] = withClient();
  const reader = (await server.opened).readable.getReader();
  await writeAll(peer, client(0x82, new Uint8Array(65_536)));
  await turn();
  server.abort();
  assertEquals(await codeOf(server.closed), "closed");
  assertEquals((await reader.read()).value?.length, 65_536);
  assertEquals(await codeOf(reader.read()), "closed");
  peer.close();
});

Deno.test("closing: messages of each kind of buffer are sent", async () => {
  const [server, peer] = withClient();
  const writer = (await server.opened).writable.getWriter();
  const bytes = Uint8Array.of(1, 2, 3, 4);
  await writer.write(bytes.buffer);
  await writer.write(new DataView(bytes.buffer, 1, 2));
  await writer.write(7 as unknown as string);
  await turn();
  assertEquals(await nextOf(peer), "820401020304" + "82020203" + "810137");
  server.abort();
  server.abort();
  assertEquals(await codeOf(server.closed), "closed");
  assertEquals(await codeOf(writer.write("late")), "closed");
});

Deno.test("W-32: compression begins at the threshold, leaves what would not shrink, and keeps to the window", async () => {
  const negotiated = { inflate: { noContextTakeover: true }, threshold: 100 };
  const deflate = await loadDeflate({ ...negotiated, windowBits: 15 });
  assertEquals(deflate(new Uint8Array(99)), undefined);
  assert((deflate(new Uint8Array(100))?.length ?? 100) < 20);
  assertEquals(deflate(crypto.getRandomValues(new Uint8Array(1000))), undefined);
  const none = await loadDeflate({ ...negotiated, windowBits: undefined });
  assertEquals(none(new Uint8Array(1000)), undefined);
  // What repeats beyond a window of 9 bits, which are 512 bytes, is not found.
  const noise = crypto.getRandomValues(new Uint8Array(2000));
  const twice = concat([noise, noise]);
  const small = await loadDeflate({ ...negotiated, windowBits: 9 });
  assert((deflate(twice)?.length ?? Infinity) < 2500);
  assertEquals(small(twice), undefined);
});
