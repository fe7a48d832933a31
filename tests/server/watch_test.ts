/** The clock of a server's deadlines. */

import { assertEquals } from "@std/assert";
import { Watch } from "../../server/watch.ts";
import { eventually } from "../support/eventually.ts";

function watched(watch: Watch, milliseconds: number) {
  const state = {
    due: watch.after(milliseconds),
    late: 0,
    onDue() {
      state.late++;
      watch.delete(state);
    },
  };
  watch.add(state);
  return state;
}

Deno.test("watch: a deadline passes, and is looked at no more when it was deleted", async () => {
  const watch = new Watch(8);
  const state = watched(watch, 8);
  await eventually("late", () => state.late > 0);
  assertEquals(state.late, 1);
});

Deno.test("watch: no client is late for the time in which the process was blocked", async () => {
  const watch = new Watch(80);
  const state = watched(watch, 80);
  const end = performance.now() + 300;
  while (performance.now() < end); // what a handler without an await does
  await new Promise((resolve) => setTimeout(resolve, 0)); // behind the look that was due meanwhile
  assertEquals(state.late, 0);
  await eventually("late", () => state.late > 0);
});

Deno.test("watch: a deadline that is set after a block, and before the look, has all its time", async () => {
  const watch = new Watch(80);
  const first = watched(watch, 80);
  const end = performance.now() + 300;
  while (performance.now() < end);
  const second = watched(watch, 80); // by the clock of before
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals([first.late, second.late], [0, 0]);
  watch.delete(first);
  watch.delete(second);
});

Deno.test("watch: the first deadline after a time without any has all its time", async () => {
  const watch = new Watch(80);
  await new Promise((resolve) => setTimeout(resolve, 200)); // no connection is open
  const state = watched(watch, 80);
  await new Promise((resolve) => setTimeout(resolve, 25)); // behind the first look
  assertEquals(state.late, 0);
  await eventually("late", () => state.late > 0);
});
