/**
 * Two machines, back to back.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { concat, equals } from "@std/bytes";
import type { Field } from "../../http/fields.ts";
import { Http2Connection } from "../../http2/connection.ts";
import type { Http2Event } from "../../http2/events.ts";
import { SettingId } from "../../http2/protocol.ts";
import { exchange, feed, feedAll, settings, splits, windowUpdate } from "./raw_frames.ts";

const TARGET = { method: "POST", scheme: "https", authority: "a.test", path: "/path?query" };
const FIELDS: readonly Field[] = [["accept", "*/*"], ["x-long", "v".repeat(100)], ["cookie", "secret=1"]];

/** Events without the bytes' buffers, in order. */
function recorder(): { seen: Http2Event[]; record: (event: Http2Event) => void } {
  const seen: Http2Event[] = [];
  return {
    seen,
    record: (event) => seen.push(event.type === "data" ? { ...event, data: event.data.slice() } : event),
  };
}

Deno.test("pair: a request with content and trailers, a response with 103, content and trailers", () => {
  const client = new Http2Connection("client");
  const server = new Http2Connection("server");
  const { seen, record } = recorder();
  const id = client.sendRequest(TARGET, FIELDS, false);
  client.sendData(id, new TextEncoder().encode("question"), false);
  client.sendTrailers(id, [["x-sum", "8"]]);
  exchange(client, server, (event, machine) => {
    if (event.type !== "settings" && event.type !== "window") record(event);
    if (machine !== server || event.type !== "end_of_message") return;
    server.sendInformational(id, 103, [["link", "</x>"]]);
    server.sendResponse(id, 200, [["content-length", "6"]], false);
    server.sendData(id, new TextEncoder().encode("answer"), false);
    server.sendTrailers(id, [["x-time", "1"]]);
  });
  const { path, ...target } = TARGET;
  assertEquals(seen, [
    { type: "request", streamId: 1, ...target, path, fields: FIELDS, contentLength: undefined },
    { type: "data", streamId: 1, data: new TextEncoder().encode("question") },
    { type: "end_of_message", streamId: 1, trailers: [["x-sum", "8"]] },
    { type: "informational", streamId: 1, status: 103, fields: [["link", "</x>"]] },
    {
      type: "response",
      streamId: 1,
      status: 200,
      fields: [["content-length", "6"]],
      contentLength: 6,
    },
    { type: "data", streamId: 1, data: new TextEncoder().encode("answer") },
    { type: "end_of_message", streamId: 1, trailers: [["x-time", "1"]] },
  ]);
  assertEquals([client.activeStreams, server.activeStreams], [0, 0]);
});

Deno.test("pair: content of any length goes both ways through small windows", () => {
  const window = 20_000;
  const options = { initialStreamWindow: window, initialConnectionWindow: 65_535 };
  const client = new Http2Connection("client", options);
  const server = new Http2Connection("server", options);
  const content = new Uint8Array(700_000).map((_, i) => i * 7);
  const ids = [client.sendRequest(TARGET, [], false), client.sendRequest(TARGET, [], false)];
  const left = new Map<string, Uint8Array>();
  const received = new Map<string, Uint8Array[]>();
  for (const id of ids) left.set(`client ${id}`, content);

  const push = (machine: Http2Connection): void => {
    for (const [key, rest] of left) {
      const [role, id] = key.split(" ");
      if (role !== machine.role) continue;
      const taken = machine.sendData(Number(id), rest, true);
      if (taken === rest.length) left.delete(key);
      else left.set(key, rest.subarray(taken));
    }
  };
  push(client);
  exchange(client, server, (event, machine) => {
    if (event.type === "request") {
      server.sendResponse(event.streamId, 200, [], false);
      left.set(`server ${event.streamId}`, content);
    }
    if (event.type === "data") {
      assert(event.data.length <= Math.max(window, 65_535));
      const key = `${machine.role} ${event.streamId}`;
      received.set(key, [...received.get(key) ?? [], event.data.slice()]);
      machine.consume(event.streamId, event.data.length);
    }
    push(machine);
  });
  for (const [key, chunks] of received) assert(equals(concat(chunks), content), key);
  assertEquals([received.size, left.size, client.activeStreams, server.activeStreams], [4, 0, 0, 0]);
});

Deno.test("pair: heads larger than a frame, and their trailers, use CONTINUATION both ways", () => {
  const limits = { maxHeaderListSize: 200_000 };
  const client = new Http2Connection("client", limits);
  const server = new Http2Connection("server", limits);
  const { seen, record } = recorder();
  const large: Field[] = Array.from(
    { length: 30 },
    (_, i) => [`x-${i}`, String.fromCharCode(0xa0 + i).repeat(2000)],
  );
  const id = client.sendRequest({ ...TARGET, method: "GET" }, large, true);
  exchange(client, server, (event, machine) => {
    record(event);
    if (machine === client || event.type !== "request") return;
    machine.sendResponse(id, 200, large, false);
    machine.sendTrailers(id, large);
  });
  assertEquals(
    seen.flatMap((event) => event.type === "request" || event.type === "response" ? [event.fields] : []),
    [large, large],
  );
  assertEquals(
    seen.flatMap((event) => event.type === "end_of_message" ? [event.trailers] : []),
    [[], large],
  );
});

Deno.test("pair: a thousand streams at a time", () => {
  const client = new Http2Connection("client");
  const server = new Http2Connection("server", { maxConcurrentStreams: 1000 });
  exchange(client, server, () => {});
  assertEquals(client.openable, 1000);
  for (let i = 0; i < 1000; i++) client.sendRequest({ ...TARGET, path: `/${i}` }, FIELDS, true);
  assertEquals(client.openable, 0);
  const answers = new Map<number, string>();
  exchange(client, server, (event) => {
    if (event.type === "request") {
      server.sendResponse(event.streamId, 200, [["x-path", event.path]], false);
      server.sendData(event.streamId, new TextEncoder().encode(event.path), true);
    }
    if (event.type === "data") {
      answers.set(event.streamId, new TextDecoder().decode(event.data));
    }
  });
  assertEquals(answers.size, 1000);
  for (const [id, path] of answers) assertEquals(path, `/${(id - 1) / 2}`);
  assertEquals([client.activeStreams, server.activeStreams, client.openable], [0, 0, 1000]);
});

Deno.test("pair: PING, GOAWAY and resets arrive", () => {
  const client = new Http2Connection("client");
  const server = new Http2Connection("server");
  const { seen, record } = recorder();
  const first = client.sendRequest(TARGET, [], false);
  const second = client.sendRequest(TARGET, [], false);
  exchange(client, server, () => {});
  client.ping(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
  client.reset(first, "CANCEL");
  server.reset(second, "ENHANCE_YOUR_CALM");
  server.goAway("HTTP_1_1_REQUIRED");
  exchange(client, server, record);
  assertEquals(
    seen.map((event) => [event.type, "error" in event && event.error.code, "code" in event && event.code]),
    [
      ["reset", "CANCEL", false],
      ["reset", "ENHANCE_YOUR_CALM", false],
      ["go_away", false, "HTTP_1_1_REQUIRED"],
      ["ping_ack", false, false],
    ],
  );
});

Deno.test("pair: the encoder keeps to a smaller table as soon as the peer wants it", () => {
  const client = new Http2Connection("client");
  client.receive(settings([SettingId.HEADER_TABLE_SIZE, 0]));
  client.next();
  const server = new Http2Connection("server");
  const { seen, record } = recorder();
  for (let i = 0; i < 3; i++) {
    client.sendRequest(TARGET, FIELDS, true);
    server.receive(client.output()?.slice() ?? new Uint8Array());
    for (let event = server.next(); event !== undefined; event = server.next()) record(event);
  }
  assertEquals(
    seen.flatMap((event) => event.type === "request" ? [event.fields] : []),
    [FIELDS, FIELDS, FIELDS],
  );
});

Deno.test("pair: the peer's frame size is used, and no more than it", () => {
  const client = new Http2Connection("client");
  feedAll(
    client,
    settings([SettingId.MAX_FRAME_SIZE, 20_000], [SettingId.INITIAL_WINDOW_SIZE, 1 << 20]),
    windowUpdate(0, 1 << 20),
  );
  client.output();
  const server = new Http2Connection("server", { maxFrameSize: 20_000 });
  server.output();
  const id = client.sendRequest(TARGET, [], false);
  client.sendData(id, new Uint8Array(50_000), true);
  const wire = client.output() ?? new Uint8Array();
  // 3 frames of DATA behind HEADERS.
  assertEquals(wire.length, 50_000 + 3 * 9 + (wire[2] ?? 0) + 9);
});

/** A conversation as it went over the wire, from either side. */
function record(): { toClient: Uint8Array; toServer: Uint8Array } {
  const wire: Record<string, Uint8Array[]> = { client: [], server: [] };
  const client = new Http2Connection("client");
  const server = new Http2Connection("server");
  const id = client.sendRequest(TARGET, FIELDS, false);
  client.sendRequest({ ...TARGET, method: "GET" }, FIELDS, true);
  client.sendData(id, new Uint8Array(300), true);
  for (let round = 0; round < 4; round++) {
    for (const [from, to] of [[client, server], [server, client]] as const) {
      const output = from.output()?.slice();
      if (output === undefined) continue;
      wire[to.role]?.push(output);
      to.receive(output);
      for (let event = to.next(); event !== undefined; event = to.next()) {
        if (event.type === "request") {
          server.sendInformational(event.streamId, 100, []);
          server.sendResponse(event.streamId, 200, [["server", "pair"]], false);
          server.sendData(event.streamId, new Uint8Array(200), false);
          server.sendTrailers(event.streamId, [["x-sum", "1"]]);
          server.ping(new Uint8Array(8));
        }
      }
    }
  }
  return { toClient: concat(wire.client ?? []), toServer: concat(wire.server ?? []) };
}

Deno.test("pair: a conversation means the same however it is cut", () => {
  const { toClient, toServer } = record();
  const asClient = (pieces: Uint8Array[]) => {
    const machine = new Http2Connection("client");
    machine.sendRequest(TARGET, FIELDS, false);
    machine.sendRequest({ ...TARGET, method: "GET" }, FIELDS, true);
    machine.output();
    return feed(machine, pieces);
  };
  const asServer = (pieces: Uint8Array[]) => {
    const machine = new Http2Connection("server");
    machine.output();
    return feed(machine, pieces);
  };
  for (const [wire, end] of [[toClient, asClient], [toServer, asServer]] as const) {
    const whole = end([wire]);
    assertEquals([whole.failure, whole.events.length > 5], [undefined, true]);
    for (const pieces of splits(wire)) assertEquals(end(pieces), whole, `${pieces.length} pieces`);
  }
});
