/** An abort ends the content of a response too, however much of it is at hand, and leaves nothing on the signal. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { gzipSync } from "node:zlib";
import { Client } from "../../mod.ts";
import { countedSignal } from "../support/counted_signal.ts";
import { eventually } from "../support/eventually.ts";
import { type Peer, scriptedServer } from "../support/scripted_server.ts";

const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

/** What a server sends after the head of the request. */
const CONTENT: Readonly<Record<string, (peer: Peer) => Promise<void>>> = {
  "at hand": (peer) => peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nsmall"),
  "at hand in two chunks": (peer) => peer.send(`${CHUNKED}2\r\nsm\r\n3\r\nall\r\n0\r\n\r\n`),
  "at hand and encoded": (peer) => {
    const content = gzipSync("x".repeat(200_000));
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${content.length}\r\n\r\n`;
    return peer.send(head + String.fromCharCode(...content));
  },
  "partly at hand": async (peer) => {
    await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nsmall");
    await peer.untilClosed();
  },
};

const READERS = ["text", "json", "bytes", "arrayBuffer", "blob", "formData"] as const;

for (const [kind, send] of Object.entries(CONTENT)) {
  const serve = () =>
    scriptedServer(async (peer) => {
      while (await peer.readHead()) await send(peer);
    });

  for (const reader of READERS) {
    Deno.test(`abort: content ${kind} rejects ${reader}() with the signal's reason, at once`, async () => {
      await using server = serve();
      using client = new Client();
      const controller = new AbortController();
      const response = await client.fetch(server.url, { signal: controller.signal });
      const reason = new Error("enough");
      controller.abort(reason);
      const order: unknown[] = [];
      const read: Promise<unknown> = response[reader]();
      const rejected = read.catch((error) => order.push(error));
      await Promise.resolve().then(() => order.push("next microtask"));
      await rejected;
      assertEquals(order[0] === reason || order[1] === reason, true);
      // As the platform's tests have it: what cannot be read any more is not waited for.
      if (reader !== "blob" && reader !== "formData") assertEquals(order, [reason, "next microtask"]);
      assertEquals(response.bodyUsed, true);
    });
  }

  Deno.test(`abort: content ${kind} rejects the stream, before the first read and between two`, async () => {
    await using server = serve();
    using client = new Client();
    for (const reads of [0, 1]) {
      const controller = new AbortController();
      const response = await client.fetch(server.url, { signal: controller.signal });
      const reader = response.body?.getReader();
      for (let i = 0; i < reads; i++) assert((await reader?.read())?.value?.length);
      controller.abort("enough");
      assertEquals(await reader?.read().catch((reason) => reason), "enough");
      assertEquals(await reader?.closed.catch((reason) => reason), "enough");
    }
  });

  Deno.test(`abort: content ${kind} rejects a response and its clone`, async () => {
    await using server = serve();
    using client = new Client();
    const controller = new AbortController();
    const response = await client.fetch(server.url, { signal: controller.signal });
    const clone = response.clone();
    controller.abort("enough");
    assertEquals(await clone.text().catch((reason) => reason), "enough");
    assertEquals(await response.text().catch((reason) => reason), "enough");
  });

  Deno.test(`abort: content ${kind} rejects what the runtime makes of the response`, async () => {
    await using server = serve();
    using client = new Client();
    const controller = new AbortController();
    const response = await client.fetch(server.url, { signal: controller.signal });
    const copy = new Response(response.body, response);
    controller.abort("enough");
    assertEquals(await copy.text().catch((reason) => reason), "enough");
  });
}

Deno.test("abort: content that ended is not touched by an abort after its end", async () => {
  await using server = scriptedServer(async (peer) => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      if (head.startsWith("GET /empty")) await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
      else if (head.startsWith("GET /none")) await peer.send("HTTP/1.1 204 N\r\n\r\n");
      else await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nsmall");
    }
  });
  using client = new Client();
  for (const path of ["empty", "none"]) {
    const controller = new AbortController();
    const response = await client.fetch(server.url + path, { signal: controller.signal });
    controller.abort("enough");
    assertEquals(await response.text(), "");
  }
  const controller = new AbortController();
  const response = await client.fetch(server.url, { signal: controller.signal });
  const clone = response.clone();
  assertEquals(await response.text(), "small");
  controller.abort("enough");
  assertEquals(await clone.text(), "small");
  await assertRejects(() => response.text(), TypeError, "consumed");
});

Deno.test("abort: a request whose content is a stream ends while its response is awaited", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.untilClosed();
  });
  using client = new Client();
  const controller = new AbortController();
  const cancelled = Promise.withResolvers<unknown>();
  const body = new ReadableStream<Uint8Array>({
    pull: () => controller.abort("enough"),
    cancel: cancelled.resolve,
  }, { highWaterMark: 0 });
  const response = client.post(server.url, { body, signal: controller.signal });
  assertEquals(await deadline(response, 10_000).catch((reason) => reason), "enough");
  assertEquals(await deadline(cancelled.promise, 10_000), "enough");
});

/** Responses without content whose end is late, by request method and what the server sends. */
const LATE: readonly { name: string; method: string; head: string; rest: string }[] = [
  {
    name: "204 with content that may not be",
    method: "DELETE",
    head: "204 N\r\ncontent-length: 2",
    rest: "ok",
  },
  { name: "205 with content", method: "POST", head: "205 R\r\ncontent-length: 2", rest: "ok" },
  { name: "205 in chunks", method: "POST", head: "205 R\r\ntransfer-encoding: chunked", rest: "0\r\n\r\n" },
  { name: "205 that never ends", method: "POST", head: "205 R\r\ntransfer-encoding: chunked", rest: "" },
  { name: "HEAD", method: "HEAD", head: "200 OK\r\ncontent-length: 2", rest: "" },
  { name: "304", method: "GET", head: "304 N\r\ncontent-length: 2", rest: "" },
];

for (const { name, method, head, rest } of LATE) {
  Deno.test(`abort: a response without content leaves no listener on the signal: ${name}`, async () => {
    await using server = scriptedServer(async (peer) => {
      await peer.readHead();
      await peer.send(`HTTP/1.1 ${head}\r\n\r\n`);
      await delay(10);
      await peer.send(rest).catch(() => {}); // the client may have gone
      await peer.untilClosed();
    });
    using client = new Client({ pool: { maxIdlePerOrigin: 0 } });
    const { signal, listeners } = countedSignal();
    const response = await client.fetch(server.url, { method, signal });
    assertEquals(await response.text(), "");
    await eventually("no listener is left", () => listeners() === 0);
  });
}
