/**
 * What a server's machine makes of the messages of a client that breaks the rules, or bends them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import type { Field } from "../../http/fields.ts";
import { HpackDecoder } from "../../http2/hpack/decoder.ts";
import type { Http2ConnectionOptions } from "../../http2/options.ts";
import { Flag, FrameType } from "../../http2/protocol.ts";
import {
  block,
  bytes,
  cut,
  data,
  feed,
  feedAll,
  frame,
  GET,
  headers,
  lastData,
  server,
  splits,
} from "./raw_frames.ts";

interface Row {
  readonly name: string;
  readonly start?: Http2ConnectionOptions;
  readonly wire: readonly Uint8Array[];
  /** The events, or frames that were written, until another stream is served. */
  readonly seen: readonly string[];
}

/** A request behind everything, which is served while the connection lives. */
const NEXT = headers(99, GET, true);
const SERVED = ["request 99 GET /", "end_of_message 99"];
const RESET = ["RST_STREAM 1 PROTOCOL_ERROR"];

/** GET with pseudo-fields replaced, and one left out where its value is undefined. */
function get(changes: Record<string, string | undefined>, ...more: Field[]): Field[] {
  const fields: Field[] = [];
  for (const [name, value] of Object.entries({ ...Object.fromEntries(GET), ...changes })) {
    if (value !== undefined) fields.push([name, value]);
  }
  return [...fields, ...more];
}

/** A request that is no event: its stream is reset. */
const malformed = (name: string, fields: readonly Field[]): Row => ({
  name,
  wire: [headers(1, fields, true)],
  seen: RESET,
});
const taken = (name: string, fields: readonly Field[], seen: string): Row => ({
  name,
  wire: [headers(1, fields, true)],
  seen: [seen, "end_of_message 1"],
});
const text = JSON.stringify;
const CONNECT = { ":method": "CONNECT", ":scheme": undefined, ":path": undefined };
const POST = get({ ":method": "POST" });

const ROWS: readonly Row[] = [
  ...[
    ["X-A", "b"],
    ["", "b"],
    ["x a", "b"],
    ["x:a", "b"],
    [" x", "b"],
    ["x\x80", "b"],
    ["x", "a\rb"],
    ["x", "a\nb"],
    ["x", "a\0b"],
    ["x", " a"],
    ["x", "a\t"],
    ["x", "\x01"],
    ["x", "\x7f"],
  ].map(([name = "", value = ""]) =>
    malformed(`V-81: the field ${text(name)} with the value ${text(value)}`, get({}, [name, value]))
  ),
  ...[
    ["connection", "close"],
    ["keep-alive", "1"],
    ["proxy-connection", "x"],
    ["transfer-encoding", "chunked"],
    ["upgrade", "h2c"],
    ["te", "gzip"],
    ["te", "trailers, gzip"],
    ["te", ""],
  ].map(([name = "", value = ""]) => malformed(`V-82: ${name} of ${text(value)}`, get({}, [name, value]))),
  taken("V-82: te of trailers", get({}, ["te", "trailers"]), "request 1 GET /"),
  ...[":method", ":scheme", ":path"].flatMap((name) => [
    malformed(`V-90: no ${name}`, get({ [name]: undefined })),
    malformed(`V-90: an empty ${name}`, get({ [name]: "" })),
    malformed(
      `V-90: ${name} twice`,
      get({}).flatMap((field) => field[0] === name ? [field, field] : [field]),
    ),
    malformed(`V-90: ${name} behind a field`, [
      ...get({ [name]: undefined }),
      ["x", "y"],
      [name, Object.fromEntries(GET)[name] ?? ""],
    ]),
  ]),
  malformed("V-90: an unknown pseudo-field", get({ ":x": "y" })),
  malformed("V-90: :status", get({ ":status": "200" })),
  malformed("V-90: a pseudo-field in upper case", get({ ":Method": "GET" })),
  ...["G T", "G\xe9T", "GET ", "(", "G:T"].map((method) =>
    malformed(`V-90: the method ${text(method)}`, get({ ":method": method }))
  ),
  ...["get", "FOO", "A".repeat(70)].map((method) =>
    taken(`V-90: the method ${method}`, get({ ":method": method }), `request 1 ${method} /`)
  ),
  ...[
    "x",
    "/a b",
    "/a#b",
    "#",
    "/\x80",
    "/\xff",
    "/\x7f",
    "/\t",
    "*",
    "http://a.test/",
    "a.test:80",
    "?x",
    "\\",
    "//\n",
  ].map((path) => malformed(`V-91: the path ${text(path)}`, get({ ":path": path }))),
  malformed("V-91: an asterisk and more", get({ ":method": "OPTIONS", ":path": "*x" })),
  ...["/%zz", "//evil/x", "/..", "/\\", '/^{}"<>|', "/?", "/@", "/a;b?c=d&e"].map((path) =>
    taken(`V-91: the path ${text(path)} comes as it is`, get({ ":path": path }), `request 1 GET ${path}`)
  ),
  ...["ftp", "urn", "x", "ht tp", "http:", "https://", "", "wss", "HTTP\0"].map((scheme) =>
    malformed(`V-92: the scheme ${text(scheme)}`, get({ ":scheme": scheme }))
  ),
  ...["http", "https", "HTTPS"].map((scheme) =>
    taken(
      `V-92: the scheme ${scheme}, whatever the connection is`,
      get({ ":scheme": scheme }),
      "request 1 GET /",
    )
  ),
  ...[
    "u@a",
    "a/b",
    "a b",
    "a#b",
    "a,b",
    "a?b",
    "[::1",
    "a:b",
    "a:99999",
    "%41",
    "a\x80",
    "a:80:80",
    "1",
    "a.1",
    "xn--a",
    ":80",
    "http://a",
    "[]",
    "",
  ].flatMap((host) => [
    malformed(`V-93: the authority ${text(host)}`, get({ ":authority": host })),
    malformed(`V-93: the host ${text(host)}`, get({ ":authority": undefined }, ["host", host])),
  ]),
  malformed("V-93: neither an authority nor a host", get({ ":authority": undefined })),
  malformed("V-93: a host that is not the authority", get({}, ["host", "b.test"])),
  malformed("V-93: two hosts", get({ ":authority": undefined }, ["host", "a.test"], ["host", "a.test"])),
  malformed(
    "V-93: a host beside the authority, and another",
    get({}, ["host", "a.test"], ["host", "b.test"]),
  ),
  taken("V-93: a host that is the authority", get({}, ["host", "A.test"]), "request 1 GET /"),
  malformed("V-94: CONNECT with a path", get({ ...CONNECT, ":path": "/", ":authority": "a:443" })),
  malformed("V-94: CONNECT with a scheme", get({ ...CONNECT, ":scheme": "https", ":authority": "a:443" })),
  ...["a", "a:", "a:0", "[::1]", ""].map((target) =>
    malformed(`V-94: CONNECT to ${text(target)}`, get({ ...CONNECT, ":authority": target }))
  ),
  malformed(
    "V-94: :protocol that the server has not allowed",
    get({ ":method": "CONNECT", ":protocol": "websocket" }),
  ),
  {
    ...malformed("V-94: :protocol of a GET", get({ ":protocol": "websocket" })),
    start: { enableConnectProtocol: true },
  },
  {
    name: "V-95: less content than its length",
    wire: [headers(1, get({ ":method": "POST" }, ["content-length", "5"])), data(1, "abc"), lastData(1, "")],
    seen: ["request 1 POST /", "data 1 3", "reset 1 PROTOCOL_ERROR local responding", ...RESET],
  },
  {
    name: "V-95: a length and no content",
    wire: [headers(1, get({}, ["content-length", "5"]), true)],
    seen: RESET,
  },
  {
    name: "V-95: more content than its length",
    wire: [headers(1, get({ ":method": "POST" }, ["content-length", "2"])), data(1, "ab"), data(1, "c")],
    seen: ["request 1 POST /", "data 1 2", "reset 1 PROTOCOL_ERROR local responding", ...RESET],
  },
  ...["+3", "-1", "0x3", "", "3, 4", "9007199254740993"].map((length) =>
    malformed(`V-95: the length ${text(length)}`, get({}, ["content-length", length]))
  ),
  malformed("V-95: two lengths that differ", get({}, ["content-length", "0"], ["content-length", "1"])),
  {
    name: "V-96: trailers that do not end the stream",
    wire: [headers(1, POST), headers(1, [["x", "y"]])],
    seen: ["request 1 POST /", "reset 1 PROTOCOL_ERROR local responding", ...RESET],
  },
  {
    name: "V-96: trailers with a pseudo-field",
    wire: [headers(1, POST), headers(1, [[":path", "/"]], true)],
    seen: ["request 1 POST /", "reset 1 PROTOCOL_ERROR local responding", ...RESET],
  },
  {
    name: "V-96: HEADERS behind the end of a request",
    wire: [headers(1, GET, true), headers(1, [["x", "y"]], true)],
    seen: [
      "request 1 GET /",
      "end_of_message 1",
      "reset 1 STREAM_CLOSED local responding",
      "RST_STREAM 1 STREAM_CLOSED",
    ],
  },
  {
    name: "V-96: trailers that frame and route are left out",
    wire: [headers(1, POST), headers(1, [["host", "b"], ["content-length", "9"], ["x", "y"]], true)],
    seen: ["request 1 POST /", "end_of_message 1 with 1 trailers"],
  },
  {
    name: "V-80: a request whose fields are too large, and which has ended",
    start: { maxHeaderListSize: 1000 },
    wire: [headers(1, get({}, ["x", "y".repeat(2000)]), true)],
    seen: ["HEADERS 1 end"],
  },
  {
    name: "V-80: a request whose fields are too large, with content behind it",
    start: { maxHeaderListSize: 1000 },
    wire: [headers(1, get({}, ["x", "y".repeat(2000)])), data(1, "abc"), lastData(1, "d")],
    seen: ["HEADERS 1 end", "RST_STREAM 1 NO_ERROR"],
  },
  {
    name: "V-80: a request of too many fields",
    start: { maxFields: 10 },
    wire: [headers(1, get({}, ...Array<Field>(11).fill(["x", "y"])), true)],
    seen: ["HEADERS 1 end"],
  },
  taken(
    "V-80: a request of 1,000 fields",
    get({}, ...Array<Field>(1000).fill(["x", "y"])),
    "request 1 GET /",
  ),
  {
    name: "V-80: trailers that are too large",
    start: { maxHeaderListSize: 1000 },
    wire: [headers(1, POST), headers(1, [["x", "y".repeat(2000)]], true)],
    seen: ["request 1 POST /", "reset 1 head_too_large local responding", ...RESET],
  },
  {
    name: "V-26: a path of one byte more than is allowed",
    start: { maxTargetBytes: 10 },
    wire: [headers(1, get({ ":path": "/123456789a" }), true)],
    seen: ["HEADERS 1 end"],
  },
  {
    ...taken(
      "V-26: a path of as many bytes as are allowed",
      get({ ":path": "/123456789" }),
      "request 1 GET /123456789",
    ),
    start: { maxTargetBytes: 10 },
  },
];

for (const { name, start, wire, seen } of ROWS) {
  Deno.test(`server machine: ${name}`, () => {
    for (const pieces of splits(concat([...wire, NEXT]))) {
      const { events, output, failure } = feed(server(start), pieces);
      assertEquals([...events, ...output].sort(), [...seen, ...SERVED].sort(), `${pieces.length} pieces`);
      assertEquals(failure, undefined);
    }
  });
}

/** The fields of a response among frames. */
function responseOf(wire: Uint8Array): readonly Field[] {
  const payload = cut(wire).find(({ type }) => type === FrameType.HEADERS)?.payload;
  return new HpackDecoder().decode(payload ?? new Uint8Array(), 1000).fields;
}

for (
  const [name, start, fields, status] of [
    [
      "V-80: too large a list is answered with 431",
      { maxHeaderListSize: 1000 },
      get({}, ["x", "y".repeat(2000)]),
      "431",
    ],
    [
      "V-80: too many fields are answered with 431",
      { maxFields: 3 },
      get({}, ...Array<Field>(4).fill(["x", "y"])),
      "431",
    ],
    [
      "V-26: too long a path is answered with 414",
      { maxTargetBytes: 10 },
      get({ ":path": "/123456789a" }),
      "414",
    ],
  ] as const
) {
  Deno.test(`server machine: ${name}`, () => {
    const machine = server(start);
    machine.receive(headers(1, fields, true));
    assertEquals(machine.next(), undefined);
    assertEquals(responseOf(machine.output() ?? new Uint8Array()), [[":status", status], [
      "content-length",
      "0",
    ]]);
    assertEquals(machine.activeStreams, 0);
  });
}

Deno.test("server machine: V-80: HPACK stays in step with a client whose request was too large", () => {
  const machine = server({ maxHeaderListSize: 1000 });
  // A literal with incremental indexing, 0x40, is entry 62 from then on.
  const indexed = bytes(0x40, 1, "x", 1, "y");
  const large = bytes(block(GET), indexed, block([["z", "z".repeat(2000)]]));
  const first = frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, 1, large);
  const second = frame(
    FrameType.HEADERS,
    Flag.END_HEADERS | Flag.END_STREAM,
    3,
    bytes(block(GET), 0x80 | 62),
  );
  feedAll(machine, first);
  machine.receive(second);
  const event = machine.next();
  assertEquals(event?.type === "request" && event.fields, [["x", "y"]]);
});

Deno.test("server machine: V-77: thousands of cookies are one, and a bomb of indexed fields costs its stream", () => {
  const machine = server();
  const crumbs = Array<Field>(900).fill(["cookie", "a"]);
  machine.receive(headers(1, get({}, ...crumbs), true));
  const event = machine.next();
  assertEquals(event?.type === "request" && event.fields, [["cookie", Array(900).fill("a").join("; ")]]);
  machine.next();
  const entry = bytes(
    0x40,
    1,
    "x",
    0x7f,
    0x80 | (3900 - 127) % 128,
    Math.floor((3900 - 127) / 128),
    "y".repeat(3900),
  );
  const bomb = (times: number) => bytes(block(GET), entry, new Uint8Array(times).fill(0x80 | 62));
  const send = (id: number, times: number) =>
    feedAll(machine, frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, id, bomb(times)));
  assertEquals(send(3, 200), { events: [], output: ["HEADERS 3 end"], failure: undefined });
  assertEquals(send(5, 10_000), {
    events: [],
    output: ["GOAWAY 3 ENHANCE_YOUR_CALM"],
    failure: "ENHANCE_YOUR_CALM",
  });
});
