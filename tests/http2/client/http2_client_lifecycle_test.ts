/**
 * The client driver against a server machine: idleness, capacity, shutdown and close.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Http2Client } from "../../../http2/client/http2_client.ts";
import { Http2Error } from "../../../http2/error.ts";
import { SettingId } from "../../../http2/protocol.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { ANSWER, CountingDuplex, get, incoming, pair, Peer, respond, runMicrotasks, text } from "../peer.ts";
import { settings, windowUpdate } from "../raw_frames.ts";

Deno.test("client: ref keeps the process alive only while a request is in flight", async () => {
  const idle: number[] = [];
  const { client, peer } = pair(ANSWER, { onIdle: () => idle.push(client.activeStreams) });
  assertEquals(peer.io.isReferenced, false);
  const [one, two] = [client.request(get()), client.request(get())];
  assertEquals(peer.io.isReferenced, true);
  await Promise.all([one, two]);
  assertEquals([peer.io.isReferenced, idle, client.activeStreams], [false, [0], 0]);
  await client.request(get());
  assertEquals([peer.io.isReferenced, idle], [false, [0, 0]]);
  const pong = client.ping();
  assertEquals(peer.io.isReferenced, true);
  await pong;
  await runMicrotasks();
  assertEquals(peer.io.isReferenced, false);
  client.close();
  await peer.closed;
});

Deno.test("client: a PING that is not acknowledged, or a request that waits for a stream, keeps the process alive", async () => {
  for (
    const begin of [(client: Http2Client) => client.ping(), (client: Http2Client) => client.request(get())]
  ) {
    const [ours, theirs] = memoryDuplexPair();
    const io = new CountingDuplex(ours);
    let idle = 0;
    const client = new Http2Client(io, { onIdle: () => idle++ });
    await theirs.write(settings([SettingId.MAX_CONCURRENT_STREAMS, 0]));
    await runMicrotasks();
    const pending = assertRejects(() => begin(client), Http2Error);
    await runMicrotasks();
    await theirs.write(windowUpdate(0, 1));
    await runMicrotasks();
    assertEquals([io.isReferenced, idle, client.activeStreams], [true, 0, 0]);
    client.close();
    await pending;
    theirs.close();
  }
});

Deno.test("T-33: requests beyond what the server takes wait, and are sent in order", async () => {
  const open: number[] = [];
  const { client, peer } = pair(
    (event) => {
      if (event.type === "request") open.push(event.streamId);
    },
    {},
    { maxConcurrentStreams: 2 },
  );
  const ping = client.ping(); // by its answer, the settings are there
  assertEquals(client.capacity, 100);
  await ping;
  assertEquals(client.capacity, 2);
  const responses = Array.from({ length: 6 }, (_, i) => client.request(get(`/${i}`)));
  assertEquals([client.capacity, client.activeStreams], [0, 2]);
  const served: number[] = [];
  while (served.length < 6) {
    await runMicrotasks();
    assert(open.length <= 2, "more streams are open than were allowed");
    const id = open.shift();
    if (id === undefined) break;
    served.push(id);
    respond(peer.machine, id, "ok");
    await peer.flush();
  }
  assertEquals(served, [1, 3, 5, 7, 9, 11]);
  const paths = peer.events.flatMap((event) => event.type === "request" ? [event.path] : []);
  assertEquals(paths, ["/0", "/1", "/2", "/3", "/4", "/5"]);
  await Promise.all(responses);
  assertEquals(client.capacity, 2);
  client.close();
  await peer.closed;
});

Deno.test("T-33: MAX_CONCURRENT_STREAMS of 0 at first, and then 5", async () => {
  let told = 0;
  const { client, peer } = pair(ANSWER, { onCapacity: () => told++ }, { maxConcurrentStreams: 0 });
  await client.ping();
  assertEquals([client.capacity, client.closing], [0, false]);
  const response = client.request(get("/late"));
  await runMicrotasks();
  assertEquals(peer.events.some(({ type }) => type === "request"), false);
  const before = told;
  await peer.send(new Uint8Array([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 5])); // MAX_CONCURRENT_STREAMS of 5
  await runMicrotasks();
  assertEquals([told > before, client.capacity], [true, 4]);
  client.close();
  assertEquals((await assertRejects(() => response, Http2Error)).code, "closed");
  await peer.closed;
});

Deno.test("client: onCapacity is called when capacity comes back", async () => {
  const told: number[] = [];
  const { client, peer } = pair(ANSWER, { onCapacity: () => told.push(client.capacity) }, {
    maxConcurrentStreams: 1,
  });
  await client.ping();
  assertEquals([told, client.capacity], [[], 1]); // less than before is nothing to tell
  await client.request(get());
  assertEquals(told, [1]);
  client.close();
  await peer.closed;
});

Deno.test("client: shutdown waits for what is in flight, refuses the rest, and closes", async () => {
  const closes: unknown[] = [];
  const { client, peer } = pair(undefined, { onClose: (error) => closes.push(error) }, {
    maxConcurrentStreams: 1,
  });
  await client.ping();
  const [sent, waiting] = [client.request(get()), client.request(get())];
  let isShut = false;
  const shut = client.shutdown().then(() => isShut = true);
  assertEquals((await assertRejects(() => waiting, Http2Error)).progress, "unsent");
  assertEquals((await assertRejects(() => client.request(get()), Http2Error)).progress, "unsent");
  assertEquals([client.capacity, client.closing, isShut], [0, true, false]);
  await runMicrotasks();
  respond(peer.machine, 1, "last");
  await peer.flush();
  assertEquals(await text(await sent), "last");
  await shut;
  assertEquals([client.closed, closes, peer.io.isClosed], [true, [undefined], true]);
  await client.shutdown();
  await peer.closed;
  assertEquals(peer.io.writes.at(-1), ["GOAWAY 0 NO_ERROR"]);
});

Deno.test("client: shutdown of an idle connection closes it at once", async () => {
  const { client, peer } = pair();
  await client.shutdown();
  assertEquals(client.closed, true);
  await peer.closed;
});

Deno.test("client: close rejects everything, once, and says how far each request got", async () => {
  const closes: unknown[] = [];
  const { client, peer } = pair((event, { machine }) => {
    if (event.type === "request" && event.path === "/begun") {
      machine.sendResponse(event.streamId, 200, [], false);
    }
  }, { onClose: (error) => closes.push(error) });
  const begun = await client.request(get("/begun"));
  const sent = client.request(get("/sent"));
  await runMicrotasks();
  const unsent = client.request(get("/unsent"));
  const ping = client.ping();
  const read = incoming(begun).read();
  client.close();
  client.close();
  const progress: unknown[] = [];
  for (const promise of [read, sent, unsent, begun.trailers]) {
    const error = await assertRejects(() => Promise.resolve<unknown>(promise), Http2Error);
    progress.push([error.code, error.progress]);
  }
  assertEquals(progress, [
    ["closed", "responding"],
    ["closed", "no_response"],
    ["closed", "unsent"],
    ["closed", "responding"],
  ]);
  await assertRejects(() => ping, Http2Error);
  await assertRejects(() => client.ping(), Http2Error);
  assertEquals((await assertRejects(() => client.request(get()), Http2Error)).progress, "unsent");
  assertEquals([closes.length, client.closed, client.capacity], [1, true, 0]);
  await peer.closed;
});

Deno.test("T-39: a connection whose stream identifiers are used up takes no more requests, and closes when it is idle", async () => {
  const peer = new Peer(ANSWER);
  const client = new Http2Client(peer.io, { firstStreamId: 0x7fff_ffff });
  assertEquals(client.capacity, 1);
  const response = client.request(get("/last"));
  assertEquals([client.capacity, client.closing], [0, true]);
  assertEquals((await assertRejects(() => client.request(get()), Http2Error)).progress, "unsent");
  assertEquals(await text(await response), "/last");
  assertEquals(client.closed, true);
  await peer.closed;
});
