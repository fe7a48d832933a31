/** Attempts: the signal, the stages, and work that can or cannot be stopped; and waits with a limit. */

import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { Attempt, settledWithin } from "../../io/attempt.ts";

const REASON = new Error("the reason");

/** Settles when it is told to. */
function work(): PromiseWithResolvers<string> & { stopped: boolean; stop: () => void } {
  const deferred = Promise.withResolvers<string>();
  const stopped = {
    ...deferred,
    stopped: false,
    stop: (): void => {
      stopped.stopped = true;
      deferred.reject(new Error("stopped"));
    },
  };
  return stopped;
}

Deno.test("Attempt: an aborted signal throws its reason at once", () => {
  assertStrictEquals(assertThrows(() => new Attempt(AbortSignal.abort(REASON))), REASON);
});

Deno.test("Attempt.run: an aborted signal rejects with its reason, and no work begins", async () => {
  let begun = false;
  const work = (): Promise<void> => {
    begun = true;
    return Promise.resolve();
  };
  assertStrictEquals(await Attempt.run(AbortSignal.abort(REASON), work).catch((error) => error), REASON);
  assertEquals(begun, false);
});

for (
  const [name, work] of [
    ["is done", () => Promise.resolve()],
    ["fails", () => Promise.reject(REASON)],
    ["throws", (): Promise<void> => {
      throw REASON;
    }],
  ] as const
) {
  Deno.test(`Attempt.run: when the work ${name}, its listener and its timer end`, async () => {
    const controller = new AbortController();
    let made: Attempt | undefined;
    const result = Attempt.run(controller.signal, (attempt) => {
      made = attempt;
      attempt.allow(60_000, () => new Error("too slow")); // the sanitizer would find the timer
      return work();
    });
    await result.catch((error) => assertStrictEquals(error, REASON));
    controller.abort();
    assertEquals(made?.signal.aborted, false);
  });
}

Deno.test("Attempt.stopping: gives the result of the work, and does not stop it", async () => {
  using attempt = new Attempt(new AbortController().signal);
  const { promise, resolve, stop } = work();
  const result = attempt.stopping(promise, stop);
  resolve("done");
  assertEquals(await result, "done");
});

Deno.test("Attempt.stopping: rejects as the work does", async () => {
  using attempt = new Attempt(undefined);
  await assertRejects(() => attempt.stopping(Promise.reject(REASON), () => {}), Error, "the reason");
});

Deno.test("Attempt: an abort stops the work, and the attempt rejects with the signal's reason", async () => {
  const controller = new AbortController();
  using attempt = new Attempt(controller.signal);
  const pending = work();
  const result = attempt.stopping(pending.promise, pending.stop);
  controller.abort(REASON);
  assertEquals(pending.stopped, true);
  assertStrictEquals(await result.catch((error) => error), REASON);
  assertStrictEquals(attempt.signal.reason, REASON);
});

Deno.test("Attempt: an abort between two stages stops the next at once", async () => {
  const controller = new AbortController();
  using attempt = new Attempt(controller.signal);
  controller.abort(REASON);
  const pending = work();
  assertStrictEquals(
    await attempt.stopping(pending.promise, pending.stop).catch((error) => error),
    REASON,
  );
  assertEquals(pending.stopped, true);
});

Deno.test("Attempt: an abort in the same tick as the result ends the attempt, and stop is called", async () => {
  const controller = new AbortController();
  using attempt = new Attempt(controller.signal);
  const pending = work();
  const result = attempt.stopping(pending.promise, pending.stop);
  pending.resolve("done");
  controller.abort(REASON);
  assertStrictEquals(await result.catch((error) => error), REASON);
  assertEquals(pending.stopped, true);
});

Deno.test("Attempt: rejects with a reason that is no Error", async () => {
  const controller = new AbortController();
  using attempt = new Attempt(controller.signal);
  const pending = work();
  const result = attempt.stopping(pending.promise, pending.stop);
  controller.abort("why not");
  assertEquals(await result.catch((error) => error), "why not");
});

Deno.test("Attempt.leaving: rejects at once, and discards the result that the work still gives", async () => {
  const controller = new AbortController();
  using attempt = new Attempt(controller.signal);
  const discarded: string[] = [];
  const { promise, resolve } = work();
  const result = attempt.leaving(promise, (late) => discarded.push(late));
  controller.abort(REASON);
  assertStrictEquals(await result.catch((error) => error), REASON);
  assertEquals(discarded, []);
  resolve("late");
  await promise;
  assertEquals(discarded, ["late"]);
});

Deno.test("Attempt.leaving: a rejection of the work after the end is ignored", async () => {
  const controller = new AbortController();
  using attempt = new Attempt(controller.signal);
  const { promise, reject } = work();
  const result = attempt.leaving(promise, () => {});
  controller.abort(REASON);
  assertStrictEquals(await result.catch((error) => error), REASON);
  reject(new Error("late"));
});

Deno.test("Attempt.leaving: discards a result that came in the same tick as the abort", async () => {
  const controller = new AbortController();
  using attempt = new Attempt(controller.signal);
  const discarded: string[] = [];
  const { promise, resolve } = work();
  const result = attempt.leaving(promise, (late) => discarded.push(late));
  resolve("done");
  controller.abort(REASON);
  assertStrictEquals(await result.catch((error) => error), REASON);
  assertEquals(discarded, ["done"]);
});

Deno.test("Attempt.leaving: gives the result of the work, and does not discard it", async () => {
  using attempt = new Attempt(undefined);
  const discarded: string[] = [];
  assertEquals(await attempt.leaving(Promise.resolve("done"), (late) => discarded.push(late)), "done");
  assertEquals(discarded, []);
});

Deno.test("Attempt: a stage that takes too long ends the attempt", async () => {
  using attempt = new Attempt(undefined);
  attempt.allow(1, () => REASON);
  const pending = work();
  assertStrictEquals(await attempt.stopping(pending.promise, pending.stop).catch((error) => error), REASON);
  assertEquals(pending.stopped, true);
});

Deno.test("Attempt: a stage ends the timer of the one before", async () => {
  using attempt = new Attempt(undefined);
  attempt.allow(1, () => REASON);
  attempt.allow(undefined, () => REASON);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(attempt.signal.aborted, false);
});

Deno.test("Attempt: an abort after dispose has no effect", async () => {
  const controller = new AbortController();
  const attempt = new Attempt(controller.signal);
  attempt.allow(1, () => REASON);
  attempt[Symbol.dispose]();
  controller.abort(REASON);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(attempt.signal.aborted, false);
});

for (const milliseconds of [0, -1, NaN, -Infinity]) {
  Deno.test(`Attempt.allow: a time of ${milliseconds} ms is refused`, () => {
    using attempt = new Attempt(undefined);
    assertThrows(() => attempt.allow(milliseconds, () => REASON), RangeError, "a time must be above 0");
  });
}

for (const milliseconds of [Infinity, Number.MAX_SAFE_INTEGER, 2 ** 31]) {
  Deno.test(`Attempt.allow: a time of ${milliseconds} ms does not fire at once`, async () => {
    using attempt = new Attempt(undefined);
    attempt.allow(milliseconds, () => REASON);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assertEquals(attempt.signal.aborted, false);
  });
}

const SETTLED = [
  { name: "resolves", work: () => Promise.resolve() },
  { name: "rejects", work: () => Promise.reject(REASON) },
];
for (const { name, work } of SETTLED) {
  Deno.test(`settledWithin: ends when the work ${name}`, async () => {
    assertEquals(await settledWithin(60_000, work()), undefined);
  });
}

Deno.test("settledWithin: ends although the work never settles", async () => {
  assertEquals(await settledWithin(1, new Promise(() => {})), undefined);
});
