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
