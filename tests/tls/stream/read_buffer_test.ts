/** The buffer that a stream reads into: short while little comes, long while much does, and let go again. */

import { assertEquals } from "@std/assert";
import type { Duplex } from "../../../io/duplex.ts";
import { MAX_READ_BYTES, MAX_SMALL_READS, MIN_READ_BYTES } from "../../../tls/limits.ts";
import { StreamReader } from "../../../tls/stream/stream_reader.ts";
import { ToyMachine } from "./toy_machine.ts";

/** The lengths of the buffers of reads that give so many bytes. */
async function buffersOf(counts: readonly (number | "all")[], firstReadBytes?: number): Promise<number[]> {
  const lengths: number[] = [];
  const io: Duplex = {
    read(into) {
      const count = counts[lengths.length];
      lengths.push(into.length);
      return Promise.resolve(count === "all" ? into.length : count ?? null);
    },
    write: (bytes) => Promise.resolve(bytes.length),
    close: () => {},
  };
  const reader = new StreamReader(io, new ToyMachine(), () => {}, firstReadBytes);
  while (lengths.length < counts.length) await reader.fill();
  return lengths;
}

Deno.test("a read that fills its buffer has the next one four times as long, up to the greatest", async () => {
  assertEquals(
    await buffersOf(["all", "all", "all", "all", "all", 1]),
    [MIN_READ_BYTES, 4 * MIN_READ_BYTES, 16 * MIN_READ_BYTES, MAX_READ_BYTES, MAX_READ_BYTES, MAX_READ_BYTES],
  );
});

Deno.test("a connection that says little has a short buffer from the first read on", async () => {
  assertEquals(await buffersOf([15, 15, 15]), [MIN_READ_BYTES, MIN_READ_BYTES, MIN_READ_BYTES]);
});

Deno.test("a long buffer is let go after a number of small reads in a row", async () => {
  const small = Array.from({ length: MAX_SMALL_READS }, () => MIN_READ_BYTES);
  const long = 16 * MIN_READ_BYTES;
  assertEquals((await buffersOf([...small, 1], long)).slice(-2), [long, MIN_READ_BYTES]);
});

Deno.test("a long buffer is kept while one read of a few is longer than a short one", async () => {
  const few = Array.from({ length: MAX_SMALL_READS - 1 }, () => 1);
  const long = 16 * MIN_READ_BYTES;
  const lengths = await buffersOf([...few, MIN_READ_BYTES + 1, ...few, 1], long);
  assertEquals(lengths, lengths.map(() => long));
});
