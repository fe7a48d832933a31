/**
 * Servers that send their content in small DATA frames, as event streams and gRPC do, over the client driver: all of it
 * is delivered, and costs no other request anything.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { concat, equals } from "@std/bytes";
import { MAX_JOINED_CHUNK_BYTES } from "../../../http2/limits.ts";
import { bytes, data, describe, lastData, paddedData, response, windowUpdate } from "../raw_frames.ts";
import { content, get, incoming, pair, pattern, type Peer, runMicrotasks, text } from "../peer.ts";

const EVENT = bytes('data: {"token":1}\n\n');

/** Writes frames in pieces that each fit one read, so that each makes a batch of its own, or all in one. */
async function send(peer: Peer, frames: readonly Uint8Array[], perBatch: number): Promise<void> {
  for (let at = 0; at < frames.length; at += perBatch) {
    await peer.send(...frames.slice(at, at + perBatch));
    if (perBatch < frames.length) await runMicrotasks();
  }
}

const ROWS: readonly {
  readonly name: string;
  readonly frames: readonly Uint8Array[];
  readonly perBatch: number;
  readonly length: number;
}[] = [
  {
    name: "5,000 events in one burst",
    frames: Array(5000).fill(data(1, EVENT)),
    perBatch: 5000,
    length: 5000 * EVENT.length,
  },
  {
    name: "100,000 bytes, each in a frame",
    frames: Array(100_000).fill(data(1, "x")),
    perBatch: 100_000,
    length: 100_000,
  },
  {
    name: "events one by one",
    frames: Array(300).fill(data(1, EVENT)),
    perBatch: 1,
    length: 300 * EVENT.length,
  },
  {
    name: "messages of gRPC: five bytes and then the rest, over and over",
    frames: Array(500).fill([data(1, "\0\0\0\0\x14"), data(1, "12345678901234567890")]).flat(),
    perBatch: 7,
    length: 500 * 25,
  },
  {
    name: "frames that are nearly all padding",
    frames: Array(1000).fill(paddedData(1, "x", 255)),
    perBatch: 1000,
    length: 1000,
  },
  {
    name: "an empty frame after each event",
    frames: Array(3000).fill([data(1, EVENT), data(1, "")]).flat(),
    perBatch: 6000,
    length: 3000 * EVENT.length,
  },
  {
    name: "events between WINDOW_UPDATE frames",
    frames: Array(2000).fill([data(1, "x"), windowUpdate(0, 1)]).flat(),
    perBatch: 4000,
    length: 2000,
  },
];

for (const { name, frames, perBatch, length } of ROWS) {
  for (const reader of ["late", "waiting"] as const) {
    Deno.test(`T-06: client: ${name}, and a reader who is ${reader}`, async () => {
      const { client, peer } = pair();
      const responses = [client.request(get()), client.request(get())] as const;
      await runMicrotasks();
      await peer.send(response(1), response(3));
      const [stream, other] = await Promise.all(responses);
      const early = reader === "waiting" ? content(stream) : undefined;
      await send(peer, frames, perBatch);
      await peer.send(lastData(1, ""), lastData(3, "ok"));
      await runMicrotasks();
      assertEquals((await (early ?? content(stream))).length, length);
      assertEquals(await text(other), "ok");
      client.close();
      await peer.closed;
    });
  }
}

Deno.test("T-06: client: pieces that wait are read in large chunks, and the window opens as they are", async () => {
  const window = 80_000;
  const { client, peer } = pair(undefined, { initialStreamWindow: window });
  const asked = client.request(get());
  await runMicrotasks();
  await peer.send(response(1));
  const body = incoming(await asked);
  await runMicrotasks();
  const sent = pattern(window);
  for (let at = 0; at < window; at += 40) {
    await peer.send(...Array.from({ length: 40 }, (_, i) => data(1, sent.subarray(at + i, at + i + 1))));
    await runMicrotasks();
  }
  const before = peer.io.writes.length;
  const first = await body.read() ?? new Uint8Array();
  assert(first.length > MAX_JOINED_CHUNK_BYTES - 40, `the first chunk has ${first.length} bytes`);
  await runMicrotasks();
  assert(
    peer.io.writes.slice(before).flat().some((frame) => frame.startsWith("WINDOW_UPDATE 1 ")),
    "what was read lets the server send more",
  );
  const second = await body.read() ?? new Uint8Array();
  assert(equals(concat([first, second]), sent), "the content is as it was sent");
  client.close();
  await peer.closed;
});

Deno.test("T-05: client: a stream of empty DATA frames without end is reset, and no other", async () => {
  const { client, peer } = pair();
  const [first, second] = [client.request(get()), client.request(get())];
  await runMicrotasks();
  await peer.send(response(1), ...Array(10_001).fill(data(1, "")));
  const stream = await first;
  const failed = await content(stream).catch((error) => error.message);
  assertEquals(
    failed,
    "Cannot go on with the stream: more than the 10000 DATA frames of maxEmptyDataFrames have no content",
  );
  await runMicrotasks();
  assertEquals(peer.io.writes.at(-1), ["RST_STREAM 1 ENHANCE_YOUR_CALM"]);
  await peer.send(...Array(30_000).fill(data(1, "")), response(3), lastData(3, "ok"));
  assertEquals(await text(await second), "ok");
  assertEquals(describe(peer.machine.output()), []);
  client.close();
  await peer.closed;
});
