/**
 * What a server does when a client breaks the rules, or bends them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import type { Field } from "../../http/fields.ts";
import { Http2Connection } from "../../http2/connection.ts";
import type { Http2RequestEvent } from "../../http2/events.ts";
import type { Http2ConnectionOptions } from "../../http2/options.ts";
import { CLIENT_PREFACE, Flag, FrameType, SettingId } from "../../http2/protocol.ts";
import { lengths } from "./hostile_server.ts";
import {
  block,
  bytes,
  data,
  feed,
  frame,
  GET,
  goAway,
  headers,
  lastData,
  number,
  type Outcome,
  ping,
  reset,
  server,
  settings,
  SETTINGS_ACK,
  splits,
  windowUpdate,
} from "./raw_frames.ts";

interface Row extends Partial<Outcome> {
  readonly name: string;
  readonly start?: Http2ConnectionOptions;
  readonly wire: readonly Uint8Array[];
  /** Too long to be cut at every place; fed whole, and in pieces of 1000 bytes. */
  readonly long?: true;
}

const NONE = { events: [], output: [], failure: undefined };

/** The connection ends with this code, when stream `last` was the last. */
function fatal(code: string, last = 0, events: string[] = []): Partial<Outcome> {
  return { failure: code, events, output: [`GOAWAY ${last} ${code}`] };
}

/** A request that never becomes an event. */
function malformed(name: string, fields: readonly Field[], end = true): Row {
  return { name, wire: [headers(1, fields, end)], output: ["RST_STREAM 1 PROTOCOL_ERROR"] };
}

/** GET with pseudo-fields replaced, and one left out where its value is undefined. */
function get(changes: Record<string, string | undefined>, ...more: Field[]): Field[] {
  const fields: Field[] = [];
  for (const [name, value] of Object.entries({ ...Object.fromEntries(GET), ...changes })) {
    if (value !== undefined) fields.push([name, value]);
  }
  return [...fields, ...more];
}

const POST = get({ ":method": "POST" });

const ROWS: readonly Row[] = [
  { name: "a request", wire: [headers(1, GET, true)], events: ["request 1 GET /", "end_of_message 1"] },
  {
    name: "a request with content and trailers",
    wire: [headers(1, POST), data(1, "abc"), headers(1, [["x-sum", "1"]], true)],
    events: ["request 1 POST /", "data 1 3", "end_of_message 1 with 1 trailers"],
  },
  {
    name: "a field block over several frames",
    wire: [
      frame(FrameType.HEADERS, Flag.END_STREAM, 1, block(GET.slice(0, 1))),
      frame(FrameType.CONTINUATION, 0, 1, block(GET.slice(1, 3))),
      frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, block(GET.slice(3))),
    ],
    events: ["request 1 GET /", "end_of_message 1"],
  },
  {
    name: "stream identifiers may be skipped",
    wire: [headers(7, GET, true), headers(9, GET, true)],
    events: ["request 7 GET /", "end_of_message 7", "request 9 GET /", "end_of_message 9"],
  },
  {
    name: "a stream whose identifier was skipped is not opened later",
    wire: [headers(7, GET, true), headers(5, GET, true)],
    ...fatal("PROTOCOL_ERROR", 7, ["request 7 GET /", "end_of_message 7"]),
  },
  { name: "HEADERS on an even stream", wire: [headers(2, GET, true)], ...fatal("PROTOCOL_ERROR") },
  { name: "DATA on a stream that was never opened", wire: [data(1, "x")], ...fatal("PROTOCOL_ERROR") },
  { name: "RST_STREAM on a stream that was never opened", wire: [reset(1)], ...fatal("PROTOCOL_ERROR") },
  {
    name: "WINDOW_UPDATE on a stream that was never opened",
    wire: [windowUpdate(1, 1)],
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "PRIORITY on a stream that was never opened is ignored",
    wire: [frame(FrameType.PRIORITY, 0, 5, bytes(number(3, 4), 1)), headers(1, GET, true)],
    events: ["request 1 GET /", "end_of_message 1"],
  },
  {
    name: "DATA after the end of a request",
    wire: [headers(1, GET, true), data(1, "x")],
    events: ["request 1 GET /", "end_of_message 1", "reset 1 STREAM_CLOSED local responding"],
    output: ["RST_STREAM 1 STREAM_CLOSED"],
  },
  {
    name: "HEADERS after the end of a request",
    wire: [headers(1, GET, true), headers(1, GET, true)],
    events: ["request 1 GET /", "end_of_message 1", "reset 1 STREAM_CLOSED local responding"],
    output: ["RST_STREAM 1 STREAM_CLOSED"],
  },
  {
    name: "a second head in the content",
    wire: [headers(1, POST), headers(1, POST)],
    events: ["request 1 POST /", "reset 1 PROTOCOL_ERROR local responding"],
    output: ["RST_STREAM 1 PROTOCOL_ERROR"],
  },
  {
    name: "PUSH_PROMISE from a client",
    wire: [frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, bytes(number(2, 4), block(GET)))],
    ...fatal("PROTOCOL_ERROR"),
  },
  { name: "PING is acknowledged", wire: [ping()], output: ["PING ack"] },
  { name: "GOAWAY", wire: [goAway(0)], events: ["go_away 0 NO_ERROR"] },
  {
    name: "ENABLE_PUSH of 1, which a client may send",
    wire: [settings([SettingId.ENABLE_PUSH, 1])],
    events: ["settings"],
    output: ["SETTINGS ack"],
  },
  {
    name: "ENABLE_PUSH of 2, which no end may send",
    wire: [settings([SettingId.ENABLE_PUSH, 2])],
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "a list over the limit",
    start: { maxHeaderListSize: 300 },
    wire: [headers(1, get({}, ["x", "y".repeat(300)]), true), headers(3, GET, true)],
    events: ["request 3 GET /", "end_of_message 3"],
    output: ["HEADERS 1 end"],
  },
  {
    name: "Content-Length that the content does not reach",
    wire: [headers(1, get({ ":method": "POST" }, ["content-length", "5"])), data(1, "abcd"), lastData(1, "")],
    events: ["request 1 POST /", "data 1 4", "reset 1 PROTOCOL_ERROR local responding"],
    output: ["RST_STREAM 1 PROTOCOL_ERROR"],
  },
  {
    name: "Content-Length that the content passes",
    wire: [headers(1, get({ ":method": "POST" }, ["content-length", "3"])), data(1, "abc"), lastData(1, "d")],
    events: ["request 1 POST /", "data 1 3", "reset 1 PROTOCOL_ERROR local responding"],
    output: ["RST_STREAM 1 PROTOCOL_ERROR"],
  },
  malformed("Content-Length and no content", get({}, ["content-length", "5"])),
  malformed("no method", get({ ":method": undefined })),
  malformed("an empty method", get({ ":method": "" })),
  malformed("a method that is no token", get({ ":method": "G T" })),
  malformed("no scheme", get({ ":scheme": undefined })),
  malformed("no path", get({ ":path": undefined })),
  malformed("an empty path", get({ ":path": "" })),
  malformed("a path that does not begin with a slash", get({ ":path": "x" })),
  malformed("an asterisk, but not for OPTIONS", get({ ":path": "*" })),
  malformed("a pseudo-field twice", [...GET, [":path", "/"]]),
  malformed("a pseudo-field after a field", [["x", "y"], ...GET]),
  malformed("an unknown pseudo-field", get({ ":x": "y" })),
  malformed("a response's pseudo-field", get({ ":status": "200" })),
  malformed("the pseudo-field of extended CONNECT, which was not offered", get({ ":protocol": "websocket" })),
  {
    name: "T-06: a request whose content comes byte by byte",
    wire: [headers(1, POST), ...Array(3000).fill(data(1, "x")), lastData(1, ""), headers(3, GET, true)],
    long: true,
    events: [
      "request 1 POST /",
      "data 1 3000",
      "end_of_message 1",
      "request 3 GET /",
      "end_of_message 3",
    ],
  },
  {
    name: "T-05: more empty DATA frames than are allowed reset their stream, and no other",
    start: { maxEmptyDataFrames: 20 },
    wire: [headers(1, POST), ...Array(25).fill(data(1, "")), headers(3, GET, true)],
    events: [
      "request 1 POST /",
      "reset 1 ENHANCE_YOUR_CALM local responding",
      "request 3 GET /",
      "end_of_message 3",
    ],
    output: ["RST_STREAM 1 ENHANCE_YOUR_CALM"],
  },
  malformed("T-22: a value that begins with a space", get({}, ["x", " a"])),
  malformed("T-22: a value that ends with a tab", get({}, ["x", "a\t"])),
  malformed("T-22: a value that is a space", get({}, ["x", " "])),
  {
    name: "T-22: a trailer that ends with a space",
    wire: [headers(1, POST), headers(1, [["x-sum", "1 "]], true)],
    events: ["request 1 POST /", "reset 1 PROTOCOL_ERROR local responding"],
    output: ["RST_STREAM 1 PROTOCOL_ERROR"],
  },
  malformed("T-23: two Content-Length", get({}, ["content-length", "5"], ["content-length", "6"]), false),
  {
    name: "T-23: equal Content-Length, repeated and in a list, are one",
    wire: [
      headers(1, get({ ":method": "POST" }, ["content-length", "3, 3"], ["content-length", "3"])),
      lastData(1, "abc"),
    ],
    events: ["request 1 POST /", "data 1 3", "end_of_message 1"],
  },
  malformed("T-40: neither an authority nor a host", get({ ":authority": undefined })),
  malformed(
    "T-40: neither an authority nor a host, over http",
    get({ ":scheme": "http", ":authority": undefined }),
  ),
  malformed("T-40: an empty authority", get({ ":authority": "" })),
  malformed("T-40: an empty authority beside a host", get({ ":authority": "" }, ["host", "a.test"])),
  malformed("T-40: an empty host", get({ ":authority": undefined }, ["host", ""])),
  malformed("T-40: an empty host beside an authority", get({}, ["host", ""])),
  malformed("T-40: an authority of a space", get({ ":authority": " " })),
  malformed("T-40: an authority with a space", get({ ":authority": "a.test b.test" })),
  malformed("T-40: an authority with a path", get({ ":authority": "a.test/b" })),
  malformed("T-40: a host with a path", get({ ":authority": undefined }, ["host", "a.test/b"])),
  malformed(
    "T-40: CONNECT with an empty authority",
    get({ ":method": "CONNECT", ":scheme": undefined, ":path": undefined, ":authority": "" }),
  ),
  malformed("userinfo in the authority", get({ ":authority": "user@a.test" })),
  malformed("a host that is not the authority", get({}, ["host", "b.test"])),
  malformed("two hosts", get({}, ["host", "a.test"], ["host", "a.test"])),
  malformed("a path with a line feed", get({ ":path": "/\n" })),
  ...[" ", "\t"].flatMap((blank) =>
    ([[":method", "GET"], [":scheme", "https"], [":authority", "a.test"], [":path", "/"]] as const).flatMap((
      [name, value],
    ) => [
      malformed(`${name} with ${JSON.stringify(blank)} before it`, get({ [name]: blank + value })),
      malformed(`${name} with ${JSON.stringify(blank)} behind it`, get({ [name]: value + blank })),
    ])
  ),
  malformed("an upper-case name", get({}, ["X-a", "y"])),
  malformed("connection", get({}, ["connection", "close"])),
  malformed("transfer-encoding", get({}, ["transfer-encoding", "chunked"])),
  malformed("te that is not trailers", get({}, ["te", "gzip"])),
  malformed("CONNECT with a path", get({ ":method": "CONNECT", ":scheme": undefined })),
  malformed(
    "CONNECT without an authority",
    get({ ":method": "CONNECT", ":scheme": undefined, ":path": undefined, ":authority": undefined }),
  ),
  {
    name: "CONNECT, and a tunnel's bytes",
    wire: [
      headers(
        1,
        get(
          { ":method": "CONNECT", ":scheme": undefined, ":path": undefined, ":authority": "a.test:443" },
          ["content-length", "1"],
        ),
      ),
      data(1, "abc"),
    ],
    events: ["request 1 CONNECT ", "data 1 3"],
  },
  {
    name: "OPTIONS of the server as a whole",
    wire: [headers(1, get({ ":method": "OPTIONS", ":path": "*" }), true)],
    events: ["request 1 OPTIONS *", "end_of_message 1"],
  },
  {
    name: "te of trailers",
    wire: [headers(1, get({}, ["te", "trailers"]), true)],
    events: ["request 1 GET /", "end_of_message 1"],
  },
];

for (const { name, start, wire, long, ...outcome } of ROWS) {
  Deno.test(`server machine: ${name}`, () => {
    const whole = concat([...wire]);
    for (const pieces of long ? lengths(whole) : splits(whole)) {
      assertEquals(feed(server(start), pieces), { ...NONE, ...outcome }, `${pieces.length} pieces`);
    }
  });
}

const PREFACES = [
  { name: "HTTP/1.1", wire: bytes("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n") },
  { name: "a preface that is wrong in its last byte", wire: bytes(CLIENT_PREFACE.subarray(0, 23), "X") },
  { name: "a preface without SETTINGS", wire: bytes(CLIENT_PREFACE, ping()) },
  {
    name: "a preface with an acknowledgement in the place of SETTINGS",
    wire: bytes(CLIENT_PREFACE, SETTINGS_ACK),
  },
];

for (const { name, wire } of PREFACES) {
  Deno.test(`server machine: ${name}`, () => {
    for (const pieces of splits(wire)) {
      const machine = new Http2Connection("server");
      machine.output();
      assertEquals(feed(machine, pieces), fatal("PROTOCOL_ERROR"));
    }
  });
}

/** The event of a request that is fine. */
function requested(fields: readonly Field[]): Http2RequestEvent {
  const machine = server();
  machine.receive(headers(1, fields, true));
  const event = machine.next();
  if (event?.type !== "request") throw new Error("Cannot test: there is no request");
  return event;
}

Deno.test("server machine: several cookie fields are joined to one", () => {
  const { fields } = requested([...GET, ["cookie", "a=1"], ["x", "y"], ["cookie", "b=2"]]);
  assertEquals(fields, [["x", "y"], ["cookie", "a=1; b=2"]]);
});

Deno.test("server machine: a host field stands in for :authority", () => {
  assertEquals(requested(get({ ":authority": undefined }, ["host", "b.test"])).authority, "b.test");
  assertEquals(requested(get({}, ["host", "A.test"])).authority, "a.test");
});
