/**
 * What becomes of requests when the server, or the connection, fails them.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import type { IncomingBody, IncomingResponse } from "../../../http/message.ts";
import { Http2Client } from "../../../http2/client/http2_client.ts";
import type { Http2ClientOptions } from "../../../http2/client/client_options.ts";
import { Http2Error } from "../../../http2/error.ts";
import { Flag } from "../../../http2/protocol.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import {
  ANSWER,
  content,
  get,
  pair,
  post,
  type React,
  respond,
  runMicrotasks,
  Source,
  text,
} from "../peer.ts";
import {
  bytes,
  data,
  describe,
  frame,
  goAway,
  headers,
  lastData,
  ping,
  reset,
  response,
  settings,
} from "../raw_frames.ts";

/** A server that does nothing of its own. */
const SILENT: React = () => {};

/** Its response has a head, and nothing more so far. */
const BEGINS: React = (event, { machine }) => {
  if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
};

function incoming({ body }: IncomingResponse): IncomingBody {
  assert(!(body instanceof Uint8Array), "the content is there already");
  return body;
}

/** The error that a promise rejects with, in words. */
async function fate(promise: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => promise, Http2Error);
  return `${error.code} ${error.progress}`;
}

Deno.test("T-28: after GOAWAY the streams up to its last complete, the others are safe to retry", async () => {
  const closes: unknown[] = [];
  let told = 0;
  const { client, peer } = pair(SILENT, { onClose: (error) => closes.push(error), onCapacity: () => told++ });
  const responses = [client.request(get("/1")), client.request(get("/3")), client.request(get("/5"))];
  await runMicrotasks();
  await peer.send(goAway(1));
  assertEquals(await Promise.all(responses.slice(1).map(fate)), [
    "REFUSED_STREAM refused",
    "REFUSED_STREAM refused",
  ]);
  assertEquals([client.capacity, client.closing, client.closed, told], [0, true, false, 1]);
  assertEquals(await fate(client.request(get())), "connection_closed unsent");
  respond(peer.machine, 1, "first");
  await peer.flush();
  const [first] = responses;
  assertEquals(first !== undefined && await text(await first), "first");
  assertEquals([client.closed, closes], [true, [undefined]]);
  await peer.closed;
});

Deno.test("T-28: requests that wait when GOAWAY comes were not sent", async () => {
  const { client, peer } = pair(SILENT, {}, { maxConcurrentStreams: 1 });
  await client.ping();
  const [sent, waiting] = [client.request(get("/1")), client.request(get("/2"))];
  await runMicrotasks();
  await peer.send(goAway(1));
  assertEquals(await fate(waiting), "connection_closed unsent");
  respond(peer.machine, 1, "first");
  await peer.flush();
  assertEquals(await text(await sent), "first");
  await peer.closed;
});

Deno.test("T-28: GOAWAY on an idle connection closes it", async () => {
  const { client, peer } = pair(ANSWER);
  await client.request(get());
  await peer.send(goAway(1));
  await peer.closed;
  assertEquals(client.closed, true);
});

Deno.test("GOAWAY with an error, and then the end: the requests say why", async () => {
  const { client, peer } = pair(SILENT);
  const response = client.request(get());
  await runMicrotasks();
  await peer.send(goAway(1, "ENHANCE_YOUR_CALM"));
  peer.close();
  const error = await assertRejects(() => response, Http2Error);
  assertEquals([error.code, error.initiator, error.progress], ["ENHANCE_YOUR_CALM", "remote", "no_response"]);
  await peer.closed;
});

Deno.test("T-30: REFUSED_STREAM says that the request was not processed", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type === "request") machine.reset(event.streamId, "REFUSED_STREAM");
  });
  const source = new Source([]);
  assertEquals(await fate(client.request(post(source))), "REFUSED_STREAM refused");
  assertEquals([client.activeStreams, client.closing], [0, false]);
  client.close();
  await peer.closed;
});

Deno.test("a reset says whether a response had begun", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type !== "request") return;
    if (event.path === "/hinted") machine.sendInformational(event.streamId, 103, []);
    if (event.path === "/begun") machine.sendResponse(event.streamId, 200, [], false);
  });
  const [silent, hinted, begun] = [
    client.request(get()),
    client.request(get("/hinted")),
    client.request(get("/begun")),
  ];
  const body = incoming(await begun);
  peer.machine.sendData(5, new Uint8Array(7), false);
  for (const id of [1, 3, 5]) peer.machine.reset(id, "INTERNAL_ERROR");
  await peer.flush();
  assertEquals(await fate(silent), "INTERNAL_ERROR no_response");
  assertEquals(await fate(hinted), "INTERNAL_ERROR responding");
  assertEquals((await body.read())?.length, 7); // what came is not lost
  assertEquals(
    [await fate(body.read()), await fate(body.read())],
    Array(2).fill("INTERNAL_ERROR responding"),
  );
  assertEquals(await fate((await begun).trailers), "INTERNAL_ERROR responding");
  client.close();
  await peer.closed;
});

Deno.test("a response and its reset in one piece are a response whose content fails", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type !== "request") return;
    machine.sendResponse(event.streamId, 200, [], false);
    machine.sendData(event.streamId, new Uint8Array(7), false);
    machine.reset(event.streamId, "INTERNAL_ERROR");
  });
  const body = incoming(await client.request(get()));
  assertEquals((await body.read())?.length, 7);
  assertEquals(await fate(body.read()), "INTERNAL_ERROR responding");
  client.close();
  await peer.closed;
});

Deno.test("T-32: content that is complete can be read after a reset, and after the end of the connection", async () => {
  const { client, peer } = pair(BEGINS);
  const [first, second] = [await client.request(get()), await client.request(get())];
  for (const id of [1, 3]) await peer.send(lastData(id, "whole"));
  await runMicrotasks();
  await peer.send(reset(1));
  await runMicrotasks();
  peer.close();
  await runMicrotasks();
  assertEquals([await text(first), await text(second), await first.trailers], ["whole", "whole", []]);
  await peer.closed;
});

Deno.test("T-34: the end of the connection inside a response is an error, with what came before it", async () => {
  const closes: unknown[] = [];
  const { client, peer } = pair(BEGINS, { onClose: (error) => closes.push(error) });
  const begun = incoming(await client.request(get()));
  await peer.send(data(1, "part"));
  const silent = client.request(get("/silent"));
  await runMicrotasks();
  peer.close();
  assertEquals(new TextDecoder().decode(await begun.read()), "part");
  assertEquals(await fate(begun.read()), "truncated responding");
  assert((await Promise.allSettled([silent]))[0]?.status !== undefined);
  assertEquals(closes.length, 1);
  await peer.closed;
});

Deno.test("T-34: the end of the connection before a response says that none came", async () => {
  for (const end of ["close", "reset"] as const) {
    const { client, peer } = pair(SILENT);
    const response = client.request(get());
    await runMicrotasks();
    peer[end]();
    assertEquals(await fate(response), "connection_closed no_response", end);
    assertEquals([client.closed, client.capacity], [true, 0]);
    await peer.closed;
  }
});

Deno.test("T-34: after GOAWAY and the last response, a connection that breaks off is no error", async () => {
  const closes: unknown[] = [];
  const { client, peer } = pair(SILENT, { onClose: (error) => closes.push(error) });
  const response = client.request(get());
  await runMicrotasks();
  await peer.send(bytes(goAway(1), headers(1, [[":status", "200"]], true)));
  assertEquals((await response).status, 200);
  peer.reset();
  await runMicrotasks();
  assertEquals(closes, [undefined]);
  await peer.closed;
});

Deno.test("an idle connection that ends is closed, and without an error when it ends properly", async () => {
  for (const end of ["close", "reset"] as const) {
    const closes: unknown[] = [];
    const { client, peer } = pair(ANSWER, { onClose: (error) => closes.push(error) });
    await client.request(get());
    peer[end]();
    await runMicrotasks();
    assertEquals([client.closed, closes.length, closes[0] === undefined], [true, 1, end === "close"], end);
    await peer.closed;
  }
});

Deno.test("T-35: HTTP/1.1 in the place of SETTINGS fails all requests, and is told so", async () => {
  const [ours, theirs] = memoryDuplexPair();
  const client = new Http2Client(ours);
  const responses = [client.request(get()), client.request(get())];
  await runMicrotasks();
  await theirs.write(bytes("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
  assertEquals(await Promise.all(responses.map(fate)), Array(2).fill("PROTOCOL_ERROR no_response"));
  const buffer = new Uint8Array(1000);
  const count = await theirs.read(buffer) ?? 0;
  assertEquals(describe(buffer.slice(0, count)).at(-1), "GOAWAY 0 PROTOCOL_ERROR");
  theirs.close();
});

Deno.test("T-35: a server that never sends SETTINGS", async () => {
  const [ours, theirs] = memoryDuplexPair();
  const client = new Http2Client(ours, { settingsTimeout: 5 });
  assertEquals(await fate(client.request(get())), "settings_timeout no_response");
  const buffer = new Uint8Array(1000);
  const count = await theirs.read(buffer) ?? 0;
  assertEquals(describe(buffer.slice(0, count)).at(-1), "GOAWAY 0 SETTINGS_TIMEOUT");
  theirs.close();
});

Deno.test("T-35: the settings timeout runs only while a request is in flight, and 0 disables it", async () => {
  for (const settingsTimeout of [1, 0]) {
    const [ours, theirs] = memoryDuplexPair();
    const client = new Http2Client(ours, { settingsTimeout });
    if (settingsTimeout === 0) client.request(get()).catch(() => {});
    await delay(20);
    assertEquals(client.closed, false);
    client.close();
    theirs.close();
  }
});

Deno.test("T-36, D-22: a server that acknowledges no keep-alive PING fails all requests", async () => {
  const [ours, theirs] = memoryDuplexPair();
  const client = new Http2Client(ours, { keepAlive: { interval: 5, timeout: 5 } });
  await theirs.write(bytes(settings(), response(1)));
  const begun = await client.request(get());
  const silent = client.request(get());
  assertEquals(await fate(silent), "keep_alive_timeout no_response");
  assertEquals(await fate(incoming(begun).read()), "keep_alive_timeout responding");
  assertEquals(client.closed, true);
  theirs.close();
});

Deno.test("T-36: a server that acknowledges keep-alive PINGs is not failed, and an idle one is sent none", async () => {
  const { client, peer } = pair(BEGINS, { keepAlive: { interval: 2, timeout: 1000 } });
  const body = incoming(await client.request(get()));
  while (peer.io.writes.flat().filter((word) => word === "PING").length < 3) await delay(1);
  peer.machine.sendData(1, new Uint8Array(1), true);
  await peer.flush();
  assertEquals((await body.read())?.length, 1);
  await runMicrotasks();
  const before = peer.io.writes.length;
  await delay(10);
  assertEquals([peer.io.writes.length, client.closed], [before, false]);
  client.close();
  await peer.closed;
});

Deno.test("T-37: unread content holds back its own stream, and no other", async () => {
  const backlog = new Map<number, number>();
  const fill: React = (event, { machine }) => {
    if (event.type === "request") {
      machine.sendResponse(event.streamId, 200, [], false);
      backlog.set(event.streamId, 1_000_000);
    }
    for (const [id, left] of backlog) {
      const sent = machine.sendData(id, new Uint8Array(left), true);
      if (sent === left) backlog.delete(id);
      else backlog.set(id, left - sent);
    }
  };
  // The unread ones alone would use the connection's window up several times.
  const { client, peer } = pair(fill, { initialStreamWindow: 200_000, initialConnectionWindow: 250_000 });
  const unread = await Promise.all(Array.from({ length: 5 }, () => client.request(get())));
  await runMicrotasks();
  assertEquals((await content(await client.request(get()))).length, 1_000_000);
  for (const response of unread) assertEquals((await content(response)).length, 1_000_000);
  client.close();
  await peer.closed;
});

Deno.test("T-10: a client may cancel any number of requests", async () => {
  const [ours, theirs] = memoryDuplexPair({ capacity: 1 << 20 });
  const client = new Http2Client(ours);
  await theirs.write(settings());
  const reason = new Error("enough");
  const count = 3_000;
  const refusals: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    let cancel = (_: unknown) => {};
    refusals.push(client.request(get(), { onCancel: (with_) => cancel = with_ }).catch((error) => error));
    if (i % 100 === 0) await runMicrotasks(); // some are written before they are cancelled
    cancel(reason);
    if (i % 10 === 0) await theirs.write(response(2 * i + 1));
  }
  assertEquals(new Set(await Promise.all(refusals)), new Set([reason]));
  const last = client.request(get());
  await runMicrotasks();
  await theirs.write(headers(2 * count + 1, [[":status", "200"]], true));
  assertEquals([(await last).status, client.closing], [200, false]);
  client.close();
  theirs.close();
});

Deno.test("an error of one stream leaves the others alone", async () => {
  const { client, peer } = pair(SILENT);
  const [bad, good] = [client.request(get()), client.request(get())];
  await runMicrotasks();
  await peer.send(bytes(headers(1, [[":status", "abc"]]), headers(3, [[":status", "200"]], true)));
  assertEquals(await fate(bad), "PROTOCOL_ERROR responding");
  assertEquals([(await good).status, client.closing], [200, false]);
  client.close();
  await peer.closed;
});

Deno.test("an error of the connection fails every request, with the error as the cause", async () => {
  const closes: unknown[] = [];
  const { client, peer } = pair(BEGINS, { onClose: (error) => closes.push(error) });
  const body = incoming(await client.request(get()));
  const waiting = client.request(get("/other"));
  await waiting;
  await peer.send(bytes(data(1, "last words"), frame(0, Flag.PADDED, 1, "")));
  assertEquals(new TextDecoder().decode(await body.read()), "last words");
  const error = await assertRejects(() => body.read(), Http2Error);
  assertEquals([error.code, error.scope, closes.length], ["PROTOCOL_ERROR", "connection", 1]);
  assertEquals(error.cause, closes[0]);
  await runMicrotasks();
  assertEquals(peer.io.writes.at(-1), ["GOAWAY 0 PROTOCOL_ERROR"]);
  await peer.closed;
});

Deno.test("T-07: a server that floods with PING and does not read is not read on", async () => {
  const { client, peer } = floodable();
  const response = client.request(get()).catch(() => "failed");
  let sent = 0;
  const flood = bytes(...Array(1000).fill(ping()));
  // The answers fill the pipe to the server, then the machine's allowance; then nothing is read any more.
  let isStuck = false;
  while (!isStuck && sent < 200) {
    const write = peer.write(flood).then(() => false);
    isStuck = await Promise.race([write, runMicrotasks().then(() => true)]);
    if (isStuck) {
      peer.close();
      await write.catch(() => {});
    }
    sent++;
  }
  assert(isStuck, "the flood was taken without end");
  assertEquals(await response, "failed");
});

/** A client, and the bare other end of its duplex. */
function floodable(options: Http2ClientOptions = {}): {
  client: Http2Client;
  peer: ReturnType<typeof memoryDuplexPair>[1];
} {
  const [ours, peer] = memoryDuplexPair({ capacity: 32 * 1024 });
  const client = new Http2Client(ours, options);
  peer.write(settings());
  return { client, peer };
}

Deno.test("after a write has failed, what the server still sends is read", async () => {
  const [ours, theirs] = memoryDuplexPair();
  let broken = false;
  const io = {
    read: (into: Uint8Array) => ours.read(into),
    write: (bytes: Uint8Array) =>
      broken ? Promise.reject(new Deno.errors.BrokenPipe("broken pipe")) : ours.write(bytes),
    close: () => ours.close(),
  };
  const told: boolean[] = [];
  const client: Http2Client = new Http2Client(io, { onCapacity: () => told.push(client.closing) });
  await theirs.write(settings());
  const first = client.request(get());
  await runMicrotasks();
  broken = true;
  const second = client.request(get());
  await runMicrotasks();
  assertEquals([client.capacity, client.closing, client.closed, told], [0, true, false, [false, true]]);
  assertEquals(await fate(client.request(get())), "connection_closed unsent");
  await theirs.write(bytes(headers(1, [[":status", "200"]], true), goAway(1)));
  assertEquals([(await first).status, await fate(second)], [200, "REFUSED_STREAM refused"]);
  assertEquals(client.closed, true);
  theirs.close();
});

Deno.test("a transport that fails only when it is written to fails the requests in time", async () => {
  const pending = Promise.withResolvers<null>();
  const io = {
    read: () => pending.promise,
    write: () => Promise.reject(new Deno.errors.BrokenPipe("broken pipe")),
    close: () => pending.resolve(null),
  };
  const client = new Http2Client(io);
  assertEquals(await fate(client.request(get())), "connection_closed no_response");
  assertEquals(client.closed, true);
});

Deno.test("a transport that writes 0 bytes is an error, not a loop", async () => {
  const pending = Promise.withResolvers<null>();
  const io = {
    read: () => pending.promise,
    write: () => Promise.resolve(0),
    close: () => pending.resolve(null),
  };
  const client = new Http2Client(io);
  assertEquals(await fate(client.request(get())), "connection_closed no_response");
});

Deno.test("a transport that writes one byte at a time gets them all", async () => {
  const { client, peer } = pair(ANSWER);
  peer.io.isSlow = true;
  const responses = Array.from({ length: 3 }, (_, i) => client.request(get(`/${i}`)));
  assertEquals(await Promise.all((await Promise.all(responses)).map(text)), ["/0", "/1", "/2"]);
  client.close();
  await peer.closed;
});

Deno.test("a server that never pauses delays neither reads nor writes", async () => {
  const count = 3_000;
  const wire = [
    settings(),
    response(1),
    ...Array.from({ length: count }, () => bytes(data(1, "x".repeat(300)), ping())),
  ];
  const pending = Promise.withResolvers<null>();
  let at = 0;
  const pongs: number[] = [];
  const io = {
    read(into: Uint8Array) {
      const next = wire[at++];
      if (next === undefined) return pending.promise;
      into.set(next);
      return Promise.resolve(next.length);
    },
    write(bytes: Uint8Array) {
      if (describe(bytes.slice()).includes("PING ack")) pongs.push(at);
      return Promise.resolve(bytes.length);
    },
    close: () => pending.resolve(null),
  };
  const client = new Http2Client(io);
  const body = incoming(await client.request(get()));
  let length = 0;
  while (at < count) length += (await body.read())?.length ?? 0;
  assert(length > 200 * count, `${length} bytes were read while ${300 * count} came`);
  assert(pongs.length > count / 100, `${pongs.length} writes were made during ${count} reads`);
  client.close();
});
