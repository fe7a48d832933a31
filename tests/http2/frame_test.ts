/**
 * Frames, read and written.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes";
import { encodeHex } from "@std/encoding";
import { Http2Error } from "../../http2/error.ts";
import { FrameReader } from "../../http2/frame_reader.ts";
import { FrameWriter } from "../../http2/frame_writer.ts";
import { CLIENT_PREFACE, ErrorCode, errorCodeName, Flag, FrameType } from "../../http2/protocol.ts";
import {
  bytes,
  cut,
  data,
  frame,
  goAway,
  number,
  paddedData,
  ping,
  reset,
  settings,
  splits,
  windowUpdate,
} from "./raw_frames.ts";

interface Read {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly length: number;
  readonly content: string;
}

/** All frames, the pieces of each DATA frame put together. */
function read(pieces: readonly Uint8Array[], maxFrameSize = 16_384): Read[] {
  const reader = new FrameReader(maxFrameSize);
  const frames: Read[] = [];
  let content = "";
  for (const piece of pieces) {
    const own = piece.slice();
    reader.receive(own);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      if (frame.first) content = "";
      content += encodeHex(frame.payload);
      const { type, flags, streamId, length } = frame;
      if (frame.last) frames.push({ type, flags, streamId, length, content });
      if (frame.last && type === FrameType.DATA) assertEquals(content.length / 2, frame.contentLength);
    }
    own.fill(0xdb);
  }
  assertEquals(reader.betweenFrames, true);
  return frames;
}

const WIRE = concat([
  settings([1, 2], [3, 4]),
  data(1, "hello"),
  data(3, "", Flag.END_STREAM),
  paddedData(1, "padded", 9),
  paddedData(1, "", 0),
  frame(0xfa, 0xff, 7, "an unknown type"),
  frame(FrameType.HEADERS, Flag.END_HEADERS, 5, "block"),
  frame(FrameType.PRIORITY, 0, 5, "12345"),
  ping(),
  reset(5),
  windowUpdate(0, 9),
  frame(0xfb, 0, 0),
  goAway(5, "NO_ERROR", "why"),
]);

Deno.test("FrameReader: frames are the same however they are cut", () => {
  const row = (
    type: number,
    flags: number,
    streamId: number,
    length: number,
    content: string | Uint8Array,
  ): Read => ({
    type,
    flags,
    streamId,
    length,
    content: encodeHex(content),
  });
  const expected = [
    row(FrameType.SETTINGS, 0, 0, 12, bytes(0, 1, number(2, 4), 0, 3, number(4, 4))),
    row(FrameType.DATA, 0, 1, 5, "hello"),
    row(FrameType.DATA, Flag.END_STREAM, 3, 0, ""),
    row(FrameType.DATA, Flag.PADDED, 1, 16, "padded"),
    row(FrameType.DATA, Flag.PADDED, 1, 1, ""),
    row(FrameType.HEADERS, Flag.END_HEADERS, 5, 5, "block"),
    row(FrameType.PRIORITY, 0, 5, 5, "12345"),
    row(FrameType.PING, 0, 0, 8, "12345678"),
    row(FrameType.RST_STREAM, 0, 5, 4, number(ErrorCode.CANCEL, 4)),
    row(FrameType.WINDOW_UPDATE, 0, 0, 4, number(9, 4)),
    row(FrameType.GOAWAY, 0, 0, 11, bytes(number(5, 4), number(0, 4), "why")),
  ];
  for (const pieces of splits(WIRE)) assertEquals(read(pieces), expected, `${pieces.length} pieces`);
});

Deno.test("FrameReader: a frame of the largest size is read, and one byte more is refused at its header", () => {
  const whole = frame(FrameType.SETTINGS, 0, 0, new Uint8Array(16_380));
  assertEquals(read([whole])[0]?.length, 16_380);
  const reader = new FrameReader(16_384);
  reader.receive(bytes(settings(), bytes(number(16_385, 3), FrameType.DATA, 0, number(1, 4))));
  reader.next();
  assertEquals(assertThrows(() => reader.next(), Http2Error).code, "FRAME_SIZE_ERROR");
});

Deno.test("FrameReader: bytes that come before the last were read are kept in order", () => {
  const reader = new FrameReader(16_384);
  for (const byte of WIRE) reader.receive(new Uint8Array([byte]));
  let frames = 0;
  while (reader.next() !== undefined) frames++;
  assertEquals([frames, reader.hasInput, reader.betweenFrames], [11, false, true]);
});

Deno.test("FrameReader: DATA is handed on before all of it is there", () => {
  const reader = new FrameReader(16_384);
  reader.receive(settings());
  reader.next();
  const content: string[] = [];
  for (const piece of [data(1, "abcdef").subarray(0, 11), bytes("cd"), bytes("ef")]) {
    reader.receive(piece);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      content.push(`${new TextDecoder().decode(frame.payload)} ${frame.first} ${frame.last}`);
    }
  }
  assertEquals(content, ["ab true false", "cd false false", "ef false true"]);
});

/** The frame that each method writes, and whether it counts as one that the peer caused. */
const WRITES: {
  name: string;
  write: (writer: FrameWriter) => void;
  wire: Uint8Array;
  causedByPeer?: true;
}[] = [
  { name: "preface", write: (writer) => writer.preface(), wire: CLIENT_PREFACE },
  {
    name: "settings",
    write: (writer) => writer.settings([[1, 0x1234_5678], [0xfafa, 2]]),
    wire: settings([1, 0x1234_5678], [0xfafa, 2]),
  },
  {
    name: "settingsAck",
    write: (writer) => writer.settingsAck(),
    wire: frame(FrameType.SETTINGS, Flag.ACK, 0),
    causedByPeer: true,
  },
  {
    name: "data",
    write: (writer) => writer.data(0x7fff_ffff, bytes("x"), false),
    wire: data(0x7fff_ffff, "x"),
  },
  {
    name: "the last data",
    write: (writer) => writer.data(1, bytes(""), true),
    wire: data(1, "", Flag.END_STREAM),
  },
  {
    name: "headers",
    write: (writer) => writer.headers(1, bytes("b"), false),
    wire: frame(FrameType.HEADERS, Flag.END_HEADERS, 1, "b"),
  },
  {
    name: "headers without fields",
    write: (writer) => writer.headers(1, bytes(), true),
    wire: frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, 1),
  },
  {
    name: "rstStream",
    write: (writer) => writer.rstStream(3, 0xffff_fff0),
    wire: frame(FrameType.RST_STREAM, 0, 3, number(0xffff_fff0, 4)),
    causedByPeer: true,
  },
  { name: "ping", write: (writer) => writer.ping(bytes("12345678"), false), wire: ping() },
  {
    name: "the acknowledgement of a ping",
    write: (writer) => writer.ping(bytes("12345678"), true),
    wire: ping(Flag.ACK),
    causedByPeer: true,
  },
  { name: "goAway", write: (writer) => writer.goAway(7, 11), wire: goAway(7, "ENHANCE_YOUR_CALM") },
  {
    name: "windowUpdate",
    write: (writer) => writer.windowUpdate(0, 0x7fff_ffff),
    wire: windowUpdate(0, 0x7fff_ffff),
    causedByPeer: true,
  },
];

for (const { name, write, wire, causedByPeer } of WRITES) {
  Deno.test(`FrameWriter: ${name}, also where its buffer has to grow`, () => {
    const writer = new FrameWriter();
    for (let count = 1; count < 400; count++) {
      for (let i = 0; i < count; i++) write(writer);
      assertEquals(writer.length, count * wire.length);
      assertEquals(writer.pendingAckBytes, causedByPeer ? count * wire.length : 0);
      assertEquals(encodeHex(writer.take()), encodeHex(wire).repeat(count));
      if (count > 20) count += 40;
    }
    assertEquals([writer.length, writer.pendingAckBytes], [0, 0]);
  });
}

Deno.test("FrameWriter: a block larger than a frame goes on in CONTINUATION", () => {
  const block = new Uint8Array(40_000).map((_, i) => i);
  const writer = new FrameWriter();
  writer.headers(5, block, true);
  const frames = cut(writer.take().slice());
  assertEquals(frames.map(({ type, flags, payload }) => [type, flags, payload.length]), [
    [FrameType.HEADERS, Flag.END_STREAM, 16_384],
    [FrameType.CONTINUATION, 0, 16_384],
    [FrameType.CONTINUATION, Flag.END_HEADERS, 7_232],
  ]);
  assertEquals(concat(frames.map(({ payload }) => payload)), block);
});

Deno.test("FrameWriter: what was taken stays as it is until the next is taken", () => {
  const writer = new FrameWriter();
  writer.data(1, bytes("first"), false);
  const first = writer.take();
  writer.data(1, bytes("second"), false);
  assertEquals(first, data(1, "first"));
  assertEquals(writer.take(), data(1, "second"));
});

Deno.test("protocol: error codes have the names of the RFC, unknown ones that of an internal error", () => {
  for (const [name, code] of Object.entries(ErrorCode)) assertEquals(errorCodeName(code), name);
  assertEquals([14, 0xffff_ffff].map(errorCodeName), ["INTERNAL_ERROR", "INTERNAL_ERROR"]);
});
