/** Memory for sealed records: side by side within a write, and shared with nothing that leaves later. */

import { assert, assertEquals } from "@std/assert";
import { RecordMemory } from "../../../tls/record/record_memory.ts";

/** A record of a header of 5 bytes and a payload of that length. */
type Taken = { readonly header: Uint8Array; readonly payload: Uint8Array };

const FRAGMENT = 16_384;
const PAYLOAD = FRAGMENT + 17;

/** Whether the one record begins where the other ends. */
function adjoin(one: Taken, other: Taken): boolean {
  return one.payload.buffer === other.header.buffer &&
    one.payload.byteOffset + one.payload.length === other.header.byteOffset;
}

Deno.test("a record that was not announced has memory of its own, of exactly its length", () => {
  const memory = new RecordMemory();
  const [one, other] = [memory.take(5, 100), memory.take(5, 100)];
  assertEquals([one.header.length, one.payload.length, one.header.buffer.byteLength], [5, 100, 105]);
  assert(one.header.buffer !== other.header.buffer);
});

Deno.test("the records of one write lie side by side, header before payload", () => {
  const memory = new RecordMemory();
  memory.announce(3 * FRAGMENT + 10, FRAGMENT);
  const records = [PAYLOAD, PAYLOAD, PAYLOAD, 27].map((length) => memory.take(5, length));
  for (const [index, record] of records.entries()) {
    assertEquals(record.payload.byteOffset, record.header.byteOffset + 5);
    const next = records[index + 1];
    if (next !== undefined) assert(adjoin(record, next));
  }
});

Deno.test("a write of one record is not announced: it gets memory of exactly its length", () => {
  const memory = new RecordMemory();
  memory.announce(1000, FRAGMENT);
  assertEquals(memory.take(5, 1017).header.buffer.byteLength, 1022);
});

Deno.test("a long write has pieces of eight records", () => {
  const memory = new RecordMemory();
  memory.announce(20 * FRAGMENT, FRAGMENT);
  const buffers = Array.from({ length: 20 }, () => memory.take(5, PAYLOAD).header.buffer);
  assertEquals([...new Set(buffers)].map((buffer) => buffers.filter((each) => each === buffer).length), [
    8,
    8,
    4,
  ]);
});

Deno.test("records with padding, longer than was announced, have memory all the same", () => {
  const memory = new RecordMemory();
  memory.announce(200, 100);
  for (const length of [FRAGMENT, FRAGMENT, FRAGMENT]) {
    assertEquals(memory.take(5, length).payload.length, length);
  }
});

Deno.test("after the end, no record shares memory with one before, nor with one that was announced", () => {
  const memory = new RecordMemory();
  memory.announce(4 * FRAGMENT, FRAGMENT);
  const before = memory.take(5, PAYLOAD);
  memory.end();
  const [after, later] = [memory.take(5, PAYLOAD), memory.take(5, PAYLOAD)];
  assertEquals(new Set([before, after, later].map(({ header }) => header.buffer)).size, 3);
});
