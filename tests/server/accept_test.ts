/** A listener whose `accept` fails, and what the server does about it. */

import { assert, assertEquals } from "@std/assert";
import { RunningServer } from "../../server/http_server.ts";
import { makeService } from "../../server/make_service.ts";
import type { ServeListener } from "../../server/runtime.ts";
import type { Duplex } from "../../io/duplex.ts";
import { memoryDuplexPair } from "../support/memory_duplex.ts";
import { keptAlive } from "./in_memory.ts";

/** A listener that a test lets fail or accept. */
class ScriptedListener implements ServeListener {
  readonly addr: Deno.Addr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
  calls = 0;
  isClosed = false;
  readonly #outcomes: (Error | Duplex)[];
  #pending: PromiseWithResolvers<Duplex> | undefined;

  constructor(outcomes: readonly (Error | Duplex)[]) {
    this.#outcomes = [...outcomes];
  }

  accept(): Promise<Duplex> {
    this.calls++;
    const outcome = this.#outcomes.shift();
    if (outcome instanceof Error) return Promise.reject(outcome);
    if (outcome !== undefined) return Promise.resolve(outcome);
    this.#pending = Promise.withResolvers();
    return this.#pending.promise;
  }

  close(): void {
    this.isClosed = true;
    this.#pending?.reject(new Deno.errors.BadResource("Listener has been closed"));
  }

  ref(): void {}
  unref(): void {}
}

function run(listener: ServeListener): RunningServer {
  const addr = { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const;
  return new RunningServer(listener, addr, makeService(() => new Response("served"), {}), undefined, 10);
}

const FAILURES: Readonly<Record<string, Error>> = {
  "too many open files (EMFILE)": new Error("Too many open files (os error 24)"),
  "too many open files of the system (ENFILE)": new Error("Too many open files in system (os error 23)"),
  "a client that is gone again (ECONNABORTED)": new Deno.errors.ConnectionAborted("connection aborted"),
  "a reset": new Deno.errors.ConnectionReset("connection reset"),
};
for (const [name, error] of Object.entries(FAILURES)) {
  Deno.test(`server, V-58: after ${name} of accept the next client is served`, async () => {
    using _awake = keptAlive();
    const [client, accepted] = memoryDuplexPair();
    const listener = new ScriptedListener([error, error, error, accepted]);
    const server = run(listener);
    const since = performance.now();
    await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\nhost: h\r\n\r\n"));
    const into = new Uint8Array(1000);
    const count = await client.read(into);
    assert(new TextDecoder().decode(into.subarray(0, count ?? 0)).startsWith("HTTP/1.1 200 "));
    assert(performance.now() - since >= 30, "accept was called again at once"); // 5, 10 and 20 ms
    assertEquals([listener.calls, listener.isClosed], [5, false]);
    client.close();
    await server.shutdown();
  });

  Deno.test(`server, V-58: a shutdown does not wait for the pause after ${name}`, async () => {
    const listener = new ScriptedListener(Array.from({ length: 100 }, () => error));
    const server = run(listener);
    await Promise.resolve();
    await server.shutdown();
    await server.finished;
    const { calls } = listener;
    assert(calls < 5, `accept was called ${calls} times`);
  });
}

for (const error of [new Deno.errors.BadResource("closed"), new Deno.errors.Interrupted("interrupted")]) {
  Deno.test(`server, V-58: a listener that is closed behind the server's back (${error.name}) ends it`, async () => {
    const server = run(new ScriptedListener([error]));
    await server.finished;
  });
}

Deno.test("server: a client that is accepted while the listener is being closed is closed, and not served", async () => {
  const [client, accepted] = memoryDuplexPair();
  const server = run(new ScriptedListener([accepted]));
  const shutdown = server.shutdown(); // before the acceptance is noticed
  assertEquals(await client.read(new Uint8Array(1)).catch(() => null), null);
  await shutdown;
});

Deno.test("server: a client that is accepted after unref does not keep the process alive either, until ref", async () => {
  const unreferenced: string[] = [];
  const referenced: string[] = [];
  const named = (name: string): Duplex => {
    const [, io] = memoryDuplexPair();
    return Object.assign(io, {
      unref: () => void unreferenced.push(name),
      ref: () => void referenced.push(name),
    });
  };
  const accepted = Promise.withResolvers<Duplex>();
  const closed = Promise.withResolvers<Duplex>();
  const outcomes = [Promise.resolve(named("before")), accepted.promise, closed.promise];
  const listener = new ScriptedListener([]);
  listener.accept = () => outcomes.shift() ?? closed.promise;
  listener.close = () => closed.reject(new Deno.errors.BadResource("Listener has been closed"));
  const server = run(listener);
  for (let i = 0; i < 5; i++) await null;
  assertEquals(unreferenced, []);
  server.unref();
  accepted.resolve(named("after"));
  for (let i = 0; i < 5; i++) await null;
  assertEquals([unreferenced, referenced], [["before", "after"], []]);
  server.ref();
  assertEquals(referenced, ["before", "after"]);
  await server.shutdown();
});
