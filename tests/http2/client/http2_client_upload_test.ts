/**
 * The client driver against a server machine: requests with content.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { concat, equals } from "@std/bytes";
import type { Field } from "../../../http/fields.ts";
import { Http2Error } from "../../../http2/error.ts";
import { SettingId } from "../../../http2/protocol.ts";
import { settings, windowUpdate } from "../raw_frames.ts";
import { content, get, pair, pattern, post, respond, runMicrotasks, Source, text } from "../peer.ts";

/** A server that takes content, and answers with it at its end. */
function echoes(): { react: Parameters<typeof pair>[0]; fields: Field[][]; trailers: Field[][] } {
  const fields: Field[][] = [];
  const trailers: Field[][] = [];
  const parts = new Map<number, Uint8Array[]>();
  return {
    fields,
    trailers,
    react: (event, { machine }) => {
      if (event.type === "request") {
        fields.push([...event.fields]);
        parts.set(event.streamId, []);
      }
      if (event.type === "data") {
        parts.get(event.streamId)?.push(event.data.slice());
        machine.consume(event.streamId, event.data.length);
      }
      if (event.type === "end_of_message") {
        trailers.push([...event.trailers]);
        machine.sendResponse(event.streamId, 200, [], false);
        machine.sendData(event.streamId, concat(parts.get(event.streamId) ?? []), true);
      }
    },
  };
}

const UPLOADS = [
  { name: "bytes", body: () => pattern(500), length: 500, field: "500" },
  { name: "many bytes", body: () => pattern(300_000), length: 300_000, field: "300000" },
  { name: "no bytes", body: () => new Uint8Array(0), length: 0, field: "0" },
  {
    name: "a source of unknown length",
    body: () => new Source([pattern(10), pattern(0), pattern(5)]),
    length: 15,
  },
  {
    name: "a source of known length",
    body: () => new Source([pattern(10), pattern(5)], 15),
    length: 15,
    field: "15",
  },
  { name: "a source that is empty", body: () => new Source([]), length: 0 },
  {
    name: "a source of large chunks",
    body: () => new Source([pattern(200_000), pattern(100_000)]),
    length: 300_000,
  },
];

for (const { name, body, length, field } of UPLOADS) {
  Deno.test(`client: content from ${name}`, async () => {
    const { react, fields } = echoes();
    const { client, peer } = pair(react);
    assertEquals((await content(await client.request(post(body())))).length, length);
    assertEquals(fields[0]?.find(([name]) => name === "content-length")?.[1], field);
    client.close();
    await peer.closed;
  });
}

Deno.test("client: content keeps its order, and its trailers follow it", async () => {
  for (const length of [undefined, 60_000]) {
    const { react, trailers } = echoes();
    const { client, peer } = pair(react);
    const chunks = [pattern(20_000), pattern(30_000, 1), pattern(10_000, 2)];
    const source = Object.assign(new Source(chunks, length), {
      trailers: () => Promise.resolve([["x-sum", "1"]] as Field[]),
    });
    assertEquals(await content(await client.request(post(source))), concat(chunks));
    assertEquals(trailers, [[["x-sum", "1"]]]);
    client.close();
    await peer.closed;
  }
});

Deno.test("client: a small request and its content go out in one write", async () => {
  const { react } = echoes();
  const { client, peer } = pair(react);
  await client.request(get());
  const before = peer.io.writes.length;
  await client.request(post(pattern(100)));
  assertEquals(peer.io.writes[before], ["HEADERS 3", "DATA 3 end 100"]);
  client.close();
  await peer.closed;
});

Deno.test("client: content-length is added only where it says something", async () => {
  const { react, fields } = echoes();
  const { client, peer } = pair(react);
  const { body: _, ...bodiless } = post(new Uint8Array(0));
  await client.request(bodiless);
  await client.request(get());
  await client.request({ ...get(), body: new Uint8Array(0) });
  await client.request(post(pattern(3), [["content-length", "3"]]));
  assertEquals(fields, [[["content-length", "0"]], [], [], [["content-length", "3"]]]);
  client.close();
  await peer.closed;
});

Deno.test("R-08: content-length that is wrong is refused; content that is not what it says ends the request", async () => {
  const { react } = echoes();
  const { client, peer } = pair(react);
  await assertRejects(
    () => client.request(post(pattern(9), [["content-length", "5"]])),
    TypeError,
    "content-length",
  );
  for (const chunks of [[pattern(3)], [pattern(3), pattern(6)], [pattern(9)]]) {
    const source = new Source(chunks, 5);
    const error = await assertRejects(() => client.request(post(source)), Http2Error);
    assertEquals([error.code, error.scope], ["request_body_failed", "stream"]);
    assertInstanceOf(error.cause, TypeError);
    await runMicrotasks();
    assertEquals(peer.events.at(-1)?.type, "reset");
  }
  assertEquals(peer.events.some(({ type }) => type === "end_of_message"), false);
  assertEquals((await client.request(get())).status, 200);
  client.close();
  await peer.closed;
});

Deno.test("R-13: a source that fails resets the stream", async () => {
  const { react } = echoes();
  const { client, peer } = pair(react);
  const cause = new Error("disk on fire");
  const source = new Source([pattern(10)]);
  const failing = {
    read: () => source.reads < 1 ? source.read() : Promise.reject(cause),
    cancel: (reason: unknown) => source.cancel(reason),
  };
  const error = await assertRejects(() => client.request(post(failing)), Http2Error);
  assertEquals([error.code, error.cause, source.cancelled], ["request_body_failed", cause, []]);
  await runMicrotasks();
  assertEquals(peer.io.writes.at(-1)?.at(-1), "RST_STREAM 1 CANCEL");
  const thrown = post({
    read: () => {
      throw cause;
    },
    cancel() {},
  });
  assertEquals((await assertRejects(() => client.request(thrown), Http2Error)).cause, cause);
  client.close();
  await peer.closed;
});

Deno.test("client: a source is read only as the server takes its content", async () => {
  const { client, peer } = pair(undefined, {}, { initialStreamWindow: 100_000 });
  const source = new Source((function* () {
    for (;;) yield pattern(10_000);
  })());
  const response = client.request(post(source));
  response.catch(() => {});
  await runMicrotasks();
  await runMicrotasks();
  assert(source.reads <= 12, `${source.reads} chunks were read for a window of 100,000 bytes`);
  peer.machine.consume(1, 60_000);
  await peer.flush();
  await runMicrotasks();
  assert(source.reads > 12 && source.reads <= 18, `${source.reads} chunks were read for 160,000 bytes`);
  client.close();
  await peer.closed;
});

Deno.test("client: sources whose windows are closed are asked only while little is held for them", async () => {
  const { client, peer } = pair();
  await client.ping();
  await peer.send(settings([SettingId.INITIAL_WINDOW_SIZE, 0]));
  await runMicrotasks();
  const sources = Array.from({ length: 50 }, () => new Source([pattern(100_000), pattern(100_000)]));
  const responses = sources.map((source) => client.request(post(source)));
  await runMicrotasks();
  const asked = sources.filter(({ reads }) => reads === 1).length;
  assertEquals([asked, sources.filter(({ reads }) => reads > 1).length], [16, 0]); // of 64 KiB each, as it seems at first
  // One whose window opens is asked all the same.
  await peer.send(windowUpdate(99, 100_001));
  await runMicrotasks();
  assertEquals(sources[49]?.reads, 2);
  client.close();
  await Promise.allSettled(responses);
  for (const { cancelled } of sources) assertEquals(cancelled.length, 1);
  await peer.closed;
});

Deno.test("client: uploads take turns", async () => {
  const { react } = echoes();
  const { client, peer } = pair(react, {}, {
    initialStreamWindow: 1 << 20,
    initialConnectionWindow: 5 << 20,
  });
  await client.request(get());
  await runMicrotasks();
  const before = peer.io.writes.length;
  await Promise.all([client.request(post(pattern(100_000))), client.request(post(pattern(100_000)))]);
  const turns = peer.io.writes.slice(before).flat().filter((word) => word.startsWith("DATA")).map((word) =>
    word.split(" ")[1]
  );
  assertEquals(turns, Array.from({ length: 14 }, (_, i) => i % 2 === 0 ? "3" : "5"));
  client.close();
  await peer.closed;
});

Deno.test("client: content goes both ways at once", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
    if (event.type === "data") backlog.push({ bytes: event.data.slice(), end: false });
    if (event.type === "end_of_message") backlog.push({ bytes: new Uint8Array(0), end: true });
    for (let [next] = backlog; next !== undefined; [next] = backlog) {
      const sent = machine.sendData(1, next.bytes, next.end);
      machine.consume(1, sent);
      if (sent < next.bytes.length) {
        next.bytes = next.bytes.subarray(sent);
        break;
      }
      backlog.shift();
    }
  }, { initialStreamWindow: 50_000 });
  const backlog: { bytes: Uint8Array; end: boolean }[] = [];
  const chunks = Array.from({ length: 100 }, (_, i) => pattern(10_000, i));
  const response = await client.request(post(new Source(chunks)));
  assert(equals(await content(response), concat(chunks)));
  client.close();
  await peer.closed;
});

Deno.test("client: a response that ends early does not stop the content; NO_ERROR after it does", async () => {
  const { client, peer } = pair(
    (event, { machine }) => {
      if (event.type === "request") respond(machine, event.streamId, "enough");
    },
    {},
    { initialStreamWindow: 10 },
  );
  const source = new Source([pattern(100), pattern(100)]);
  assertEquals(await text(await client.request(post(source))), "enough");
  assertEquals([client.activeStreams, source.cancelled], [1, []]);
  peer.machine.reset(1, "NO_ERROR"); // T-31
  await peer.flush();
  await runMicrotasks();
  assertEquals([client.activeStreams, source.cancelled.length], [0, 1]);
  client.close();
  await peer.closed;
});

Deno.test("T-31: a response and RST_STREAM with NO_ERROR in one piece are a response", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type !== "request") return;
    respond(machine, event.streamId, "enough");
    machine.reset(event.streamId, "NO_ERROR");
  });
  const source = new Source(Array(100).fill(pattern(16_384)));
  const response = await client.request(post(source));
  assertEquals([await text(response), await response.trailers, source.cancelled.length], ["enough", [], 1]);
  client.close();
  await peer.closed;
});

Deno.test("client: CONNECT names its target as the authority, and carries bytes both ways", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
    if (event.type === "data") machine.sendData(event.streamId, event.data, false);
    if (event.type === "end_of_message") machine.sendTrailers(event.streamId, []);
  });
  const source = new Source([pattern(10), pattern(5)], 15);
  const request = { ...post(source), method: "CONNECT", target: "b.test:443" };
  const response = await client.request(request);
  assertEquals((await content(response)).length, 15);
  const [event] = peer.events.filter((event) => event.type === "request");
  assertEquals(event?.type === "request" && [event.method, event.authority, event.path, event.fields], [
    "CONNECT",
    "b.test:443",
    "",
    [],
  ]);
  client.close();
  await peer.closed;
});

Deno.test("client: content of a known length has it as content-length, whatever the method; none has none but where it is expected", async () => {
  const seen: unknown[] = [];
  const { client, peer } = pair((event, { machine }) => {
    if (event.type !== "request") return;
    seen.push(event.fields.find(([name]) => name === "content-length")?.[1]);
    machine.sendResponse(event.streamId, 204, [], true);
  });
  for (
    const [method, body] of [
      ["DELETE", pattern(3)],
      ["DELETE", new Uint8Array()],
      ["DELETE", undefined],
      ["GET", pattern(1)],
      ["POST", new Uint8Array()],
      ["PATCH", undefined],
    ] as const
  ) await client.request({ ...get("/"), method, ...(body !== undefined && { body }) });
  assertEquals(seen, ["3", undefined, undefined, "1", "0", "0"]);
  client.close();
  await peer.closed;
});

Deno.test("client: the source of a request that waits is told of the end once, although its caller gives up later", async () => {
  const { client, peer } = pair(() => {}, {}, { maxConcurrentStreams: 0 });
  await client.ping(); // the server's limit is known
  const source = new Source([pattern(3)]);
  let cancel = (_reason: unknown): void => {};
  const pending = assertRejects(
    () => client.request(post(source), { onCancel: (given) => cancel = given }),
    Http2Error,
  );
  client.close();
  await pending;
  cancel("too late");
  assertEquals(source.cancelled.length, 1);
  await peer.closed;
});
