/** Several HTTP/2 connections to one origin, where the caller allows them and streams run out. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client } from "../../../client/client.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { eventually } from "../../support/eventually.ts";
import { startHttp2Proxy } from "../proxy/http2_proxy.ts";
import { setUp, turns, use } from "./fake_pool.ts";

const TWO = { maxHttp2ConnectionsPerOrigin: 2 };

Deno.test("OriginPool: a second HTTP/2 connection is made when the streams of the first run out, and no third", async () => {
  using test = setUp(TWO, true);
  const waits = Array.from({ length: 4 }, () => test.wait());
  assertEquals(test.dials.length, 1);
  const first = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await waits[0] ?? await test.wait());
  assertEquals(test.dials.length, 2);
  const second = await test.dials[1]?.succeed({ multiplexed: true, capacity: 2 });
  for (const wait of waits.slice(1, 3)) {
    assertEquals(await wait, second?.connection);
    await use(await wait);
  }
  assertEquals([test.dials.length, test.pool.stats().waiting], [2, 1]);
  first?.finish();
  assertEquals(await waits[3], first?.connection);
});

Deno.test("OriginPool: a request takes a stream of any HTTP/2 connection that has one, the oldest first", async () => {
  using test = setUp(TWO, true);
  const waits = [test.wait(), test.wait()];
  const first = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await waits[0] ?? await test.wait());
  const second = await test.dials[1]?.succeed({ multiplexed: true, capacity: 5 });
  await use(await waits[1] ?? await test.wait());
  assertEquals(test.pool.take(), second?.connection);
  first?.finish();
  assertEquals(test.pool.take(), first?.connection);
});

Deno.test("OriginPool: a second HTTP/2 connection that cannot be made rejects no request, and is not tried again", async () => {
  using test = setUp(TWO, true);
  const waits = [test.wait(), test.wait()];
  const first = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await waits[0] ?? await test.wait());
  await test.dials[1]?.fail(new Error("full"));
  const later = test.wait();
  assertEquals([test.dials.length, test.pool.stats().waiting], [2, 2]);
  first?.finish();
  assertEquals(await waits[1], first?.connection);
  await use(await waits[1] ?? await test.wait());
  first?.finish();
  assertEquals(await later, first?.connection);
});

Deno.test("OriginPool: a second HTTP/2 connection that is closed as it comes rejects no request either", async () => {
  using test = setUp(TWO, true);
  const waits = [test.wait(), test.wait()];
  const first = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await waits[0] ?? await test.wait());
  await test.dials[1]?.succeed({ multiplexed: true, capacity: 0 });
  assertEquals([test.dials.length, test.pool.stats().waiting], [2, 1]);
  first?.finish();
  assertEquals(await waits[1], first?.connection);
});

Deno.test("OriginPool: when the first HTTP/2 connection ends, waiting requests get another although one could not be added", async () => {
  using test = setUp(TWO, true);
  const waits = [test.wait(), test.wait()];
  const first = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await waits[0] ?? await test.wait());
  await test.dials[1]?.fail(new Error("full"));
  first?.end();
  assertEquals(test.dials.length, 3);
  await test.dials[2]?.fail(new Error("gone"));
  await assertRejects(async () => await waits[1], Error, "gone");
  await turns();
  assert(test.emptied() > 0);
});

Deno.test("OriginPool: once an HTTP/2 connection has ended, one beside others is tried again", async () => {
  using test = setUp(TWO, true);
  const waits = Array.from({ length: 4 }, () => test.wait());
  const first = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await waits[0] ?? await test.wait());
  await test.dials[1]?.fail(new Error("full"));
  assertEquals(test.dials.length, 2);
  first?.end();
  const third = await test.dials[2]?.succeed({ multiplexed: true, capacity: 1 });
  assertEquals(await waits[1], third?.connection);
  await use(await waits[1] ?? await test.wait());
  assertEquals(test.dials.length, 4);
  const fourth = await test.dials[3]?.succeed({ multiplexed: true, capacity: 2 });
  assertEquals(await Promise.all(waits.slice(2)), [fourth?.connection, fourth?.connection]);
});

for (const [limit, allowed, made] of [[1, 2, 2], [1, 5, 5], [3, 4, 4], [150, 4, 1], [1, 1, 1]] as const) {
  Deno.test(`Client: of 20 requests at once to a server that allows ${limit} each, ${allowed} connections at most: ${made} serve all`, async () => {
    const authority = await mintAuthority();
    const certificate = await mintCertificate(authority, { names: ["localhost"] });
    let isHeld = true;
    const held: (() => void)[] = [];
    const served = new Set<number>();
    await using server = startHttp2Proxy(certificate, ({ type, ...event }, connection) => {
      if (type !== "request" || !("streamId" in event)) return;
      const { streamId } = event;
      const answer = () => {
        served.add(connection.index);
        connection.machine.sendResponse(streamId, 204, [], true);
      };
      if (!isHeld) return answer();
      held.push(() => {
        answer();
        void connection.flush();
      });
    }, { maxConcurrentStreams: limit });
    using client = new Client({
      caCerts: authority.certPem,
      pool: { maxHttp2ConnectionsPerOrigin: allowed },
    });
    const responses = Promise.all(
      Array.from({ length: 20 }, () => client.post(`https://localhost:${server.port}/`, { body: "x" })),
    );
    await eventually(
      "every place is taken",
      () => held.length === Math.min(20, limit * made) && client.stats().connecting === 0,
    );
    isHeld = false;
    for (const answer of held) answer();
    assertEquals(new Set((await responses).map(({ status }) => status)), new Set([204]));
    assertEquals([server.accepted, served.size, client.stats().connections], [made, made, made]);
  });
}

Deno.test("OriginPool: an HTTP/2 connection whose server allows no stream any more is closed after its idle time", async () => {
  using test = setUp({ idleTimeout: 5 }, true);
  const wait = test.wait();
  const fake = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await wait);
  fake?.driver.resize(0);
  fake?.available();
  assertEquals(test.pool.stats(), { connections: 1, idle: 1, connecting: 0, waiting: 0 });
  await eventually("the pool is empty", () => test.emptied() === 1);
  assertEquals(fake?.driver.closed, true);
});

Deno.test("OriginPool: an HTTP/2 connection whose server allows streams again serves what waits for one", async () => {
  using test = setUp({}, true);
  const first = test.wait();
  const fake = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await first);
  fake?.driver.resize(0);
  fake?.available();
  const second = test.wait();
  assertEquals([test.dials.length, test.pool.stats().waiting], [1, 1]);
  fake?.driver.resize(1);
  fake?.available();
  assertEquals(await second, fake?.connection);
  assertEquals(test.pool.stats().idle, 0);
});

Deno.test("OriginPool: where another connection has served what a dial was for, the failed dial's signal is aborted", async () => {
  using test = setUp({ ...TWO, keepsStreams: true }, true);
  const waits = [test.wait(), test.wait()];
  const first = await test.dials[0]?.succeed({ multiplexed: true, capacity: 1 });
  await use(await waits[0] ?? await test.wait());
  first?.finish();
  assertEquals(await waits[1], first?.connection);
  await test.dials[1]?.fail(new Error("it holds a connection"));
  assertEquals(test.dials[1]?.signal.aborted, true);
});
