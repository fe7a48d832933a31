/** The content of one response as it waits to be read: what comes after it is over is dropped. */

import { assertEquals, assertRejects } from "@std/assert";
import { Inbox } from "../../../http2/driver/inbox.ts";

interface Over {
  readonly name: string;
  readonly finish: (inbox: Inbox) => void;
  readonly fails: boolean;
}

const REASON = new Error("no more");
const OVER: readonly Over[] = [
  { name: "its end", finish: (inbox) => inbox.end(), fails: false },
  { name: "it was cancelled", finish: (inbox) => inbox.cancel(), fails: false },
  { name: "it has failed", finish: (inbox) => inbox.fail(REASON), fails: true },
  { name: "it was aborted", finish: (inbox) => inbox.abort(REASON), fails: true },
];

for (const { name, finish, fails } of OVER) {
  Deno.test(`inbox: content that comes after ${name} is neither read, counted nor given back to the window`, async () => {
    let consumed = 0;
    const inbox = new Inbox({ onConsumed: (count) => consumed += count, onGivenUp: () => {} }, 3);
    inbox.trailers.catch(() => {});
    finish(inbox);
    inbox.push(Uint8Array.of(1, 2, 3));
    inbox.flushBatch();
    assertEquals([inbox.isComplete, inbox.takeFresh().length], [false, 0]);
    if (fails) assertEquals(await assertRejects(() => inbox.read()), REASON);
    else assertEquals(await inbox.read(), undefined);
    assertEquals(consumed, 0);
  });
}

for (const isQueued of [false, true]) {
  Deno.test(`inbox: an abort behind the end drops content that ${isQueued ? "waits" : "came in the same batch"}`, async () => {
    const inbox = new Inbox({ onConsumed: () => {}, onGivenUp: () => {} }, undefined);
    inbox.trailers.catch(() => {});
    inbox.push(Uint8Array.of(1, 2, 3));
    if (isQueued) inbox.flushBatch();
    inbox.end();
    inbox.abort(REASON);
    assertEquals(await assertRejects(() => inbox.read()), REASON);
  });
}

Deno.test("inbox: an abort behind the end changes nothing where all content was read", async () => {
  const inbox = new Inbox({ onConsumed: () => {}, onGivenUp: () => {} }, undefined);
  inbox.push(Uint8Array.of(1));
  inbox.end([["x-sum", "1"]]);
  assertEquals(await inbox.read(), Uint8Array.of(1));
  inbox.abort(REASON);
  assertEquals([await inbox.read(), await inbox.trailers], [undefined, [["x-sum", "1"]]]);
});

/** An inbox, and the bytes of its content that were taken, in all. */
function counted(): { inbox: Inbox; consumed: () => number } {
  let consumed = 0;
  const inbox = new Inbox({ onConsumed: (count) => consumed += count, onGivenUp: () => {} }, undefined);
  return { inbox, consumed: () => consumed };
}

Deno.test("inbox: a read amid a batch gets all that the batch brings, in one chunk at its end", async () => {
  const { inbox, consumed } = counted();
  inbox.push(Uint8Array.of(1));
  const reading = inbox.read();
  inbox.push(Uint8Array.of(2, 3));
  assertEquals(consumed(), 0);
  inbox.flushBatch();
  assertEquals(consumed(), 3);
  assertEquals(await reading, Uint8Array.of(1, 2, 3));
});

for (const finish of ["end", "fail"] as const) {
  Deno.test(`inbox: a read amid a batch in which the content comes to its ${finish} does not wait`, async () => {
    const { inbox } = counted();
    inbox.trailers.catch(() => {});
    inbox.push(Uint8Array.of(1, 2));
    if (finish === "end") inbox.end();
    else inbox.fail(REASON);
    assertEquals(await inbox.read(), Uint8Array.of(1, 2));
    if (finish === "end") assertEquals(await inbox.read(), undefined);
    else assertEquals(await assertRejects(() => inbox.read()), REASON);
  });
}

Deno.test("inbox: a view is overwritten by the next one, and a chunk never", async () => {
  const { inbox, consumed } = counted();
  const next = async (how: "read" | "readView", ...bytes: number[]) => {
    const reading = inbox[how]();
    inbox.push(Uint8Array.from(bytes));
    inbox.flushBatch();
    return await reading ?? new Uint8Array();
  };
  const chunk = await next("read", 1, 2);
  const view = await next("readView", 3, 4);
  assertEquals([chunk, view], [Uint8Array.of(1, 2), Uint8Array.of(3, 4)]);
  assertEquals(await next("readView", 5), Uint8Array.of(5));
  assertEquals(view, Uint8Array.of(5, 4));
  assertEquals(await next("read", 6), Uint8Array.of(6));
  assertEquals(await next("readView", 7, 8, 9), Uint8Array.of(7, 8, 9));
  assertEquals([chunk, view, consumed()], [Uint8Array.of(1, 2), Uint8Array.of(5, 4), 9]);
});
