/**
 * What a server's machine does with a client that floods it, or breaks the rules of frames and streams.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import type { Http2Connection } from "../../http2/connection.ts";
import {
  MAX_CONTROL_FRAMES,
  MAX_CONTROL_FRAMES_PER_CONTENT_FRAME,
  MAX_CONTROL_FRAMES_PER_SECOND,
  MAX_EARLY_RESETS,
  MAX_ERROR_RESETS,
  MAX_RESETS_PER_SECOND,
  MAX_SETTINGS,
} from "../../http2/limits.ts";
import { Flag, FrameType, MAX_STREAM_ID, SettingId } from "../../http2/protocol.ts";
import {
  block,
  bytes,
  data,
  describe,
  feed,
  feedAll,
  frame,
  GET,
  goAway,
  headers,
  lastData,
  number,
  ping,
  reset,
  server,
  settings,
  SETTINGS_ACK,
  splits,
  windowUpdate,
} from "./raw_frames.ts";

/** Frames that carry nothing. Stream 1 has ended, 3 is open, 7 was reset, 9 and above are idle. */
const CONTROL_FRAMES: readonly (readonly [name: string, frame: Uint8Array])[] = [
  ["PING", ping()],
  ["acknowledgements of PING", ping(Flag.ACK)],
  ["SETTINGS", settings([SettingId.INITIAL_WINDOW_SIZE, 1])],
  ["PRIORITY", frame(FrameType.PRIORITY, 0, 9, bytes(number(3, 4), 1))],
  ["PRIORITY_UPDATE", frame(FrameType.PRIORITY_UPDATE, 0, 0, bytes(number(9, 4), "u=1"))],
  ["frames of an unknown type", frame(0xfa, 0, 5, "x")],
  ["WINDOW_UPDATE of the connection", windowUpdate(0, 1)],
  ["WINDOW_UPDATE of a stream", windowUpdate(3, 1)],
  ["WINDOW_UPDATE of a closed stream", windowUpdate(1, 1)],
  ["RST_STREAM on a closed stream", reset(1)],
  ["GOAWAY", goAway(0)],
  ["trailers of a stream that this end has reset", headers(7, [["x", "y"]], true)],
];

/** A server with one stream that has ended, and one that is open; they have made up for nothing. */
function started(now = () => 0): Http2Connection {
  const machine = server({ now });
  feedAll(machine, headers(1, GET, true));
  machine.sendResponse(1, 200, [], true);
  feedAll(machine, headers(3, GET), headers(7, GET));
  machine.reset(7);
  machine.output();
  return machine;
}

/** Sends a frame so many times, a thousand at once, as long as the connection lives. */
function flood(machine: Http2Connection, one: Uint8Array, count: number): string | undefined {
  for (let sent = 0; sent < count; sent += 1000) {
    const { failure } = feedAll(machine, ...Array(Math.min(1000, count - sent)).fill(one));
    if (failure !== undefined) return failure;
  }
  return undefined;
}

for (const [name, one] of CONTROL_FRAMES) {
  Deno.test(`server machine: V-74: ${name} without end`, () => {
    const machine = started();
    assertEquals(flood(machine, one, MAX_CONTROL_FRAMES - 10), undefined);
    assertEquals(flood(machine, one, 20), "ENHANCE_YOUR_CALM");
  });

  Deno.test(`server machine: V-74: ${name} in a long life`, () => {
    let time = 0;
    const machine = started(() => time);
    for (let seconds = 0; seconds < 200; seconds++) {
      assertEquals(flood(machine, one, MAX_CONTROL_FRAMES_PER_SECOND), undefined);
      time += 1000;
    }
  });
}

Deno.test("server machine: V-74: a client that takes content in small steps sends WINDOW_UPDATE for each", () => {
  const machine = started();
  machine.sendResponse(3, 200, [], false);
  for (let sent = 0; sent < 1000; sent++) {
    assertEquals(machine.sendData(3, new Uint8Array(128), false), 128);
    machine.output();
    const updates = Array(MAX_CONTROL_FRAMES_PER_CONTENT_FRAME / 2).fill(
      bytes(windowUpdate(3, 4), windowUpdate(0, 4)),
    );
    assertEquals(feedAll(machine, ...updates).failure, undefined);
  }
});

Deno.test("server machine: V-74: a client that sends content may send a PING with each", () => {
  const machine = started();
  for (let sent = 0; sent < 20_000; sent++) {
    assertEquals(feedAll(machine, data(3, "x"), ping()).failure, undefined);
    machine.consume(3, 1);
  }
});

Deno.test("server machine: V-75: as many settings as are allowed in one frame, and one more", () => {
  const many = (count: number) =>
    settings(...Array.from({ length: count }, (_, i): [number, number] => [0x1000 + i, 1]));
  const machine = server();
  assertEquals(feedAll(machine, many(MAX_SETTINGS)).output, ["SETTINGS ack"]);
  assertEquals(feedAll(machine, many(MAX_SETTINGS + 1)).failure, "ENHANCE_YOUR_CALM");
});

/** Opens streams and resets them at once, as long as the connection lives. Returns how many. */
function resetRapidly(machine: Http2Connection, first: number, count: number): number {
  for (let done = 0; done < count; done++) {
    const id = first + 2 * done;
    if (feedAll(machine, headers(id, GET, true), reset(id)).failure !== undefined) return done;
  }
  return count;
}

Deno.test("server machine: V-70: streams that are opened and reset at once", () => {
  const machine = server();
  assertEquals(resetRapidly(machine, 1, 2000), MAX_EARLY_RESETS);
});

Deno.test("server machine: V-70: resets that answered streams, or time, make up for", () => {
  let time = 0;
  const machine = server({ now: () => time });
  let id = 1;
  for (let rounds = 0; rounds < 3 * MAX_EARLY_RESETS; rounds++, id += 4) {
    assertEquals(resetRapidly(machine, id, 1), 1);
    feedAll(machine, headers(id + 2, GET, true));
    machine.sendResponse(id + 2, 200, [], true);
  }
  for (let seconds = 0; seconds < 50; seconds++, id += 2 * MAX_RESETS_PER_SECOND) {
    assertEquals(resetRapidly(machine, id, MAX_RESETS_PER_SECOND), MAX_RESETS_PER_SECOND);
    time += 1000;
  }
  // A long time ago counts for no more than one burst.
  time += 1e9;
  assert(resetRapidly(machine, id, 2000) <= 2 * MAX_EARLY_RESETS);
});

/** Frames by which a client makes a server reset a stream, which is open. */
const MADE_RESETS: readonly (readonly [name: string, frames: (id: number) => Uint8Array])[] = [
  ["WINDOW_UPDATE of 0", (id) => windowUpdate(id, 0)],
  ["WINDOW_UPDATE beyond the largest window", (id) => windowUpdate(id, MAX_STREAM_ID)],
  ["more content than its length", (id) => data(id, "ab")],
  ["HEADERS that do not end the stream", (id) => headers(id, [["x", "y"]])],
  ["trailers that are malformed", (id) => headers(id, [["X", "y"]], true)],
];
for (const [name, make] of MADE_RESETS) {
  Deno.test(`server machine: V-71: ${name}, on one stream after the other`, () => {
    const machine = server();
    let failure: string | undefined;
    let resets = 0;
    for (let id = 1; failure === undefined && resets < 2 * MAX_ERROR_RESETS; resets++, id += 2) {
      failure = feedAll(machine, headers(id, [...GET, ["content-length", "1"]]), make(id)).failure;
    }
    assertEquals([failure, resets], ["ENHANCE_YOUR_CALM", MAX_ERROR_RESETS + 1]);
  });
}

for (
  const [name, fields] of [
    ["malformed", [...GET, ["X", "y"]]],
    ["too large", [...GET, ["x", "y".repeat(2000)]]],
  ] as const
) {
  Deno.test(`server machine: V-72: requests that are ${name}, one after the other`, () => {
    let time = 0;
    const machine = server({ maxHeaderListSize: 1000, now: () => time });
    let failure: string | undefined;
    let refused = 0;
    for (let id = 1; failure === undefined && refused < 2 * MAX_ERROR_RESETS; refused++, id += 2) {
      failure = feedAll(machine, headers(id, fields, true)).failure;
    }
    assertEquals([failure, refused], ["ENHANCE_YOUR_CALM", MAX_ERROR_RESETS + 1]);
    const patient = server({ maxHeaderListSize: 1000, now: () => time += 1000 / MAX_RESETS_PER_SECOND });
    for (let id = 1; id < 6 * MAX_ERROR_RESETS; id += 2) {
      assertEquals(feedAll(patient, headers(id, fields, true)).failure, undefined);
    }
  });
}

Deno.test("server machine: V-73: a field block that does not end", () => {
  for (const fragment of [new Uint8Array(), new Uint8Array(16_384).fill(0x82)]) {
    const machine = server();
    feedAll(machine, frame(FrameType.HEADERS, 0, 1, block(GET)));
    assertEquals(flood(machine, frame(FrameType.CONTINUATION, 0, 1, fragment), 20_000), "ENHANCE_YOUR_CALM");
  }
});

Deno.test("server machine: V-79: the client's streams beyond those that may be open are refused, and the others served", () => {
  const machine = server();
  const wire = Array.from({ length: 500 }, (_, i) => headers(2 * i + 1, GET, true));
  const { events, output, failure } = feedAll(machine, ...wire);
  assertEquals([events.length, output.length, output[0], failure], [
    200,
    400,
    "RST_STREAM 201 REFUSED_STREAM",
    undefined,
  ]);
});

interface Row {
  readonly name: string;
  readonly wire: readonly Uint8Array[];
  readonly seen: readonly string[];
}

const fatal = (
  name: string,
  wire: Uint8Array | readonly Uint8Array[],
  code: string,
  ...seen: string[]
): Row => {
  const opened = seen.filter((event) => event.startsWith("request")).length;
  return {
    name,
    wire: wire instanceof Uint8Array ? [wire] : wire,
    seen: [...seen, `GOAWAY ${opened > 0 ? 2 * opened - 1 : 0} ${code}`, code],
  };
};
const ended = ["request 1 GET /", "end_of_message 1"];
const raw = (type: number, length: number, streamId = 0, flags = 0) =>
  frame(type, flags, streamId, new Uint8Array(length));
const {
  DATA,
  HEADERS,
  PRIORITY,
  RST_STREAM,
  SETTINGS,
  PUSH_PROMISE,
  PING,
  GOAWAY,
  WINDOW_UPDATE,
  CONTINUATION,
} = FrameType;

const ROWS: readonly Row[] = [
  fatal("V-97: DATA on a stream that was never opened", data(1, "x"), "PROTOCOL_ERROR"),
  fatal("V-97: RST_STREAM on a stream that was never opened", reset(1), "PROTOCOL_ERROR"),
  fatal("V-97: WINDOW_UPDATE on a stream that was never opened", windowUpdate(1, 1), "PROTOCOL_ERROR"),
  ...[[DATA, 1], [HEADERS, 1], [PRIORITY, 5], [RST_STREAM, 4], [CONTINUATION, 1], [PUSH_PROMISE, 5]].map((
    [type = 0, length = 0],
  ) => fatal(`V-97: a frame of type ${type} on stream 0`, raw(type, length), "PROTOCOL_ERROR")),
  fatal("V-97: a request on an even stream", headers(2, GET, true), "PROTOCOL_ERROR"),
  {
    name: "V-97: a request on a stream that was skipped",
    wire: [headers(7, GET, true), headers(5, GET, true)],
    seen: ["request 7 GET /", "end_of_message 7", "GOAWAY 7 PROTOCOL_ERROR", "PROTOCOL_ERROR"],
  },
  fatal(
    "V-97: PUSH_PROMISE",
    frame(PUSH_PROMISE, Flag.END_HEADERS, 1, bytes(number(2, 4), block(GET))),
    "PROTOCOL_ERROR",
  ),
  fatal("V-97: CONTINUATION alone", raw(CONTINUATION, 1, 1), "PROTOCOL_ERROR"),
  ...[ping(), headers(3, GET), data(1, "x"), raw(0xfa, 1, 1), frame(CONTINUATION, 0, 3, "x")].map((
    inside,
    i,
  ) =>
    fatal(
      `V-97: another frame inside a field block (${i})`,
      [frame(HEADERS, 0, 1, block(GET)), inside],
      "PROTOCOL_ERROR",
    )
  ),
  fatal(
    "V-88: PRIORITY by which a stream depends on itself",
    frame(PRIORITY, 0, 5, bytes(number(5, 4), 1)),
    "PROTOCOL_ERROR",
  ),
  ...[0, Flag.PADDED].map((flags): Row => ({
    name: `V-88: a request whose stream depends on itself, with the flags ${flags}`,
    wire: [
      frame(
        HEADERS,
        Flag.END_HEADERS | Flag.PRIORITY | flags,
        1,
        bytes(...(flags === 0 ? [] : [1]), number(1, 4), 1, block(GET), ...(flags === 0 ? [] : [0])),
      ),
      headers(3, GET, true),
    ],
    seen: ["RST_STREAM 1 PROTOCOL_ERROR", "request 3 GET /", "end_of_message 3"],
  })),
  {
    name: "V-88: a request whose stream depends on another",
    wire: [
      frame(
        HEADERS,
        Flag.END_HEADERS | Flag.PRIORITY | Flag.END_STREAM,
        1,
        bytes(number(3, 4), 1, block(GET)),
      ),
    ],
    seen: ended,
  },
  {
    name: "V-98: DATA behind the end of a request",
    wire: [headers(1, GET, true), data(1, "x")],
    seen: [...ended, "reset 1 STREAM_CLOSED local responding", "RST_STREAM 1 STREAM_CLOSED"],
  },
  {
    name: "V-98: WINDOW_UPDATE and PRIORITY behind the end of a request",
    wire: [headers(1, GET, true), windowUpdate(1, 1), raw(PRIORITY, 5, 1)],
    seen: [...ended, "window 1"],
  },
  {
    name: "V-98: DATA behind the client's own reset",
    wire: [headers(1, GET), reset(1), data(1, "x")],
    seen: ["request 1 GET /", "reset 1 CANCEL remote responding", "RST_STREAM 1 STREAM_CLOSED"],
  },
  ...[[SETTINGS, 5], [PING, 7], [PING, 9], [GOAWAY, 7], [WINDOW_UPDATE, 3], [WINDOW_UPDATE, 5]].map((
    [type = 0, length = 0],
  ) => fatal(`V-99: a frame of type ${type} with ${length} bytes`, raw(type, length), "FRAME_SIZE_ERROR")),
  fatal("V-99: RST_STREAM of 3 bytes", raw(RST_STREAM, 3, 1), "FRAME_SIZE_ERROR"),
  fatal("V-99: PRIORITY of 4 bytes", raw(PRIORITY, 4, 1), "FRAME_SIZE_ERROR"),
  fatal(
    "V-99: an acknowledgement of SETTINGS with a payload",
    raw(SETTINGS, 6, 0, Flag.ACK),
    "FRAME_SIZE_ERROR",
  ),
  fatal("V-99: SETTINGS acknowledged twice", SETTINGS_ACK, "PROTOCOL_ERROR"),
  ...[DATA, HEADERS, 0xfa].map((type) =>
    fatal(`V-99: a frame of type ${type} with 16,385 bytes`, raw(type, 16_385, 1), "FRAME_SIZE_ERROR")
  ),
  ...[[PING, 8], [SETTINGS, 6], [GOAWAY, 8]].map(([type = 0, length = 0]) =>
    fatal(`V-99: a frame of type ${type} on a stream`, raw(type, length, 1), "PROTOCOL_ERROR")
  ),
  fatal("V-99: ENABLE_PUSH of 2", settings([SettingId.ENABLE_PUSH, 2]), "PROTOCOL_ERROR"),
  fatal(
    "V-99: INITIAL_WINDOW_SIZE of 2^31",
    settings([SettingId.INITIAL_WINDOW_SIZE, 0x8000_0000]),
    "FLOW_CONTROL_ERROR",
  ),
  fatal("V-99: MAX_FRAME_SIZE of 100", settings([SettingId.MAX_FRAME_SIZE, 100]), "PROTOCOL_ERROR"),
  fatal("V-99: MAX_FRAME_SIZE of 2^24", settings([SettingId.MAX_FRAME_SIZE, 0x100_0000]), "PROTOCOL_ERROR"),
  fatal("V-99: WINDOW_UPDATE of 0 on the connection", windowUpdate(0, 0), "PROTOCOL_ERROR"),
  fatal(
    "V-99: a connection's window beyond the largest",
    windowUpdate(0, MAX_STREAM_ID),
    "FLOW_CONTROL_ERROR",
  ),
  fatal(
    "V-99: DATA whose padding is as long as the frame",
    [headers(1, GET), frame(DATA, Flag.PADDED, 1, bytes(1))],
    "PROTOCOL_ERROR",
    "request 1 GET /",
  ),
  fatal(
    "V-99: HEADERS whose padding is longer than the frame",
    frame(HEADERS, Flag.PADDED | Flag.END_HEADERS, 1, bytes(9, "x")),
    "PROTOCOL_ERROR",
  ),
  ...[["the index 0", 0x80], ["an index beyond the tables", 0xff], ["a table size beyond the limit", 0x3f]]
    .map(([name = "", octet = 0]) =>
      fatal(
        `V-83: ${name}`,
        frame(HEADERS, Flag.END_HEADERS, 1, bytes(Number(octet), 0xe2, 0x1f)),
        "COMPRESSION_ERROR",
      )
    ),
  fatal(
    "V-83: a string that is cut",
    frame(HEADERS, Flag.END_HEADERS, 1, bytes(0, 9, "x")),
    "COMPRESSION_ERROR",
  ),
  {
    name: "V-84: a request behind the client's GOAWAY",
    wire: [goAway(0), headers(1, GET, true)],
    seen: ["go_away 0 NO_ERROR", ...ended],
  },
  {
    name: "V-84: GOAWAY while a request is open",
    wire: [headers(1, GET, true), goAway(0)],
    seen: [...ended, "go_away 0 NO_ERROR"],
  },
  {
    name: "V-85: the largest stream identifier, and then a smaller one",
    wire: [headers(MAX_STREAM_ID, GET, true), headers(1, GET, true)],
    seen: [
      `request ${MAX_STREAM_ID} GET /`,
      `end_of_message ${MAX_STREAM_ID}`,
      `GOAWAY ${MAX_STREAM_ID} PROTOCOL_ERROR`,
      "PROTOCOL_ERROR",
    ],
  },
];

for (const { name, wire, seen } of ROWS) {
  Deno.test(`server machine: ${name}`, () => {
    for (const pieces of splits(concat([...wire]))) {
      const { events, output, failure } = feed(server(), pieces);
      const all = [...events, ...output, ...(failure === undefined ? [] : [failure])];
      assertEquals(all.sort(), [...seen].sort(), `${pieces.length} pieces`);
    }
  });
}

Deno.test("server machine: V-95: content of another length than stated resets a stream that was answered already", () => {
  const machine = server();
  feedAll(machine, headers(1, [...GET, ["content-length", "5"]]));
  machine.sendResponse(1, 200, [], true);
  machine.output();
  assertEquals(feedAll(machine, lastData(1, "abc")), {
    events: ["reset 1 PROTOCOL_ERROR local responding"],
    output: ["RST_STREAM 1 PROTOCOL_ERROR"],
    failure: undefined,
  });
});

Deno.test("server machine: V-84: the end of the connection with a stream open, and without one", () => {
  for (const [open, expected] of [[true, "truncated"], [false, "connection_closed"]] as const) {
    const machine = server();
    feedAll(machine, headers(1, GET, true));
    if (!open) machine.sendResponse(1, 200, [], true);
    machine.output();
    machine.receiveEnd();
    let seen: string | undefined;
    try {
      seen = machine.next()?.type;
    } catch {
      seen = machine.failure?.code;
    }
    assertEquals([seen, machine.wantsWrite], [expected, false]);
  }
});

Deno.test("server machine: V-86: a whole response, and a reset without an error, to an upload that is not wanted", () => {
  const machine = server();
  feedAll(machine, headers(1, GET), data(1, "x"));
  machine.sendResponse(1, 413, [], true);
  machine.reset(1, "NO_ERROR");
  assertEquals(describe(machine.output()), ["HEADERS 1 end", "RST_STREAM 1 NO_ERROR"]);
  // What was on the way is ignored, and counted on the connection.
  const { events, failure } = feedAll(machine, data(1, "y"), lastData(1, "z"), reset(1, "CANCEL"));
  assertEquals([events, failure], [[], undefined]);
});

Deno.test("server machine: V-86: a reset behind a whole response says nothing", () => {
  const machine = server();
  feedAll(machine, headers(1, GET, true));
  machine.sendResponse(1, 200, [], true);
  machine.output();
  assertEquals(feedAll(machine, reset(1, "NO_ERROR")), { events: [], output: [], failure: undefined });
});

Deno.test("server machine: V-87: a priority that makes no sense is the application's, and does no harm", () => {
  const machine = server();
  machine.receive(headers(1, [...GET, ["priority", "u=x"]], true));
  const event = machine.next();
  assertEquals(event?.type === "request" && event.fields, [["priority", "u=x"]]);
});

Deno.test("server machine: an announced GOAWAY lets streams that are on their way in, and the next one says how far", () => {
  const machine = server();
  machine.announceGoAway();
  machine.ping(new Uint8Array(8));
  assertEquals(describe(machine.output()), [`GOAWAY ${MAX_STREAM_ID} NO_ERROR`, "PING"]);
  assertEquals(feedAll(machine, headers(1, GET, true), ping(Flag.ACK)).events, [
    "request 1 GET /",
    "end_of_message 1",
    "ping_ack",
  ]);
  machine.goAway();
  assertEquals(describe(machine.output()), ["GOAWAY 1 NO_ERROR"]);
  assertEquals(feedAll(machine, headers(3, GET, true)).events, []);
  machine.announceGoAway(); // too late: no GOAWAY may say more than one before it
  assertEquals(machine.output(), undefined);
  machine.sendResponse(1, 200, [], true);
  assertEquals([describe(machine.output()), machine.activeStreams], [["HEADERS 1 end"], 0]);
});
