/** What is to be written: in order, although seals settle out of order. */

import { assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { OutputQueue } from "../../../tls/record/output_queue.ts";

const header = Uint8Array.of(1);

Deno.test("drain joins the records that were pushed", () => {
  const queue = new OutputQueue();
  assertEquals(queue.drain(), undefined);
  queue.push({ header, payload: Uint8Array.of(2, 3) });
  queue.push({ header, payload: new Uint8Array(0) });
  assertEquals(queue.length, 4);
  assertEquals(queue.drain(), Uint8Array.of(1, 2, 3, 1));
  assertEquals([queue.length, queue.pushed, queue.drained], [0, 2, 2]);
  assertEquals(queue.drain(), undefined);
});

Deno.test("a record waits for those before it, and so does the promise of push", async () => {
  const queue = new OutputQueue();
  const first = Promise.withResolvers<Uint8Array>();
  const second = Promise.withResolvers<Uint8Array>();
  const sealed = [
    queue.push({ header, payload: first.promise }),
    queue.push({ header, payload: second.promise }),
  ];
  sealed.push(queue.push({ header, payload: Uint8Array.of(4) }));
  const settled: number[] = [];
  for (const [index, each] of sealed.entries()) each?.then(() => settled.push(index));
  second.resolve(Uint8Array.of(3));
  await delay(0);
  assertEquals([queue.length, queue.drain(), settled], [0, undefined, []]);
  first.resolve(Uint8Array.of(2));
  await Promise.all(sealed);
  assertEquals(settled, [0, 1, 2]);
  assertEquals(queue.drain(), Uint8Array.of(1, 2, 1, 3, 1, 4));
});

Deno.test("a seal that fails rejects the promise of push, and blocks the records behind it", async () => {
  const queue = new OutputQueue();
  const sealed = queue.push({ header, payload: Promise.reject(new Error("no key")) });
  queue.push({ header, payload: Uint8Array.of(4) });
  await assertRejects(async () => await sealed, Error, "no key");
  assertEquals(queue.drain(), undefined);
});

Deno.test("drain joins up to 128 KiB, and at least one whole record", () => {
  const queue = new OutputQueue();
  for (let record = 0; record < 20; record++) queue.push({ header, payload: new Uint8Array(16_000) });
  queue.push({ header, payload: new Uint8Array(300_000) });
  const lengths: number[] = [];
  for (let bytes = queue.drain(); bytes !== undefined; bytes = queue.drain()) lengths.push(bytes.length);
  assertEquals(lengths, [8 * 16_001, 8 * 16_001, 4 * 16_001, 300_001]);
  assertEquals(queue.drained, 21);
});

Deno.test("records that settle after the queue was cleared are dropped", async () => {
  const queue = new OutputQueue();
  const first = Promise.withResolvers<Uint8Array>();
  const sealed = queue.push({ header, payload: first.promise });
  queue.clear();
  first.resolve(Uint8Array.of(2));
  await sealed;
  assertEquals([queue.length, queue.drain()], [0, undefined]);
});

Deno.test("records that lie side by side are drained as they lie, without a copy", () => {
  const queue = new OutputQueue();
  queue.memory.announce(64_000, 16_000);
  const records = Array.from({ length: 4 }, () => queue.memory.take(5, 16_017));
  for (const [index, record] of records.entries()) {
    record.header.fill(index);
    record.payload.fill(10 + index);
    queue.push(record);
  }
  const drained = queue.drain();
  assertEquals(drained?.buffer, records[0]?.header.buffer);
  assertEquals(drained?.length, 4 * 16_022);
  for (const index of [0, 1, 2, 3]) {
    assertEquals([drained?.[16_022 * index], drained?.[16_022 * index + 5]], [index, 10 + index]);
  }
  assertEquals([queue.length, queue.drained, queue.drain()], [0, 4, undefined]);
});

Deno.test("a few bytes side by side are joined with those behind them, many are not", () => {
  for (const [length, drains] of [[100, [105 + 51]], [40_000, [40_005, 51]]] as const) {
    const queue = new OutputQueue();
    for (const each of [length, 46]) queue.push(queue.memory.take(5, each));
    const lengths: number[] = [];
    for (let bytes = queue.drain(); bytes !== undefined; bytes = queue.drain()) lengths.push(bytes.length);
    assertEquals(lengths, [...drains]);
    assertEquals([queue.length, queue.drained], [0, 2]);
  }
});

Deno.test("what was drained shares its memory with nothing that is sealed later", () => {
  const queue = new OutputQueue();
  queue.memory.announce(64_000, 16_000);
  queue.push(queue.memory.take(5, 16_017));
  const drained = queue.drain();
  const later = queue.memory.take(5, 16_017);
  assertEquals(later.header.buffer === drained?.buffer, false);
});

Deno.test("a record that is side by side with one behind a seal under way waits for it", async () => {
  const queue = new OutputQueue();
  queue.memory.announce(40_000, 20_000);
  const [first, last] = [queue.memory.take(1, 1), queue.memory.take(1, 1)];
  const seal = Promise.withResolvers<Uint8Array>();
  queue.push(first);
  const sealed = queue.push({ header, payload: seal.promise });
  queue.push(last);
  assertEquals(queue.drain(), Uint8Array.of(0, 0));
  assertEquals(queue.length, 0);
  seal.resolve(Uint8Array.of(7));
  await sealed;
  assertEquals(queue.drain(), Uint8Array.of(1, 7, 0, 0));
});

Deno.test("memory that holds a record which stays is not handed out", () => {
  const queue = new OutputQueue();
  queue.memory.announce(40_000, 20_000);
  const [first, last] = [queue.memory.take(1, 1), queue.memory.take(1, 1)];
  queue.push(first);
  queue.push({ header, payload: new Promise<Uint8Array>(() => {}) });
  queue.push(last);
  assertEquals([queue.drain()?.buffer === first.header.buffer, queue.drain()], [false, undefined]);
});
