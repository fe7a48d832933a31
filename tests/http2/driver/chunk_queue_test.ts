/**
 * Content that waits for its reader: nothing is lost or mixed up, small pieces are joined, and the work is linear.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { ChunkQueue } from "../../../http2/driver/chunk_queue.ts";
import { MAX_JOINED_CHUNK_BYTES, MIN_CHUNK_BYTES } from "../../../http2/limits.ts";
import { assertLinearCpu } from "../../support/cost.ts";
import { pattern } from "../peer.ts";

/** Batches by their lengths, pushed one after another, with a take after each of those that are marked. */
const ROWS: readonly {
  readonly name: string;
  readonly lengths: readonly number[];
  readonly takes?: number;
}[] = [
  { name: "nothing", lengths: [0, 0] },
  { name: "one byte", lengths: [1] },
  { name: "single bytes", lengths: Array(5000).fill(1) },
  { name: "single bytes that are read now and then", lengths: Array(5000).fill(1), takes: 700 },
  { name: "batches as large as a chunk of their own", lengths: Array(9).fill(MIN_CHUNK_BYTES) },
  { name: "batches that are just too small for that", lengths: Array(9).fill(MIN_CHUNK_BYTES - 1) },
  { name: "small and large in turn", lengths: Array(8).fill([3, MIN_CHUNK_BYTES + 1]).flat() },
  {
    name: "small and large in turn, read",
    lengths: Array(8).fill([3, MIN_CHUNK_BYTES + 1]).flat(),
    takes: 3,
  },
  { name: "large and then small", lengths: [200_000, 1, 1, 1, 100_000, 5] },
  { name: "exactly what is joined", lengths: [MIN_CHUNK_BYTES - 1, 1, ...Array(48).fill(1024)] },
];

for (const { name, lengths, takes = Infinity } of ROWS) {
  Deno.test(`ChunkQueue: ${name}`, () => {
    const queue = new ChunkQueue();
    const all = pattern(lengths.reduce((sum, length) => sum + length, 0));
    const taken: Uint8Array[] = [];
    let at = 0;
    lengths.forEach((length, i) => {
      const whole = all.subarray(at, at + length);
      const half = Math.floor(length / 2);
      queue.push([whole.subarray(0, half), whole.subarray(half)], length);
      at += length;
      if (i % takes === takes - 1) taken.push(queue.take());
    });
    while (!queue.isEmpty) taken.push(queue.take());
    assertEquals(concat(taken), all);
    for (const chunk of taken) {
      assertEquals(chunk.byteLength, chunk.buffer.byteLength, "a chunk has memory that is not its own");
      assert(chunk.length > 0, "an empty chunk");
    }
    assertEquals(queue.take().length, 0);
  });
}

Deno.test("ChunkQueue: pieces of one byte become few chunks", () => {
  const queue = new ChunkQueue();
  const count = 3 * MAX_JOINED_CHUNK_BYTES + 1;
  for (let i = 0; i < count; i++) queue.push([new Uint8Array([i])], 1);
  const lengths: number[] = [];
  while (!queue.isEmpty) lengths.push(queue.take().length);
  assertEquals(lengths, [...Array(3).fill(MAX_JOINED_CHUNK_BYTES), 1]);
});

Deno.test("ChunkQueue: what is dropped is gone", () => {
  const queue = new ChunkQueue();
  queue.push([pattern(MIN_CHUNK_BYTES)], MIN_CHUNK_BYTES);
  queue.push([pattern(3)], 3);
  queue.clear();
  assertEquals([queue.isEmpty, queue.take().length], [true, 0]);
  queue.push([pattern(2)], 2);
  assertEquals(queue.take(), pattern(2));
});

Deno.test("ChunkQueue: the work is linear in the pieces, read at once or as they come", () => {
  for (const every of [1, 3, Infinity]) {
    assertLinearCpu((size) => size, (size) => {
      const queue = new ChunkQueue();
      const piece = [new Uint8Array(7)];
      for (let i = 0; i < size; i++) {
        queue.push(piece, 7);
        if (i % every === every - 1) queue.take();
      }
      while (!queue.isEmpty) queue.take();
    }, { from: 20_000 });
  }
});
