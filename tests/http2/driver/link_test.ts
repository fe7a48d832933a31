/** The pump between a machine and a duplex: batches, closing at any moment, and transports that misbehave. */

import { assertEquals, assertLessOrEqual, assertStrictEquals } from "@std/assert";
import { withTimers } from "../../support/manual_timers.ts";
import type { Http2Connection } from "../../../http2/connection.ts";
import { Link } from "../../../http2/driver/link.ts";
import {
  MAX_BATCH_READS,
  MAX_FINAL_READ_MS,
  MAX_READ_BUFFER_BYTES,
  MIN_READ_BUFFER_BYTES,
  MIN_READ_BYTES,
} from "../../../http2/limits.ts";
import type { Duplex } from "../../../io/duplex.ts";

/** A link over a transport whose reads and writes the test settles, to a machine that takes everything. */
function setUp(over: Partial<Duplex> = {}) {
  const calls: string[] = [];
  const errors: unknown[] = [];
  const reads: PromiseWithResolvers<number | null>[] = [];
  const writes: PromiseWithResolvers<number>[] = [];
  const sizes: number[] = [];
  const outputs: Uint8Array[] = [];
  const machine = {
    wantsRead: true,
    receive: (bytes: Uint8Array) => void calls.push(`receive ${bytes.length}`),
    receiveEnd: () => void calls.push("receiveEnd"),
    output: () => outputs.shift(),
  };
  const io: Duplex = {
    read(into) {
      sizes.push(into.length);
      const read = Promise.withResolvers<number | null>();
      reads.push(read);
      return read.promise;
    },
    write(bytes) {
      calls.push(`write ${bytes.length}`);
      const write = Promise.withResolvers<number>();
      writes.push(write);
      return write.promise;
    },
    close: () => void calls.push("close"),
    ...over,
  };
  // The link calls these alone.
  const link = new Link(io, machine as Partial<Http2Connection> as Http2Connection, {
    onReceived: () => void calls.push("onReceived"),
    onBatchEnd: () => void calls.push("onBatchEnd"),
    onRoom() {},
    onUnwritable: () => void calls.push("onUnwritable"),
    onBroken: (error) => void errors.push(error),
  });
  return { calls, errors, reads, writes, sizes, outputs, machine, link };
}

/** Lets so many microtasks run. */
async function pass(microtasks = 20): Promise<void> {
  for (let i = 0; i < microtasks; i++) await undefined;
}

Deno.test("Link: what a busy peer sends is read into a buffer that grows to MAX_READ_BUFFER_BYTES and no further", async () => {
  const { sizes, reads } = setUp();
  for (let i = 0; i < 20 * MAX_BATCH_READS; i++) {
    const read = reads[i];
    assertEquals(read !== undefined, true, `read ${i}`);
    read?.resolve(Math.min(sizes[i] ?? 0, MIN_READ_BYTES));
    await pass(1);
  }
  assertEquals(sizes[0], MIN_READ_BUFFER_BYTES);
  assertEquals(Math.max(...sizes), MAX_READ_BUFFER_BYTES);
  assertEquals(Math.min(...sizes), MIN_READ_BYTES);
});

Deno.test("Link: what a peer sends after a pause is a batch of its own", async () => {
  const { reads, calls } = setUp();
  for (let i = 0; i < 10; i++) {
    reads[i]?.resolve(MIN_READ_BYTES);
    await pass();
  }
  assertEquals(calls.filter((call) => call === "onBatchEnd").length, 10);
});

Deno.test("Link: a peer that never pauses does not keep what it sent from its readers for more than MAX_BATCH_READS", async () => {
  const { reads, calls } = setUp();
  for (let i = 0; i < 3 * MAX_BATCH_READS; i++) {
    reads[i]?.resolve(1);
    await pass(1);
  }
  let since = 0;
  for (const call of calls) {
    if (call === "onReceived") since++;
    if (call === "onBatchEnd") since = 0;
    assertLessOrEqual(since, MAX_BATCH_READS);
  }
  assertEquals(calls.filter((call) => call === "onBatchEnd").length, 3);
});

for (const [name, end] of [["bytes", 5], ["the end", null], ["a failure", new Error("late")]] as const) {
  Deno.test(`Link: ${name} that a read gives after the link was closed is told to neither side`, async () => {
    const { calls, errors, reads, link } = setUp();
    link.close();
    link.close();
    if (end instanceof Error) reads[0]?.reject(end);
    else reads[0]?.resolve(end);
    await pass();
    assertEquals([calls, errors, reads.length], [["close"], [], 1]);
    assertEquals(link.received, 0);
  });
}

for (const count of [0, -1, NaN, MIN_READ_BUFFER_BYTES + 1]) {
  Deno.test(`Link: a transport that claims to have read ${count} bytes breaks the connection`, async () => {
    const { calls, errors, reads } = setUp();
    reads[0]?.resolve(count);
    await pass();
    assertEquals(errors.map((error) => error instanceof TypeError), [true]);
    assertEquals([calls, reads.length], [[], 1]);
  });
}

Deno.test("Link: a read that throws breaks the connection, after the constructor has ended", async () => {
  const thrown = new Error("now");
  const { errors } = setUp({
    read() {
      throw thrown;
    },
  });
  assertEquals(errors, []);
  await pass();
  assertEquals(errors, [thrown]);
});

Deno.test("Link: closing writes what is left, unless a write is under way, whatever the transport throws", async () => {
  const throws = () => {
    throw new Error("no");
  };
  for (
    const over of [{}, { write: throws }, { close: throws }, { write: () => Promise.reject(new Error("no")) }]
  ) {
    const { link, outputs, calls } = setUp(over);
    outputs.push(new Uint8Array(3));
    link.close();
    await pass();
    const expected = ["write 3", "close"].filter((call) => !((call.split(" ")[0] ?? "") in over));
    assertEquals([calls, outputs.length], [expected, 0]);
  }
  const { link, outputs, calls } = setUp();
  outputs.push(new Uint8Array(3), new Uint8Array(4));
  await pass();
  assertEquals([calls, link.isWriting, link.writes], [["write 3"], true, 1]);
  link.close();
  assertEquals([calls, outputs.length], [["write 3", "close"], 1]);
});

Deno.test("Link: while a peer floods, reading waits for a write to end, and then goes on", async () => {
  const { reads, writes, outputs, machine, calls } = setUp();
  machine.wantsRead = false;
  outputs.push(new Uint8Array(3));
  reads[0]?.resolve(10);
  await pass();
  assertEquals([reads.length, writes.length], [1, 1]);
  machine.wantsRead = true;
  writes[0]?.resolve(3);
  await pass();
  assertEquals([reads.length, calls.filter((call) => call === "onReceived").length], [2, 2]);
});

Deno.test("Link: after a write that fails, reading goes on until its end, or for MAX_FINAL_READ_MS", async () => {
  await withTimers(MAX_FINAL_READ_MS, async (tick, count) => {
    const failure = new Error("reset");
    const { calls, errors, reads, writes, outputs, link } = setUp();
    outputs.push(new Uint8Array(3), new Uint8Array(4));
    await pass();
    writes[0]?.reject(failure);
    await pass();
    assertEquals([calls, errors, link.isBroken, count()], [["write 3", "onUnwritable"], [], true, 1]);
    reads[0]?.resolve(7);
    await pass();
    assertEquals(calls.slice(2, 4), ["receive 7", "onReceived"]);
    assertEquals(writes.length, 1); // nothing is written any more
    tick();
    assertEquals(errors.length, 1);
    assertStrictEquals(errors[0], failure);
    link.close();
    const other = setUp();
    other.outputs.push(new Uint8Array(3));
    await pass();
    other.writes[0]?.reject(failure);
    await pass();
    assertEquals(count(), 1);
    other.link.close();
    assertEquals([count(), other.errors], [0, []]);
  });
});
