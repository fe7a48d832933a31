/** The duplexes in memory behave as sockets do. */

import { assertEquals, assertRejects } from "@std/assert";
import { writeAll } from "../../io/duplex.ts";
import { type MemoryDuplex, memoryDuplexPair } from "./memory_duplex.ts";

const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i);

async function readAll(io: MemoryDuplex, size: number): Promise<number[][]> {
  const reads: number[][] = [];
  const into = new Uint8Array(size);
  for (let length = await io.read(into); length !== null; length = await io.read(into)) {
    reads.push([...into.subarray(0, length)]);
  }
  return reads;
}

for (const chunk of [1, 7, 100, Infinity]) {
  for (const capacity of [1, 13, 1000]) {
    for (const size of [1, 9, 1000]) {
      Deno.test(`what is written is read: ${chunk} bytes a read, capacity ${capacity}, buffer ${size}`, async () => {
        const [near, far] = memoryDuplexPair({ chunk, capacity });
        const writing = writeAll(near, BYTES).then(() => near.closeWrite());
        const reads = await readAll(far, size);
        await writing;
        assertEquals(reads.flat(), [...BYTES]);
        assertEquals(
          reads.every(({ length }) => length >= 1 && length <= Math.min(chunk, size, capacity)),
          true,
        );
      });
    }
  }
}

Deno.test("both directions are independent", async () => {
  const [near, far] = memoryDuplexPair();
  await Promise.all([near.write(Uint8Array.of(1)), far.write(Uint8Array.of(2))]);
  const into = new Uint8Array(4);
  assertEquals([await near.read(into), into[0]], [1, 2]);
  assertEquals([await far.read(into), into[0]], [1, 1]);
});

Deno.test("a write copies: what the writer does to its buffer afterwards is not seen", async () => {
  const [near, far] = memoryDuplexPair();
  const bytes = Uint8Array.of(1, 2, 3);
  await near.write(bytes);
  bytes.fill(9);
  await near.closeWrite();
  assertEquals(await readAll(far, 8), [[1, 2, 3]]);
});

Deno.test("a write to a full pipe waits until something is read, and then takes what fits", async () => {
  const [near, far] = memoryDuplexPair({ capacity: 4 });
  assertEquals(await near.write(BYTES), 4);
  assertEquals(near.unread, 4);
  let taken: number | undefined;
  const writing = near.write(BYTES).then((count) => taken = count);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(taken, undefined);
  await far.read(new Uint8Array(3));
  assertEquals(await writing, 3);
  assertEquals(near.unread, 4);
});

Deno.test("an empty read and an empty write answer at once, as Deno's do", async () => {
  const [near, far] = memoryDuplexPair({ capacity: 1 });
  assertEquals(await far.read(new Uint8Array()), 0);
  await near.write(Uint8Array.of(1));
  assertEquals(await near.write(new Uint8Array()), 0);
});

Deno.test("closeWrite lets the other end read what was written, and answer", async () => {
  const [near, far] = memoryDuplexPair();
  await near.write(Uint8Array.of(1));
  await near.closeWrite();
  assertEquals(await readAll(far, 4), [[1]]);
  await assertRejects(() => near.write(Uint8Array.of(2)), Deno.errors.BrokenPipe);
  await far.write(Uint8Array.of(3));
  assertEquals(await near.read(new Uint8Array(4)), 1);
});

Deno.test("close lets the other end read what was written, then the end; its writes break", async () => {
  const [near, far] = memoryDuplexPair();
  await near.write(Uint8Array.of(1));
  near.close();
  near.close();
  await assertRejects(() => far.write(Uint8Array.of(2)), Deno.errors.BrokenPipe);
  assertEquals(await readAll(far, 4), [[1]]);
  await assertRejects(() => near.read(new Uint8Array(1)), Deno.errors.BadResource);
  await assertRejects(() => near.write(new Uint8Array(1)), Deno.errors.BadResource);
  await assertRejects(() => near.closeWrite(), Deno.errors.BadResource);
});

Deno.test("close interrupts what waits on its own end", async () => {
  const [near] = memoryDuplexPair({ capacity: 1 });
  await near.write(Uint8Array.of(1));
  const waiting = Promise.all([
    assertRejects(() => near.read(new Uint8Array(1)), Deno.errors.Interrupted),
    assertRejects(() => near.write(Uint8Array.of(2)), Deno.errors.Interrupted),
  ]);
  near.close();
  await waiting;
});

Deno.test("close breaks a write that waits on the other end", async () => {
  const [near, far] = memoryDuplexPair({ capacity: 1 });
  await near.write(Uint8Array.of(1));
  const waiting = assertRejects(() => near.write(Uint8Array.of(2)), Deno.errors.BrokenPipe);
  far.close();
  await waiting;
});

Deno.test("reset loses what was not read, and both directions of the other end reject", async () => {
  const [near, far] = memoryDuplexPair();
  await near.write(Uint8Array.of(1));
  near.reset();
  await assertRejects(() => far.read(new Uint8Array(1)), Deno.errors.ConnectionReset);
  await assertRejects(() => far.write(new Uint8Array(1)), Deno.errors.ConnectionReset);
});

Deno.test("a second read while one waits is a mistake of the driver, and told so", async () => {
  const [near, far] = memoryDuplexPair();
  const first = near.read(new Uint8Array(1));
  await assertRejects(() => near.read(new Uint8Array(1)), Deno.errors.Busy);
  await far.write(Uint8Array.of(1));
  assertEquals(await first, 1);
});
