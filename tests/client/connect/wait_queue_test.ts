/** Requests that wait for a connection: their order, and a deadline that progress moves. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ClientError } from "../../../mod.ts";
import { Deadlines } from "../../../client/time/deadlines.ts";
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
    const deadlines = new Deadlines();
    const alive = setInterval(() => {}, 1_000); // as a connection that is being made
    const queue: WaitQueue = new WaitQueue(deadlines, {
      get isConnecting() {
        return isConnecting(queue);
      },
      onOverdue(waiters) {
        queue.removeAll();
        deadlines.close();
        clearInterval(alive);
        resolve(waiters.map(({ host }) => host));
      },
    });
    for (const one of limits) {
      queue.add(one);
      queue.watch(one);
    }
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

Deno.test("WaitQueue: a deadline that began while a connection was made goes on when none is any more", async () => {
  const deadlines = new Deadlines();
  let isConnecting = true;
  // Nothing else keeps the process alive from then on.
  const overdue = await new Promise<readonly Waiter[]>((resolve) => {
    const queue = new WaitQueue(deadlines, {
      get isConnecting() {
        return isConnecting;
      },
      onOverdue: resolve,
    });
    const one = waiter("a", { waitTimeout: 20, timeout: 1e6 });
    queue.add(one);
    queue.watch(one);
    isConnecting = false;
    queue.progress();
  });
  assertEquals([overdue.length, deadlines.size], [1, 0]);
  deadlines.close();
});

Deno.test("WaitQueue: a patient request that comes later does not put off an earlier deadline", async () => {
  const deadlines = new Deadlines();
  let isConnecting = true;
  const overdue = await new Promise<readonly Waiter[]>((resolve) => {
    const queue: WaitQueue = new WaitQueue(deadlines, {
      get isConnecting() {
        return isConnecting;
      },
      onOverdue(waiters) {
        queue.removeAll();
        resolve(waiters);
      },
    });
    for (const one of [waiter("a", { waitTimeout: 20, timeout: 1e6 }), waiter("b", { waitTimeout: 1e6 })]) {
      queue.add(one);
      queue.watch(one);
      isConnecting = false;
    }
  });
  assertEquals(overdue.map(({ host }) => host), ["a"]);
  deadlines.close();
});

Deno.test("WaitQueue: progress starts the deadline anew", async () => {
  const order: string[] = [];
  let looks = 0;
  await overdue([waiter("a", { waitTimeout: 10 })], (queue) => {
    // The third look is for its deadline, which is about to expire; the two before started the timer.
    if (++looks === 3) {
      queue.progress();
      setTimeout(() => order.push("meanwhile"), 5);
    }
    return false;
  });
  order.push("overdue");
  assertEquals(order, ["meanwhile", "overdue"]);
});

Deno.test("WaitQueue: requests are served in order, wherever one is removed", () => {
  const queue = new WaitQueue(new Deadlines(), { isConnecting: false, onOverdue() {} });
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
  const queue = new WaitQueue(new Deadlines(), { isConnecting: false, onOverdue() {} });
  for (
    const empty of [
      () => queue.shift(),
      () => queue.removeAll(),
      () => queue.remove(second),
    ]
  ) {
    for (const one of [waiter("a", { waitTimeout: 1e6 }), second]) {
      queue.add(one);
      queue.watch(one);
      if (one !== second) queue.shift();
    }
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
  const alive = setInterval(() => {}, 1_000); // as a dial
  const error = await assertRejects(() => test.wait({ timeout: 5, waitTimeout: 5 }), ClientError);
  clearInterval(alive);
  assertMatch(error.message, /"a\.test": it took over 5 ms$/);
  assertEquals(test.dials[0]?.signal.aborted, false);
  const fake = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  assertEquals(await patient, fake?.connection);
});

Deno.test("OriginPool: when the last request gives up, its dial ends, and the pool is empty", async () => {
  using test = setUp();
  const alive = setInterval(() => {}, 1_000); // as a dial
  await assertRejects(() => test.wait({ timeout: 5, waitTimeout: 5 }), ClientError, "it took over 5 ms");
  clearInterval(alive);
  await turns();
  assertEquals([test.dials[0]?.signal.aborted, test.emptied()], [true, 1]);
});

Deno.test("WaitQueue: a request that leaves takes no deadline of another with it", async () => {
  for (const leaves of ["remove", "removeAll"] as const) {
    const deadlines = new Deadlines();
    const expired = await new Promise<readonly Waiter[]>((resolve) => {
      const queue = new WaitQueue(deadlines, { isConnecting: false, onOverdue: resolve });
      const [first, second] = [waiter("a", { waitTimeout: 10 }), waiter("b", { waitTimeout: 10 })];
      for (const one of [first, second]) {
        queue.add(one);
        queue.watch(one);
      }
      if (leaves === "remove") assertEquals(queue.remove(first), true);
      else assertEquals(queue.removeAll((one) => one === first), [first]);
    });
    assertEquals(expired.map(({ host }) => host), ["b"], leaves);
    deadlines.close();
  }
});
