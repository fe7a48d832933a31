/**
 * Uploads whose response ends before they do: given up where the response refuses the request or the server takes no
 * more, and otherwise sent to their end. Nothing of them keeps the process alive.
 *
 * @module
 */

import { withTimers } from "../../support/manual_timers.ts"; // first, because the driver keeps the timers of module load
import { assertEquals } from "@std/assert";
import { concat, equals } from "@std/bytes";
import { MAX_STUCK_UPLOAD_MS } from "../../../http2/limits.ts";
import type { Field } from "../../../http/fields.ts";
import type { OutgoingBody } from "../../../http/message.ts";
import {
  ANSWER,
  content,
  get,
  pair,
  pattern,
  type Peer,
  post,
  respond,
  runMicrotasks,
  Source,
  text,
} from "../peer.ts";

/** A source that gives a chunk when the test says so. */
class PausingSource implements OutgoingBody {
  cancelled: unknown[] = [];
  #resolve: (chunk: Uint8Array | undefined) => void = () => {};

  read(): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => this.#resolve = resolve);
  }

  cancel(reason: unknown): void {
    this.cancelled.push(reason);
  }

  give(chunk: Uint8Array | undefined): void {
    this.#resolve(chunk);
  }
}

function lastFrames(peer: Peer): string[] {
  return peer.io.writes.flat().filter((frame) => frame.startsWith("RST_STREAM"));
}

const REFUSALS: readonly { readonly status: number; readonly how: "head" | "content" | "trailers" }[] = [
  { status: 300, how: "head" },
  { status: 302, how: "content" },
  { status: 304, how: "head" },
  { status: 401, how: "trailers" },
  { status: 413, how: "content" },
  { status: 500, how: "trailers" },
  { status: 999, how: "head" },
];

for (const { status, how } of REFUSALS) {
  for (
    const body of [
      new Source(Array(100).fill(pattern(16_384))),
      new Source(Array(100).fill(pattern(16_384)), 1_638_400),
      pattern(1_000_000),
      new PausingSource(),
    ]
  ) {
    Deno.test(`client: a ${status} that ends with its ${how} gives up the upload of a ${body.constructor.name}`, async () => {
      const { client, peer } = pair(
        (event, peer) => {
          if (event.type !== "request" || event.method !== "POST") return ANSWER(event, peer);
          peer.machine.sendResponse(event.streamId, status, [], how === "head");
          if (how === "content") peer.machine.sendData(event.streamId, pattern(3), true);
          if (how === "trailers") peer.machine.sendTrailers(event.streamId, [["x-sum", "1"]]);
        },
        {},
        { initialStreamWindow: 65_535 },
      );
      const response = await client.request(post(body));
      assertEquals([response.status, (await content(response)).length], [status, how === "content" ? 3 : 0]);
      await runMicrotasks();
      assertEquals([client.idle, peer.io.isReferenced, lastFrames(peer)], [true, false, [
        "RST_STREAM 1 NO_ERROR",
      ]]);
      if (!(body instanceof Uint8Array)) {
        assertEquals(body.cancelled.map(String), [
          "Http2Error: Cannot go on sending: the server has answered and takes no more",
        ]);
      }
      assertEquals(await text(await client.request(get("/next"))), "/next");
      client.close();
      await peer.closed;
    });
  }
}

Deno.test("client: a refusal whose content goes on does not stop the upload before its end", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, 422, [], false);
    if (event.type === "data") machine.consume(event.streamId, event.data.length);
  });
  const source = new PausingSource();
  const response = await client.request(post(source));
  source.give(pattern(10));
  await runMicrotasks();
  assertEquals([source.cancelled, peer.events.at(-1)?.type, peer.io.isReferenced], [[], "data", true]);
  peer.machine.sendData(1, pattern(3), true);
  await peer.flush();
  assertEquals((await content(response)).length, 3);
  assertEquals([source.cancelled.length, client.idle], [1, true]);
  client.close();
  await peer.closed;
});

Deno.test("client: content goes on after the end of a 2xx for as long as the server takes it", async () => {
  await withTimers(MAX_STUCK_UPLOAD_MS, async (tick, count) => {
    const sent = pattern(200_000);
    const { client, peer } = pair(
      (event, { machine }) => {
        if (event.type === "request") respond(machine, event.streamId, "taken");
      },
      {},
      { initialStreamWindow: 65_535 },
    );
    const source = new Source([sent.subarray(0, 150_000), sent.subarray(150_000)]);
    assertEquals(await text(await client.request(post(source))), "taken");
    for (let taken = 0; taken < sent.length; taken += 50_000) {
      await runMicrotasks();
      peer.machine.consume(1, 50_000);
      await peer.flush();
      await runMicrotasks();
      if (taken < 100_000) tick();
      assertEquals(source.cancelled, []);
    }
    await runMicrotasks();
    const came = peer.events.flatMap((event) => event.type === "data" ? [event.data] : []);
    assertEquals([equals(concat(came), sent), peer.events.at(-1)?.type], [true, "end_of_message"]);
    assertEquals([client.idle, lastFrames(peer), count()], [true, [], 0]);
    client.close();
    await peer.closed;
  });
});

Deno.test("client: an upload that ends leaves another that the server does not take to be given up, and no later", async () => {
  await withTimers(MAX_STUCK_UPLOAD_MS, async (tick, count, total) => {
    const { client, peer } = pair(
      (event, { machine }) => {
        if (event.type === "request") respond(machine, event.streamId, "ok");
      },
      {},
      { initialStreamWindow: 65_535 },
    );
    const sources = [new Source([pattern(80_000)]), new Source([pattern(80_000)])] as const;
    await Promise.all(sources.map((source) => client.request(post(source))));
    await runMicrotasks();
    assertEquals([client.activeStreams, count()], [2, 1]);
    peer.machine.consume(1, 60_000);
    await peer.flush();
    await runMicrotasks();
    assertEquals([client.activeStreams, count(), total()], [1, 1, 1]);
    tick();
    await runMicrotasks();
    assertEquals([sources.map(({ cancelled }) => cancelled.length), client.idle, count()], [[0, 1], true, 0]);
    client.close();
    await peer.closed;
  });
});

Deno.test("client: an upload of which the server took more before it stopped is given up at the second look", async () => {
  await withTimers(MAX_STUCK_UPLOAD_MS, async (tick) => {
    const { client, peer } = pair(
      (event, { machine }) => {
        if (event.type === "request") respond(machine, event.streamId, "ok");
      },
      {},
      { initialStreamWindow: 65_535 },
    );
    const source = new Source([pattern(200_000)]);
    await client.request(post(source));
    await runMicrotasks();
    peer.machine.consume(1, 50_000);
    await peer.flush();
    await runMicrotasks();
    for (const cancelled of [0, 1]) {
      assertEquals(tick(), true);
      await runMicrotasks();
      assertEquals(source.cancelled.length, cancelled);
    }
    assertEquals([client.idle, tick()], [true, false]);
    client.close();
    await peer.closed;
  });
});

Deno.test("client: an upload whose source holds back is not given up with one that the server does not take", async () => {
  await withTimers(MAX_STUCK_UPLOAD_MS, async (tick) => {
    const { client, peer } = pair(
      (event, { machine }) => {
        if (event.type === "request") respond(machine, event.streamId, "ok");
      },
      {},
      { initialStreamWindow: 65_535 },
    );
    const [stuck, pausing] = [new Source([pattern(80_000)]), new PausingSource()];
    await Promise.all([stuck, pausing].map((source) => client.request(post(source))));
    await runMicrotasks();
    tick();
    await runMicrotasks();
    assertEquals([stuck.cancelled.length, pausing.cancelled, client.activeStreams], [1, [], 1]);
    client.close();
    await peer.closed;
  });
});

for (const status of [200, 202, 299]) {
  Deno.test(`client: content of which the server takes nothing is given up after the end of a ${status}`, async () => {
    await withTimers(MAX_STUCK_UPLOAD_MS, async (tick) => {
      const idle: number[] = [];
      const { client, peer } = pair(
        (event, { machine }) => {
          if (event.type === "request") machine.sendResponse(event.streamId, status, [], true);
        },
        { onIdle: () => idle.push(client.activeStreams) },
        { initialStreamWindow: 65_535 },
      );
      const sources = [new Source(Array(100).fill(pattern(16_384))), new Source([pattern(100_000)])] as const;
      await Promise.all(sources.map((source) => client.request(post(source))));
      await runMicrotasks();
      assertEquals([client.activeStreams, peer.io.isReferenced], [2, false]);
      assertEquals([tick(), sources.map(({ cancelled }) => cancelled.length)], [true, [1, 1]]);
      await runMicrotasks();
      assertEquals([client.idle, idle], [true, [0]]);
      assertEquals(lastFrames(peer), ["RST_STREAM 1 NO_ERROR", "RST_STREAM 3 NO_ERROR"]);
      client.close();
      await peer.closed;
    });
  });
}

Deno.test("client: content that its source holds back after the end of a 2xx has no timer, and keeps no process alive", async () => {
  await withTimers(MAX_STUCK_UPLOAD_MS, async (tick) => {
    const { client, peer } = pair((event, { machine }) => {
      if (event.type === "request") respond(machine, event.streamId, "ok");
    });
    const source = new PausingSource();
    assertEquals(await text(await client.request(post(source))), "ok");
    await runMicrotasks();
    assertEquals([tick(), peer.io.isReferenced, client.idle, source.cancelled], [false, false, false, []]);
    const next = client.request(get("/next"));
    assertEquals(peer.io.isReferenced, true);
    assertEquals(await text(await next), "ok");
    await runMicrotasks();
    assertEquals(peer.io.isReferenced, false);
    source.give(pattern(7));
    await runMicrotasks();
    source.give(undefined);
    await runMicrotasks();
    assertEquals([peer.events.at(-1)?.type, client.idle, source.cancelled], ["end_of_message", true, []]);
    client.close();
    await peer.closed;
  });
});

Deno.test("client: closing the connection tells the source of an answered upload, once", async () => {
  await withTimers(MAX_STUCK_UPLOAD_MS, async () => {
    const { client, peer } = pair(
      (event, { machine }) => {
        if (event.type === "request") respond(machine, event.streamId, "ok");
      },
      {},
      { initialStreamWindow: 65_535 },
    );
    const source = new Source(Array(100).fill(pattern(16_384)));
    await client.request(post(source));
    await runMicrotasks();
    client.close();
    await peer.closed;
    assertEquals(source.cancelled.length, 1);
  });
});

for (
  const { name, code, length, came, outcome } of [
    { name: "the length that came", code: "NO_ERROR", length: "5", came: 5, outcome: 5 },
    { name: "the length of which a part came", code: "NO_ERROR", length: "5", came: 4, outcome: "NO_ERROR" },
    { name: "no length", code: "NO_ERROR", length: undefined, came: 5, outcome: "NO_ERROR" },
    {
      name: "the length that came, and another code",
      code: "CANCEL",
      length: "5",
      came: 5,
      outcome: "CANCEL",
    },
  ] as const
) {
  Deno.test(`T-31: client: RST_STREAM in place of the end of a response with ${name}`, async () => {
    const { client, peer } = pair((event, { machine }) => {
      if (event.type !== "request") return;
      const fields: Field[] = length === undefined ? [] : [["content-length", length]];
      machine.sendResponse(event.streamId, 200, fields, false);
      machine.sendData(event.streamId, pattern(came), false);
    });
    const source = new PausingSource();
    const response = await client.request(post(source));
    peer.machine.reset(1, code);
    await peer.flush();
    assertEquals(await content(response).then((all) => all.length, (error) => error.code), outcome);
    assertEquals([source.cancelled.length, client.idle], [1, true]);
    client.close();
    await peer.closed;
  });
}

Deno.test("client: a tunnel whose server has ended its half stays open for the other", async () => {
  await withTimers(MAX_STUCK_UPLOAD_MS, async (tick) => {
    const { client, peer } = pair(
      (event, { machine }) => {
        if (event.type === "request") machine.sendResponse(event.streamId, 200, [], true);
      },
      {},
      { initialStreamWindow: 65_535 },
    );
    const fields: readonly Field[] = [];
    const source = new Source(Array(10).fill(pattern(16_384)));
    await client.request({ ...post(source, fields), method: "CONNECT", target: "b.test:443" });
    await runMicrotasks();
    assertEquals([tick(), source.cancelled, peer.io.isReferenced], [false, [], true]);
    client.close();
    await peer.closed;
  });
});
