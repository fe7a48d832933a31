/** The read that waits for content, the end of the content, and the trailers that come with it. */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { PendingContent } from "../../http/pending_content.ts";

const CHUNK = Uint8Array.of(1);
const FAILED = new Error("cut short");
const GIVEN_UP = new Error("given up");

/** Each way in which content ends, and what reads and trailers then give; the first of several ends counts. */
const ENDS: readonly {
  readonly name: string;
  readonly end: (content: PendingContent) => void;
  readonly outcome: PendingContent["outcome"];
  readonly read: Error | undefined;
  readonly trailers: Error | readonly unknown[];
}[] = [
  {
    name: "complete",
    end: (content) => content.end([["x-sum", "1"]]),
    outcome: "ended",
    read: undefined,
    trailers: [["x-sum", "1"]],
  },
  {
    name: "complete, and then failed",
    end: (content) => {
      content.end([["x-sum", "1"]]);
      content.fail(FAILED);
      content.giveUp(() => GIVEN_UP);
    },
    outcome: "ended",
    read: undefined,
    trailers: [["x-sum", "1"]],
  },
  {
    name: "failed, and then complete",
    end: (content) => {
      content.fail(FAILED);
      content.end([]);
    },
    outcome: "failed",
    read: FAILED,
    trailers: FAILED,
  },
  {
    name: "complete but not read, and failed for that",
    end: (content) => {
      content.end([["x-sum", "1"]]);
      content.failAfterEnd(FAILED);
    },
    outcome: "failed",
    read: FAILED,
    trailers: FAILED,
  },
  {
    name: "given up",
    end: (content) => content.giveUp(() => GIVEN_UP),
    outcome: "given_up",
    read: undefined,
    trailers: GIVEN_UP,
  },
];

for (const { name, end, outcome, read, trailers } of ENDS) {
  Deno.test(`PendingContent: a read that waits is answered with the end: ${name}`, async () => {
    const content = new PendingContent();
    const waiting = content.read(undefined);
    end(content);
    assertEquals([content.isAwaited, content.outcome], [true, outcome]);
    content.deliverEnd();
    assertEquals(content.isAwaited, false);
    await assertOutcome(waiting, read);
  });

  Deno.test(`PendingContent: every read after the end gives it: ${name}`, async () => {
    const content = new PendingContent();
    end(content);
    for (let i = 0; i < 3; i++) await assertOutcome(content.read(undefined), read);
    assertEquals(await content.read(CHUNK), CHUNK);
  });

  Deno.test(`PendingContent: trailers asked for after the end: ${name}`, async () => {
    const content = new PendingContent();
    end(content);
    assertStrictEquals(content.trailers, content.trailers);
    await assertOutcome(content.trailers, trailers);
  });
}

Deno.test("PendingContent: trailers asked for before the end come with it", async () => {
  const content = new PendingContent();
  const { trailers } = content;
  content.end([["x-sum", "1"]]);
  assertEquals(await trailers, [["x-sum", "1"]]);
});

Deno.test("PendingContent: trailers that fail and are not awaited are no unhandled rejection", async () => {
  const content = new PendingContent();
  const { trailers } = content;
  content.fail(FAILED);
  await new Promise((resolve) => setTimeout(resolve)); // an unhandled rejection would fail the test
  assertStrictEquals(await assertRejects(() => trailers), FAILED);
});

Deno.test("PendingContent: bytes answer the read that waits, once", async () => {
  const content = new PendingContent();
  content.deliver(CHUNK); // no read waits
  const first = content.read(undefined);
  await assertRejects(() => content.read(undefined), TypeError, "another read is pending");
  content.deliverEnd(); // it has not come
  content.deliver(CHUNK);
  assertStrictEquals(await first, CHUNK);
  assertEquals([content.isAwaited, content.outcome], [false, undefined]);
});

async function assertOutcome(promise: Promise<unknown>, expected: unknown): Promise<void> {
  if (expected instanceof Error) assertStrictEquals(await assertRejects(() => promise), expected);
  else assertEquals(await promise, expected);
}
