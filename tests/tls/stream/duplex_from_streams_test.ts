/** Duplexes made of web streams, alone and beneath TLS. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { writeAll } from "../../../io/duplex.ts";
import { duplexFromStreams, type StreamPair } from "../../../tls/stream/duplex_from_streams.ts";
import { acceptor, connector, decode, encode, readAll, readBytes, streamPair } from "../tls_pair.ts";

/** Two pairs of streams, joined crosswise. */
function crossed(): [StreamPair, StreamPair] {
  const there = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const back = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  return [{ readable: back.readable, writable: there.writable }, {
    readable: there.readable,
    writable: back.writable,
  }];
}

function pairOf(chunks: readonly unknown[], type?: "bytes"): StreamPair {
  const pull = (controller: { enqueue(chunk: unknown): void; close(): void }): void => {
    for (const chunk of chunks) controller.enqueue(chunk);
    controller.close();
  };
  const readable = type === "bytes"
    ? new ReadableStream({ type, start: (controller) => pull(controller as Parameters<typeof pull>[0]) })
    : new ReadableStream({ start: pull });
  return { readable: readable as StreamPair["readable"], writable: new WritableStream() };
}

const READS: readonly { name: string; chunks: () => unknown[]; type?: "bytes" }[] = [
  { name: "chunks", chunks: () => [encode("abc"), encode("defgh"), encode("i")] },
  {
    name: "chunks, some of them empty",
    chunks: () => [encode(""), encode("abcdefgh"), encode(""), encode("i")],
  },
  { name: "a stream of bytes", chunks: () => [encode("abc"), encode("defgh"), encode("i")], type: "bytes" },
  { name: "ArrayBuffers", chunks: () => [encode("abcdef").buffer, encode("ghi").buffer] },
  { name: "other views", chunks: () => [new DataView(encode("xabcdefy").buffer, 1, 6), encode("ghi")] },
];

for (const { name, chunks, type } of READS) {
  for (const room of [1, 2, 4, 100]) {
    Deno.test(`${name} are read ${room} bytes at most at a time`, async () => {
      const io = duplexFromStreams(pairOf(chunks(), type));
      assertEquals(await io.read(new Uint8Array(0)), 0);
      assertEquals(decode(await readAll(io, room)), "abcdefghi");
      assertEquals(await io.read(new Uint8Array(room)), null);
      io.close();
    });
  }
}

Deno.test("what is no bytes is refused", async () => {
  for (const chunk of ["text", 1, null, undefined, {}]) {
    const io = duplexFromStreams(pairOf([chunk]));
    await assertRejects(
      () => io.read(new Uint8Array(9)),
      TypeError,
      `the stream gave a ${typeof chunk}, not bytes`,
    );
    io.close();
  }
});

Deno.test("what is written is a copy, and the end comes behind it", async () => {
  const [near, far] = crossed().map(duplexFromStreams);
  if (near === undefined || far === undefined) throw new Error("crossed() makes two");
  const bytes = encode("first");
  const reading = readAll(far);
  assertEquals(await near.write(bytes), 5);
  bytes.fill(0);
  assertEquals(await near.write(new Uint8Array(0)), 0);
  await near.closeWrite?.();
  assertEquals(decode(await reading), "first");
  near.close();
  far.close();
});

Deno.test("close cancels one stream and aborts the other, and may be repeated", async () => {
  const ended: string[] = [];
  const io = duplexFromStreams({
    readable: new ReadableStream<Uint8Array>({ cancel: () => void ended.push("cancelled") }),
    writable: new WritableStream<Uint8Array<ArrayBuffer>>({ abort: () => void ended.push("aborted") }),
  });
  const reading = io.read(new Uint8Array(1));
  io.close();
  io.close();
  assertEquals(await reading, null);
  assertEquals(ended.toSorted(), ["aborted", "cancelled"]);
  await assertRejects(() => io.read(new Uint8Array(1)), TypeError, "the duplex is closed");
  await assertRejects(() => io.write(new Uint8Array(1)), TypeError, "the duplex is closed");
  await assertRejects(async () => await io.closeWrite?.(), TypeError, "the duplex is closed");
});

Deno.test("a stream that fails says so to the next operation", async () => {
  const io = duplexFromStreams({
    readable: new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new Error("lost")) }),
    writable: new WritableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.error(new Error("lost")),
    }),
  });
  await assertRejects(() => io.read(new Uint8Array(1)), Error, "lost");
  await assertRejects(() => io.write(new Uint8Array(1)), Error, "lost");
  io.close();
});

Deno.test("a stream that is locked is refused, and the other one is left alone", () => {
  const [pair] = crossed();
  pair.readable.getReader();
  assertThrows(() => duplexFromStreams(pair), TypeError);
  assertEquals(pair.writable.locked, false);
});

Deno.test("TLS over a pair of streams", async () => {
  const [near, far] = crossed();
  const [client, server] = await streamPair({
    ios: [duplexFromStreams(near), duplexFromStreams(far)],
    server: { sendTickets: 0 }, // these streams hold nothing, and there is no reader yet
  });
  const reading = readAll(server);
  await writeAll(client, encode("streamed"));
  await client.shutdown();
  assertEquals(decode(await reading), "streamed");
  client.close();
  server.close();
});

Deno.test("TLS over a WebSocket", async () => {
  const done = Promise.withResolvers<void>();
  const listening = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    (async () => {
      const stream = await acceptor().accept(duplexFromStreams(streamsOf(socket)));
      assertEquals(decode(await readBytes(stream, 5)), "hello");
      await writeAll(stream, encode("x".repeat(100_000)));
      await stream.shutdown();
      await readAll(stream);
      stream.close();
    })().then(done.resolve, done.reject);
    return response;
  });
  const socket = new WebSocket(`ws://127.0.0.1:${listening.addr.port}/`);
  const closed = Promise.withResolvers<void>();
  socket.onclose = () => closed.resolve();
  const stream = await connector().connect("localhost", duplexFromStreams(streamsOf(socket)));
  await writeAll(stream, encode("hello"));
  assertEquals((await readAll(stream)).length, 100_000);
  await stream.shutdown();
  await done.promise;
  stream.close();
  await closed.promise;
  await listening.shutdown();
});

/** What a WebSocketStream has, made of a WebSocket. */
function streamsOf(socket: WebSocket): StreamPair {
  socket.binaryType = "arraybuffer";
  const readable = new ReadableStream<ArrayBuffer>({
    start(controller): void {
      socket.onmessage = ({ data }) => controller.enqueue(data);
      socket.addEventListener("close", () => {
        try {
          controller.close();
        } catch {
          // it was cancelled
        }
      });
    },
    cancel: () => socket.close(),
  });
  const opened = new Promise((resolve) =>
    socket.readyState === WebSocket.OPEN ? resolve(undefined) : socket.onopen = resolve
  );
  const writable = new WritableStream<Uint8Array<ArrayBuffer>>({
    async write(chunk): Promise<void> {
      await opened;
      socket.send(chunk);
    },
    abort: () => socket.close(),
  });
  return { readable, writable };
}

Deno.test("duplexFromStreams refuses what are no two streams", () => {
  for (const given of [undefined, {}, new EventTarget(), { readable: new ReadableStream() }]) {
    assertThrows(() => duplexFromStreams(given as StreamPair), TypeError, "{ readable, writable }");
  }
});
