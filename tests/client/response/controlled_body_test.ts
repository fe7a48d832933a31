/** The content of a driver under a request's signal and deadlines, whatever the driver does then. */

import { assertEquals, assertRejects } from "@std/assert";
import { ControlledBody } from "../../../client/response/controlled_body.ts";
import { Control } from "../../../client/time/control.ts";
import { Deadlines } from "../../../client/time/deadlines.ts";

/** Content that goes on after it was cancelled, and the control of its request. */
function setUp(read: () => Promise<Uint8Array | undefined> = () => Promise.resolve(new Uint8Array(1))) {
  const deadlines = new Deadlines();
  const abort = new AbortController();
  const control = new Control(deadlines, { body: 1_000, total: 1_000 }, abort.signal, "localhost");
  let reads = 0;
  const source = {
    read: () => {
      reads++;
      return read();
    },
    cancel: () => {},
  };
  return {
    deadlines,
    abort,
    control,
    body: new ControlledBody(source, control, "localhost"),
    reads: () => reads,
  };
}

Deno.test("ControlledBody: an abort between two reads of content at hand ends it, without another read", async () => {
  const { deadlines, abort, body, reads } = setUp();
  await body.read();
  abort.abort("enough");
  for (let i = 0; i < 2; i++) assertEquals(await body.read().catch((reason) => reason), "enough");
  assertEquals(reads(), 1);
  deadlines.close();
});

Deno.test("ControlledBody: the end, a failure and a cancellation leave no deadline, and nothing to stop", async () => {
  const boom = new Error("boom");
  const ends: Readonly<Record<string, (setup: ReturnType<typeof setUp>) => Promise<unknown>>> = {
    "the end": ({ body }) => body.read(),
    "a failure": ({ body }) => assertRejects(() => body.read(), Error, "boom"),
    "a cancellation": ({ body }) => Promise.resolve(body.cancel()),
  };
  for (const [name, end] of Object.entries(ends)) {
    const setup = setUp(() => name === "the end" ? Promise.resolve(undefined) : Promise.reject(boom));
    const stopped: unknown[] = [];
    setup.control.onCancel((reason) => stopped.push(reason));
    assertEquals(setup.deadlines.size, 1, name);
    await end(setup);
    assertEquals(setup.deadlines.size, 0, name);
    setup.abort.abort("late");
    assertEquals([stopped, setup.control.stopped], [[], false], name);
    setup.deadlines.close();
  }
});
