/** Requests that wait for a connection: their order, and a deadline that progress moves. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ClientError } from "../../../mod.ts";
import { type Waiter, WaitQueue } from "../../../client/connect/wait_queue.ts";
import { type Fake, setUp, turns, use } from "./fake_pool.ts";

function waiter(host: string, limits: Partial<Waiter> = {}): Waiter {
  return {
    resolve() {},
    reject() {},
    connect: () => new Promise(() => {}),
    timeout: Infinity,
    waitTimeout: Infinity,
    since: performance.now(),
    host,
    ...limits,
  };
}

/** The hosts whose deadline expires in one go, once that happens. */
function overdue(limits: readonly Waiter[], isConnecting: (queue: WaitQueue) => boolean): Promise<string[]> {
  return new Promise((resolve) => {
    const queue: WaitQueue = new WaitQueue({
      get isConnecting() {
        return isConnecting(queue);
      },
      onOverdue(waiters) {
        queue.removeAll();
        resolve(waiters.map(({ host }) => host));
      },
    });
    for (const one of limits) queue.add(one);
  });
}

Deno.test("WaitQueue: the deadline of each request is its own, in any order", async () => {
  const waits = [waiter("a", { waitTimeout: 1e6 }), waiter("b", { waitTimeout: 5 }), waiter("c")];
  assertEquals(await overdue(waits, () => false), ["b"]);
});

Deno.test("WaitQueue: while a connection is made, its own limit holds", async () => {
  const waits = [waiter("a", { waitTimeout: 1, timeout: 1e6 }), waiter("b", { waitTimeout: 2, timeout: 20 })];
  assertEquals(await overdue(waits, () => true), ["b"]);
});

Deno.test("WaitQueue: once no connection is made any more, the limit of waiting holds again", async () => {
  let asked = 0;
  assertEquals(await overdue([waiter("a", { waitTimeout: 1, timeout: 1e6 })], () => asked++ < 9), ["a"]);
});

Deno.test("WaitQueue: progress starts the deadline anew", async () => {
  let looks = 0;
  await overdue([waiter("a", { waitTimeout: 10 })], (queue) => {
    if (looks++ === 0) queue.progress(); // when its first deadline is about to expire
    return false;
  });
  assertEquals(looks, 3); // then, for the next deadline, and when that expires
});

Deno.test("WaitQueue: requests are served in order, wherever one is removed", () => {
  const queue = new WaitQueue({ isConnecting: false, onOverdue() {} });
  const [a, b, c] = [waiter("a"), waiter("b"), waiter("c")];
  for (const one of [a, b, c]) queue.add(one);
  assertEquals([queue.remove(b), queue.remove(b)], [true, false]);
  assertEquals([queue.size, queue.at(1), queue.shift(), queue.shift(), queue.shift()], [
    2,
    c,
    a,
    c,
    undefined,
  ]);
});

Deno.test("WaitQueue: an empty queue has no timer", () => {
  // A timer that was left would be a leak, which the test runner reports.
  const queue = new WaitQueue({ isConnecting: false, onOverdue() {} });
  for (
    const empty of [
      () => queue.shift(),
      () => queue.removeAll(),
      () => queue.remove(second),
    ]
  ) {
    queue.add(waiter("a", { waitTimeout: 1e6 }));
    queue.shift();
    queue.add(second);
    empty();
  }
});
const second = waiter("b", { waitTimeout: 1e6 });

/** A pool with a connection whose one place is taken, and a request that waits for it. */
async function stuck(taken: (fake: Fake) => void): Promise<ClientError> {
  using test = setUp({ maxConnectionsPerOrigin: 1 });
  const first = test.wait();
  const fake = await test.dials[0]?.succeed();
  await use(await first);
  if (fake !== undefined) taken(fake);
  return await assertRejects(() => test.wait({ waitTimeout: 5 }), ClientError);
}

Deno.test("P-30: a request that gets no connection in time says which responses are unread, and what helps", async () => {
  const error = await stuck(({ driver }) => driver.unreadResponses = 1);
  assertEquals(error.code, "connect_timeout");
  assertMatch(
    error.message,
    /^Cannot connect to "a\.test": its one connection took no request for over 5 ms; 1 response on 1 connection is not read to the end$/,
  );
  assertMatch(error.hint ?? "", /read or cancel.*pool\.maxConnectionsPerOrigin.*timeouts\.connect/);
});

Deno.test("P-30: responses that are being read are not counted among those that are unread", async () => {
  using test = setUp({ maxConnectionsPerOrigin: 3 });
  const waits = Array.from({ length: 3 }, () => test.wait());
  const fakes = [];
  for (const [i, wait] of waits.entries()) {
    fakes.push(await test.dials[i]?.succeed());
    await use(await wait);
  }
  for (const fake of fakes.slice(1)) if (fake !== undefined) fake.driver.unreadResponses = 1;
  const error = await assertRejects(() => test.wait({ waitTimeout: 5 }), ClientError);
  assertMatch(
    error.message,
    /: none of its 3 connections took a request for over 5 ms; 2 responses on 2 connections are not read to the end$/,
  );
});

Deno.test("OriginPool: where every response is being read, the error does not say otherwise", async () => {
  const error = await stuck(() => {});
  assertEquals(error.code, "connect_timeout");
  assertMatch(error.message, /its one connection took no request for over 5 ms$/);
  assertMatch(error.hint ?? "", /^pool\.maxConnectionsPerOrigin/);
});

Deno.test("P-30: a full HTTP/2 connection is named as one", async () => {
  using test = setUp({}, true);
  const first = test.wait();
  const fake = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await first);
  if (fake !== undefined) fake.driver.unreadResponses = 3;
  const error = await assertRejects(() => test.wait({ waitTimeout: 5 }), ClientError);
  assertMatch(error.message, /3 responses on 1 connection are not read to the end$/);
  assertMatch(error.hint ?? "", /read or cancel.*HTTP\/2/);
});

Deno.test("OriginPool: a request keeps its own limit on a dial that another one began", async () => {
  using test = setUp({}, true);
  const patient = test.wait();
  const error = await assertRejects(() => test.wait({ timeout: 5, waitTimeout: 5 }), ClientError);
  assertMatch(error.message, /"a\.test": it took over 5 ms$/);
  assertEquals(test.dials[0]?.signal.aborted, false);
  const fake = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  assertEquals(await patient, fake?.connection);
});

Deno.test("OriginPool: when the last request gives up, its dial ends, and the pool is empty", async () => {
  using test = setUp();
  await assertRejects(() => test.wait({ timeout: 5, waitTimeout: 5 }), ClientError, "it took over 5 ms");
  await turns();
  assertEquals([test.dials[0]?.signal.aborted, test.emptied()], [true, 1]);
});
