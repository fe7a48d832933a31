/** The engine that is pulled, over a stream of which the test decides what it does. */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ZlibEngine, type ZlibStream } from "../../../client/response/zlib_engine.ts";

function setUp() {
  const calls: string[] = [];
  const outputs: Uint8Array[] = [];
  const listeners = new Map<string, (error: Error) => void>();
  const dones: ((error?: Error | null) => void)[] = [];
  const stream = {
    bytesWritten: 0,
    read: () => (calls.push("read"), outputs.shift() ?? null),
    write(input: Uint8Array, done: (error?: Error | null) => void) {
      calls.push(`write ${input.length}`);
      dones.push(done);
      return true;
    },
    end: () => calls.push("end"),
    destroy: () => calls.push("destroy"),
    on: (event: string, listener: (error: Error) => void) => listeners.set(event, listener),
  } satisfies ZlibStream;
  const emit = (event: string, error = new Error("none")) => listeners.get(event)?.(error);
  return { calls, outputs, dones, stream, emit, engine: new ZlibEngine(stream) };
}

/** What a promise has come to after a while. */
async function stateOf<T>(promise: Promise<T>): Promise<T | "pending"> {
  let state: T | "pending" = "pending";
  promise.then((value) => state = value, () => {});
  for (let i = 0; i < 10; i++) await undefined;
  return state;
}

Deno.test("ZlibEngine: a read waits for output, and ends where more input is needed", async () => {
  const { engine, outputs, dones, emit, stream } = setUp();
  assertEquals(await engine.read(), undefined);
  engine.write(new Uint8Array(4));
  const read = engine.read();
  assertEquals(await stateOf(read), "pending");
  outputs.push(Uint8Array.of(1, 2));
  emit("readable");
  assertEquals(await read, Uint8Array.of(1, 2));
  const next = engine.read();
  assertEquals(await stateOf(next), "pending");
  stream.bytesWritten = 4;
  dones[0]?.();
  assertEquals(await next, undefined);
});

Deno.test("ZlibEngine: closing ends a pending read, frees the stream once, and gives no output any more", async () => {
  const { engine, outputs, calls } = setUp();
  engine.write(new Uint8Array(4));
  const read = engine.read();
  assertEquals(await stateOf(read), "pending");
  engine.close();
  engine.close();
  assertEquals(await stateOf(read), undefined);
  outputs.push(Uint8Array.of(1));
  assertEquals(await engine.read(), undefined);
  assertEquals(calls, ["write 4", "read", "destroy"]);
});

Deno.test("ZlibEngine: closing ends the question whether it takes more", async () => {
  const { engine } = setUp();
  const more = engine.takesMore();
  assertEquals(await stateOf(more), "pending");
  engine.close();
  assertEquals(await stateOf(more), false);
});

Deno.test("ZlibEngine: it takes more where the stream took the byte, or failed on it", async () => {
  for (
    const [written, error, expected] of [[0, undefined, false], [1, undefined, true], [
      0,
      new Error("x"),
      true,
    ]] as const
  ) {
    const { engine, dones, emit, stream } = setUp();
    const more = engine.takesMore();
    stream.bytesWritten = written;
    if (error) emit("error", error);
    else dones[0]?.();
    assertEquals(await more, expected);
  }
});

Deno.test("ZlibEngine: the first failure is told, after the output before it", async () => {
  const { engine, outputs, dones, emit } = setUp();
  const first = new Error("first");
  engine.write(new Uint8Array(4));
  outputs.push(Uint8Array.of(7));
  emit("error", first);
  dones[0]?.(new Error("second"));
  assertEquals(await engine.read(), Uint8Array.of(7));
  assertStrictEquals(await assertRejects(() => engine.read()), first);
  const other = setUp();
  other.engine.write(new Uint8Array(4));
  other.dones[0]?.(first);
  assertStrictEquals(await assertRejects(() => other.engine.read()), first);
});

Deno.test("ZlibEngine: input that the stream has left is behind its end", async () => {
  for (const [written, refused] of [[6, false], [5, true]] as const) {
    const { engine, dones, stream } = setUp();
    engine.write(new Uint8Array(4));
    stream.bytesWritten = 4;
    dones[0]?.();
    assertEquals(await engine.read(), undefined);
    engine.write(new Uint8Array(2));
    stream.bytesWritten = written;
    dones[1]?.();
    if (refused) await assertRejects(() => engine.read(), Error, "there are bytes after its end");
    else assertEquals(await engine.read(), undefined);
  }
});

Deno.test("ZlibEngine: after the end of the input it gives the rest, until the stream has ended", async () => {
  const { engine, outputs, calls, emit } = setUp();
  engine.end();
  const read = engine.read();
  assertEquals(await stateOf(read), "pending");
  outputs.push(Uint8Array.of(9));
  emit("readable");
  assertEquals(await read, Uint8Array.of(9));
  const last = engine.read();
  assertEquals(await stateOf(last), "pending");
  emit("end");
  assertEquals([await last, calls[0]], [undefined, "end"]);
});
