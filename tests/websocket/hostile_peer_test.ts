/** The driver against peers that stall, break off half, or send more than they are asked for. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Duplex } from "../../io/duplex.ts";
import { WebSocketError } from "../../websocket/error.ts";
import type { NegotiatedWebSocket } from "../../websocket/handshake/negotiated.ts";
import { MessageAssembler } from "../../websocket/message_assembler.ts";
import { MessageQueue } from "../../websocket/stream/message_queue.ts";
import type { WebSocketStreamOptions } from "../../websocket/stream/web_socket_stream_options.ts";
import { WebSocketStream } from "../../websocket/stream/web_socket_stream.ts";
import { heapInUse } from "../fuzz/support/heap.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../support/memory_duplex.ts";
import { frame } from "./raw_frames.ts";

const PLAIN: NegotiatedWebSocket = { protocol: "", extensions: "", deflate: undefined };
const CLOSE = frame({ first: 0x88, payload: Uint8Array.of(0x03, 0xe8) });

/** A client over one end, and the other end. */
function withPeer(
  options: WebSocketStreamOptions = {},
  wrap: (io: MemoryDuplex) => Duplex = (io) => io,
): [WebSocketStream, MemoryDuplex] {
  const [near, far] = memoryDuplexPair();
  return [new WebSocketStream({ role: "client", io: wrap(near), negotiated: PLAIN }, options), far];
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, WebSocketError)).code;
}

async function readSome(io: Duplex): Promise<Uint8Array> {
  const into = new Uint8Array(65_536);
  return into.subarray(0, await io.read(into) ?? 0);
}

Deno.test("W-28: a queue that is never empty keeps no message that was read", async () => {
  const queue = new MessageQueue();
  const before = await heapInUse();
  queue.push(new Uint8Array(10_000));
  for (let i = 0; i < 5000; i++) {
    queue.push(new Uint8Array(10_000));
    assertEquals((await queue.read())?.length, 10_000);
  }
  assert(await heapInUse() - before < 5_000_000);
  assertEquals((await queue.read())?.length, 10_000);
});

Deno.test("W-34: the memory of a large message is not kept for those after it", async () => {
  const before = await heapInUse();
  const assemblers = Array.from({ length: 10 }, () => new MessageAssembler(2 ** 26, undefined));
  for (const assembler of assemblers) {
    for (const [opcode, length] of [[2, 1_000_000], [0, 1_000_000], [0, 1_000_000], [0, 0]] as const) {
      const header = { opcode, fin: length === 0, rsv1: false, length, key: undefined };
      assembler.begin(header);
      assembler.push(new Uint8Array(length), header, 0);
    }
    assertEquals(assembler.end().length, 3_000_000);
  }
  assert(await heapInUse() - before < 5_000_000);
  assertEquals(assemblers.length, 10);
});

Deno.test("W-35: a peer that closes but reads nothing is left after the close timeout", async () => {
  const [client, peer] = withPeer({ closeTimeout: 50 });
  const { writable } = await client.opened;
  const written = writable.getWriter().write(new Uint8Array(1_000_000));
  await peer.write(CLOSE);
  assertEquals(await codeOf(client.closed), "close_timeout");
  await assertRejects(() => written);
  peer.close();
});

Deno.test("W-36: where writing fails but reading waits for ever, the WebSocket fails, behind what was sent", async () => {
  const [client, peer] = withPeer({}, (io) => ({
    read: (into) => io.read(into),
    write: () => Promise.reject(new Deno.errors.BrokenPipe("broken pipe")),
    close: () => io.close(),
  }));
  const { readable, writable } = await client.opened;
  await peer.write(frame({ payload: "last words" }));
  const writer = writable.getWriter();
  await writer.write("first");
  await writer.closed.catch(() => {}); // further writes are refused
  await assertRejects(() => writer.write("second"));
  const reader = readable.getReader();
  assertEquals((await reader.read()).value, "last words");
  assertEquals(await codeOf(reader.read()), "truncated");
  assertEquals(await codeOf(client.closed), "truncated");
  peer.close();
});

Deno.test("W-36: where writing has failed, the Close frame of the peer is still a clean end", async () => {
  const [client, peer] = withPeer({}, (io) => ({
    read: (into) => io.read(into),
    write: () => Promise.reject(new Deno.errors.BrokenPipe("broken pipe")),
    close: () => io.close(),
  }));
  const { writable } = await client.opened;
  await writable.getWriter().write("first");
  await peer.write(CLOSE);
  peer.close();
  assertEquals((await client.closed).closeCode, 1000);
});

Deno.test("W-26: a server that confirms a close and leaves the connection open makes no error of it", async () => {
  const [client, peer] = withPeer({ closeTimeout: 100 });
  const { readable } = await client.opened;
  const reading = readable.getReader().read();
  client.close({ closeCode: 1000 });
  await readSome(peer);
  await peer.write(CLOSE);
  assertEquals((await reading).done, true);
  assertEquals((await client.closed).closeCode, 1000);
  peer.close();
});

Deno.test("W-24: while bytes of a long message come, a peer is alive that sends no pong", async () => {
  const [client, peer] = withPeer({ keepAlive: { interval: 5, timeout: 30 } });
  const payload = new Uint8Array(60);
  const reading = (await client.opened).readable.getReader().read();
  const bytes = frame({ first: 0x82, payload });
  for (let i = 0; i < bytes.length; i++) {
    await peer.write(bytes.subarray(i, i + 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assertEquals((await reading).value, payload);
  client.abort();
  peer.close();
});

Deno.test("W-24: while a peer takes a long message slowly, it is alive; once it takes none it is not", async () => {
  let left = 100;
  const [client, peer] = withPeer({ keepAlive: { interval: 5, timeout: 30 } }, (io) => ({
    read: (into) => io.read(into),
    async write() {
      if (left-- <= 0) await new Promise(() => {});
      await new Promise((resolve) => setTimeout(resolve, 5));
      return 1;
    },
    close: () => io.close(),
  }));
  await (await client.opened).writable.getWriter().write(new Uint8Array(1000));
  assertEquals(await codeOf(client.closed), "ping_timeout");
  assert(left < 0, `${left} bytes were not taken`);
  peer.close();
});

Deno.test("W-24: one pong answers every ping before it", async () => {
  const [client, peer] = withPeer();
  const pings = [client.ping(Uint8Array.of(1)), client.ping(Uint8Array.of(2))];
  await readSome(peer);
  await peer.write(frame({ first: 0x8a, payload: Uint8Array.of(2) }));
  await Promise.all(pings);
  client.abort();
  peer.close();
});

Deno.test("WebSocketStream: the end errors the writable stream, whose pipe then lets its source go", async () => {
  const [client, peer] = withPeer();
  let cancelled: unknown;
  const source = new ReadableStream<string>({ cancel: (reason) => void (cancelled = reason) });
  const piped = source.pipeTo((await client.opened).writable);
  await peer.write(CLOSE);
  peer.close();
  await client.closed;
  await assertRejects(() => piped);
  assert(cancelled !== undefined);
});

Deno.test("WebSocketStream: options out of range are refused before anything is sent", () => {
  const { promise } = Promise.withResolvers<never>();
  for (
    const options of [
      { maxMessageBytes: 0 },
      { maxMessageBytes: 1.5 },
      { closeTimeout: 0 },
      { closeTimeout: -1 },
      { closeTimeout: NaN },
      { closeTimeout: Infinity },
      { closeTimeout: 2 ** 31 },
      { keepAlive: { interval: 0 } },
      { keepAlive: { interval: NaN } },
      { keepAlive: { interval: 2 ** 31 } },
      { keepAlive: { interval: 1, timeout: 0 } },
      { keepAlive: { interval: 1, timeout: Infinity } },
    ]
  ) {
    assertThrows(() => new WebSocketStream(promise, options), RangeError, "Cannot open the WebSocket: ");
  }
});
