/** The signal and the deadlines of one request. */

import { assertEquals, assertThrows } from "@std/assert";
import { Control } from "../../../client/time/control.ts";
import { Deadlines } from "../../../client/time/deadlines.ts";
import { ClientError } from "../../../client/error/client_error.ts";
import type { Timeouts } from "../../../client/time/timeouts.ts";

function setUp({ signal, ...timeouts }: Timeouts & { signal?: AbortSignal } = {}) {
  const deadlines = new Deadlines();
  const control = new Control(deadlines, timeouts, signal, "localhost");
  const cancelled: unknown[] = [];
  return { deadlines, control, cancelled, cancel: (reason: unknown) => cancelled.push(reason) };
}

/** Lets deadlines of a few milliseconds pass. */
function pass(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

Deno.test("Control: an abort cancels the present stage, once, with the signal's reason", () => {
  const controller = new AbortController();
  const { control, cancelled, cancel } = setUp({ signal: controller.signal });
  control.onCancel(() => cancelled.push("an earlier stage"));
  control.onCancel(cancel);
  controller.abort("enough");
  control.stop("again");
  assertEquals(cancelled, ["enough"]);
  assertEquals(control.stopped, true);
  assertEquals(control.reasonFor(new Error("what the driver says then")), "enough");
});

Deno.test("Control: a stage that begins after the abort is cancelled at once", () => {
  const { control, cancelled, cancel } = setUp({ signal: AbortSignal.abort("before") });
  control.onCancel(cancel);
  assertEquals(cancelled, ["before"]);
});

Deno.test("Control: an abort after the end does nothing", () => {
  const controller = new AbortController();
  const { control, cancelled, cancel } = setUp({ signal: controller.signal });
  control.onCancel(cancel);
  control.finish();
  controller.abort();
  control.stop("late");
  assertEquals(cancelled, []);
});

Deno.test("Control: a stage that begins ends the one before, which leaves no deadline", () => {
  const { control, deadlines } = setUp({ headers: 1_000, body: 2_000 });
  control.expectHead();
  control.expectContent();
  control.expectContent();
  assertEquals(deadlines.size, 1);
  control.arrived();
  assertEquals(deadlines.size, 0);
  deadlines.close();
});

Deno.test("Control: each deadline has its own code", async () => {
  for (const stage of ["headers", "body", "total"] as const) {
    const { control, deadlines, cancelled, cancel } = setUp({ [stage]: 1 });
    control.onCancel(cancel);
    if (stage === "headers") control.expectHead();
    if (stage === "body") control.expectContent();
    await pass();
    assertEquals(cancelled.map((error) => error instanceof ClientError && error.code), [`${stage}_timeout`]);
    assertThrows(() => control.throwIfStopped(), ClientError, "localhost");
    assertEquals(deadlines.size, 0);
    deadlines.close();
  }
});

Deno.test("Control: a stage that ends in time leaves no deadline", async () => {
  const { control, deadlines, cancelled, cancel } = setUp({ headers: 5, body: 5, total: 5 });
  control.onCancel(cancel);
  control.expectHead();
  control.arrived();
  control.expectContent();
  control.arrived();
  control.finish();
  assertEquals(deadlines.size, 0);
  await pass();
  assertEquals(cancelled, []);
  deadlines.close();
});

Deno.test("Control: goes on after the deadline of a stage, under the signal and the rest of the total deadline", async () => {
  const controller = new AbortController();
  const { deadlines, control, cancelled, cancel } = setUp({
    headers: 1,
    total: 30_000,
    signal: controller.signal,
  });
  control.onCancel(cancel);
  control.expectHead();
  await pass();
  assertEquals([control.stopped, deadlines.size], [true, 0]);
  assertEquals(control.resume(), true);
  assertEquals([control.stopped, deadlines.size], [false, 1], "the total deadline again");
  assertEquals(control.left > 0 && control.left < 30_000, true);
  control.onCancel(cancel);
  controller.abort("enough");
  assertEquals(cancelled.at(-1), "enough");
  assertEquals(control.resume(), false);
  deadlines.close();
});

Deno.test("Control: does not go on after the total deadline, or after an abort in a stage that took too long", async () => {
  const late = setUp({ total: 1 });
  const controller = new AbortController();
  const aborted = setUp({ headers: 1, signal: controller.signal });
  aborted.control.expectHead();
  await pass();
  assertEquals([late.control.stopped, late.control.resume()], [true, false]);
  controller.abort("enough");
  assertEquals(aborted.control.resume(), false);
  assertEquals(setUp().control.resume(), true);
});
