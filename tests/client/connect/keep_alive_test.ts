/** The server's Keep-Alive field and the pool: what is not reused, and until when the rest is. */

import { assertEquals } from "@std/assert";
import { Client } from "../../../mod.ts";
import { scriptedServer } from "../../support/scripted_server.ts";
import { setUp, use } from "./fake_pool.ts";

const NO_HINT = { timeout: Infinity, requestsLeft: Infinity };

interface Row {
  readonly name: string;
  readonly keepAlive: { timeout: number; requestsLeft: number };
  readonly idleTimeout?: number;
  /** Milliseconds that the connection is idle, or `undefined` where it is closed at once. */
  readonly idle: number | undefined;
}

const ROWS: readonly Row[] = [
  { name: "without a hint the pool's own time holds", keepAlive: NO_HINT, idle: 60_000 },
  {
    name: "a server's 5 s are kept with a margin of 1 s",
    keepAlive: { ...NO_HINT, timeout: 5_000 },
    idle: 4_000,
  },
  {
    name: "a server's 1 s is kept with a margin of half",
    keepAlive: { ...NO_HINT, timeout: 1_000 },
    idle: 500,
  },
  { name: "a server's 0 s is not reused", keepAlive: { ...NO_HINT, timeout: 0 }, idle: undefined },
  {
    name: "a server's hour does not extend the pool's time",
    keepAlive: { ...NO_HINT, timeout: 3_600_000 },
    idle: 60_000,
  },
  {
    name: "the pool's shorter time wins",
    keepAlive: { ...NO_HINT, timeout: 5_000 },
    idleTimeout: 1_000,
    idle: 1_000,
  },
  {
    name: "the last request that the server takes is the last",
    keepAlive: { ...NO_HINT, requestsLeft: 0 },
    idle: undefined,
  },
  { name: "with one request left it is reused", keepAlive: { ...NO_HINT, requestsLeft: 1 }, idle: 60_000 },
];

for (const { name, keepAlive, idleTimeout = 60_000, idle } of ROWS) {
  Deno.test(`P-29: ${name}`, async () => {
    using test = setUp({ idleTimeout });
    const wait = test.wait();
    const fake = await test.dials[0]?.succeed();
    await use(await wait);
    const before = performance.now();
    fake?.finish(keepAlive);
    assertEquals(fake?.driver.closed, idle === undefined);
    if (idle === undefined) return;
    // The pool is asked as if the time had come: no timer fires in between.
    const early = test.pool.take(before + idle - 1);
    assertEquals(early, fake?.connection);
    if (early !== undefined) test.pool.giveBack(early);
    assertEquals(test.pool.take(performance.now() + idle), undefined);
    assertEquals(fake?.driver.closed, true);
  });
}

Deno.test("P-29: a response that is being read is not cut off by its own hint", async () => {
  using test = setUp();
  const wait = test.wait();
  const fake = await test.dials[0]?.succeed();
  await use(await wait);
  if (fake !== undefined) fake.driver.keepAlive = { timeout: 0, requestsLeft: 0 };
  fake?.available();
  assertEquals(fake?.driver.closed, false);
  fake?.finish();
  assertEquals(fake?.driver.closed, true);
});

Deno.test("P-29: a request that waits does not get a connection that the server takes no request on", async () => {
  using test = setUp({ maxConnectionsPerOrigin: 1 });
  const first = test.wait();
  const fake = await test.dials[0]?.succeed();
  await use(await first);
  const second = test.wait();
  fake?.finish({ ...NO_HINT, timeout: 0 });
  const next = await test.dials[1]?.succeed();
  assertEquals(await second, next?.connection);
});

Deno.test("OriginPool: a shared connection that is idle for too long is not taken, although no timer fired", async () => {
  using test = setUp({ idleTimeout: 1_000 }, true);
  const wait = test.wait();
  const fake = await test.dials[0]?.succeed({ multiplexed: true, capacity: 2 });
  await use(await wait);
  assertEquals(test.pool.take(performance.now() + 1e6), fake?.connection); // it is in use
  test.pool.giveBack(fake?.connection ?? await wait);
  fake?.finish();
  assertEquals(test.pool.take(performance.now() + 2_000), undefined);
  assertEquals(fake?.driver.closed, true);
});

/** Keep-Alive fields, and how many connections two requests in a row take. */
const FIELDS: readonly [field: string, connections: number][] = [
  ["keep-alive: timeout=0", 2],
  ["Keep-Alive: TIMEOUT=0", 2],
  ["keep-alive: max=100, timeout = 0", 2],
  ["keep-alive: timeout=60\r\nkeep-alive: timeout=0", 2],
  ["keep-alive: max=0", 2],
  ['keep-alive: timeout="0"', 2],
  ["keep-alive: timeout=5, max=100", 1],
  ["keep-alive: timeout=99999999999999999999999999", 1],
  ["keep-alive: timeout=-0", 1],
  ["keep-alive: timeout=0s", 1],
  ['keep-alive: timeout="0', 1],
  ["keep-alive: timeout=0.0", 1],
  ["keep-alive: timeout=", 1],
  ["keep-alive: timeout", 1],
  ["keep-alive: 0", 1],
  ["keep-alive: timeout=0x0", 1],
  ["keep-alive: xtimeout=0", 1],
  ["keep-alive:", 1],
  ["keep-alives: timeout=0", 1],
];

for (const [field, connections] of FIELDS) {
  Deno.test(`P-29: "${field}" makes two requests take ${connections} connection(s)`, async () => {
    await using server = scriptedServer(async (peer) => {
      while (await peer.readHead() !== undefined) {
        await peer.send(`HTTP/1.1 200 OK\r\n${field}\r\ncontent-length: 2\r\n\r\nok`);
      }
    });
    using client = new Client();
    for (let i = 0; i < 2; i++) assertEquals(await (await client.fetch(server.url)).text(), "ok");
    assertEquals(server.connections, connections);
  });
}

Deno.test("P-29: the requests that are left are counted over responses that do not say", async () => {
  const max = ["max=2", "x=1", "x=1"];
  await using server = scriptedServer(async (peer) => {
    for (const hint of max) {
      if (await peer.readHead() === undefined) return;
      await peer.send(`HTTP/1.1 200 OK\r\nkeep-alive: ${hint}\r\ncontent-length: 2\r\n\r\nok`);
    }
    await peer.untilClosed();
  });
  using client = new Client();
  const reused: boolean[] = [];
  for (let i = 0; i < 4; i++) {
    const response = await client.fetch(server.url);
    await response.text();
    reused.push(response.connection.reused);
  }
  assertEquals(reused, [false, true, true, false]);
});
