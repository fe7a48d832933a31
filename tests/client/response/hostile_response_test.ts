/** Responses under hostile use: clones, aborts, late reads, forbidden content. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { Client, ClientError } from "../../../mod.ts";
import { Deadlines } from "../../../client/time/deadlines.ts";
import { Peer as Http2Peer } from "../../http2/peer.ts";
import { eventually } from "../../support/eventually.ts";
import { scriptedServer } from "../../support/scripted_server.ts";
import { unhandled } from "../unhandled.ts";

const BEGUN = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello";

Deno.test("hostile: reading a clone does not use up a response whose body was read as a property before", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(BEGUN);
    await delay(20);
    await peer.send("world");
    await peer.untilClosed();
  });
  using client = new Client();
  const response = await client.fetch(server.url);
  assertEquals(response.body?.locked, false);
  const clone = response.clone();
  assertEquals(await clone.text(), "helloworld");
  assertEquals(response.bodyUsed, false);
  assertEquals(await response.text(), "helloworld");
});

Deno.test("hostile: cancelling a clone of content that was cut short causes no unhandled rejection", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(BEGUN);
  });
  using client = new Client();
  const reasons = await unhandled(async () => {
    const response = await client.fetch(server.url);
    const clone = response.clone();
    await assertRejects(() => response.text(), ClientError);
    await clone.body?.cancel().catch(() => {});
  });
  assertEquals(reasons, []);
});

Deno.test("hostile: trailers that are read and not awaited cause no unhandled rejection", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(BEGUN);
  });
  using client = new Client();
  const reasons = await unhandled(async () => {
    const response = await client.fetch(server.url);
    void response.trailers;
    await assertRejects(() => response.text(), ClientError);
  });
  assertEquals(reasons, []);
});

Deno.test("hostile: a 205 with content, which it must not have, frees its connection", async () => {
  await using server = scriptedServer(async (peer) => {
    while (await peer.readHead() !== undefined) {
      await peer.send("HTTP/1.1 205 Reset Content\r\ncontent-length: 5\r\n\r\n");
      await delay(20);
      await peer.send("hello");
    }
  });
  using client = new Client();
  const abort = new AbortController();
  for (let i = 0; i < 2; i++) {
    const response = await client.fetch(server.url, { signal: abort.signal });
    assertEquals([response.status, response.body], [205, null]);
    await eventually("the connection is idle", () => client.stats().idle === 1);
    const { connections, idle } = client.stats();
    assertEquals({ connections, idle }, { connections: 1, idle: 1 });
  }
});

Deno.test("hostile: content after the head of an HTTP/2 205 does not keep the stream", async () => {
  await using peer = new Http2Peer((event, peer) => {
    if (event.type !== "request") return;
    peer.machine.sendResponse(event.streamId, 205, [], false);
    peer.machine.sendData(event.streamId, new Uint8Array(10), false);
  });
  using client = new Client({ http2PriorKnowledge: true, dial: () => Promise.resolve(peer.io) });
  assertEquals((await client.fetch("http://h2.test/")).body, null);
  // A drain is given a second.
  await eventually("the connection is idle", () => client.stats().idle === 1);
});

Deno.test("hostile: a stream as body is cancelled when no connection can be made", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  using client = new Client();
  let cancelled = false;
  const body = new ReadableStream({ cancel: () => void (cancelled = true) });
  const error = await assertRejects(() => client.post(`http://127.0.0.1:${port}/`, { body }), ClientError);
  await delay(5);
  assertEquals([error.code, cancelled], ["connection_refused", true]);
});

Deno.test("hostile: a stream as body is cancelled when the request is aborted before it has a connection", async () => {
  using client = new Client({
    dial: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  for (const wrap of [false, true]) {
    let cancelled: unknown;
    const abort = new AbortController();
    const stream = new ReadableStream({ cancel: (reason) => void (cancelled = reason) });
    const answer = wrap
      ? client.fetch(new Request("http://a.test/", { method: "POST", body: stream }), {
        signal: abort.signal,
      })
      : client.post("http://a.test/", { body: stream, signal: abort.signal });
    await delay(5);
    abort.abort("enough");
    assertEquals(await answer.catch((reason) => reason), "enough");
    await eventually("the stream is cancelled", () => cancelled !== undefined);
    assertEquals(cancelled, "enough");
  }
});

Deno.test("hostile: the upload to a server that redirects does not go on over HTTP/2", async () => {
  await using peer = new Http2Peer((event, peer) => {
    if (event.type !== "request") return;
    if (event.path === "/done") peer.machine.sendResponse(event.streamId, 200, [], true);
    else peer.machine.sendResponse(event.streamId, 303, [["location", "/done"]], true);
  });
  using client = new Client({ http2PriorKnowledge: true, dial: () => Promise.resolve(peer.io) });
  let cancelled = false;
  let pulls = 0;
  const body = new ReadableStream({
    async pull(controller) {
      await delay(1);
      pulls++;
      controller.enqueue(new Uint8Array(10));
    },
    cancel: () => void (cancelled = true),
  });
  const response = await client.post("http://h2.test/", { body });
  assertEquals(response.status, 200);
  await response.text();
  await delay(50);
  const before = pulls;
  await delay(50);
  assertEquals([cancelled, pulls], [true, before]);
});

Deno.test("hostile: the reason of an abort is not rewritten while content is read", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(BEGUN);
    await peer.untilClosed();
  });
  using client = new Client();
  for (const reason of [new Deno.errors.TimedOut("mine"), null, "text", 0, new TypeError("x")]) {
    const abort = new AbortController();
    const response = await client.fetch(server.url, { signal: abort.signal });
    const text = response.text();
    await delay(5);
    abort.abort(reason);
    assertEquals(await text.catch((error) => [error]), [reason]);
  }
});

Deno.test("hostile: a request that was aborted before its client was closed rejects with the reason", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.untilClosed();
  });
  const client = new Client();
  const abort = new AbortController();
  const answer = client.fetch(server.url, { signal: abort.signal });
  await delay(20);
  abort.abort("enough");
  client.close();
  assertEquals(await answer.catch((reason) => reason), "enough");
});

Deno.test("hostile: a trailers function that fails is called once", async () => {
  await using server = scriptedServer(async (peer) => {
    while (await peer.readHead() !== undefined) {
      await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    }
  });
  using client = new Client();
  await (await client.fetch(server.url)).text();
  let asked = 0;
  await assertRejects(() =>
    client.put(server.url, {
      body: "x",
      trailers: () => {
        asked++;
        throw new Error("there are none");
      },
    }), ClientError);
  assertEquals([asked, server.connections], [1, 1]);
});

Deno.test("hostile: shared memory of the HTTP/1.1 driver does not reach the caller", async () => {
  await using server = scriptedServer(async (peer) => {
    while (await peer.readHead() !== undefined) {
      await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    }
  });
  using client = new Client();
  const bytes = await (await client.fetch(server.url)).bytes();
  assertEquals(bytes.buffer.byteLength, 2);
});

Deno.test("hostile: deadlines of many lengths leave no timer each when they are cleared", () => {
  const real = { set: globalThis.setTimeout, clear: globalThis.clearTimeout };
  let timers = 0;
  // deno-lint-ignore no-explicit-any -- passes everything on
  globalThis.setTimeout = ((...rest: any[]) => (timers++, (real.set as any)(...rest))) as typeof setTimeout;
  globalThis.clearTimeout = (id) => (timers--, real.clear(id));
  const deadlines = new Deadlines();
  try {
    for (let i = 0; i < 1000; i++) deadlines.clear(deadlines.set(60_000 + i / 10, () => {}));
    assertEquals(timers <= 64, true, `${timers} timers for no deadline`);
  } finally {
    deadlines.close();
    globalThis.setTimeout = real.set;
    globalThis.clearTimeout = real.clear;
  }
});

Deno.test("hostile: statuses that no Response has fail a Deno.serve handler, not the process", async () => {
  const statuses = [299, 599, 600, 999];
  await using origin = scriptedServer(async (peer) => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      const status = head.split(" ")[1]?.slice(1);
      await peer.send(`HTTP/1.1 ${status} Odd\r\ncontent-length: 2\r\n\r\nok`);
    }
  });
  using client = new Client();
  await using server = Deno.serve({
    port: 0,
    onListen() {},
    onError: () => new Response("bad", { status: 502 }),
  }, (request) => {
    return client.fetch(origin.url + new URL(request.url).pathname.slice(1));
  });
  const seen = [];
  for (const status of statuses) {
    const response = await fetch(`http://localhost:${server.addr.port}/${status}`);
    await response.text();
    seen.push(response.status);
  }
  assertEquals(seen, [299, 599, 502, 502]);
});

Deno.test("hostile: inspecting a response does not read its content", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(BEGUN);
    await delay(20);
    await peer.send("world");
    await peer.untilClosed();
  });
  using client = new Client();
  const response = await client.fetch(server.url);
  assertStringIncludes(Deno.inspect(response), "ClientResponse");
  const clone = response.clone();
  assertEquals(await clone.text(), "helloworld");
  assertEquals(await response.text(), "helloworld");
});

Deno.test("hostile: a 101 that the request did not ask for is an error, and leaves no socket", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nhello");
    await peer.untilClosed();
  });
  using client = new Client();
  const error = await assertRejects(() => client.fetch(server.url), ClientError);
  assertEquals(error.code, "protocol_error");
});
