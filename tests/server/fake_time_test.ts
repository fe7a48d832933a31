/** A server beside fake timers: they belong to the test that installs them, and the server keeps those of the runtime. */

import { assert, assertEquals } from "@std/assert";
import { Client } from "../../mod.ts";
import { endOfTurn, setTimeout } from "../../io/timers.ts";
import { serve } from "../../server/serve.ts";
import { connectRaw, keptAlive } from "./in_memory.ts";

const HOUR_MS = 3_600_000;
const GET = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Timers and clocks in the place of the runtime's, as `FakeTime` of `@std/testing` installs them. */
function fakeTime(): Disposable & { tick(milliseconds: number): void } {
  const timers = new Map<number, { readonly due: number; readonly run: () => void }>();
  let now = Date.now();
  let count = 0;
  const set = (run: () => void, delay = 0) => {
    timers.set(++count, { due: now + delay, run });
    return count;
  };
  const clear = (timer: number) => void timers.delete(timer);
  const replacements: readonly (readonly [object, string, unknown])[] = [
    [globalThis, "setTimeout", set],
    [globalThis, "setInterval", set],
    [globalThis, "clearTimeout", clear],
    [globalThis, "clearInterval", clear],
    [Date, "now", () => now],
    [performance, "now", () => now],
  ];
  const originals = replacements.map(([target, name]) => Reflect.get(target, name));
  for (const [target, name, value] of replacements) Reflect.set(target, name, value);
  return {
    tick(milliseconds) {
      now += milliseconds;
      for (const [timer, { due, run }] of timers) {
        if (due > now) continue;
        timers.delete(timer);
        run();
      }
    },
    [Symbol.dispose]() {
      replacements.forEach(([target, name], i) => Reflect.set(target, name, originals[i]));
    },
  };
}

Deno.test("serve: hours of fake time end neither a connection, nor an exchange, nor the server", async () => {
  using time = fakeTime();
  await using server = serve({ port: 0, onListen() {} }, async (request) => {
    if (request.url.endsWith("/waits")) await later(50);
    return new Response("served");
  });
  const origin = `http://localhost:${server.addr.port}`;
  for (const http2PriorKnowledge of [false, true]) {
    using client = new Client({ http2PriorKnowledge });
    await (await client.get(`${origin}/`)).text();
    time.tick(HOUR_MS);
    await later(20);
    const waiting = client.get(`${origin}/waits`);
    await later(20);
    time.tick(HOUR_MS);
    const response = await waiting;
    assertEquals([response.connection.reused, await response.text()], [true, "served"]);
  }
});

Deno.test("serve: timeouts pass while fake time stands still", async () => {
  using _awake = keptAlive();
  using _time = fakeTime();
  for (const sent of ["", "GET / HT", GET]) {
    await using client = connectRaw(() => new Response(null), { timeouts: { headers: 20, idle: 20 } });
    if (sent !== "") await client.send(sent);
    const received = await client.receive(1000);
    assertEquals(received.slice(0, 12), { "": "", "GET / HT": "HTTP/1.1 408" }[sent] ?? "HTTP/1.1 200");
    client.io.close();
    await client.connection.finished;
    await endOfTurn();
  }
});

Deno.test("serve: a shutdown has its timeout while fake time stands still", async () => {
  using _time = fakeTime();
  let runs = false;
  const server = serve({ port: 0, onListen() {} }, () => {
    runs = true;
    return new Promise<Response>(() => {});
  });
  const io = await Deno.connect({ port: server.addr.port });
  await io.write(new TextEncoder().encode(GET));
  await later(20);
  await server.shutdown({ timeout: 30 });
  assert(runs);
  io.close();
});
