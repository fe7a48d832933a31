/** The WebSocket machine on what a peer sends: each row on every split of its bytes, and byte by byte. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { WebSocketConnection, type WebSocketConnectionOptions } from "../../websocket/connection.ts";
import type { WebSocketEvent } from "../../websocket/events.ts";
import { feed, frame, type RawFrame } from "./raw_frames.ts";

interface Row {
  readonly name: string;
  readonly role?: "client" | "server";
  readonly options?: WebSocketConnectionOptions;
  readonly frames: readonly (RawFrame | Uint8Array)[];
  /** Events; those that are not text messages in full. */
  readonly events?: readonly (string | WebSocketEvent)[];
  /** The output in hex. */
  readonly output?: string;
  readonly failure?: readonly [string, number | null];
  /** Whether the transport ends. */
  readonly isEnded?: boolean;
}

const KEY = [1, 2, 3, 4];
const BAD_FRAME = ["bad_frame", 1002] as const;
const BAD_TEXT = ["bad_text", 1007] as const;
/** Close frames of a client whose masking keys are zeros, and of a server. */
const CLOSE_1002 = "88820000000003ea";
const CLOSE_1007 = "88820000000003ef";
const CLOSE_1009 = "88820000000003f1";
const DEFLATE = { inflate: { noContextTakeover: false } };

const refusedFirst = (first: number): Row["frames"] => [Uint8Array.of(first)];

/** Rows of what is tried, its bytes, and the text that comes of them. */
function pairs<T extends readonly [string, readonly number[], string?]>(rows: readonly T[]): readonly T[] {
  return rows;
}

const ROWS: readonly Row[] = [
  { name: "W-10: text, and text that is empty", frames: [{ payload: "héllo" }, {}], events: ["héllo", ""] },
  {
    name: "bytes come as they are",
    frames: [{ first: 0x82, payload: Uint8Array.of(0, 255) }],
    events: [{ type: "message", data: Uint8Array.of(0, 255) }],
  },
  {
    name: "bytes that came in fragments are the message's own: the next one leaves them as they are",
    frames: [
      ...[1, 3].flatMap((byte) => [
        { first: 0x02, payload: Uint8Array.of(byte) },
        { first: 0x80, payload: Uint8Array.of(byte + 1) },
      ]),
    ],
    events: [
      { type: "message", data: Uint8Array.of(1, 2) },
      { type: "message", data: Uint8Array.of(3, 4) },
    ],
  },
  {
    name: "a server unmasks",
    role: "server",
    frames: [{ payload: "hello, you who are masked".repeat(5), key: [9, 8, 7, 6] }],
    events: ["hello, you who are masked".repeat(5)],
  },
  {
    name: "W-11: a masked frame to a client fails",
    frames: [{ payload: "x", key: KEY }],
    output: CLOSE_1002,
    failure: BAD_FRAME,
  },
  {
    name: "W-11: a frame without a mask to a server fails",
    role: "server",
    frames: [{ payload: "x" }],
    output: "880203ea",
    failure: BAD_FRAME,
  },
  ...[0xc1, 0xa1, 0x91, 0xc9, 0xc0, 0xc8].map((first) => ({
    name: `W-12: reserved bits in 0x${first.toString(16)} fail at once`,
    frames: refusedFirst(first),
    output: CLOSE_1002,
    failure: BAD_FRAME,
  })),
  ...[0xe1, 0xc9, 0xc0, 0xc8].map((first) => ({
    name: `W-12: reserved bits in 0x${first.toString(16)} fail although compression was negotiated`,
    options: DEFLATE,
    frames: refusedFirst(first),
    output: CLOSE_1002,
    failure: BAD_FRAME,
  })),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({
    name: `W-13: the opcode ${opcode} fails before its payload is awaited`,
    frames: refusedFirst(0x80 | opcode),
    output: CLOSE_1002,
    failure: BAD_FRAME,
  })),
  ...[0x88, 0x89, 0x8a].flatMap((first) => [
    {
      name: `W-14: the control frame 0x${first.toString(16)} of 126 bytes fails`,
      frames: [Uint8Array.of(first, 126)],
      output: CLOSE_1002,
      failure: BAD_FRAME,
    },
    {
      name: `W-14: the control frame 0x${first.toString(16)} in fragments fails`,
      frames: refusedFirst(first & 0x7f),
      output: CLOSE_1002,
      failure: BAD_FRAME,
    },
  ]),
  {
    name: "W-15: a Close frame of one byte fails",
    frames: [{ first: 0x88, payload: "x" }],
    output: CLOSE_1002,
    failure: ["bad_close", 1002],
  },
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((code) => ({
    name: `W-15: a Close frame with ${code} fails`,
    frames: [{ first: 0x88, payload: Uint8Array.of(code >> 8, code) }],
    output: CLOSE_1002,
    failure: ["bad_close", 1002] as const,
  })),
  ...[1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999].map((code) => ({
    name: `W-17: a Close frame with ${code} is confirmed`,
    frames: [{ first: 0x88, payload: Uint8Array.of(code >> 8, code, 0x78) }],
    events: [{ type: "close", code, reason: "x" } as const],
    output: `888200000000${code.toString(16).padStart(4, "0")}`,
  })),
  {
    name: "W-17: an empty Close frame is confirmed by an empty one",
    frames: [{ first: 0x88 }],
    events: [{ type: "close", code: 1005, reason: "" }],
    output: "888000000000",
  },
  {
    name: "W-16: a reason that is not UTF-8 fails",
    frames: [{ first: 0x88, payload: Uint8Array.of(0x03, 0xe8, 0xff) }],
    output: CLOSE_1007,
    failure: BAD_TEXT,
  },
  {
    name: "W-18: what follows a Close frame is ignored, and the end after it is clean",
    frames: [{ first: 0x88 }, { payload: "late" }, { first: 0x89 }, { first: 0x88 }, Uint8Array.of(0xff)],
    events: [{ type: "close", code: 1005, reason: "" }],
    output: "888000000000",
    isEnded: true,
  },
  {
    name: "W-19: a length with the top bit fails at its first byte",
    frames: [Uint8Array.of(0x82, 127, 0x80)],
    output: CLOSE_1002,
    failure: BAD_FRAME,
  },
  {
    name: "W-19: a length beyond 2^53 is too large",
    frames: [Uint8Array.of(0x82, 127, 0x7f, 0, 0, 0, 0, 0, 0, 0)],
    output: CLOSE_1009,
    failure: ["message_too_large", 1009],
  },
  {
    name: "W-19: a length beyond the limit fails before its payload comes",
    options: { maxMessageBytes: 10 },
    frames: [{ first: 0x82, length: 11 }],
    output: CLOSE_1009,
    failure: ["message_too_large", 1009],
  },
  {
    name: "W-20: lengths in more bytes than they need are read",
    frames: [{ payload: "ab", lengthCode: 126 }, { payload: "cd", lengthCode: 127 }],
    events: ["ab", "cd"],
  },
  {
    name: "W-21: a continuation of nothing fails",
    frames: [{ first: 0x80, payload: "x" }],
    output: CLOSE_1002,
    failure: BAD_FRAME,
  },
  {
    name: "W-21: a message inside another fails",
    frames: [{ first: 0x01, payload: "a" }, { payload: "b" }],
    output: CLOSE_1002,
    failure: BAD_FRAME,
  },
  {
    name: "W-21: a continuation behind the last fragment fails",
    frames: [{ first: 0x01, payload: "a" }, { first: 0x80, payload: "b" }, { first: 0x80 }],
    events: ["ab"],
    output: CLOSE_1002,
    failure: BAD_FRAME,
  },
  {
    name: "W-22: control frames between fragments, and empty fragments",
    frames: [
      { first: 0x01 },
      { first: 0x89, payload: "p" },
      { first: 0x00, payload: "a" },
      { first: 0x8a, payload: "q" },
      { first: 0x00 },
      { first: 0x80, payload: "b" },
    ],
    events: [
      { type: "ping", payload: Uint8Array.of(0x70) },
      { type: "pong", payload: Uint8Array.of(0x71) },
      "ab",
    ],
    output: "8a810000000070",
  },
  {
    name: "W-23: a character in three fragments",
    frames: [
      { first: 0x01, payload: Uint8Array.of(0xe2) },
      { first: 0x00, payload: Uint8Array.of(0x82) },
      { first: 0x80, payload: Uint8Array.of(0xac) },
    ],
    events: ["€"],
  },
  ...pairs([
    ["a continuation byte", [0x80]],
    ["an overlong form of two bytes", [0xc0]],
    ["an overlong form of three bytes", [0xe0, 0x9f]],
    ["an overlong form of four bytes", [0xf0, 0x8f]],
    ["a lone surrogate", [0xed, 0xa0]],
    ["a character beyond U+10FFFF", [0xf4, 0x90]],
    ["a byte of no character", [0xff]],
    ["a character cut short by ASCII", [0xe2, 0x82, 0x41]],
  ]).map(([what, bytes]): Row => ({
    name: `W-23: ${what} fails at its byte, although the frame goes on`,
    frames: [{ first: 0x81, length: 100, payload: Uint8Array.from(bytes) }],
    output: CLOSE_1007,
    failure: BAD_TEXT,
  })),
  {
    name: "W-23: text that ends inside a character fails",
    frames: [{ payload: Uint8Array.of(0x61, 0xe2, 0x82) }],
    output: CLOSE_1007,
    failure: BAD_TEXT,
  },
  {
    name: "W-24: pings are answered with their payload, in their order",
    frames: [{ first: 0x89, payload: "1" }, { first: 0x89 }],
    events: [
      { type: "ping", payload: Uint8Array.of(0x31) },
      { type: "ping", payload: new Uint8Array() },
    ],
    output: "8a8100000000318a8000000000",
  },
  {
    name: "W-25: the end without a Close frame fails, after the messages before it",
    frames: [{ payload: "a" }],
    events: ["a"],
    isEnded: true,
    failure: ["truncated", 1006],
  },
  {
    name: "W-25: the end inside a frame fails, and nothing is sent",
    frames: [{ payload: "a", length: 9 }],
    isEnded: true,
    failure: ["truncated", 1006],
  },
  {
    name: "W-27: fragments that exceed the limit together fail with the header of the last",
    options: { maxMessageBytes: 4 },
    frames: [{ first: 0x01, payload: "abc" }, { first: 0x80, length: 2 }],
    output: CLOSE_1009,
    failure: ["message_too_large", 1009],
  },
  {
    name: "W-27: a message of the limit is delivered",
    options: { maxMessageBytes: 4 },
    frames: [{ payload: "abcd" }],
    events: ["abcd"],
  },
  ...pairs([
    ["that inflates to nothing", [0x00], ""],
    ["of an empty block with fixed codes", [0x02, 0x00], ""],
    ["of a block with fixed codes", [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], "Hello"],
    ["of a stored block", [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00], "Hello"],
    ["with BFINAL set", [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00], "Hello"],
    ["with BFINAL set and nothing behind", [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], "Hello"],
    [
      "of two blocks",
      [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
      "Hello",
    ],
  ]).map(([what, bytes, text]): Row => ({
    name: `W-29: a compressed message ${what}`,
    options: DEFLATE,
    frames: [{ first: 0xc1, payload: Uint8Array.from(bytes) }, { payload: "plain" }],
    events: [text ?? "", "plain"],
  })),
  {
    name: "W-29: a compressed message in fragments, with a ping between, that refers to the one before",
    options: DEFLATE,
    frames: [
      { first: 0xc1, payload: Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00) },
      { first: 0x41, payload: Uint8Array.of(0xf2, 0x00) },
      { first: 0x89 },
      { first: 0x80, payload: Uint8Array.of(0x11, 0x00, 0x00) },
    ],
    events: ["Hello", { type: "ping", payload: new Uint8Array() }, "Hello"],
    output: "8a8000000000",
  },
  {
    name: "W-31: a message that refers to the one before fails where that was refused",
    options: { inflate: { noContextTakeover: true } },
    frames: [
      { first: 0xc1, payload: Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00) },
      { first: 0xc1, payload: Uint8Array.of(0xf2, 0x00, 0x11, 0x00, 0x00) },
    ],
    events: ["Hello"],
    output: CLOSE_1007,
    failure: ["bad_compression", 1007],
  },
  ...pairs([
    ["of a reserved kind of block", [0x06]],
    ["that ends inside a block", [0xf2, 0x48]],
    ["without a byte", []],
    ["with bytes behind its last block", [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x55]],
  ]).map(([what, bytes]): Row => ({
    name: `W-30: a compressed message ${what} fails`,
    options: DEFLATE,
    frames: [{ first: 0xc1, payload: Uint8Array.from(bytes) }],
    output: CLOSE_1007,
    failure: ["bad_compression", 1007],
  })),
  {
    name: "W-27: a compressed message is inflated up to the limit, and no further",
    options: { ...DEFLATE, maxMessageBytes: 4 },
    frames: [{ first: 0xc1, payload: Uint8Array.of(0xca, 0x40, 0x05, 0x00) }],
    output: CLOSE_1009,
    failure: ["message_too_large", 1009],
  },
  {
    name: "W-23: a compressed text that is not UTF-8 fails",
    options: DEFLATE,
    frames: [{ first: 0xc1, payload: Uint8Array.of(0x00, 0x01, 0x00, 0xfe, 0xff, 0xff, 0x00) }],
    output: CLOSE_1007,
    failure: BAD_TEXT,
  },
];

for (const { name, role = "client", options, frames, isEnded, ...expected } of ROWS) {
  Deno.test(`${name.startsWith("W-") ? name : `WebSocket: ${name}`}, cut anywhere`, () => {
    const fresh = () =>
      new WebSocketConnection(role, { ...options, getRandomValues: (into) => void into.fill(0) });
    const wire = concat(frames.map((each) => each instanceof Uint8Array ? each : frame(each)));
    const events = (expected.events ?? []).map((each) =>
      typeof each === "string" ? { type: "message", data: each } as const : each
    );
    const outcome = { events, output: expected.output ?? "", failure: expected.failure };
    assertEquals(feed(fresh(), [wire], isEnded), outcome);
    for (let at = 1; at < wire.length; at++) {
      assertEquals(
        feed(fresh(), [wire.subarray(0, at), wire.subarray(at)], isEnded),
        outcome,
        `cut at ${at}`,
      );
    }
    assertEquals(feed(fresh(), Array.from(wire, (byte) => Uint8Array.of(byte)), isEnded), outcome);
  });
}

Deno.test("W-18: no pong is sent behind a Close frame of this end, and messages before the peer's come", () => {
  const machine = new WebSocketConnection("server");
  machine.sendClose(1000);
  const outcome = feed(machine, [
    frame({ first: 0x89, key: KEY }),
    frame({ payload: "late", key: KEY }),
    frame({ first: 0x88, payload: Uint8Array.of(0x03, 0xe8), key: KEY }),
  ]);
  assertEquals(outcome, {
    events: [
      { type: "ping", payload: new Uint8Array() },
      { type: "message", data: "late" },
      { type: "close", code: 1000, reason: "" },
    ],
    output: "880203e8",
    failure: undefined,
  });
  assertEquals([machine.isOpen, machine.isClosed], [false, true]);
});

Deno.test("W-22: 100,000 empty fragments make one message, and keep nothing meanwhile", () => {
  const machine = new WebSocketConnection("client");
  const fragments = concat(Array(100_000).fill(frame({ first: 0x00 })));
  const outcome = feed(machine, [frame({ first: 0x01 }), fragments, frame({ first: 0x80, payload: "x" })]);
  assertEquals(outcome.events, [{ type: "message", data: "x" }]);
});

Deno.test("W-24: of more pings than may wait, the newest are answered, ahead of a message that waits", () => {
  const machine = new WebSocketConnection("server");
  machine.sendMessage("queued");
  for (let i = 0; i < 1000; i++) {
    machine.receive(frame({ first: 0x89, payload: Uint8Array.of(i >> 8, i), key: KEY }));
    machine.next();
  }
  const { output } = feed(machine, []);
  assertEquals(output.length, 2 * (64 * 4 + 2 + 6));
  assert(output.startsWith("8a0203a8")); // 936, the oldest of 64
  assert(output.endsWith("8a0203e781067175657565" + "64"));
});

Deno.test("W-32: a client takes a fresh masking key for each frame, a server none", () => {
  let drawn = 0;
  const client = new WebSocketConnection("client", {
    getRandomValues: (into) => {
      for (let i = 0; i < into.length; i++) into[i] = drawn++;
    },
  });
  for (let i = 0; i < 2; i++) client.sendMessage("\0\0");
  assertEquals(feed(client, []).output, "8182000102030001" + "8182040506070405");
  const server = new WebSocketConnection("server");
  server.sendMessage(Uint8Array.of(7));
  assertEquals(feed(server, []).output, "820107");
});

Deno.test("W-32: text is made UTF-8, a lone surrogate U+FFFD", () => {
  const server = new WebSocketConnection("server");
  server.sendMessage("\ud800é");
  assertEquals(feed(server, []).output, "8105efbfbdc3a9");
});

for (const length of [0, 125, 126, 65_535, 65_536, 1 << 20]) {
  Deno.test(`WebSocket: a message of ${length} bytes is read as it was sent, both ways`, () => {
    const data = Uint8Array.from({ length }, (_, i) => i * 7);
    for (const [from, to] of [["client", "server"], ["server", "client"]] as const) {
      const sender = new WebSocketConnection(from);
      sender.sendMessage(data);
      const pieces: Uint8Array[] = [];
      for (let piece = sender.output(); piece !== undefined; piece = sender.output()) pieces.push(piece);
      const receiver = new WebSocketConnection(to);
      assertEquals(feed(receiver, pieces).events, [{ type: "message", data }]);
    }
  });
}

Deno.test("WebSocket: misuse is refused, and changes nothing", () => {
  const machine = new WebSocketConnection("server");
  assertThrows(() => machine.sendClose(1005), RangeError);
  assertThrows(() => machine.sendClose(1000, "x".repeat(124)), RangeError);
  assertThrows(() => machine.sendClose(undefined, "x"), TypeError);
  assertThrows(() => machine.sendPing(new Uint8Array(126)), RangeError);
  assertThrows(() => new WebSocketConnection("client", { maxMessageBytes: 0 }), RangeError);
  assertEquals([machine.isOpen, machine.wantsWrite], [true, false]);
  machine.sendClose(1000, "x".repeat(123));
  assertThrows(() => machine.sendMessage("x"), TypeError);
  assertThrows(() => machine.sendPing(), TypeError);
  assertThrows(() => machine.sendDeflated("text", Uint8Array.of(0)), TypeError);
  machine.sendClose(1001);
  assertEquals(feed(machine, []).output, `887d03e8${"78".repeat(123)}`);
});
