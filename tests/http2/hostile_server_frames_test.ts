/**
 * A client machine against a server that breaks the rules of frames: floods, streams that are not open, flow control,
 * and each type's own rules.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
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

const ROWS: readonly Row[] = [
  // Floods
  {
    name: "T-05: one empty DATA frame more than are allowed resets its stream, and no other",
    start: { requests: 2, maxEmptyDataFrames: 20 },
    wire: [response(1), ...Array(21).fill(EMPTY), EMPTY, response(3, "200", true)],
    events: [
      "response 1 200",
      "reset 1 ENHANCE_YOUR_CALM local responding",
      "response 3 200",
      "end_of_message 3",
    ],
    output: ["RST_STREAM 1 ENHANCE_YOUR_CALM"],
  },
  {
    name: "T-05: empty DATA frames with padding count as well",
    start: { maxEmptyDataFrames: 20 },
    wire: [response(1), ...Array(21).fill(paddedData(1, "", 3))],
    ...refused(["response 1 200"], "ENHANCE_YOUR_CALM"),
  },
  {
    name: "T-05: as many empty DATA frames as are allowed",
    start: { maxEmptyDataFrames: 20 },
    wire: [response(1), ...Array(20).fill(EMPTY), lastData(1, "")],
    events: ["response 1 200", "end_of_message 1"],
  },
  {
    name: "T-05: content between empty DATA frames is progress",
    start: { maxEmptyDataFrames: 2 },
    wire: [response(1), ...Array(5).fill([EMPTY, EMPTY, data(1, "x")]).flat(), EMPTY, EMPTY, lastData(1, "")],
    events: ["response 1 200", "data 1 5", "end_of_message 1"],
  },
  {
    name: "T-05: 10,000 empty DATA frames are read, and one more is not",
    wire: [response(1), ...Array(10_000).fill(EMPTY), data(1, "x"), ...Array(10_001).fill(EMPTY)],
    long: true,
    ...refused(["response 1 200", "data 1 1"], "ENHANCE_YOUR_CALM"),
  },
  {
    name: "T-06: DATA of one byte, as often as the window allows, unread, with and without padding",
    start: { requests: 2 },
    wire: [
      response(1),
      ...Array(20_000).fill(data(1, "x")),
      ...Array(500).fill(paddedData(1, "y", 255)),
      lastData(1, "x"),
      response(3, "200", true),
    ],
    long: true,
    events: ["response 1 200", "data 1 20501", "end_of_message 1", "response 3 200", "end_of_message 3"],
  },

  // Streams that are not there
  {
    name: "T-08: RST_STREAM on a stream that was never opened",
    wire: [reset(3)],
    because: "never opened",
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "T-08: HEADERS on a stream that was never opened",
    wire: [response(3)],
    because: "never opened",
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "T-08: DATA on a stream that was never opened",
    wire: [data(3, "x")],
    because: "never opened",
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "T-08: WINDOW_UPDATE on a stream that was never opened",
    wire: [windowUpdate(3, 1)],
    because: "never opened",
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "T-08: RST_STREAM on an even stream",
    wire: [reset(2)],
    because: "never opened",
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "T-09: HEADERS on an even stream",
    wire: [response(2)],
    because: "a server opens no streams",
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "T-09: PUSH_PROMISE",
    wire: [
      frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, bytes(number(2, 4), block([[":method", "GET"]]))),
    ],
    because: "push is not allowed",
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "DATA after the end of a stream that is closed both ways",
    wire: [response(1, "200", true), data(1, "x")],
    because: "both ends have ended",
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
    because: "increment is 0",
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
    because: "larger than 2^31 - 1",
    ...fatal("FLOW_CONTROL_ERROR"),
  },
  {
    name: "T-14: SETTINGS that make a stream's window larger than 2^31 - 1",
    wire: [windowUpdate(1, 0x7fff_0000), SETTING(SettingId.INITIAL_WINDOW_SIZE, 0x7fff_ffff)],
    because: "larger than 2^31 - 1",
    ...fatal("FLOW_CONTROL_ERROR", ["window 1"]),
  },
  {
    name: "T-15: padding as long as the frame",
    wire: [response(1), data(1, bytes(3, "ab"), Flag.PADDED)],
    because: "padding",
    ...fatal("PROTOCOL_ERROR", ["response 1 200"]),
  },
  {
    name: "T-15: a padded frame without the length of the padding",
    wire: [response(1), data(1, "", Flag.PADDED)],
    because: "padding",
    ...fatal("PROTOCOL_ERROR", ["response 1 200"]),
  },
  {
    name: "T-15: padding of HEADERS that is longer than the frame",
    wire: [frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.PADDED, 1, bytes(9, block([OK]).subarray(0, 5)))],
    because: "padding",
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
    because: "are more than the 16384",
    ...fatal("FRAME_SIZE_ERROR"),
  },
  {
    name: "T-16: a frame of an unknown type that is larger than allowed",
    wire: [bytes(number(16_385, 3), 0xfa, 0, number(1, 4))],
    because: "are more than the 16384",
    ...fatal("FRAME_SIZE_ERROR"),
  },
  ...([
    [
      "SETTINGS of 5 bytes",
      frame(FrameType.SETTINGS, 0, 0, "12345"),
      "FRAME_SIZE_ERROR",
      "SETTINGS: it has the wrong length",
    ],
    [
      "SETTINGS on a stream",
      frame(FrameType.SETTINGS, 0, 1),
      "PROTOCOL_ERROR",
      "SETTINGS: it must not be on a stream",
    ],
    [
      "an acknowledgement with a payload",
      frame(FrameType.SETTINGS, Flag.ACK, 0, "\0\x05\0\0\x40\0"),
      "FRAME_SIZE_ERROR",
      "an acknowledgement has no payload",
    ],
    ["an acknowledgement of nothing", SETTINGS_ACK, "PROTOCOL_ERROR", "acknowledges what was not sent"],
    ["ENABLE_PUSH of 2", SETTING(SettingId.ENABLE_PUSH, 2), "PROTOCOL_ERROR", "SETTINGS_ENABLE_PUSH: 2"],
    ["ENABLE_PUSH of 1", SETTING(SettingId.ENABLE_PUSH, 1), "PROTOCOL_ERROR", "SETTINGS_ENABLE_PUSH: 1"],
    [
      "INITIAL_WINDOW_SIZE of 2^31",
      SETTING(SettingId.INITIAL_WINDOW_SIZE, 0x8000_0000),
      "FLOW_CONTROL_ERROR",
      "SETTINGS_INITIAL_WINDOW_SIZE",
    ],
    [
      "MAX_FRAME_SIZE of 16,383",
      SETTING(SettingId.MAX_FRAME_SIZE, 16_383),
      "PROTOCOL_ERROR",
      "SETTINGS_MAX_FRAME_SIZE",
    ],
    [
      "MAX_FRAME_SIZE of 2^24",
      SETTING(SettingId.MAX_FRAME_SIZE, 0x100_0000),
      "PROTOCOL_ERROR",
      "SETTINGS_MAX_FRAME_SIZE",
    ],
    [
      "PING of 7 bytes",
      frame(FrameType.PING, 0, 0, "1234567"),
      "FRAME_SIZE_ERROR",
      "PING: it has the wrong length",
    ],
    [
      "PING on a stream",
      frame(FrameType.PING, 0, 1, "12345678"),
      "PROTOCOL_ERROR",
      "PING: it must not be on a stream",
    ],
    [
      "GOAWAY of 7 bytes",
      frame(FrameType.GOAWAY, 0, 0, "1234567"),
      "FRAME_SIZE_ERROR",
      "GOAWAY: it has the wrong length",
    ],
    [
      "GOAWAY on a stream",
      frame(FrameType.GOAWAY, 0, 1, "12345678"),
      "PROTOCOL_ERROR",
      "GOAWAY: it must not be on a stream",
    ],
    [
      "WINDOW_UPDATE of 3 bytes",
      frame(FrameType.WINDOW_UPDATE, 0, 1, "123"),
      "FRAME_SIZE_ERROR",
      "WINDOW_UPDATE: it has the wrong length",
    ],
    [
      "RST_STREAM of 5 bytes",
      frame(FrameType.RST_STREAM, 0, 1, "12345"),
      "FRAME_SIZE_ERROR",
      "RST_STREAM: it has the wrong length",
    ],
    ["RST_STREAM on no stream", reset(0), "PROTOCOL_ERROR", "RST_STREAM: it needs a stream"],
    ["DATA on no stream", data(0, "x"), "PROTOCOL_ERROR", "DATA: it needs a stream"],
    ["HEADERS on no stream", response(0), "PROTOCOL_ERROR", "HEADERS: it needs a stream"],
    [
      "PRIORITY of 4 bytes",
      frame(FrameType.PRIORITY, 0, 1, "1234"),
      "FRAME_SIZE_ERROR",
      "PRIORITY: it has the wrong length",
    ],
  ] as const).map(([name, wire, code, because]): Row => ({
    name: `T-17: ${name}`,
    wire: [wire],
    because,
    ...fatal(code),
  })),
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
