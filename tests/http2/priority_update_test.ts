/** PRIORITY_UPDATE (RFC 9218 §7): both roles of the machine, and the driver. */

import { assertEquals, assertThrows } from "@std/assert";
import { Http2Connection } from "../../http2/connection.ts";
import { FrameType } from "../../http2/protocol.ts";
import { fatal, testRows } from "./hostile_server.ts";
import { pair, respond } from "./peer.ts";
import { bytes, exchange, feed, frame, headers, number, reset, server, splits } from "./raw_frames.ts";

const GET = [[":method", "GET"], [":scheme", "https"], [":authority", "a.test"], [":path", "/"]] as const;

/** PRIORITY_UPDATE, whatever it says. */
function update(prioritized: number, value: string | Uint8Array = "u=1, i", streamId = 0): Uint8Array {
  return frame(FrameType.PRIORITY_UPDATE, 0, streamId, bytes(number(prioritized, 4), value));
}

testRows([
  { name: "T-45: PRIORITY_UPDATE from a server", wire: [update(1)], ...fatal("PROTOCOL_ERROR") },
  {
    name: "T-45: PRIORITY_UPDATE from a server, on a stream",
    wire: [update(1, "u=1", 1)],
    ...fatal("PROTOCOL_ERROR"),
  },
]);

const OPEN = headers(1, GET);
const REQUESTED = "request 1 GET /";

/** What a client sends, and what a server makes of it. */
const ROWS: readonly {
  readonly name: string;
  readonly wire: readonly Uint8Array[];
  readonly events?: readonly string[];
  readonly failure?: string;
}[] = [
  {
    name: "for an open stream, one that is not open yet, and an empty value",
    wire: [update(1), OPEN, update(1, "u=0"), update(1, ""), update(3, "i")],
    events: [
      "priority_update 1 u=1, i",
      REQUESTED,
      "priority_update 1 u=0",
      "priority_update 1 ",
      "priority_update 3 i",
    ],
  },
  {
    name: "for a stream that was reset",
    wire: [OPEN, reset(1), update(1)],
    events: [REQUESTED, "reset 1 CANCEL remote responding"],
  },
  {
    name: "with the reserved bit",
    wire: [OPEN, update(0x8000_0001)],
    events: [REQUESTED, "priority_update 1 u=1, i"],
  },
  { name: "for stream 0", wire: [update(0)], failure: "PROTOCOL_ERROR" },
  { name: "for a pushed stream", wire: [update(2)], failure: "PROTOCOL_ERROR" },
  { name: "on a stream", wire: [OPEN, update(1, "u=1", 1)], events: [REQUESTED], failure: "PROTOCOL_ERROR" },
  {
    name: "without an identifier",
    wire: [frame(FrameType.PRIORITY_UPDATE, 0, 0, "abc")],
    failure: "FRAME_SIZE_ERROR",
  },
  { name: "with a byte beyond ASCII", wire: [update(1, bytes(0xff))], failure: "PROTOCOL_ERROR" },
  { name: "with a line feed", wire: [update(1, "u=1\n")], failure: "PROTOCOL_ERROR" },
  {
    name: "for more idle streams than may be open beside those that are",
    wire: [OPEN, update(3), update(5), update(3), update(7)],
    events: [REQUESTED, "priority_update 3 u=1, i", "priority_update 5 u=1, i", "priority_update 3 u=1, i"],
    failure: "PROTOCOL_ERROR",
  },
  {
    name: "for streams that are opened and end, one after the other, without end",
    wire: [1, 3, 5, 7, 9, 11].flatMap((id) => [update(id), headers(id, GET), reset(id)]),
    events: [1, 3, 5, 7, 9, 11].flatMap((id) => [
      `priority_update ${id} u=1, i`,
      `request ${id} GET /`,
      `reset ${id} CANCEL remote responding`,
    ]),
  },
  {
    name: "for as many idle streams as may be open, once all that had a priority before them were opened",
    wire: [
      ...[1, 3, 5].map((id) => update(id)),
      ...[1, 3, 5].flatMap((id) => [headers(id, GET), reset(id)]),
      ...[7, 9, 11, 13].map((id) => update(id)),
    ],
    events: [
      ...[1, 3, 5].map((id) => `priority_update ${id} u=1, i`),
      ...[1, 3, 5].flatMap((id) => [`request ${id} GET /`, `reset ${id} CANCEL remote responding`]),
      ...[7, 9, 11].map((id) => `priority_update ${id} u=1, i`),
    ],
    failure: "PROTOCOL_ERROR",
  },
  {
    name: "with the first and the last visible character",
    wire: [OPEN, update(1, " ~")],
    events: [REQUESTED, "priority_update 1  ~"],
  },
  { name: "with DEL", wire: [update(1, "u=1\x7f")], failure: "PROTOCOL_ERROR" },
  { name: "with the last control character", wire: [update(1, "\x1f")], failure: "PROTOCOL_ERROR" },
];

for (const { name, wire, events = [], failure } of ROWS) {
  Deno.test(`server machine: T-45: PRIORITY_UPDATE ${name}`, () => {
    for (const pieces of splits(bytes(...wire))) {
      const outcome = feed(server({ maxConcurrentStreams: 3 }), pieces);
      assertEquals([outcome.events, outcome.failure], [events, failure]);
    }
  });
}

Deno.test("pair: a client gives an open response another priority, and one that has ended none", () => {
  const client = new Http2Connection("client");
  const peer = new Http2Connection("server");
  const id = client.sendRequest({ method: "GET", scheme: "https", authority: "a.test", path: "/" }, [[
    "priority",
    "u=7",
  ]], true);
  client.updatePriority(id, "u=0, i");
  client.updatePriority(99, "u=0");
  const seen: unknown[] = [];
  exchange(client, peer, (event) => {
    if (event.type === "request") seen.push(event.fields);
    if (event.type === "priority_update") seen.push([event.streamId, event.priority]);
  });
  assertEquals(seen, [[["priority", "u=7"]], [id, "u=0, i"]]);
  peer.sendResponse(id, 200, [], true);
  exchange(client, peer, () => {});
  client.updatePriority(id, "u=0");
  assertEquals(client.output(), undefined);
  for (const value of ["u=1\r\n", "ü", "u=1\x7f", "u".repeat(1001)]) {
    assertThrows(() => client.updatePriority(id, value), TypeError, "short ASCII");
  }
  assertThrows(() => peer.updatePriority(id, "u=1"), TypeError, "a server sends none");
});

Deno.test("driver: a response whose content is still to come can be given another priority", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
    if (event.type === "priority_update") {
      machine.sendData(event.streamId, new TextEncoder().encode(event.priority), true);
    }
  });
  const request = { method: "GET", scheme: "https", authority: "a.test", target: "/", fields: [] };
  const response = await client.request(request);
  response.reprioritize?.("u=2");
  const { body } = response;
  assertEquals(body instanceof Uint8Array ? body : await body.read(), new TextEncoder().encode("u=2"));
  response.reprioritize?.("u=3");
  await client.ping();
  assertEquals(peer.events.filter(({ type }) => type === "priority_update").length, 1);
  client.close();
  await peer.closed;
});

Deno.test("driver: a response that came whole has no priority any more", async () => {
  const { client, peer } = pair((event, { machine }) => {
    if (event.type === "end_of_message") respond(machine, event.streamId, "all");
  });
  const { reprioritize } = await client.request({
    method: "GET",
    scheme: "https",
    authority: "a.test",
    target: "/",
    fields: [],
  });
  assertEquals(reprioritize, undefined);
  client.close();
  await peer.closed;
});
