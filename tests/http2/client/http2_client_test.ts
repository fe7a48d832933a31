/**
 * The client driver, against a server machine over a duplex in memory.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { concat, equals } from "@std/bytes";
import type { Field } from "../../../http/fields.ts";
import type { IncomingBody, IncomingResponse } from "../../../http/message.ts";
import { Http2Client } from "../../../http2/client/http2_client.ts";
import { Http2Error } from "../../../http2/error.ts";
import { SettingId } from "../../../http2/protocol.ts";
import { settings, windowUpdate } from "../raw_frames.ts";
import { ANSWER, content, get, pair, Peer, post, respond, settled, Source, text } from "../peer.ts";

/** Bytes that tell where they are. */
function pattern(length: number, seed = 0): Uint8Array {
  return new Uint8Array(length).map((_, i) => (i >> 8) * 31 + i * 7 + seed);
}

/** The content of a response that is still on its way. */
function incoming({ body }: IncomingResponse): IncomingBody {
  assert(!(body instanceof Uint8Array), "the content is there already");
  return body;
}

Deno.test("client: the preface and the requests of one turn go out in one write, and so do later ones", async () => {
  const { client, peer } = pair(ANSWER);
  const first = [client.request(get("/1")), client.request(get("/2")), client.request(get("/3"))];
  assertEquals(await Promise.all((await Promise.all(first)).map(text)), ["/1", "/2", "/3"]);
  assertEquals(peer.io.writes[0], [
    "SETTINGS",
    "WINDOW_UPDATE 0 5177345",
    "HEADERS 1 end",
    "HEADERS 3 end",
    "HEADERS 5 end",
  ]);
  assertEquals(peer.io.writes[1], ["SETTINGS ack"]);
  await Promise.all([client.request(get()), client.request(get())]);
  assertEquals(peer.io.writes[2], ["HEADERS 7 end", "HEADERS 9 end"]);
  client.close();
  await peer.closed;
  assertEquals(peer.io.writes.at(-1), ["GOAWAY 0 NO_ERROR"]);
});

Deno.test("client: a response that comes at once is bytes, with its head as it was sent", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type !== "request") return;
    machine.sendResponse(
      event.streamId,
      404,
      [["set-cookie", "a"], ["set-cookie", "b"], ["x", "\xe9"]],
      false,
    );
    machine.sendData(event.streamId, pattern(1000), true);
  });
  const response = await client.request(get("/x?y", [["accept", "*/*"]]));
  assertEquals([response.status, response.statusText, response.version], [404, "", "HTTP/2"]);
  assertEquals(response.fields, [["set-cookie", "a"], ["set-cookie", "b"], ["x", "\xe9"]]);
  assertEquals(response.body, pattern(1000));
  assertEquals(await response.trailers, []);
  const [event] = peer.events.filter((event) => event.type === "request");
  assertEquals(event?.type === "request" && [event.method, event.path, event.authority, event.fields], [
    "GET",
    "/x?y",
    "a.test",
    [["accept", "*/*"]],
  ]);
  client.close();
  await peer.closed;
});

Deno.test("client: a response without content is no bytes", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, 204, [], true);
  });
  assertEquals((await client.request(get())).body, new Uint8Array(0));
  client.close();
  await peer.closed;
});

Deno.test("client: content that comes later is read as it comes, with its length and its trailers", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type === "request") {
      machine.sendResponse(event.streamId, 200, [["content-length", "11"]], false);
    }
  });
  const response = await client.request(get());
  const body = incoming(response);
  assertEquals(body.length, 11);
  const first = body.read();
  peer.machine.sendData(1, new TextEncoder().encode("hello"), false);
  peer.machine.sendData(1, new TextEncoder().encode(" "), false);
  await peer.flush();
  assertEquals(new TextDecoder().decode(await first), "hello "); // one chunk, though two frames
  const [second, trailers] = [body.read(), response.trailers];
  peer.machine.sendData(1, new TextEncoder().encode("world"), false);
  peer.machine.sendTrailers(1, [["x-sum", "11"]]);
  await peer.flush();
  assertEquals(new TextDecoder().decode(await second), "world");
  assertEquals([await body.read(), await body.read()], [undefined, undefined]);
  assertEquals([await trailers, await response.trailers], [[["x-sum", "11"]], [["x-sum", "11"]]]);
  client.close();
  await peer.closed;
});

Deno.test("client: content that arrives before a read comes in one chunk", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
  });
  const body = incoming(await client.request(get()));
  for (let i = 0; i < 5; i++) {
    peer.machine.sendData(1, pattern(100, i), i === 4);
    await peer.flush();
    await settled();
  }
  assertEquals((await body.read())?.length, 500);
  assertEquals(await body.read(), undefined);
  client.close();
  await peer.closed;
});

for (const chunk of [1, 7, 1000, 16_384, 65_536]) {
  Deno.test(`client: chunks belong to their reader, with reads of ${chunk} bytes`, async () => {
    const length = chunk === 1 ? 20_000 : 3_000_000;
    const { client, peer } = pair(
      (event, { machine }) => {
        if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
        if (event.type === "request" || machine.sendable(1) > 0) send();
      },
      {},
      { chunk },
    );
    const whole = pattern(length);
    let sent = 0;
    const send = () => {
      // Frames of several sizes, so that the gaps between them lie everywhere.
      for (let size = 1; size > 0 && sent < length;) {
        const frame = whole.subarray(sent, sent + 1 + (sent * 7919) % 9000);
        size = peer.machine.sendData(1, frame, sent + frame.length === length);
        sent += size;
      }
    };
    const chunks: Uint8Array[] = [];
    const body = incoming(await client.request(get()));
    for (let part = await body.read(); part !== undefined; part = await body.read()) chunks.push(part);
    assert(equals(concat(chunks), whole));
    assertEquals(new Set(chunks.map(({ buffer }) => buffer)).size, chunks.length); // none shares memory
    client.close();
    await peer.closed;
  });
}

Deno.test("client: two responses that come mixed are kept apart", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type !== "request" || event.streamId !== 3) return;
    for (const id of [1, 3]) machine.sendResponse(id, 200, [], false);
    for (let i = 0; i < 20; i++) {
      for (const id of [1, 3]) {
        machine.sendData(id, pattern(3000, id).subarray(i * 150, (i + 1) * 150), i === 19);
      }
    }
  });
  const responses = await Promise.all([client.request(get()), client.request(get())]);
  for (const [i, response] of responses.entries()) {
    assertEquals(await content(response), pattern(3000, 2 * i + 1));
  }
  client.close();
  await peer.closed;
});

Deno.test("client: 1xx responses are told of in order, before the response", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type !== "request") return;
    machine.sendInformational(event.streamId, 100, []);
    machine.sendInformational(event.streamId, 103, [["link", "</x>"]]);
    respond(machine, event.streamId, "done");
  });
  const told: unknown[] = [];
  const response = await client.request(get(), {
    onInformational: (status, fields) => told.push([status, fields]),
  });
  assertEquals([told, response.status], [[[100, []], [103, [["link", "</x>"]]]], 200]);
  client.close();
  await peer.closed;
});

Deno.test("P-26: a callback that throws fails its own request, and no other", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type !== "request") return;
    if (event.path === "/early") machine.sendInformational(event.streamId, 103, []);
    respond(machine, event.streamId, "done");
  });
  const mistake = new Error("the caller's own");
  const [bad, good] = await Promise.allSettled([
    client.request(get("/early"), {
      onInformational: () => {
        throw mistake;
      },
    }),
    client.request(get("/")),
  ]);
  assertEquals([bad.status === "rejected" && bad.reason, good.status], [mistake, "fulfilled"]);
  assertEquals(await text(await client.request(get())), "done");
  client.close();
  await peer.closed;
});

Deno.test("client: a request that is not valid is refused, and the connection goes on", async () => {
  const { client, peer } = pair(ANSWER);
  await assertRejects(() => client.request(get("no path")), TypeError, "Cannot send");
  await assertRejects(() => client.request(get("/", [["x", "a\nb"]])), TypeError, "Cannot send");
  const source = new Source([]);
  await assertRejects(() => client.request(post(source, [["a b", ""]])), TypeError, "Cannot send");
  assertEquals([source.reads, source.cancelled.length], [0, 1]);
  assertEquals([client.activeStreams, peer.io.isReferenced], [0, false]);
  assertEquals(await text(await client.request(get())), "/");
  client.close();
  await peer.closed;
});

// Requests with content

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
    await settled();
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
  await settled();
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
  await settled();
  await settled();
  assert(source.reads <= 12, `${source.reads} chunks were read for a window of 100,000 bytes`);
  peer.machine.consume(1, 60_000);
  await peer.flush();
  await settled();
  assert(source.reads > 12 && source.reads <= 18, `${source.reads} chunks were read for 160,000 bytes`);
  client.close();
  await peer.closed;
});

Deno.test("client: sources whose windows are closed are asked only while little is held for them", async () => {
  const { client, peer } = pair();
  await client.ping();
  await peer.send(settings([SettingId.INITIAL_WINDOW_SIZE, 0]));
  await settled();
  const sources = Array.from({ length: 50 }, () => new Source([pattern(100_000), pattern(100_000)]));
  const responses = sources.map((source) => client.request(post(source)));
  await settled();
  const asked = sources.filter(({ reads }) => reads === 1).length;
  assertEquals([asked, sources.filter(({ reads }) => reads > 1).length], [16, 0]); // of 64 KiB each, as it seems at first
  // One whose window opens is asked all the same.
  await peer.send(windowUpdate(99, 100_001));
  await settled();
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
  await settled();
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
  await settled();
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

// Giving up

Deno.test("client: cancelling a request that has no response resets its stream, and rejects with the reason", async () => {
  const { client, peer } = pair();
  const reason = new DOMException("enough", "AbortError");
  let cancel = (_: unknown) => {};
  const source = new Source((function* () {
    for (;;) yield pattern(10_000);
  })());
  const response = client.request(post(source), { onCancel: (with_) => cancel = with_ });
  await settled();
  cancel(reason);
  assertEquals(await response.catch((error) => error), reason);
  await settled();
  assertEquals([source.cancelled, client.activeStreams], [[reason], 0]);
  assertEquals(peer.io.writes.at(-1)?.at(-1), "RST_STREAM 1 CANCEL");
  cancel(new Error("late"));
  client.close();
  await peer.closed;
});

Deno.test("client: cancelling in the turn of the request, or before it could be sent, sends no request", async () => {
  const { client, peer } = pair(ANSWER, {}, { maxConcurrentStreams: 1 });
  await client.request(get("/first"));
  const reason = new Error("enough");
  const cancels: ((reason: unknown) => void)[] = [];
  const onCancel = (cancel: (reason: unknown) => void) => void cancels.push(cancel);
  const responses = [get("/a"), get("/b"), get("/c")].map((request) => client.request(request, { onCancel }));
  cancels[1]?.(reason); // it waits for /a
  cancels[0]?.(reason); // it was to be written at the end of this turn
  assertEquals(
    await Promise.allSettled(responses.slice(0, 2)),
    Array(2).fill({ status: "rejected", reason }),
  );
  assertEquals(await text(await (responses[2] ?? Promise.reject())), "/c");
  assertEquals(peer.events.filter(({ type }) => type === "request").length <= 3, true);
  const immediate = client.request(get(), { onCancel: (cancel) => cancel(reason) });
  assertEquals(await immediate.catch((error) => error), reason);
  client.close();
  await peer.closed;
});

Deno.test("client: cancelling after the response makes its content reject, unread parts included", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type !== "request") return;
    machine.sendResponse(event.streamId, 200, [], false);
    machine.sendData(event.streamId, pattern(100), false);
  });
  let cancel = (_: unknown) => {};
  const response = await client.request(get(), { onCancel: (with_) => cancel = with_ });
  const body = incoming(response);
  assertEquals((await body.read())?.length, 100);
  const pending = body.read();
  const reason = new Error("enough");
  cancel(reason);
  for (const promise of [pending, body.read(), body.read(), response.trailers]) {
    assertEquals(await Promise.resolve<unknown>(promise).catch((error) => error), reason);
  }
  await settled();
  assertEquals([peer.io.writes.at(-1), client.activeStreams], [["RST_STREAM 1 CANCEL"], 0]);
  client.close();
  await peer.closed;
});

Deno.test("client: cancelling when all is over changes nothing", async () => {
  const { client, peer } = pair(ANSWER);
  let cancel = (_: unknown) => {};
  const response = await client.request(get("/x"), { onCancel: (with_) => cancel = with_ });
  cancel(new Error("late"));
  assertEquals([await text(response), await response.trailers, client.closed], ["/x", [], false]);
  client.close();
  await peer.closed;
});

Deno.test("client: giving the content up resets the stream, and reading on gives the end", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type !== "request") return;
    machine.sendResponse(event.streamId, 200, [], false);
    machine.sendData(event.streamId, pattern(100), false);
  });
  const response = await client.request(get());
  const body = incoming(response);
  const trailers = response.trailers;
  body.cancel();
  body.cancel();
  assertEquals(await body.read(), undefined);
  assertEquals((await assertRejects(() => trailers, Http2Error)).code, "CANCEL");
  assertEquals((await assertRejects(() => response.trailers, Http2Error)).code, "CANCEL");
  await settled();
  assertEquals([peer.io.writes.at(-1), client.activeStreams], [["RST_STREAM 1 CANCEL"], 0]);
  client.close();
  await peer.closed;
});

Deno.test("client: two reads at a time are one too many", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
  });
  const body = incoming(await client.request(get()));
  const first = body.read();
  await assertRejects(() => body.read(), TypeError, "another read is pending");
  peer.machine.sendData(1, pattern(1), true);
  await peer.flush();
  assertEquals(await first, pattern(1));
  client.close();
  await peer.closed;
});

// Idle, capacity, the end

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
  await settled();
  assertEquals(peer.io.isReferenced, false);
  client.close();
  await peer.closed;
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
    await settled();
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
  await settled();
  assertEquals(peer.events.some(({ type }) => type === "request"), false);
  const before = told;
  await peer.send(new Uint8Array([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 5])); // MAX_CONCURRENT_STREAMS of 5
  await settled();
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
  await settled();
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
  await settled();
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
