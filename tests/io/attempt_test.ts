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

Deno.test("an attempt with an aborted signal does not begin", () => {
  assertStrictEquals(assertThrows(() => new Attempt(AbortSignal.abort(REASON))), REASON);
});

Deno.test("stopping gives what the work came to, and does not stop it", async () => {
  using attempt = new Attempt(new AbortController().signal);
  const { promise, resolve, stop } = work();
  const result = attempt.stopping(promise, stop);
  resolve("done");
  assertEquals(await result, "done");
});

Deno.test("stopping rejects as the work does", async () => {
  using attempt = new Attempt(undefined);
  await assertRejects(() => attempt.stopping(Promise.reject(REASON), () => {}), Error, "the reason");
});

Deno.test("an abort stops the work, and the attempt rejects with the signal's reason", async () => {
  const controller = new AbortController();
  using attempt = new Attempt(controller.signal);
  const pending = work();
  const result = attempt.stopping(pending.promise, pending.stop);
  controller.abort(REASON);
  assertEquals(pending.stopped, true);
  assertStrictEquals(await result.catch((error) => error), REASON);
  assertStrictEquals(attempt.signal.reason, REASON);
});

Deno.test("an abort between two stages stops the next at once", async () => {
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

Deno.test("an abort in the same tick as the result wins, and the result is stopped", async () => {
  const controller = new AbortController();
  using attempt = new Attempt(controller.signal);
  const pending = work();
  const result = attempt.stopping(pending.promise, pending.stop);
  pending.resolve("done");
  controller.abort(REASON);
  assertStrictEquals(await result.catch((error) => error), REASON);
  assertEquals(pending.stopped, true);
});

Deno.test("a reason that is no error is what the attempt rejects with", async () => {
  const controller = new AbortController();
  using attempt = new Attempt(controller.signal);
  const pending = work();
  const result = attempt.stopping(pending.promise, pending.stop);
  controller.abort("why not");
  assertEquals(await result.catch((error) => error), "why not");
});

Deno.test("leaving rejects at once, and what the work still gives is discarded", async () => {
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

Deno.test("leaving does not mind that the work fails late", async () => {
  const controller = new AbortController();
  using attempt = new Attempt(controller.signal);
  const { promise, reject } = work();
  const result = attempt.leaving(promise, () => {});
  controller.abort(REASON);
  assertStrictEquals(await result.catch((error) => error), REASON);
  reject(new Error("late"));
});

Deno.test("leaving discards a result that came in the same tick as the abort", async () => {
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

Deno.test("leaving gives what the work came to, and keeps it", async () => {
  using attempt = new Attempt(undefined);
  const discarded: string[] = [];
  assertEquals(await attempt.leaving(Promise.resolve("done"), (late) => discarded.push(late)), "done");
  assertEquals(discarded, []);
});

Deno.test("a stage that takes too long ends the attempt", async () => {
  using attempt = new Attempt(undefined);
  attempt.allow(1, () => REASON);
  const pending = work();
  assertStrictEquals(await attempt.stopping(pending.promise, pending.stop).catch((error) => error), REASON);
  assertEquals(pending.stopped, true);
});

Deno.test("a stage ends the time of the one before", async () => {
  using attempt = new Attempt(undefined);
  attempt.allow(1, () => REASON);
  attempt.allow(undefined, () => REASON);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(attempt.signal.aborted, false);
});

Deno.test("what happens after the attempt does not touch it", async () => {
  const controller = new AbortController();
  const attempt = new Attempt(controller.signal);
  attempt.allow(1, () => REASON);
  attempt[Symbol.dispose]();
  controller.abort(REASON);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(attempt.signal.aborted, false);
});

for (const milliseconds of [0, -1, NaN, -Infinity]) {
  Deno.test(`a time of ${milliseconds} ms is refused`, () => {
    using attempt = new Attempt(undefined);
    assertThrows(() => attempt.allow(milliseconds, () => REASON), RangeError, "a time must be above 0");
  });
}

for (const milliseconds of [Infinity, Number.MAX_SAFE_INTEGER, 2 ** 31]) {
  Deno.test(`a time of ${milliseconds} ms does not fire at once`, async () => {
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
