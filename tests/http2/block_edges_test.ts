/** HEADERS at the ends of what its flags take, and what a reader says of itself between its frames. */

import { assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes";
import { Http2Error } from "../../http2/error.ts";
import { FieldBlockAssembler } from "../../http2/field_block.ts";
import { type Frame, FrameReader } from "../../http2/frame_reader.ts";
import { Flag, FrameType } from "../../http2/protocol.ts";
import { bytes, data, frame, paddedData, ping, settings } from "./raw_frames.ts";

/** HEADERS on stream 1 with these flags. */
function headersFrame(flags: number, payload: Uint8Array): Frame {
  const reader = new FrameReader(16_384);
  reader.receive(concat([settings(), frame(FrameType.HEADERS, flags | Flag.END_HEADERS, 1, payload)]));
  reader.next();
  const read = reader.next();
  if (read === undefined) throw new Error("no frame");
  return read;
}

const PRIORITY = bytes(0, 0, 0, 3, 16);
const BOTH = Flag.PADDED | Flag.PRIORITY;

/** The field block of HEADERS; `undefined` where it is refused. */
const PAYLOADS: readonly (readonly [
  name: string,
  flags: number,
  payload: Uint8Array,
  block: readonly number[] | undefined,
])[] = [
  ["no padding length", Flag.PADDED, bytes(), undefined],
  ["a padding length alone, of 0", Flag.PADDED, bytes(0), []],
  ["a padding length alone, of 1", Flag.PADDED, bytes(1), undefined],
  ["padding that fills the frame", Flag.PADDED, bytes(2, 0, 0), []],
  ["padding that is one octet longer", Flag.PADDED, bytes(3, 0, 0), undefined],
  ["padding behind a block", Flag.PADDED, bytes(1, 0x82, 0x84, 0), [0x82, 0x84]],
  ["no priority", Flag.PRIORITY, bytes(), undefined],
  ["four octets of priority", Flag.PRIORITY, PRIORITY.subarray(1), undefined],
  ["a priority alone", Flag.PRIORITY, PRIORITY, []],
  ["a priority before a block", Flag.PRIORITY, bytes(PRIORITY, 0x82), [0x82]],
  ["neither padding length nor priority", BOTH, bytes(), undefined],
  ["a padding length without the priority", BOTH, bytes(0), undefined],
  ["a padding length and four octets of priority", BOTH, bytes(0, PRIORITY.subarray(1)), undefined],
  ["a padding length and a priority alone", BOTH, bytes(0, PRIORITY), []],
  ["padding in the place of the priority's end", BOTH, bytes(1, PRIORITY), undefined],
  ["all three", BOTH, bytes(1, PRIORITY, 0x82, 0), [0x82]],
];

for (const [name, flags, payload, block] of PAYLOADS) {
  Deno.test(`FieldBlockAssembler: ${name}: ${block === undefined ? "refused" : `${block.length} octets`}`, () => {
    const assembler = new FieldBlockAssembler(1_000, 16_384);
    const add = () => assembler.add(headersFrame(flags, payload));
    if (block === undefined) assertEquals(assertThrows(add, Http2Error).code, "PROTOCOL_ERROR");
    else assertEquals([...add()?.bytes ?? []], block);
  });
}

Deno.test("FrameReader: says at each octet whether it is between frames, or inside one other than DATA or a field block", () => {
  // For each frame: whether what follows its last octet is inside a field block.
  const frames: readonly (readonly [wire: Uint8Array, isData: boolean, continues: boolean])[] = [
    [settings([3, 4]), false, false],
    [frame(FrameType.HEADERS, 0, 1, bytes(0x82)), false, true],
    [frame(FrameType.CONTINUATION, 0, 1, bytes(0x84)), false, true],
    [frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, bytes(0x86)), false, false],
    [data(1, "hello"), true, false],
    [paddedData(1, "hello", 3), true, false],
    [frame(0xee, 0, 0, bytes(1, 2, 3)), true, false], // an unknown frame is skipped
    [ping(), false, false],
  ];
  const reader = new FrameReader(16_384);
  let isContinued = false;
  for (const [wire, isData, continues] of frames) {
    for (const [index, octet] of wire.entries()) {
      reader.receive(Uint8Array.of(octet));
      assertEquals(reader.hasInput, true);
      while (reader.next() !== undefined);
      const isHeader = index < 8;
      const isLast = index === wire.length - 1;
      const inside = isLast ? continues : isHeader || !isData;
      assertEquals(reader.isInsideFrame, inside || (isContinued && !isLast), `${wire}, octet ${index}`);
      assertEquals(reader.betweenFrames, isLast, `${wire}, octet ${index}`);
      assertEquals(reader.hasInput, false);
    }
    isContinued = continues;
  }
});
