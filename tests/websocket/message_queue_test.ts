/** The queue between a WebSocket and its reader: order, the end behind what waits, and room. */

import { assertEquals, assertRejects } from "@std/assert";
import { MAX_QUEUED_BYTES } from "../../websocket/limits.ts";
import { MessageQueue } from "../../websocket/stream/message_queue.ts";

const REASON = new Error("over");

Deno.test("MessageQueue: messages come in their order, to reads that wait as well", async () => {
  const queue = new MessageQueue();
  const waiting = [queue.read(), queue.read()];
  for (const message of ["a", "b", "c", "d"]) queue.push(message);
  assertEquals(await Promise.all(waiting), ["a", "b"]);
  assertEquals(await queue.read(), "c");
  queue.push("e");
  assertEquals([await queue.read(), await queue.read()], ["d", "e"]);
});

for (const error of [undefined, REASON]) {
  Deno.test(`MessageQueue: the end ${error ? "with an error " : ""}comes behind what waits, once and for all`, async () => {
    const queue = new MessageQueue();
    queue.push("a");
    queue.end(error);
    queue.end(error ? undefined : REASON);
    queue.push("late");
    assertEquals(await queue.read(), "a");
    for (let i = 0; i < 2; i++) {
      if (error === undefined) assertEquals(await queue.read(), undefined);
      else await assertRejects(() => queue.read(), Error, "over");
    }
  });

  Deno.test(`MessageQueue: the end ${error ? "with an error " : ""}settles every read that waits`, async () => {
    const queue = new MessageQueue();
    const outcomes = [queue.read(), queue.read()].map((read) => read.catch((reason) => reason));
    queue.end(error);
    assertEquals(await Promise.all(outcomes), [error, error]);
  });
}

Deno.test("MessageQueue: it is full at its limit, an empty message takes room, and reads make it", async () => {
  const queue = new MessageQueue();
  const most = "x".repeat(MAX_QUEUED_BYTES - 32 - 1);
  queue.push(most);
  assertEquals([queue.isFull, queue.readCount], [false, 0]);
  await queue.room();
  queue.push("");
  assertEquals(queue.isFull, true);
  let hasRoom = false;
  const room = queue.room().then(() => hasRoom = true);
  await Promise.resolve();
  assertEquals(hasRoom, false);
  assertEquals(await queue.read(), most);
  await room;
  assertEquals([queue.isFull, queue.readCount, await queue.read(), queue.readCount], [false, 1, "", 2]);
});

Deno.test("MessageQueue: room is waited for until there is enough, and no longer than to the end", async () => {
  const queue = new MessageQueue();
  for (let i = 0; i < 3; i++) queue.push("x".repeat(MAX_QUEUED_BYTES));
  let hasRoom = false;
  const room = queue.room().then(() => hasRoom = true);
  await queue.read();
  await queue.read();
  assertEquals([queue.isFull, hasRoom], [true, false]);
  queue.end();
  await room;
  await queue.room();
});
