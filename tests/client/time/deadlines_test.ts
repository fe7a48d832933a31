/** Deadlines that share timers. */

import { assertEquals } from "@std/assert";
import { MAX_IDLE_TIMERS } from "../../../client/defaults.ts";
import { Deadlines } from "../../../client/time/deadlines.ts";

/** Resolves when `deadlines` has come to one of `milliseconds`: later than any shorter one that was set before. */
function expiry(deadlines: Deadlines, milliseconds: number): Promise<void> {
  // Deadlines alone do not keep the process alive; this timer does.
  const keeper = setInterval(() => {}, 1_000);
  return new Promise((resolve) =>
    deadlines.set(milliseconds, () => {
      clearInterval(keeper);
      resolve();
    })
  );
}

Deno.test("Deadlines: those of one length expire in the order in which they were set", async () => {
  const deadlines = new Deadlines();
  const expired: number[] = [];
  for (const i of [1, 2, 3]) deadlines.set(5, () => expired.push(i));
  await expiry(deadlines, 5);
  assertEquals(expired, [1, 2, 3]);
  deadlines.close();
});

Deno.test("Deadlines: a cleared one does not expire, wherever it stands in the queue", async () => {
  for (const cleared of [0, 1, 2]) {
    const deadlines = new Deadlines();
    const expired: number[] = [];
    const set = [0, 1, 2].map((i) => deadlines.set(5, () => expired.push(i)));
    deadlines.clear(set[cleared]);
    deadlines.clear(set[cleared]);
    await expiry(deadlines, 5);
    assertEquals(expired, [0, 1, 2].filter((i) => i !== cleared));
    deadlines.close();
  }
});

Deno.test("Deadlines: one that is set while another expires has its own time", async () => {
  const deadlines = new Deadlines();
  const order: string[] = [];
  deadlines.set(5, () => {
    order.push("first");
    deadlines.set(5, () => order.push("second"));
  });
  await expiry(deadlines, 5);
  assertEquals(order, ["first"]);
  await expiry(deadlines, 10);
  assertEquals(order, ["first", "second"]);
  deadlines.close();
});

Deno.test("Deadlines: clearing all of one length and setting one again still expires", async () => {
  const deadlines = new Deadlines();
  deadlines.clear(deadlines.set(5, () => {}));
  await expiry(deadlines, 5);
  await expiry(deadlines, 5);
  deadlines.close();
  assertEquals(deadlines.size, 0);
});

Deno.test("Deadlines: D-20: close leaves no timer and expires nothing", async () => {
  const deadlines = new Deadlines();
  let expired = 0;
  for (const milliseconds of [1, 2, 3]) deadlines.set(milliseconds, () => expired++);
  assertEquals(deadlines.size, 3);
  deadlines.close();
  await expiry(new Deadlines(), 10);
  assertEquals(expired, 0);
});

Deno.test("Deadlines: a deadline that is set while another expires has one timer, which close() ends", async () => {
  const deadlines = new Deadlines();
  await new Promise<void>((resolve) => {
    const keeper = setInterval(() => {}, 1_000);
    deadlines.set(5, () => {
      deadlines.set(5, () => {});
      clearInterval(keeper);
      queueMicrotask(resolve);
    });
    deadlines.set(5, () => {});
  });
  deadlines.close(); // the test runner reports a timer that is left
  assertEquals(deadlines.size, 0);
});

Deno.test("Deadlines: clearing one again does not bring back another that was cleared after it", async () => {
  const deadlines = new Deadlines();
  const expired: string[] = [];
  const [a, b] = ["a", "b", "c"].map((name) => deadlines.set(5, () => expired.push(name)));
  for (const deadline of [a, b, a]) deadlines.clear(deadline);
  assertEquals(deadlines.size, 1);
  await expiry(deadlines, 5);
  assertEquals(expired, ["c"]);
  deadlines.close();
});

Deno.test("Deadlines: lengths that are used once each do not keep a timer each", () => {
  const deadlines = new Deadlines();
  for (let i = 1; i <= 1000; i++) deadlines.clear(deadlines.set(1e6 + i, () => {}));
  assertEquals(deadlines.timers <= MAX_IDLE_TIMERS, true, `${deadlines.timers} timers`);
  deadlines.close();
  assertEquals(deadlines.timers, 0);
});
