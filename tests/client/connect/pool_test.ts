/** The pool of one origin, with drivers that only count and dials that the test ends. */

import { assertEquals, assertRejects } from "@std/assert";
import { PooledConnection } from "../../../client/connect/pooled_connection.ts";
import { connectTooSlow } from "../../../client/connect/wait_failure.ts";
import { FakeDriver, setUp, turns, use } from "./fake_pool.ts";

Deno.test("OriginPool: concurrent HTTP/1.1 requests get a connection each, up to the limit", async () => {
  using test = setUp();
  const waits = Array.from({ length: 6 }, () => test.wait());
  assertEquals(test.dials.length, 4);
  const first = await test.dials[0]?.succeed();
  assertEquals(await waits[0], first?.connection);
  assertEquals(test.pool.stats(), { connections: 1, idle: 0, connecting: 3, waiting: 5 });
  for (const wait of waits.slice(1)) wait.catch(() => {});
});

Deno.test("OriginPool: a request that ends hands its connection to the one that waits longest", async () => {
  using test = setUp({ maxConnectionsPerOrigin: 1 });
  const waits = [test.wait(), test.wait(), test.wait()];
  for (const wait of waits) wait.catch(() => {});
  const fake = await test.dials[0]?.succeed();
  const connection = await waits[0];
  if (connection !== undefined) await use(connection);
  fake?.finish();
  assertEquals(await waits[1], connection);
  assertEquals(test.pool.stats().waiting, 1);
  assertEquals(test.dials.length, 1);
});

Deno.test("OriginPool: free HTTP/1.1 connections are taken last in, first out", async () => {
  using test = setUp();
  const waits = [test.wait(), test.wait()];
  const a = await test.dials[0]?.succeed();
  const b = await test.dials[1]?.succeed();
  for (const wait of waits) await use(await wait);
  a?.finish();
  b?.finish();
  assertEquals(test.pool.take(), b?.connection);
  assertEquals(test.pool.take(), a?.connection);
  assertEquals(test.pool.take(), undefined);
});

Deno.test("OriginPool: a free HTTP/1.1 connection that ends is not taken, wherever it stands", async () => {
  for (const ending of [0, 1, 2]) {
    using test = setUp();
    const waits = [test.wait(), test.wait(), test.wait()];
    const fakes = [];
    for (const dial of test.dials) fakes.push(await dial.succeed());
    for (const wait of waits) await use(await wait);
    for (const fake of fakes) fake.finish();
    fakes[ending]?.end();
    const left = fakes.filter((_, index) => index !== ending).map(({ connection }) => connection).reverse();
    assertEquals([test.pool.take(), test.pool.take(), test.pool.take()], [...left, undefined]);
  }
});

Deno.test("OriginPool: an idle HTTP/2 connection that ends leaves the free ones of HTTP/1.1", async () => {
  using test = setUp();
  const waits = [test.wait(), test.wait()];
  const shared = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  const plain = await test.dials[1]?.succeed();
  for (const wait of waits) await use(await wait);
  shared?.finish();
  plain?.finish();
  assertEquals(test.pool.stats().idle, 2);
  shared?.end();
  assertEquals([test.pool.stats().idle, test.pool.take()], [1, plain?.connection]);
});

Deno.test("P-15, D-19: 100 requests to an origin that may speak HTTP/2 make one connection", async () => {
  using test = setUp({}, true);
  const waits = Array.from({ length: 100 }, () => test.wait());
  assertEquals(test.dials.length, 1);
  const fake = await test.dials[0]?.succeed({ multiplexed: true, capacity: 100 });
  for (const wait of waits) assertEquals(await wait, fake?.connection);
  assertEquals(test.dials.length, 1);
});

Deno.test("OriginPool: an origin that turns out to speak HTTP/1.1 gets its other connections then", async () => {
  using test = setUp({}, true);
  const waits = Array.from({ length: 3 }, () => test.wait());
  for (const wait of waits) wait.catch(() => {});
  assertEquals(test.dials.length, 1);
  await test.dials[0]?.succeed();
  assertEquals(test.dials.length, 3);
});

Deno.test("T-33: requests beyond the peer's stream limit wait for a stream, not for a connection", async () => {
  using test = setUp({}, true);
  const waits = Array.from({ length: 3 }, () => test.wait());
  const fake = await test.dials[0]?.succeed({ multiplexed: true, capacity: 2 });
  await use(await waits[0] ?? fail());
  await use(await waits[1] ?? fail());
  assertEquals(test.pool.stats(), { connections: 1, idle: 0, connecting: 0, waiting: 1 });
  assertEquals(test.dials.length, 1);
  fake?.finish();
  assertEquals(await waits[2], fake?.connection);
});

Deno.test("T-28, T-39: a connection that takes no more requests is replaced as soon as one waits", async () => {
  using test = setUp({}, true);
  const first = test.wait();
  const fake = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await first);
  const second = test.wait();
  assertEquals(test.dials.length, 1);
  fake?.end();
  assertEquals(test.dials.length, 2);
  const next = await test.dials[1]?.succeed({ multiplexed: true, capacity: 1 });
  assertEquals(await second, next?.connection);
});

Deno.test("T-28: a closing connection is replaced at once, and closed with the pool", async () => {
  using test = setUp({}, true);
  const first = test.wait();
  const fake = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await first);
  const second = test.wait();
  fake?.goAway();
  assertEquals(test.dials.length, 2);
  const next = await test.dials[1]?.succeed({ multiplexed: true, capacity: 1 });
  assertEquals(await second, next?.connection);
  assertEquals(test.pool.stats().connections, 2);
  test.pool.close(() => new Error("closed"));
  assertEquals(fake?.driver.closed, true);
});

Deno.test("OriginPool: a full shared connection is not replaced", async () => {
  using test = setUp({}, true);
  const first = test.wait();
  const fake = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await first);
  fake?.available();
  const second = test.wait();
  assertEquals(test.dials.length, 1);
  fake?.finish();
  assertEquals(await second, fake?.connection);
});

Deno.test("OriginPool: a failed shared dial rejects every request that waits for it", async () => {
  using test = setUp({}, true);
  const waits = Array.from({ length: 3 }, () => test.wait());
  const refused = new Error("refused");
  const outcomes = Promise.allSettled(waits);
  await test.dials[0]?.fail(refused);
  assertEquals(await outcomes, waits.map(() => ({ status: "rejected" as const, reason: refused })));
  assertEquals(test.dials.length, 1);
  assertEquals(test.emptied(), 1);
});

Deno.test("P-13: a shared dial that took too long ends the requests that would wait no longer, and no other", async () => {
  using test = setUp({}, true);
  const waits = [20, 20, 10, 21].map((timeout) => test.wait({ timeout, waitTimeout: 1e6 }));
  const outcomes = waits.map((wait) => wait.then(() => "served", ({ code }) => code));
  await test.dials[0]?.fail(connectTooSlow("a.test", 20));
  assertEquals([test.pool.stats().waiting, test.dials.length], [1, 2]);
  await test.dials[1]?.succeed({ multiplexed: true, capacity: 9 });
  assertEquals(await Promise.all(outcomes), [...Array(3).fill("connect_timeout"), "served"]);
});

Deno.test("P-13: a failed dial rejects its own request, and no other", async () => {
  using test = setUp();
  const waits = [test.wait(), test.wait()];
  for (const wait of waits) wait.catch(() => {});
  await test.dials[0]?.fail(new Error("refused"));
  await assertRejects(() => waits[0] ?? fail(), Error, "refused");
  assertEquals(test.pool.stats().waiting, 1);
  assertEquals(test.dials.length, 2);
});

Deno.test("P-17: a request that is cancelled while it waits does not affect the next", async () => {
  using test = setUp({}, true);
  let cancel: ((reason: unknown) => void) | undefined;
  const first = test.wait({ onCancel: (given) => cancel = given });
  const outcome = assertRejects(() => first, Error, "aborted");
  cancel?.(new Error("aborted"));
  assertEquals(test.dials[0]?.signal.aborted, true);
  const second = test.wait();
  await outcome;
  assertEquals(test.dials.length, 2);
  const fake = await test.dials[1]?.succeed({ multiplexed: true, capacity: 1 });
  assertEquals(await second, fake?.connection);
});

Deno.test("P-17: a connection that is made although its request was cancelled is closed, and serves no other", async () => {
  using test = setUp();
  let cancel: ((reason: unknown) => void) | undefined;
  const late = Promise.withResolvers<PooledConnection>();
  const first = test.wait({ connect: () => late.promise, onCancel: (given) => cancel = given });
  const outcome = assertRejects(() => first, Error, "aborted");
  cancel?.(new Error("aborted"));
  const second = test.wait();
  await outcome;
  const driver = new FakeDriver(1);
  late.resolve(new PooledConnection(driver, false, { id: 0, timings: {} }));
  await turns();
  assertEquals([driver.closed, test.pool.stats().connections], [true, 0]);
  const fake = await test.dials[0]?.succeed();
  assertEquals(await second, fake?.connection);
});

Deno.test("OriginPool: a connection that speaks while it is made is not in the pool yet", async () => {
  using test = setUp();
  const made = Promise.withResolvers<PooledConnection>();
  const connection = new PooledConnection(new FakeDriver(1), false, { id: 0, timings: {} });
  const wait = test.wait({
    connect(listener) {
      listener.onAvailable(connection);
      return made.promise;
    },
  });
  assertEquals(test.pool.stats(), { connections: 0, idle: 0, connecting: 1, waiting: 1 });
  made.resolve(connection);
  assertEquals(await wait, connection);
});

Deno.test("P-17: a dial that others wait for goes on when one of them is cancelled", async () => {
  using test = setUp({}, true);
  let cancel: ((reason: unknown) => void) | undefined;
  const first = test.wait({ onCancel: (given) => cancel = given });
  const outcome = assertRejects(() => first, Error, "aborted");
  const second = test.wait();
  cancel?.(new Error("aborted"));
  await outcome;
  assertEquals(test.dials[0]?.signal.aborted, false);
  const fake = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  assertEquals(await second, fake?.connection);
});

Deno.test("OriginPool: a connection that was taken and not used can be taken again", async () => {
  using test = setUp();
  const wait = test.wait();
  await test.dials[0]?.succeed();
  const connection = await wait;
  test.pool.giveBack(connection);
  assertEquals(test.pool.stats(), { connections: 1, idle: 1, connecting: 0, waiting: 0 });
  assertEquals(test.pool.take(), connection);
  assertEquals(test.pool.stats().idle, 0);
});

Deno.test("OriginPool: an idle connection is closed after its time, and the pool says that it is empty", async () => {
  using test = setUp({ idleTimeout: 5 });
  const wait = test.wait();
  const fake = await test.dials[0]?.succeed();
  test.pool.giveBack(await wait);
  while (test.emptied() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals(fake?.driver.closed, true);
  assertEquals(test.pool.stats().connections, 0);
});

Deno.test("OriginPool: more idle connections than allowed close the oldest", async () => {
  using test = setUp({ maxIdlePerOrigin: 1 });
  const waits = [test.wait(), test.wait()];
  const a = await test.dials[0]?.succeed();
  const b = await test.dials[1]?.succeed();
  for (const wait of waits) await use(await wait);
  a?.finish();
  b?.finish();
  assertEquals(a?.driver.closed, true);
  assertEquals(b?.driver.closed, false);
  assertEquals(test.pool.stats(), { connections: 1, idle: 1, connecting: 0, waiting: 0 });
});

Deno.test("OriginPool: D-18: with no idle connections allowed, each is closed when it is done", async () => {
  using test = setUp({ maxIdlePerOrigin: 0 });
  const wait = test.wait();
  const fake = await test.dials[0]?.succeed();
  await use(await wait);
  fake?.finish();
  assertEquals(fake?.driver.closed, true);
  assertEquals(test.pool.take(), undefined);
});

Deno.test("P-12: a free connection that has died is not handed out", async () => {
  using test = setUp();
  const wait = test.wait();
  const fake = await test.dials[0]?.succeed();
  test.pool.giveBack(await wait);
  fake?.driver.close();
  assertEquals(test.pool.take(), undefined);
  assertEquals(test.pool.stats().idle, 0);
});

Deno.test("OriginPool: close rejects waiting requests, aborts dials and closes connections", async () => {
  using test = setUp();
  const wait = test.wait();
  const fake = await test.dials[0]?.succeed();
  await wait;
  const waiting = assertRejects(() => test.wait(), Error, "closed");
  test.pool.close(() => new Error("closed"));
  await waiting;
  assertEquals(fake?.driver.closed, true);
  assertEquals(test.dials[1]?.signal.aborted, true);
  assertEquals(test.pool.stats(), { connections: 0, idle: 0, connecting: 0, waiting: 0 });
});

function fail(): never {
  throw new Error("Cannot go on: the pool gave no connection");
}

Deno.test("OriginPool: a connection has a deadline while it is idle, and none while it is used or gone", async () => {
  using test = setUp({ maxIdlePerOrigin: 1 });
  const waits = [test.wait(), test.wait()];
  const first = await test.dials[0]?.succeed();
  const second = await test.dials[1]?.succeed();
  for (const wait of waits) await use(await wait);
  assertEquals(test.deadlines.size, 0);
  first?.finish();
  assertEquals([test.deadlines.size, test.pool.stats().idle], [1, 1]);
  test.pool.take();
  assertEquals([test.deadlines.size, test.pool.stats().idle], [0, 0]);
  second?.finish();
  assertEquals(test.deadlines.size, 1);
  second?.end();
  assertEquals(test.deadlines.size, 0);
});

Deno.test("OriginPool: of two that are idle where one may be, the older is closed, with its deadline", async () => {
  using test = setUp({ maxIdlePerOrigin: 1 });
  const waits = [test.wait(), test.wait()];
  const first = await test.dials[0]?.succeed();
  const second = await test.dials[1]?.succeed();
  for (const wait of waits) await use(await wait);
  first?.finish();
  second?.finish();
  assertEquals([first?.driver.closed, second?.driver.closed, test.deadlines.size], [true, false, 1]);
});

Deno.test("OriginPool: a connection that is idle for longer than it may is closed, not taken, before its timer says so", async () => {
  using test = setUp({ idleTimeout: 0 });
  const wait = test.wait();
  const fake = await test.dials[0]?.succeed();
  await use(await wait);
  fake?.finish();
  assertEquals(test.pool.stats(), { connections: 1, idle: 1, connecting: 0, waiting: 0 });
  assertEquals([test.pool.take(), fake?.driver.closed], [undefined, true]);
  assertEquals(test.pool.stats(), { connections: 0, idle: 0, connecting: 0, waiting: 0 });
});
