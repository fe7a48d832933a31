/** Pools under hostile timing: closing, refusing and late connections. */

import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { Client, ClientError } from "../../../mod.ts";
import { PooledConnection } from "../../../client/connect/pooled_connection.ts";
import { Deadlines } from "../../../client/time/deadlines.ts";
import { OriginPool } from "../../../client/connect/pool.ts";
import { Peer as Http2Peer } from "../../http2/peer.ts";
import type { Duplex } from "../../../io/duplex.ts";
import { type Peer, type ScriptedServer, scriptedServer } from "../../support/scripted_server.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { eventually } from "../../support/eventually.ts";
import { serveConnections } from "../../support/listening.ts";
import { outputOf } from "../program.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

async function always(peer: Peer): Promise<void> {
  while (await peer.readHead() !== undefined) await peer.send(OK);
}

/** What becomes of `promise`, or `undefined` when it takes longer than any machine needs. */
function soon<T>(promise: Promise<T>): Promise<T | undefined> {
  return deadline(promise, 10_000).catch((error) => {
    if (!(error instanceof DOMException && error.name === "TimeoutError")) throw error;
    return undefined;
  });
}

Deno.test("hostile: a request that was retried is on a connection that stats() and close() know of", async () => {
  let ended = false;
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(OK);
    if (peer.index === 0) return void await peer.readHead(); // and close without a word
    await always(peer);
    ended = true;
  });
  const client = new Client();
  assertEquals(await (await client.fetch(server.url)).text(), "ok");
  assertEquals(await (await client.fetch(server.url)).text(), "ok"); // sent twice
  const { connections } = client.stats();
  client.close();
  await eventually("the server sees its connection end", () => ended);
  assertEquals({ connections, ended }, { connections: 1, ended: true });
});

Deno.test("hostile: close() does not make a GET on a reused connection be retried", async () => {
  const asked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  await using server = scriptedServer(async (peer) => {
    if (peer.index > 0) return await always(peer);
    await peer.readHead();
    await peer.send(OK);
    await peer.readHead();
    asked.resolve();
    await peer.untilClosed();
    ended.resolve();
  });
  const client = new Client();
  assertEquals(await (await client.fetch(server.url)).text(), "ok");
  const second = assertRejects(() => client.fetch(server.url), ClientError);
  await asked.promise;
  client.close();
  const error = await second;
  assertEquals(error.code, "client_closed");
  assertStringIncludes(String(error.cause), "this end closed the connection");
  await ended.promise;
  await oneConnectionMore(server);
  assertEquals(server.connections, 2); // the first, and that of the line above
});

/** Makes a connection: the server has accepted those before it by then. */
async function oneConnectionMore(server: ScriptedServer): Promise<void> {
  using client = new Client();
  await (await client.fetch(server.url)).text();
}

Deno.test("hostile: close() while content is being opened makes no connection", async () => {
  await using server = scriptedServer(always);
  const client = new Client();
  const answer = client.post(server.url, { body: new Blob(["content"]) });
  client.close();
  const error = await assertRejects(() => answer, ClientError);
  await oneConnectionMore(server);
  assertEquals([error.code, server.connections], ["client_closed", 1]);
});

Deno.test("hostile: close() between a redirect and its follow-up makes no connection", async () => {
  await using target = scriptedServer(always);
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(
      `HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 302 Found\r\nlocation: ${target.url}\r\ncontent-length: 0\r\n\r\n`,
    );
    await peer.untilClosed();
  });
  const client = new Client();
  const answer = client.fetch(server.url, {
    onInformational: () => queueMicrotask(() => client.close()), // runs between the driver's response and the client's
  });
  const error = await assertRejects(() => answer, ClientError);
  await oneConnectionMore(target);
  assertEquals([error.code, target.connections], ["client_closed", 1]);
});

Deno.test("hostile: an HTTP/2 connection that SETTINGS fill stays in the pool", async () => {
  const peers: Http2Peer[] = [];
  const client = new Client({
    http2PriorKnowledge: true,
    // deno-lint-ignore require-await -- the type asks for a promise
    dial: async () => {
      const peer = new Http2Peer(() => {}, { maxConcurrentStreams: 2 });
      peers.push(peer);
      return peer.io;
    },
  });
  const answers = Array.from({ length: 4 }, () => client.fetch("http://h2.test/"));
  for (const answer of answers) answer.catch(() => {});
  await eventually("two requests arrive", () => (peers[0]?.machine.activeStreams ?? 0) >= 2);
  await delay(50);
  const { connections } = client.stats();
  client.close();
  const settled = await soon(Promise.allSettled(answers).then(() => "all rejected"));
  for (const peer of peers) await peer[Symbol.asyncDispose]();
  await Promise.allSettled(answers);
  assertEquals({ connections, dialled: peers.length, settled }, {
    connections: 1,
    dialled: 1,
    settled: "all rejected",
  });
});

Deno.test("hostile: close() rejects requests on a connection that the server is closing (GOAWAY)", async () => {
  await using peer = new Http2Peer((event, peer) => {
    if (event.type !== "request") return;
    peer.machine.sendResponse(event.streamId, 200, [], false);
    peer.machine.sendData(event.streamId, new Uint8Array(10), false);
    peer.machine.goAway();
  });
  const client = new Client({ http2PriorKnowledge: true, dial: () => Promise.resolve(peer.io) });
  const response = await client.fetch("http://h2.test/");
  const reader = response.body?.getReader();
  assertEquals((await reader?.read())?.value?.length, 10);
  await delay(20);
  client.close();
  const outcome = await soon(
    reader?.read().then(() => "ended", (error) => error.code) ?? Promise.resolve("none"),
  );
  assertEquals(outcome, "client_closed");
});

Deno.test("hostile: an HTTP/2 connection on which a request was refused before sending still grows idle", async () => {
  await using peer = new Http2Peer((event, peer) => {
    if (event.type === "request") peer.machine.sendResponse(event.streamId, 200, [], true);
  }, { maxHeaderListSize: 1000 });
  using client = new Client({ http2PriorKnowledge: true, dial: () => Promise.resolve(peer.io) });
  await (await client.fetch("http://h2.test/")).text();
  await eventually("the connection is idle", () => client.stats().idle === 1);
  assertEquals(client.stats().idle, 1);
  await assertRejects(() => client.fetch("http://h2.test/", { headers: { long: "x".repeat(2000) } }));
  await delay(20);
  assertEquals(client.stats().idle, 1);
});

Deno.test("hostile: an HTTP/2 connection whose request was aborted before sending still grows idle", async () => {
  await using peer = new Http2Peer((event, peer) => {
    if (event.type === "request") peer.machine.sendResponse(event.streamId, 200, [], true);
  });
  using client = new Client({ http2PriorKnowledge: true, dial: () => Promise.resolve(peer.io) });
  await (await client.fetch("http://h2.test/")).text();
  await eventually("the connection is idle", () => client.stats().idle === 1);
  const abort = new AbortController();
  const answer = client.post("http://h2.test/", { body: new Blob(["x"]), signal: abort.signal });
  abort.abort("enough");
  assertEquals(await answer.catch((reason) => reason), "enough");
  await delay(20);
  assertEquals(client.stats().idle, 1);
});

Deno.test("hostile: a place given back on a shared connection in use does not make it idle", () => {
  const deadlines = new Deadlines();
  let closed = false;
  const pool = new OriginPool(
    { maxConnectionsPerOrigin: 1, maxHttp2ConnectionsPerOrigin: 1, maxIdlePerOrigin: 0, idleTimeout: 10 },
    true,
    deadlines,
    () => {},
  );
  const driver = {
    capacity: 10,
    idle: true,
    request() {
      this.idle = false;
      this.capacity--;
      return new Promise<never>(() => {});
    },
    unreadResponses: 0,
    close: () => closed = true,
  };
  const connection = new PooledConnection(driver, true, { id: 1, timings: {} });
  const taken = pool.wait({ connect: () => Promise.resolve(connection), host: "a.test" });
  return taken.then((first) => {
    first.send({ method: "GET", scheme: "http", authority: "a", target: "/", fields: [] });
    const second = pool.take();
    if (second !== undefined) pool.giveBack(second);
    assertEquals(closed, false);
    pool.close(() => new Error("over"));
    deadlines.close();
  });
});

Deno.test("hostile: a connection that closes while it is made fails its request and is not dialled again", async () => {
  for (const http2PriorKnowledge of [false, true]) {
    let dials = 0;
    const client = new Client({
      http2PriorKnowledge,
      // deno-lint-ignore require-await -- the type asks for a promise
      dial: async () => {
        if (++dials > 500) throw new Error("Cannot dial: it is enough");
        return { read: () => Promise.resolve(null), write: (b) => Promise.resolve(b.length), close() {} };
      },
    });
    const outcome = await soon(client.fetch("http://dead.test/").catch((error) => error.code));
    client.close();
    assertEquals([outcome, dials], ["connection_closed", 1]);
  }
});

for (const scheme of ["http", "https"]) {
  Deno.test(`hostile: timeouts.connect holds for a dial of ${scheme} that ignores its signal, and its late duplex is closed`, async () => {
    const late = Promise.withResolvers<Duplex>();
    const closed = Promise.withResolvers<string>();
    using client = new Client({ timeouts: { connect: 20, handshake: 600_000 }, dial: () => late.promise });
    // The dial ends after the request: only the timeout can have ended that.
    const error = await assertRejects(() => client.fetch(`${scheme}://slow.test/`), ClientError);
    assertEquals(error.code, "connect_timeout");
    late.resolve({
      read: () => new Promise<null>(() => {}),
      write: (bytes) => Promise.resolve(bytes.length),
      close: () => closed.resolve("closed"),
    });
    assertEquals(await closed.promise, "closed");
  });
}

for (const given of [undefined, null, "tcp", {}, { read() {}, write() {} }]) {
  Deno.test(`hostile: a dial that returns ${JSON.stringify(given) ?? "nothing"} is told so`, async () => {
    using client = new Client({ dial: () => Promise.resolve(given as unknown as Duplex) });
    const error = await assertRejects(() => client.fetch("http://a.test/"), ClientError);
    assertEquals([error.code, /what dial returned/.test(error.detail)], ["connect_failed", true]);
  });
}

Deno.test("hostile: a server that chooses no protocol by ALPN is not spoken to in HTTP/2, unless it is known to", async () => {
  const authority = await mintAuthority();
  const { chainPem: cert, keyPem: key } = await mintCertificate(authority, { names: ["localhost"] });
  await using server = serveConnections(
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }),
    async (conn) => {
      const into = new Uint8Array(65_536);
      const count = await conn.read(into).catch(() => null);
      if (count !== null) said.push(new TextDecoder().decode(into.subarray(0, 5)));
    },
  );
  const said: string[] = [];
  using client = new Client({ caCerts: authority.certPem, protocols: ["h2"] });
  const error = await assertRejects(() => client.fetch(`https://localhost:${server.port}/`), ClientError);
  assertEquals([error.code, /chose no protocol/.test(error.detail)], ["handshake_failed", true]);
  using knowing = new Client({ caCerts: authority.certPem, http2PriorKnowledge: true });
  await assertRejects(() => knowing.fetch(`https://localhost:${server.port}/`), ClientError);
  assertEquals(said, ["PRI *"]);
});

for (
  const options of [
    { http1: { maxHeadBytes: -1 } },
    { http1: { maxFields: 0 } },
    { http2: { maxFrameSize: 1 } },
    { http2: { initialStreamWindow: -1 } },
  ]
) {
  Deno.test(`hostile: ${JSON.stringify(options)}, which a driver refuses, is refused when the client is built`, () => {
    assertThrows(() => new Client(options), RangeError);
  });
}

/** Runs in a process of its own: a client keeps the timers that were there when it was loaded. */
const COUNTING_TIMERS = `
const real = globalThis.setTimeout;
let timers = 0;
globalThis.setTimeout = (...rest) => (timers++, real(...rest));
const { Client } = await import(mod);
for (const idleTimeout of [Infinity, 2 ** 31, 2 ** 40, 60_000]) {
  timers = 0;
  const client = new Client({ pool: { idleTimeout } });
  await (await client.fetch(url)).text();
  await new Promise((resolve) => real(resolve, 50));
  console.log(idleTimeout, client.stats().idle, timers > 0 && timers < 5);
  client.close();
}`;

Deno.test("hostile: D-20: idleTimeout may be Infinity, or longer than a timer lasts, without a busy timer", async () => {
  await using server = scriptedServer(always);
  assertEquals(
    await outputOf(server.url, COUNTING_TIMERS),
    [
      "Infinity 1 true",
      "2147483648 1 true",
      "1099511627776 1 true",
      "60000 1 true",
    ].join("\n"),
  );
});
