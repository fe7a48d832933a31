/** CONNECT to an `https:` proxy that is given up at any moment: nothing stays open, and no place is lost. */

import { assertEquals, assertNotStrictEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { OriginPool } from "../../../client/connect/pool.ts";
import { ClientError } from "../../../client/error/client_error.ts";
import { httpsConnect } from "../../../client/proxy/https_connect.ts";
import { ProxyParser } from "../../../client/proxy/proxy_hop.ts";
import { ProxyPools } from "../../../client/proxy/proxy_pools.ts";
import { resolvePoolOptions } from "../../../client/options.ts";
import { Deadlines } from "../../../client/time/deadlines.ts";
import { closeQuietly, type Duplex } from "../../../io/duplex.ts";
import { eventually } from "../../support/eventually.ts";
import { Peer } from "../../http2/peer.ts";

const MOMENTS = Array.from({ length: 40 }, (_, index) => index);

/** Pools, and the access to a proxy of them that `connect` makes. */
function setUp(
  connect: () => Promise<{ io: Duplex; protocol: "h2" | "http/1.1" }>,
  protocols: readonly ("h2" | "http/1.1")[] = ["h2", "http/1.1"],
) {
  const deadlines = new Deadlines();
  const pools = new ProxyPools(resolvePoolOptions({}), {}, deadlines);
  const hop = new ProxyParser().parse({ url: "https://proxy.test", protocols });
  return { pools, deadlines, access: { hop, key: "", name: "proxy", pools, connect } };
}

/** Lets so many microtasks run. */
async function pass(microtasks: number): Promise<void> {
  for (let i = 0; i < microtasks; i++) await undefined;
}

/** Waits for the end of a tunnel, and for what follows from it. */
async function settled(tunnel: Promise<Duplex>): Promise<void> {
  await tunnel.then(closeQuietly, () => {});
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("CONNECT over HTTP/2: given up at any moment, it leaves the connection idle, with no stream open", async () => {
  for (const answers of [true, false]) {
    for (const moment of MOMENTS) {
      await using peer = new Peer((event, { machine }) => {
        if (answers && event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
      });
      const { pools, deadlines, access } = setUp(() => Promise.resolve({ io: peer.io, protocol: "h2" }));
      const abort = new AbortController();
      const tunnel = httpsConnect(access, "origin.test:80", {}, abort.signal);
      await pass(moment);
      abort.abort(new Error("enough"));
      await settled(tunnel);
      const [stats] = [...pools].map(({ pool }) => pool.stats());
      const { connections = 0, idle = 0, connecting = 0, waiting = 0 } = stats ?? {};
      assertEquals([idle, connecting, waiting], [connections, 0, 0], `after ${moment} microtasks`);
      assertEquals(peer.machine.activeStreams, 0, `after ${moment} microtasks`);
      pools.close(() => new Error("over"));
      deadlines.close();
    }
  }
});

Deno.test("CONNECT over HTTP/1.1 under TLS: given up at any moment, it closes the connection", async () => {
  for (const moment of MOMENTS) {
    let isMade = false;
    const closed = Promise.withResolvers<void>();
    const io: Duplex = {
      read: () => closed.promise.then(() => null),
      write: (bytes) => Promise.resolve(bytes.length),
      close: closed.resolve,
    };
    const { access } = setUp(() => {
      isMade = true;
      return Promise.resolve({ io, protocol: "http/1.1" });
    });
    const abort = new AbortController();
    const tunnel = httpsConnect(access, "origin.test:80", {}, abort.signal);
    await pass(moment);
    abort.abort(new Error("enough"));
    await settled(tunnel);
    if (isMade) await closed.promise;
  }
});

Deno.test("CONNECT to an https: proxy: a connection that is made after the tunnel was given up is closed, whatever the proxy speaks", async () => {
  for (const protocol of ["h2", "http/1.1"] as const) {
    const made = Promise.withResolvers<void>();
    let isClosed = false;
    const io: Duplex = {
      read: () => Promise.resolve(null),
      write: (bytes) => Promise.resolve(bytes.length),
      close: () => void (isClosed = true),
    };
    const { access, deadlines } = setUp(() => made.promise.then(() => ({ io, protocol })));
    const abort = new AbortController();
    const tunnel = httpsConnect(access, "origin.test:80", {}, abort.signal);
    abort.abort(new Error("enough"));
    const error = await tunnel.catch((error) => error);
    assertEquals(error.message, "enough");
    assertEquals(isClosed, false);
    made.resolve();
    await settled(tunnel);
    assertEquals(isClosed, true, protocol);
    deadlines.close();
  }
});

Deno.test("CONNECT over HTTP/1.1 under TLS: once a proxy has chosen HTTP/1.1, tunnels do not wait for one another", async () => {
  const dials: PromiseWithResolvers<void>[] = [];
  const { access } = setUp(async () => {
    const dial = Promise.withResolvers<void>();
    dials.push(dial);
    await dial.promise;
    const replies = [new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n")];
    return {
      protocol: "http/1.1",
      io: {
        read(into: Uint8Array) {
          const reply = replies.shift();
          into.set(reply ?? []);
          return reply === undefined ? new Promise(() => {}) : Promise.resolve(reply.length);
        },
        write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
        close() {},
      },
    };
  });
  const { signal } = new AbortController();
  const burst = () =>
    Promise.all(["a", "b", "c"].map((host) => httpsConnect(access, `${host}.test:80`, {}, signal)));
  const first = burst();
  assertEquals(dials.length, 1); // it may turn out to serve all
  dials[0]?.resolve();
  await pass(40);
  assertEquals(dials.length, 3);
  for (const dial of dials) dial.resolve();
  await first;
  const second = burst();
  assertEquals(dials.length, 6);
  for (const dial of dials) dial.resolve();
  assertEquals((await second).length, 3);
});

Deno.test("CONNECT over HTTP/1.1 under TLS: a connection on which nothing is asked for any more is closed", async () => {
  const secondDial = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const http1: Duplex = {
    read: () => closed.promise.then(() => null),
    write: (bytes) => Promise.resolve(bytes.length),
    close: closed.resolve,
  };
  await using peer = new Peer((event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
  }, { maxConcurrentStreams: 1 });
  let dials = 0;
  const { pools, deadlines, access } = setUp(async () => {
    if (dials++ === 0) return { io: peer.io, protocol: "h2" };
    await secondDial.promise;
    return { io: http1, protocol: "http/1.1" };
  });
  const { signal } = new AbortController();
  const first = await httpsConnect(access, "a.test:80", {}, signal);
  const second = httpsConnect(access, "b.test:80", {}, signal);
  await eventually("another connection is made", () => dials === 2);
  first.close(); // its stream serves the other
  const tunnel = await second;
  secondDial.resolve();
  await closed.promise;
  tunnel.close();
  pools.close(() => new Error("over"));
  deadlines.close();
});

Deno.test("CONNECT over HTTP/2 alone: a proxy that chooses no protocol is refused, and its connection closed", async () => {
  let closes = 0;
  const io: Duplex = {
    read: () => new Promise(() => {}),
    write: (bytes) => Promise.resolve(bytes.length),
    close: () => void closes++,
  };
  const { pools, deadlines, access } = setUp(() => Promise.resolve({ io, protocol: "http/1.1" }), ["h2"]);
  const error = await assertRejects(
    () => httpsConnect(access, "origin.test:80", {}, new AbortController().signal),
    ClientError,
    "it does not speak HTTP/2",
  );
  assertEquals([error.code, closes], ["proxy_protocol", 1]);
  pools.close(() => new Error("over"));
  deadlines.close();
});

Deno.test("ProxyPools: a pool that empties again leaves the one that has come in its place", async () => {
  const { pools, deadlines } = setUp(() => Promise.reject(new Error("not used")));
  const giveUp = async (pool: OriginPool): Promise<void> => {
    let cancel: ((reason: unknown) => void) | undefined;
    const connect = () => new Promise<never>(() => {});
    const waiting = pool.wait({ connect, host: "proxy.test", onCancel: (given) => cancel = given });
    cancel?.(new Error("enough"));
    await assertRejects(() => waiting, Error, "enough");
  };
  const first = pools.poolOf("key", "proxy");
  await giveUp(first);
  const second = pools.poolOf("key", "proxy");
  assertNotStrictEquals(second, first);
  await giveUp(first);
  assertStrictEquals(pools.poolOf("key", "proxy"), second);
  pools.close(() => new Error("over"));
  deadlines.close();
});
