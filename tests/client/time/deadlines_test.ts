/** Deadlines that share timers. */

import { assertEquals } from "@std/assert";
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

Deno.test("Deadlines: close leaves no timer and expires nothing", async () => {
  const deadlines = new Deadlines();
  let expired = 0;
  for (const milliseconds of [1, 2, 3]) deadlines.set(milliseconds, () => expired++);
  assertEquals(deadlines.size, 3);
  deadlines.close();
  await expiry(new Deadlines(), 10);
  assertEquals(expired, 0);
});
