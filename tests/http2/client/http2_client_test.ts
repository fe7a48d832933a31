/**
 * The client driver against a server machine: requests, responses, and giving them up.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { concat, equals } from "@std/bytes";
import { Http2Error } from "../../../http2/error.ts";
import {
  ANSWER,
  content,
  get,
  incoming,
  pair,
  pattern,
  post,
  respond,
  runMicrotasks,
  Source,
  text,
} from "../peer.ts";

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

Deno.test("client: a response counts as unread from its head to its end, except while a read waits", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type !== "request") return;
    machine.sendResponse(event.streamId, 200, [], false);
    machine.sendData(event.streamId, pattern(10), false);
  });
  const pending = client.request(get());
  assertEquals(client.unreadResponses, 0);
  const body = incoming(await pending);
  assertEquals(client.unreadResponses, 1);
  await body.read();
  assertEquals(client.unreadResponses, 1);
  const next = body.read();
  assertEquals(client.unreadResponses, 0);
  peer.machine.sendData(1, pattern(10), true);
  await peer.flush();
  await next;
  assertEquals([await body.read(), client.unreadResponses], [undefined, 0]);
  client.close();
  await peer.closed;
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

Deno.test("client: small content has memory of its own, unless sharing is allowed", async () => {
  for (const shareMemory of [false, true]) {
    const { client, peer } = pair((event, { machine }) => {
      if (event.type !== "request") return;
      machine.sendResponse(event.streamId, 200, [], false);
      machine.sendData(event.streamId, pattern(event.path.length, event.path.length), true);
    }, { shareMemory });
    const bodies: Uint8Array[] = [];
    for (const length of [5, 6, 4096, 4097]) {
      const { body } = await client.request(get(`/${"x".repeat(length - 1)}`));
      assert(body instanceof Uint8Array);
      assertEquals(body, pattern(length, length));
      bodies.push(body);
    }
    for (const body of bodies) assertEquals(body, pattern(body.length, body.length), "it stays as it was");
    const [first, second, , large] = bodies.map((body) => body.buffer);
    assertEquals(first === second, shareMemory);
    assertEquals(large?.byteLength, 4097, "what is larger is never shared");
    client.close();
    await peer.closed;
  }
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
    await runMicrotasks();
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

// Giving up

Deno.test("client: cancelling a request that has no response resets its stream, and rejects with the reason", async () => {
  const { client, peer } = pair();
  const reason = new DOMException("enough", "AbortError");
  let cancel = (_: unknown) => {};
  const source = new Source((function* () {
    for (;;) yield pattern(10_000);
  })());
  const response = client.request(post(source), { onCancel: (with_) => cancel = with_ });
  await runMicrotasks();
  cancel(reason);
  assertEquals(await response.catch((error) => error), reason);
  await runMicrotasks();
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
  await runMicrotasks();
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
  await runMicrotasks();
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
