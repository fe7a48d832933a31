/** Retries against servers that reset, refuse or limit streams. */

import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { MAX_REFUSALS } from "../../client/defaults.ts";
import type { Http2ConnectionOptions } from "../../http2/mod.ts";
import { Client } from "../../mod.ts";
import { Peer as Http2Peer } from "../http2/peer.ts";
import { goAway } from "../http2/raw_frames.ts";

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

/** A client of HTTP/2 servers, one for each connection, and what they were asked for. */
function servers(
  react: (path: string, streamId: number, peer: Http2Peer, asked: readonly string[]) => void,
  options: Http2ConnectionOptions = {},
) {
  const peers: Http2Peer[] = [];
  const asked: string[][] = [];
  const client = new Client({
    http2PriorKnowledge: true,
    dial: () => {
      const own: string[] = [];
      asked.push(own);
      const peer = new Http2Peer((event, peer) => {
        if (event.type !== "request") return;
        own.push(event.path);
        react(event.path, event.streamId, peer, own);
      }, options);
      peers.push(peer);
      return Promise.resolve(peer.io);
    },
  });
  const code = (path: string) =>
    client.fetch(`http://h2.test${path}`).then(({ status }) => status, (error) => error.code);
  const close = async () => {
    client.close();
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  };
  return { code, asked, close };
}

Deno.test("hostile: a stream is retried as often as a connection that serves others refuses it", async () => {
  let refusals = 0;
  const { code, asked, close } = servers((path, streamId, { machine }) => {
    if (path === "/busy" && refusals++ < 20) machine.reset(streamId, "REFUSED_STREAM");
    else machine.sendResponse(streamId, 200, [], true);
  });
  assertEquals([await code("/"), await code("/busy"), refusals, asked.length], [200, 200, 21, 1]);
  await close();
});

Deno.test("hostile: a request that is refused while nothing else is served fails in the end", async () => {
  const { code, asked, close } = servers((path, streamId, { machine }) => {
    if (path === "/never") machine.reset(streamId, "REFUSED_STREAM");
    else machine.sendResponse(streamId, 200, [], true);
  });
  assertEquals([await code("/"), await code("/never")], [200, "refused"]);
  assertEquals(asked.map((paths) => paths.length), [1 + 1 + MAX_REFUSALS]);
  await close();
});

Deno.test("hostile: a request that is refused while others are served is retried as long as they are", async () => {
  let refusals = 0;
  const { code, close } = servers((path, streamId, { machine }) => {
    if (path === "/last" && refusals++ < 3 * MAX_REFUSALS) machine.reset(streamId, "REFUSED_STREAM");
    else machine.sendResponse(streamId, 200, [], true);
  });
  assertEquals(await code("/0"), 200);
  const last = code("/last");
  for (let i = 1; refusals <= 3 * MAX_REFUSALS && i < 1000; i++) await code(`/${i}`);
  assertEquals([await last, refusals], [200, 3 * MAX_REFUSALS + 1]);
  await close();
});

Deno.test("hostile: a server that refuses everything is asked three times", async () => {
  const { code, asked, close } = servers((_, streamId, { machine }) =>
    machine.reset(streamId, "REFUSED_STREAM")
  );
  assertEquals([await code("/"), asked.flat().length], ["refused", 3]);
  const all = await Promise.all(Array.from({ length: 5 }, (_, i) => code(`/${i}`)));
  assertEquals([all, asked.flat().length], [Array(5).fill("refused"), 18]);
  await close();
});

for (const when of ["before it answers", "after it has answered"]) {
  Deno.test(`hostile: a server that sends GOAWAY after two requests each, ${when}, serves any number`, async () => {
    const { code, asked, close } = servers((_, streamId, peer, own) => {
      const answer = () => peer.machine.sendResponse(streamId, 200, [], true);
      if (when === "after it has answered") answer();
      else setTimeout(() => (answer(), peer.flush()), 5);
      if (own.length === 2) peer.machine.goAway();
    });
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => code(`/${i}`)));
    assertEquals(all, Array(20).fill(200));
    assertEquals(asked.map((paths) => paths.length), Array(10).fill(2));
    await close();
  });
}

Deno.test("hostile: a server of two streams at a time that sends GOAWAY after four requests serves any number", async () => {
  const { code, asked, close } = servers((_, streamId, peer, own) => {
    setTimeout(() => (peer.machine.sendResponse(streamId, 200, [], true), peer.flush()), 1);
    if (own.length === 4) peer.machine.goAway();
  }, { maxConcurrentStreams: 2 });
  const all = await Promise.all(Array.from({ length: 40 }, (_, i) => code(`/${i}`)));
  assertEquals(all, Array(40).fill(200));
  assertEquals(asked.flat().length, 40);
  await close();
});

Deno.test("hostile: a server whose GOAWAY takes up no request is asked three times", async () => {
  const { code, asked, close } = servers((_, __, peer) => {
    peer.send(goAway(0));
  });
  assertEquals(await Promise.all([code("/a"), code("/b")]), ["refused", "refused"]);
  assert(asked.length <= 6, `${asked.length} connections`);
  await close();
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
