/** Retries against servers that reset, refuse or limit streams. */

import { assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { Client } from "../../mod.ts";
import { Peer as Http2Peer } from "../http2/peer.ts";

Deno.test("hostile: a GET whose HTTP/2 stream the server resets is not retried while the connection lives", async () => {
  for (const code of ["INTERNAL_ERROR", "CANCEL", "PROTOCOL_ERROR"] as const) {
    const asked: string[] = [];
    await using peer = new Http2Peer((event, peer) => {
      if (event.type !== "request") return;
      asked.push(event.path ?? "");
      if (event.path === "/") peer.machine.sendResponse(event.streamId, 200, [], true);
      else peer.machine.reset(event.streamId, code);
    });
    using client = new Client({ http2PriorKnowledge: true, dial: () => Promise.resolve(peer.io) });
    await (await client.fetch("http://h2.test/")).text();
    const outcome = await client.fetch("http://h2.test/reset").catch((error) => error.code);
    assertEquals([outcome, asked], ["stream_reset", ["/", "/reset"]]);
  }
});

Deno.test("hostile: a refused stream is retried on the connection that refused it", async () => {
  let refusals = 0;
  let dials = 0;
  const peers: Http2Peer[] = [];
  using client = new Client({
    http2PriorKnowledge: true,
    dial: () => {
      dials++;
      const peer = new Http2Peer((event, peer) => {
        if (event.type !== "request") return;
        if (event.path === "/busy" && refusals++ < 2) peer.machine.reset(event.streamId, "REFUSED_STREAM");
        else peer.machine.sendResponse(event.streamId, 200, [], true);
      });
      peers.push(peer);
      return Promise.resolve(peer.io);
    },
  });
  await (await client.fetch("http://h2.test/")).text();
  assertEquals((await client.fetch("http://h2.test/busy")).status, 200);
  const { connections } = client.stats();
  for (const peer of peers) await peer[Symbol.asyncDispose]();
  assertEquals([connections, dials, refusals], [1, 1, 3]);
});

Deno.test("hostile: a short timeouts.connect of one request does not fail another that shares its dial", async () => {
  const peers: Http2Peer[] = [];
  using client = new Client({
    http2PriorKnowledge: true,
    dial: async () => {
      await delay(100);
      const peer = new Http2Peer((event, peer) => {
        if (event.type === "request") peer.machine.sendResponse(event.streamId, 200, [], true);
      });
      peers.push(peer);
      return peer.io;
    },
  });
  const hasty = client.fetch("http://h2.test/", { timeouts: { connect: 20 } }).catch((error) => error.code);
  const patient = client.fetch("http://h2.test/").then(({ status }) => status, (error) => error.code);
  const outcomes = [await hasty, await patient];
  for (const peer of peers) await peer[Symbol.asyncDispose]();
  assertEquals(outcomes, ["connect_timeout", 200]);
});

Deno.test("hostile: requests beyond MAX_CONCURRENT_STREAMS are served in order, aborted ones left out", async () => {
  const order: string[] = [];
  await using peer = new Http2Peer((event, peer) => {
    if (event.type !== "request") return;
    order.push(event.path ?? "");
    const { streamId } = event;
    setTimeout(() => {
      peer.machine.sendResponse(streamId, 200, [], true);
      peer.flush();
    }, 2);
  }, { maxConcurrentStreams: 1 });
  using client = new Client({ http2PriorKnowledge: true, dial: () => Promise.resolve(peer.io) });
  await (await client.fetch("http://h2.test/0")).text();
  const abort = new AbortController();
  const all = Array.from(
    { length: 8 },
    (_, i) =>
      client.fetch(`http://h2.test/${i + 1}`, i % 3 === 1 ? { signal: abort.signal } : {}).then(
        async (response) => {
          await response.text();
          return "ok";
        },
        (reason) => reason,
      ),
  );
  abort.abort("out");
  assertEquals(await Promise.all(all), ["ok", "out", "ok", "ok", "out", "ok", "ok", "out"]);
  assertEquals(order, ["/0", "/1", "/3", "/4", "/6", "/7"]);
});
