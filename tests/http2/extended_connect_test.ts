/** Extended CONNECT (RFC 8441) and tunnels (RFC 9113 §8.5) in the machine. */

import { assertEquals, assertThrows } from "@std/assert";
import type { Field } from "../../http/fields.ts";
import { Http2Connection } from "../../http2/connection.ts";
import { SettingId } from "../../http2/protocol.ts";
import { fatal, refused, testRows } from "./hostile_server.ts";
import {
  data,
  describe,
  exchange,
  feed,
  feedAll,
  headers,
  lastData,
  response,
  server,
  settings,
  splits,
} from "./raw_frames.ts";

const ALLOWED = settings([SettingId.ENABLE_CONNECT_PROTOCOL, 1]);
const TARGET = {
  method: "CONNECT",
  scheme: "https",
  authority: "a.test",
  path: "/chat",
  protocol: "websocket",
};
/** A CONNECT whose stream is open for a tunnel. */
const CONNECTING = { method: "CONNECT", open: true };

testRows([
  {
    name: "T-41: extended CONNECT is allowed by 1, also when it is said twice",
    wire: [ALLOWED, ALLOWED],
    events: ["settings", "settings"],
    output: ["SETTINGS ack", "SETTINGS ack"],
  },
  {
    name: "T-41: SETTINGS_ENABLE_CONNECT_PROTOCOL of 2",
    wire: [settings([SettingId.ENABLE_CONNECT_PROTOCOL, 2])],
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "T-41: SETTINGS_ENABLE_CONNECT_PROTOCOL of 0 after 1, in two frames",
    wire: [ALLOWED, settings([SettingId.ENABLE_CONNECT_PROTOCOL, 0])],
    ...fatal("PROTOCOL_ERROR", ["settings"], ["SETTINGS ack"]),
  },
  {
    name: "T-41: SETTINGS_ENABLE_CONNECT_PROTOCOL of 0 after 1, in one frame",
    wire: [settings([SettingId.ENABLE_CONNECT_PROTOCOL, 1], [SettingId.ENABLE_CONNECT_PROTOCOL, 0])],
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "T-42: HEADERS in a tunnel, in the place of trailers",
    start: CONNECTING,
    wire: [response(1), data(1, "abc"), headers(1, [["x-sum", "3"]], true)],
    ...refused(["response 1 200", "data 1 3"]),
  },
  {
    name: "T-42: a tunnel whose head has a length, which says nothing",
    start: CONNECTING,
    wire: [headers(1, [[":status", "200"], ["content-length", "1"]]), data(1, "abc"), lastData(1, "")],
    events: ["response 1 200", "data 1 3", "end_of_message 1"],
  },
  {
    name: "T-42: a tunnel that 299 opens, and a length that says nothing",
    start: CONNECTING,
    wire: [headers(1, [[":status", "299"], ["content-length", "1"]]), data(1, "abc")],
    events: ["response 1 299", "data 1 3"],
  },
  {
    name: "T-42: a CONNECT that 300 refuses, with less content than its length",
    start: CONNECTING,
    wire: [headers(1, [[":status", "300"], ["content-length", "1"]]), lastData(1, "")],
    ...refused(["response 1 300"]),
  },
]);

/** Pseudo-fields and fields of an extended CONNECT, with changes; `undefined` leaves one out. */
function extended(changes: Readonly<Record<string, string | undefined>> = {}, ...fields: Field[]): Field[] {
  const pseudo: Record<string, string | undefined> = {
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":scheme": "https",
    ":path": "/chat",
    ":authority": "a.test",
    ...changes,
  };
  const own = Object.entries(pseudo).flatMap(([name, value]): Field[] =>
    value === undefined ? [] : [[name, value]]
  );
  return [...own, ...fields];
}

for (
  const [name, fields] of [
    ["without :scheme", extended({ ":scheme": undefined })],
    ["without :path", extended({ ":path": undefined })],
    ["without :authority", extended({ ":authority": undefined })],
    ["without :authority, beside a host", extended({ ":authority": undefined }, ["host", "a.test"])],
    ["with an empty :protocol", extended({ ":protocol": "" })],
    ["with a :protocol that is no token", extended({ ":protocol": "a b" })],
    ["with two :protocol", [...extended(), [":protocol", "websocket"]]],
    ["with another method", extended({ ":method": "GET" })],
    ["with connection and upgrade", extended({}, ["connection", "upgrade"], ["upgrade", "websocket"])],
  ] as const
) {
  Deno.test(`server machine: T-43: an extended CONNECT ${name}`, () => {
    const wire = headers(1, fields);
    for (const pieces of splits(wire)) {
      const outcome = feed(server({ enableConnectProtocol: true }), pieces);
      assertEquals(outcome.failure, undefined);
      assertEquals(outcome.output, ["RST_STREAM 1 PROTOCOL_ERROR"]);
    }
  });
}

Deno.test("server machine: T-43: an extended CONNECT that was not allowed", () => {
  assertEquals(feed(server(), [headers(1, extended())]).output, ["RST_STREAM 1 PROTOCOL_ERROR"]);
});

Deno.test("server machine: T-42: HEADERS in a tunnel that a 2xx has opened, and trailers of a refused CONNECT", () => {
  for (const status of [200, 204, 299, 300, 404]) {
    const machine = server({ enableConnectProtocol: true });
    feed(machine, [headers(1, extended())]);
    machine.sendResponse(1, status, [], false);
    machine.output();
    const { output } = feed(machine, [headers(1, [["x-sum", "3"]], true)]);
    assertEquals(output, status < 300 ? ["RST_STREAM 1 PROTOCOL_ERROR"] : [], String(status));
  }
});

Deno.test("machine: T-43: no extended CONNECT goes out before SETTINGS allow it", () => {
  for (const settled of [false, true]) {
    const machine = new Http2Connection("client");
    if (settled) feedAll(machine, settings());
    machine.output();
    assertThrows(() => machine.sendRequest(TARGET, [], false), TypeError, "not allowed extended CONNECT");
    assertEquals([machine.output(), machine.hasPeerSettings], [undefined, settled]);
  }
  const machine = new Http2Connection("client");
  feedAll(machine, ALLOWED);
  machine.output();
  assertThrows(() => machine.sendRequest({ ...TARGET, method: "GET" }, [], false), TypeError, "only CONNECT");
  assertThrows(
    () => machine.sendRequest({ ...TARGET, protocol: "a b" }, [], false),
    TypeError,
    "not a token",
  );
  assertThrows(() => machine.sendRequest({ ...TARGET, path: "chat" }, [], false), TypeError, "path");
  assertEquals(machine.sendRequest(TARGET, [], false), 1);
  assertEquals(describe(machine.output()?.slice()), ["HEADERS 1"]);
});

Deno.test("pair: an extended CONNECT carries bytes both ways, and each direction ends by itself", () => {
  const client = new Http2Connection("client");
  const peer = new Http2Connection("server", { enableConnectProtocol: true });
  exchange(client, peer, () => {});
  const id = client.sendRequest(TARGET, [["sec-websocket-version", "13"], ["content-length", "7"]], false);
  client.sendData(id, new TextEncoder().encode("there"), false);
  const seen: unknown[] = [];
  exchange(client, peer, (event, machine) => {
    if (event.type === "request") {
      const { type: _type, ...head } = event;
      seen.push(head);
      peer.sendResponse(id, 200, [], false);
      peer.sendData(id, new TextEncoder().encode("back"), true);
      assertThrows(() => peer.sendTrailers(id, [["x", "y"]]), TypeError);
    }
    if (event.type === "data") seen.push([machine.role, new TextDecoder().decode(event.data)]);
    if (event.type === "end_of_message") seen.push([machine.role, "end"]);
  });
  assertEquals([client.activeStreams, peer.activeStreams], [1, 1]);
  assertThrows(() => client.sendTrailers(id, [["x", "y"]]), TypeError, "tunnel");
  client.sendData(id, new TextEncoder().encode("more"), true);
  exchange(client, peer, (event, machine) => {
    if (event.type === "data") seen.push([machine.role, new TextDecoder().decode(event.data)]);
    if (event.type === "end_of_message") seen.push([machine.role, "end"]);
  });
  assertEquals(seen, [
    {
      streamId: 1,
      ...TARGET,
      fields: [["sec-websocket-version", "13"], ["content-length", "7"]],
      contentLength: 7,
    },
    ["server", "there"],
    ["client", "back"],
    ["client", "end"],
    ["server", "more"],
    ["server", "end"],
  ]);
  assertEquals([client.activeStreams, peer.activeStreams], [0, 0]);
});
