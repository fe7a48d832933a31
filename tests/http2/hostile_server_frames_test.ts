/**
 * A client machine against a server that breaks the rules of frames: field blocks, floods, streams that are not open,
 * flow control, and each type's own rules.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { repeat } from "@std/bytes";
import type { Field } from "../../http/fields.ts";
import { Http2Connection } from "../../http2/connection.ts";
import { Flag, FrameType, SettingId } from "../../http2/protocol.ts";
import { fatal, OK, refused, type Row, testRows } from "./hostile_server.ts";
import {
  block,
  bytes,
  data,
  feed,
  frame,
  lastData,
  number,
  paddedData,
  ping,
  reset,
  response,
  settings,
  SETTINGS_ACK,
  splits,
  windowUpdate,
} from "./raw_frames.ts";

const SETTING = (id: number, value: number) => settings([id, value]);
const EMPTY = data(1, "");

/** A literal that is added to the dynamic table (RFC 7541 §6.2.1). */
const INDEXED_LITERAL = (value: string) => bytes(0x40, 1, "x", 0x7f, lengthRest(value.length), value);
function lengthRest(length: number): Uint8Array {
  const digits: number[] = [];
  let rest = length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push(rest % 128 + 128);
  return bytes(...digits, rest);
}

/** HEADERS and CONTINUATION frames of at most 16,384 bytes. */
function inFrames(streamId: number, whole: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += 16_384) {
    const last = at + 16_384 >= whole.length;
    const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
    frames.push(frame(type, last ? Flag.END_HEADERS : 0, streamId, whole.subarray(at, at + 16_384)));
  }
  return frames;
}

const MANY_FIELDS = block([OK, ...Array.from({ length: 30_000 }, (_, i): Field => [`x-${i}`, "y"])]);

const ROWS: readonly Row[] = [
  // Field blocks
  {
    name: "T-01: CONTINUATION without end",
    wire: [
      frame(FrameType.HEADERS, 0, 1, block([OK])),
      ...Array.from({ length: 10 }, () => frame(FrameType.CONTINUATION, 0, 1, "\0\x01x\x01y")),
    ],
    ...fatal("ENHANCE_YOUR_CALM"),
  },
  {
    name: "T-01: CONTINUATION that is empty, without end",
    wire: [
      frame(FrameType.HEADERS, 0, 1, block([OK])),
      ...Array.from({ length: 10 }, () => frame(FrameType.CONTINUATION, 0, 1)),
    ],
    ...fatal("ENHANCE_YOUR_CALM"),
  },
  {
    name: "T-01: as many CONTINUATION frames as are allowed",
    wire: [
      frame(FrameType.HEADERS, 0, 1, block([OK])),
      ...Array.from({ length: 4 }, () => frame(FrameType.CONTINUATION, 0, 1, "\0\x01x\x01y")),
      frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, "\0\x01x\x01y"),
    ],
    events: ["response 1 200"],
  },
  {
    name: "T-01: a block of four times the allowed list, over few frames",
    start: { maxHeaderListSize: 1000 },
    wire: [frame(FrameType.HEADERS, 0, 1, new Uint8Array(4001))],
    long: true,
    ...fatal("ENHANCE_YOUR_CALM"),
  },
  {
    name: "T-02: a list over the limit ends its stream, and the table stays right for the next",
    start: { requests: 2, maxHeaderListSize: 500 },
    wire: [
      frame(FrameType.HEADERS, Flag.END_HEADERS, 1, bytes(0x88, INDEXED_LITERAL("y".repeat(600)))),
      frame(
        FrameType.HEADERS,
        Flag.END_HEADERS | Flag.END_STREAM,
        3,
        bytes(0x88, INDEXED_LITERAL("z".repeat(300))),
      ),
    ],
    events: ["reset 1 head_too_large local responding", "response 3 200", "end_of_message 3"],
    output: ["RST_STREAM 1 PROTOCOL_ERROR"],
  },
  {
    name: "T-03: a list over four times the limit",
    start: { maxHeaderListSize: 500 },
    wire: [frame(FrameType.HEADERS, Flag.END_HEADERS, 1, bytes(0x88, INDEXED_LITERAL("y".repeat(1990))))],
    long: true,
    ...fatal("ENHANCE_YOUR_CALM"),
  },
  {
    name: "T-03: a bomb of references to one large entry",
    wire: [
      frame(
        FrameType.HEADERS,
        Flag.END_HEADERS,
        1,
        bytes(0x88, INDEXED_LITERAL("y".repeat(3500)), repeat(bytes(0xbe), 16_384 - 3600)),
      ),
    ],
    long: true,
    ...fatal("ENHANCE_YOUR_CALM"),
  },
  {
    name: "T-04: 30,000 different fields, within four times the limit",
    start: { maxHeaderListSize: 512 * 1024 },
    wire: inFrames(1, MANY_FIELDS),
    long: true,
    events: ["reset 1 head_too_large local responding"],
    output: ["RST_STREAM 1 PROTOCOL_ERROR"],
  },
  {
    name: "T-04: 30,000 different fields, with the limits as they are",
    wire: inFrames(1, MANY_FIELDS),
    long: true,
    ...fatal("ENHANCE_YOUR_CALM"),
  },
  ...[
    { name: "index 0", wire: bytes(0x80) },
    { name: "an index that is not in the tables", wire: bytes(0xff, 0x00) },
    { name: "a size update over the setting", wire: bytes(0x3f, 0xe2, 0x1f, 0x88) },
    { name: "a size update after a field", wire: bytes(0x88, 0x20) },
    { name: "an integer without end", wire: bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01) },
    { name: "Huffman code with its end mark", wire: bytes(0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00) },
    { name: "Huffman code with zeros for padding", wire: bytes(0x00, 0x81, 0x00, 0x00) },
    { name: "a string that is cut", wire: bytes(0x00, 0x05, "ab") },
  ].map(({ name, wire }): Row => ({
    name: `T-27: ${name}`,
    wire: [frame(FrameType.HEADERS, Flag.END_HEADERS, 1, wire)],
    ...fatal("COMPRESSION_ERROR"),
  })),
  {
    name: "HEADERS on another stream inside a field block",
    start: { requests: 2 },
    wire: [frame(FrameType.HEADERS, 0, 1, block([OK])), response(3)],
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "a frame of an unknown type inside a field block",
    wire: [frame(FrameType.HEADERS, 0, 1, block([OK])), frame(0xfa, 0, 1)],
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "CONTINUATION on another stream",
    wire: [frame(FrameType.HEADERS, 0, 1, block([OK])), frame(FrameType.CONTINUATION, Flag.END_HEADERS, 3)],
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "CONTINUATION after a block that has ended",
    wire: [response(1), frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1)],
    ...fatal("PROTOCOL_ERROR", ["response 1 200"]),
  },

  // Floods
  {
    name: "T-05: 101 empty DATA frames",
    wire: [response(1), ...Array(101).fill(EMPTY)],
    ...fatal("ENHANCE_YOUR_CALM", ["response 1 200"]),
  },
  {
    name: "T-05: 101 empty DATA frames with padding",
    wire: [response(1), ...Array(101).fill(paddedData(1, "", 3))],
    ...fatal("ENHANCE_YOUR_CALM", ["response 1 200"]),
  },
  {
    name: "T-05: 100 empty DATA frames",
    wire: [response(1), ...Array(100).fill(EMPTY), lastData(1, "")],
    events: ["response 1 200", "end_of_message 1"],
  },
  {
    // Four are free, and a hundred are as many as the budget has.
    name: "T-06: DATA of one byte, 105 times, unread",
    wire: [response(1), ...Array(105).fill(data(1, "x"))],
    ...fatal("ENHANCE_YOUR_CALM", ["response 1 200", "data 1 104"]),
  },
  {
    name: "T-06: DATA of one byte, 104 times",
    wire: [response(1), ...Array(104).fill(data(1, "x")), lastData(1, "x")],
    events: ["response 1 200", "data 1 105", "end_of_message 1"],
  },

  // Streams that are not there
  {
    name: "T-08: RST_STREAM on a stream that was never opened",
    wire: [reset(3)],
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "T-08: HEADERS on a stream that was never opened",
    wire: [response(3)],
    ...fatal("PROTOCOL_ERROR"),
  },
  { name: "T-08: DATA on a stream that was never opened", wire: [data(3, "x")], ...fatal("PROTOCOL_ERROR") },
  {
    name: "T-08: WINDOW_UPDATE on a stream that was never opened",
    wire: [windowUpdate(3, 1)],
    ...fatal("PROTOCOL_ERROR"),
  },
  { name: "T-08: RST_STREAM on an even stream", wire: [reset(2)], ...fatal("PROTOCOL_ERROR") },
  { name: "T-09: HEADERS on an even stream", wire: [response(2)], ...fatal("PROTOCOL_ERROR") },
  {
    name: "T-09: PUSH_PROMISE",
    wire: [
      frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, bytes(number(2, 4), block([[":method", "GET"]]))),
    ],
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "DATA after the end of a stream that is closed both ways",
    wire: [response(1, "200", true), data(1, "x")],
    ...fatal("STREAM_CLOSED", ["response 1 200", "end_of_message 1"]),
  },
  {
    name: "DATA after the end of a stream that this end still sends on",
    start: { open: true, method: "POST" },
    wire: [response(1, "200", true), data(1, "x")],
    events: ["response 1 200", "end_of_message 1", "reset 1 STREAM_CLOSED local responding"],
    output: ["RST_STREAM 1 STREAM_CLOSED"],
  },
  {
    name: "DATA after RST_STREAM",
    wire: [reset(1), data(1, "x"), data(1, "y")],
    events: ["reset 1 CANCEL remote no_response"],
    output: ["RST_STREAM 1 STREAM_CLOSED"],
  },
  {
    name: "WINDOW_UPDATE and RST_STREAM after the end of a stream",
    wire: [response(1, "200", true), windowUpdate(1, 5), reset(1)],
    events: ["response 1 200", "end_of_message 1"],
  },

  // Flow control
  {
    name: "T-13: DATA beyond the window of its stream",
    start: { initialStreamWindow: 70_000 },
    wire: [response(1), ...Array(5).fill(data(1, new Uint8Array(16_000)))],
    long: true,
    events: ["response 1 200", "data 1 64000", "reset 1 FLOW_CONTROL_ERROR local responding"],
    output: ["RST_STREAM 1 FLOW_CONTROL_ERROR"],
  },
  { name: "T-14: WINDOW_UPDATE by 0 on a stream", wire: [windowUpdate(1, 0)], ...refused() },
  {
    name: "T-14: WINDOW_UPDATE by 0 on the connection",
    wire: [windowUpdate(0, 0)],
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "T-14: a stream's window beyond 2^31 - 1",
    wire: [windowUpdate(1, 0x7fff_ffff)],
    ...refused([], "FLOW_CONTROL_ERROR"),
  },
  {
    name: "T-14: the connection's window beyond 2^31 - 1",
    wire: [windowUpdate(0, 0x7fff_ffff)],
    ...fatal("FLOW_CONTROL_ERROR"),
  },
  {
    name: "T-14: SETTINGS that make a stream's window larger than 2^31 - 1",
    wire: [windowUpdate(1, 0x7fff_0000), SETTING(SettingId.INITIAL_WINDOW_SIZE, 0x7fff_ffff)],
    ...fatal("FLOW_CONTROL_ERROR", ["window 1"]),
  },
  {
    name: "T-15: padding as long as the frame",
    wire: [response(1), data(1, bytes(3, "ab"), Flag.PADDED)],
    ...fatal("PROTOCOL_ERROR", ["response 1 200"]),
  },
  {
    name: "T-15: a padded frame without the length of the padding",
    wire: [response(1), data(1, "", Flag.PADDED)],
    ...fatal("PROTOCOL_ERROR", ["response 1 200"]),
  },
  {
    name: "T-15: padding of HEADERS that is longer than the frame",
    wire: [frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.PADDED, 1, bytes(9, block([OK]).subarray(0, 5)))],
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "T-15: padding of 255 bytes",
    wire: [response(1), paddedData(1, "hello", 255, Flag.END_STREAM)],
    events: ["response 1 200", "data 1 5", "end_of_message 1"],
  },
  {
    name: "HEADERS with padding and priority",
    wire: [
      frame(
        FrameType.HEADERS,
        Flag.END_HEADERS | Flag.PADDED | Flag.PRIORITY,
        1,
        bytes(4, number(0, 4), 16, block([OK]), "\0\0\0\0"),
      ),
    ],
    events: ["response 1 200"],
  },

  // Frames
  {
    name: "T-16: a frame that is larger than allowed",
    wire: [bytes(number(16_385, 3), FrameType.HEADERS, 0, number(1, 4))],
    ...fatal("FRAME_SIZE_ERROR"),
  },
  {
    name: "T-16: a frame of an unknown type that is larger than allowed",
    wire: [bytes(number(16_385, 3), 0xfa, 0, number(1, 4))],
    ...fatal("FRAME_SIZE_ERROR"),
  },
  ...([
    ["SETTINGS of 5 bytes", frame(FrameType.SETTINGS, 0, 0, "12345"), "FRAME_SIZE_ERROR"],
    ["SETTINGS on a stream", frame(FrameType.SETTINGS, 0, 1), "PROTOCOL_ERROR"],
    [
      "an acknowledgement with a payload",
      frame(FrameType.SETTINGS, Flag.ACK, 0, "\0\x05\0\0\x40\0"),
      "FRAME_SIZE_ERROR",
    ],
    ["an acknowledgement of nothing", SETTINGS_ACK, "PROTOCOL_ERROR"],
    ["ENABLE_PUSH of 2", SETTING(SettingId.ENABLE_PUSH, 2), "PROTOCOL_ERROR"],
    ["ENABLE_PUSH of 1", SETTING(SettingId.ENABLE_PUSH, 1), "PROTOCOL_ERROR"],
    [
      "INITIAL_WINDOW_SIZE of 2^31",
      SETTING(SettingId.INITIAL_WINDOW_SIZE, 0x8000_0000),
      "FLOW_CONTROL_ERROR",
    ],
    ["MAX_FRAME_SIZE of 16,383", SETTING(SettingId.MAX_FRAME_SIZE, 16_383), "PROTOCOL_ERROR"],
    ["MAX_FRAME_SIZE of 2^24", SETTING(SettingId.MAX_FRAME_SIZE, 0x100_0000), "PROTOCOL_ERROR"],
    ["PING of 7 bytes", frame(FrameType.PING, 0, 0, "1234567"), "FRAME_SIZE_ERROR"],
    ["PING on a stream", frame(FrameType.PING, 0, 1, "12345678"), "PROTOCOL_ERROR"],
    ["GOAWAY of 7 bytes", frame(FrameType.GOAWAY, 0, 0, "1234567"), "FRAME_SIZE_ERROR"],
    ["GOAWAY on a stream", frame(FrameType.GOAWAY, 0, 1, "12345678"), "PROTOCOL_ERROR"],
    ["WINDOW_UPDATE of 3 bytes", frame(FrameType.WINDOW_UPDATE, 0, 1, "123"), "FRAME_SIZE_ERROR"],
    ["RST_STREAM of 5 bytes", frame(FrameType.RST_STREAM, 0, 1, "12345"), "FRAME_SIZE_ERROR"],
    ["RST_STREAM on no stream", reset(0), "PROTOCOL_ERROR"],
    ["DATA on no stream", data(0, "x"), "PROTOCOL_ERROR"],
    ["HEADERS on no stream", response(0), "PROTOCOL_ERROR"],
    ["PRIORITY of 4 bytes", frame(FrameType.PRIORITY, 0, 1, "1234"), "FRAME_SIZE_ERROR"],
  ] as const).map(([name, wire, code]): Row => ({ name: `T-17: ${name}`, wire: [wire], ...fatal(code) })),
  {
    name: "T-18: unknown settings, frames of unknown types and PRIORITY are ignored",
    wire: [
      SETTING(0xfa, 7),
      frame(0xfa, 0xff, 1, "whatever"),
      frame(FrameType.PRIORITY, 0, 1, bytes(number(3, 4), 16)),
      frame(FrameType.PRIORITY, 0, 99, bytes(number(3, 4), 16)),
      response(1, "200", true),
    ],
    events: ["settings", "response 1 200", "end_of_message 1"],
    output: ["SETTINGS ack"],
  },
  {
    name: "T-19: streams that depend on themselves",
    wire: [
      frame(FrameType.PRIORITY, 0, 1, bytes(number(1, 4), 16)),
      frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.PRIORITY, 1, bytes(number(1, 4), 16, block([OK]))),
    ],
    events: ["response 1 200"],
  },
  {
    name: "a reserved bit before the stream identifier",
    wire: [bytes(frame(FrameType.HEADERS, Flag.END_HEADERS, 0x8000_0001, block([OK])))],
    events: ["response 1 200"],
  },
  {
    name: "PING is acknowledged",
    wire: [ping(), ping(Flag.ACK)],
    events: ["ping_ack"],
    output: ["PING ack"],
  },
];

testRows(ROWS);

const FIRST_FRAMES = [
  { name: "HTTP/1.1", wire: bytes("HTTP/1.1 400 Bad Request\r\n\r\n") },
  { name: "PING", wire: ping() },
  { name: "an acknowledgement", wire: SETTINGS_ACK },
  { name: "WINDOW_UPDATE", wire: windowUpdate(0, 1) },
  { name: "a frame of an unknown type", wire: frame(0xfa, 0, 0, "x") },
];

for (const { name, wire } of FIRST_FRAMES) {
  Deno.test(`client machine: T-35: ${name} instead of SETTINGS`, () => {
    for (const pieces of splits(wire)) {
      const machine = new Http2Connection("client");
      machine.output();
      assertEquals(feed(machine, pieces), fatal("PROTOCOL_ERROR"));
    }
  });
}
