/** The driver: messages, back-pressure, pings and ends, over duplexes in memory with a peer written by hand. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import { type Duplex, writeAll } from "../../io/duplex.ts";
import { WebSocketError } from "../../websocket/error.ts";
import type { NegotiatedWebSocket } from "../../websocket/handshake/negotiated.ts";
import type { WebSocketStreamOptions } from "../../websocket/stream/web_socket_stream_options.ts";
import { WebSocketStream } from "../../websocket/stream/web_socket_stream.ts";
import { eventually } from "../support/eventually.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../support/memory_duplex.ts";
import { frame } from "./raw_frames.ts";

const PLAIN: NegotiatedWebSocket = { protocol: "", extensions: "", deflate: undefined };
const DEFLATE: NegotiatedWebSocket = {
  ...PLAIN,
  deflate: { inflate: { noContextTakeover: true }, windowBits: 15, threshold: 100 },
};

function pair(negotiated = PLAIN, capacity = 65_536): [client: WebSocketStream, server: WebSocketStream] {
  const [near, far] = memoryDuplexPair({ capacity });
  return [
    new WebSocketStream({ role: "client", io: near, negotiated }),
    new WebSocketStream({ role: "server", io: far, negotiated }),
  ];
}

/** A client, and the raw end of its server. */
function withPeer(options: WebSocketStreamOptions = {}): [WebSocketStream, MemoryDuplex] {
  const [near, far] = memoryDuplexPair();
  return [new WebSocketStream({ role: "client", io: near, negotiated: PLAIN }, options), far];
}

async function readSome(io: MemoryDuplex): Promise<Uint8Array> {
  const into = new Uint8Array(65_536);
  return into.subarray(0, await io.read(into) ?? 0);
}

/** The code of the error that `work` rejects with. */
async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, WebSocketError)).code;
}

for (const [name, negotiated] of [["as they are", PLAIN], ["compressed", DEFLATE]] as const) {
  Deno.test(`WebSocketStream: messages go both ways, ${name}, and a clean close ends both`, async () => {
    const [client, server] = pair(negotiated, 1000);
    const [near, far] = [await client.opened, await server.opened];
    const messages = ["", "text", Uint8Array.of(1, 2), "long ".repeat(10_000), new Uint8Array(70_000)];
    const echoed = far.readable.pipeTo(far.writable);
    const writer = near.writable.getWriter();
    const received: unknown[] = [];
    const reading = (async () => {
      for await (const message of near.readable) {
        received.push(message);
        if (received.length === messages.length) break;
      }
    })();
    for (const message of messages) await writer.write(message);
    await reading;
    assertEquals(received, messages);
    assertEquals((await server.closed).closeCode, 1005);
    assertEquals((await client.closed).closeCode, 1005);
    await echoed.catch(() => {});
  });
}

Deno.test("W-25: messages before the end come first, then an error, and closed rejects", async () => {
  const [client, peer] = withPeer();
  await peer.write(frame({ payload: "a" }));
  peer.close();
  const reader = (await client.opened).readable.getReader();
  assertEquals((await reader.read()).value, "a");
  assertEquals(await codeOf(reader.read()), "truncated");
  assertEquals(await codeOf(client.closed), "truncated");
});

Deno.test("W-25: a reset is an error", async () => {
  const [client, peer] = withPeer();
  peer.reset();
  assertEquals(await codeOf(client.closed), "truncated");
});

Deno.test("W-13: a violation is told to the peer, and closed rejects with it", async () => {
  const [client, peer] = withPeer();
  await peer.write(Uint8Array.of(0x83));
  const close = await readSome(peer);
  assertEquals([close[0], close.length], [0x88, 8]);
  peer.close();
  assertEquals(await codeOf(client.closed), "bad_frame");
});

Deno.test("W-26: a client waits for the server to end the connection, but not for long", async () => {
  const [client, peer] = withPeer({ closeTimeout: 20 });
  await peer.write(frame({ first: 0x88, payload: Uint8Array.of(0x03, 0xe8) }));
  assertEquals(await client.closed, { closeCode: 1000, reason: "" });
  peer.close();
});

Deno.test("W-26: a peer that never confirms a close is left, with an error", async () => {
  const [client, peer] = withPeer({ closeTimeout: 20 });
  await client.opened;
  client.close({ closeCode: 3000, reason: "bye" });
  assertEquals(await codeOf(client.closed), "close_timeout");
  peer.close();
});

Deno.test("W-28: while nothing reads, little is received, and the peer has to wait", async () => {
  const [client, server] = pair(PLAIN, 1000);
  const writer = (await server.opened).writable.getWriter();
  const message = new Uint8Array(10_000);
  let written = 0;
  const writing = (async () => {
    for (let i = 0; i < 100; i++) {
      await writer.write(message);
      written++;
    }
  })();
  for (let before = -1; written !== before;) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert(written < 20, `${written} messages were taken`);
  const reader = (await client.opened).readable.getReader();
  for (let i = 0; i < 100; i++) assertEquals((await reader.read()).value?.length, 10_000);
  await writing;
  client.close();
  await Promise.all([client.closed, server.closed]);
});

Deno.test("W-24: a ping resolves with its pong, and a peer's is answered without a reader", async () => {
  const [client, server] = pair();
  await client.ping();
  await server.ping(Uint8Array.of(1, 2, 3));
  client.close({ closeCode: 1000 });
  assertEquals((await server.closed).closeCode, 1000);
  await client.closed;
});

Deno.test("W-24: a peer without pongs fails a WebSocket that keeps itself alive", async () => {
  const [client, peer] = withPeer({ keepAlive: { interval: 5, timeout: 20 } });
  assertEquals(await codeOf(client.closed), "ping_timeout");
  peer.close();
});

Deno.test("W-18: after its close, this end drops what nothing reads, and ends cleanly", async () => {
  const [client, peer] = withPeer();
  await client.opened;
  client.close({ reason: "enough" });
  assertEquals((await readSome(peer)).length, 2 + 4 + 2 + 6);
  for (let i = 0; i < 20; i++) await writeAll(peer, frame({ first: 0x82, payload: new Uint8Array(30_000) }));
  await peer.write(frame({ first: 0x88 }));
  peer.close();
  assertEquals(await client.closed, { closeCode: 1005, reason: "" });
});

Deno.test("WebSocketStream: abort ends the connection at once", async () => {
  const [client, peer] = withPeer();
  await client.opened;
  client.abort();
  assertEquals(await codeOf(client.closed), "closed");
  peer.close();
});

Deno.test("WebSocketStream: codes and reasons that may not be sent are refused", async () => {
  const [client, server] = pair();
  for (const closeCode of [0, 999, 1001, 1005, 2999, 5000, NaN]) {
    assertEquals(assertThrows(() => client.close({ closeCode }), DOMException).name, "InvalidAccessError");
  }
  assertEquals(
    assertThrows(() => client.close({ reason: "é".repeat(62) }), DOMException).name,
    "SyntaxError",
  );
  client.close();
  await Promise.all([client.closed, server.closed]);
  await assertRejects(async () => await (await client.opened).writable.getWriter().write("x"));
});

Deno.test("WebSocketStream: a handshake that fails rejects opened and closed", async () => {
  const error = new WebSocketError("refused", "Cannot open the WebSocket: the server answered 403");
  const stream = new WebSocketStream(Promise.reject(error));
  assertEquals(await codeOf(stream.opened), "refused");
  assertEquals(await codeOf(stream.closed), "refused");
});

Deno.test("W-32: compressed messages are smaller on the wire, small ones as they are", async () => {
  const [near, peer] = memoryDuplexPair();
  const stream = new WebSocketStream({ role: "server", io: near, negotiated: DEFLATE });
  const writer = (await stream.opened).writable.getWriter();
  await writer.write("a".repeat(1000));
  const compressed = await readSome(peer);
  assertEquals(compressed[0], 0xc1);
  assert(compressed.length < 50);
  await writer.write("small");
  assertEquals(encodeHex(await readSome(peer)), "8105" + encodeHex("small"));
  await peer.write(decodeHex("888000000000"));
  assertEquals((await stream.closed).closeCode, 1005);
  peer.close();
});

Deno.test("WebSocketStream: messages of one turn leave in two writes, the first without delay", async () => {
  const [near, peer] = memoryDuplexPair();
  const writes: number[] = [];
  const io: Duplex = {
    read: (into) => near.read(into),
    write(bytes) {
      writes.push(bytes.length);
      return near.write(bytes);
    },
    close: () => near.close(),
  };
  const stream = new WebSocketStream({ role: "server", io, negotiated: PLAIN });
  const writer = (await stream.opened).writable.getWriter();
  await Promise.all([..."abcdefgh"].map((text) => writer.write(text)));
  assertEquals(writes, [3]);
  await eventually("a second write", () => writes.length === 2);
  assertEquals(writes, [3, 21]);
  stream.abort();
  peer.close();
});
