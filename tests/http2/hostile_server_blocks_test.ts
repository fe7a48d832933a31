/**
 * A client machine against a server that breaks the rules of field blocks: too large, without end, or mixed with other
 * frames.
 *
 * @module
 */

import { repeat } from "@std/bytes";
import type { Field } from "../../http/fields.ts";
import { Flag, FrameType } from "../../http2/protocol.ts";
import { fatal, OK, refused, type Row, testRows } from "./hostile_server.ts";
import { block, bytes, frame, response } from "./raw_frames.ts";

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

const FIELDS = (count: number) => Array.from({ length: count }, (_, i): Field => [`x-${i}`, "y"]);
const MANY_FIELDS = block([OK, ...FIELDS(30_000)]);
/** The size of `:status: 200` in a field section (RFC 9113 §6.5.2). */
const SIZE_OF_OK = 7 + 3 + 32;

const ROWS: readonly Row[] = [
  {
    name: "T-01: CONTINUATION without end",
    wire: [
      frame(FrameType.HEADERS, 0, 1, block([OK])),
      ...Array.from({ length: 81 }, () => frame(FrameType.CONTINUATION, 0, 1, "\0\x01x\x01y")),
    ],
    because: "it does not end",
    ...fatal("ENHANCE_YOUR_CALM"),
  },
  {
    name: "T-01: CONTINUATION that is empty, without end",
    wire: [
      frame(FrameType.HEADERS, 0, 1, block([OK])),
      ...Array.from({ length: 81 }, () => frame(FrameType.CONTINUATION, 0, 1)),
    ],
    because: "it does not end",
    ...fatal("ENHANCE_YOUR_CALM"),
  },
  {
    name: "T-01: as many CONTINUATION frames as are allowed",
    wire: [
      frame(FrameType.HEADERS, 0, 1, block([OK])),
      ...Array.from({ length: 79 }, () => frame(FrameType.CONTINUATION, 0, 1, "\0\x01x\x01y")),
      frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, "\0\x01x\x01y"),
    ],
    events: ["response 1 200"],
  },
  {
    name: "T-01: a block of four times the allowed list to the byte may still end",
    start: { maxHeaderListSize: 1000 },
    wire: [frame(FrameType.HEADERS, 0, 1, new Uint8Array(4000))],
    long: true,
  },
  {
    name: "T-01: a block of four times the allowed list, over few frames",
    start: { maxHeaderListSize: 1000 },
    wire: [frame(FrameType.HEADERS, 0, 1, new Uint8Array(4001))],
    long: true,
    because: "it does not end",
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
    because: "4 times what the limit",
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
    because: "4 times what the limit",
    ...fatal("ENHANCE_YOUR_CALM"),
  },
  {
    name: "T-04: 30,000 different fields, within four times the limit",
    start: { maxHeaderListSize: 512 * 1024, maxFields: 1_000_000 },
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
  {
    name: "T-04: one field more than are allowed ends its stream, and the table stays right for the next",
    start: { requests: 2, maxFields: 2 },
    wire: [
      frame(
        FrameType.HEADERS,
        Flag.END_HEADERS,
        1,
        bytes(0x88, "\x40\x01a\x01b", "\x00\x01c\x01d", "\x00\x01e\x01f"),
      ),
      frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, 3, bytes(0x88, 0xbe, 0xbe)),
    ],
    events: ["reset 1 head_too_large local responding", "response 3 200", "end_of_message 3"],
    output: ["RST_STREAM 1 PROTOCOL_ERROR"],
  },
  {
    name: "T-04: one trailer field more than are allowed",
    start: { maxFields: 2 },
    wire: [
      response(1),
      frame(
        FrameType.HEADERS,
        Flag.END_HEADERS | Flag.END_STREAM,
        1,
        block([["a", ""], ["b", ""], ["c", ""]]),
      ),
    ],
    ...refused(["response 1 200"], "head_too_large"),
    output: ["RST_STREAM 1 PROTOCOL_ERROR"],
  },
  {
    name: "T-04: 1,000 fields are read",
    wire: [frame(FrameType.HEADERS, Flag.END_HEADERS, 1, block([OK, ...FIELDS(1000)]))],
    long: true,
    events: ["response 1 200"],
  },
  {
    name: "T-04: 1,001 fields end their stream",
    wire: [frame(FrameType.HEADERS, Flag.END_HEADERS, 1, block([OK, ...FIELDS(1001)]))],
    long: true,
    events: ["reset 1 head_too_large local responding"],
    output: ["RST_STREAM 1 PROTOCOL_ERROR"],
  },
  {
    name: "T-02: a field section of 262,144 bytes is read, as such a head is in HTTP/1.1",
    wire: inFrames(1, block([OK, ["x", "y".repeat(262_144 - SIZE_OF_OK - 33)]])),
    long: true,
    events: ["response 1 200"],
  },
  {
    name: "T-02: a field section of nearly four times that ends its stream, and no other",
    start: { requests: 2 },
    wire: [
      ...inFrames(1, block([OK, ...Array(30).fill(["x", "y".repeat(33_000)])])),
      response(3, "200", true),
    ],
    long: true,
    events: ["reset 1 head_too_large local responding", "response 3 200", "end_of_message 3"],
    output: ["RST_STREAM 1 PROTOCOL_ERROR"],
  },
  {
    name: "T-02: a field section of 262,145 bytes ends its stream",
    wire: inFrames(1, block([OK, ["x", "y".repeat(262_145 - SIZE_OF_OK - 33)]])),
    long: true,
    events: ["reset 1 head_too_large local responding"],
    output: ["RST_STREAM 1 PROTOCOL_ERROR"],
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
    because: "inside the field block of another",
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "a frame of an unknown type inside a field block",
    wire: [frame(FrameType.HEADERS, 0, 1, block([OK])), frame(0xfa, 0, 1)],
    because: "inside the field block of another",
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "CONTINUATION on another open stream",
    start: { requests: 2 },
    wire: [
      response(3),
      frame(FrameType.HEADERS, 0, 1, block([OK])),
      frame(FrameType.CONTINUATION, Flag.END_HEADERS, 3),
    ],
    because: "inside the field block of another",
    ...fatal("PROTOCOL_ERROR", ["response 3 200"]),
  },
  {
    name: "CONTINUATION on another open stream whose head is to come",
    start: { requests: 2 },
    wire: [frame(FrameType.HEADERS, 0, 1, block([OK])), frame(FrameType.CONTINUATION, Flag.END_HEADERS, 3)],
    because: "inside the field block of another",
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "CONTINUATION on a stream that was never opened",
    wire: [frame(FrameType.HEADERS, 0, 1, block([OK])), frame(FrameType.CONTINUATION, Flag.END_HEADERS, 3)],
    because: "inside the field block of another",
    ...fatal("PROTOCOL_ERROR"),
  },
  {
    name: "CONTINUATION after a block that has ended",
    wire: [response(1), frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1)],
    because: "there is nothing to continue",
    ...fatal("PROTOCOL_ERROR", ["response 1 200"]),
  },
];

testRows(ROWS);
