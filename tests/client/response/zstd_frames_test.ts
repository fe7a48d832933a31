/** The bounds of zstd frames, at every cut. */

import { assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { repeat } from "@std/bytes/repeat";
import { zstdCompressSync } from "node:zlib";
import { ClientError } from "../../../client/error/client_error.ts";
import { MAX_ZSTD_FRAMES } from "../../../client/defaults.ts";
import { ZstdFrames } from "../../../client/response/zstd_frames.ts";

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** Frames written by hand, from their parts. */
function bytes(...parts: readonly (readonly number[])[]): Uint8Array {
  return new Uint8Array(parts.flat());
}

/** A block header: its size, its type, and whether it is the last. */
function block(size: number, type: 0 | 1 | 2, last: boolean): number[] {
  const header = size * 8 + type * 2 + (last ? 1 : 0);
  return [header & 0xff, header >> 8 & 0xff, header >> 16];
}

const COMPLETE: readonly { name: string; frame: Uint8Array }[] = [
  { name: "an empty frame with a window", frame: bytes(MAGIC, [0x00, 0x00], block(0, 0, true)) },
  { name: "an empty frame of a single segment", frame: bytes(MAGIC, [0x20, 0x00], block(0, 0, true)) },
  { name: "a raw block", frame: bytes(MAGIC, [0x20, 0x03], block(3, 0, true), [1, 2, 3]) },
  {
    name: "a repeated byte, which is one byte long",
    frame: bytes(MAGIC, [0x20, 0x64], block(100, 1, true), [7]),
  },
  { name: "two blocks", frame: bytes(MAGIC, [0x20, 0x02], block(1, 0, false), [1], block(1, 0, true), [2]) },
  { name: "a checksum", frame: bytes(MAGIC, [0x24, 0x01], block(1, 0, true), [1], [9, 9, 9, 9]) },
  { name: "a content size of two bytes", frame: bytes(MAGIC, [0x60, 0x00, 0x00], block(1, 1, true), [1]) },
  { name: "a content size of four bytes", frame: bytes(MAGIC, [0xa0, 1, 0, 0, 0], block(1, 0, true), [1]) },
  {
    name: "a content size of eight bytes",
    frame: bytes(MAGIC, [0xe0, 1, 0, 0, 0, 0, 0, 0, 0], block(1, 0, true), [1]),
  },
  {
    name: "a window and a content size",
    frame: bytes(MAGIC, [0x80, 0x68, 1, 0, 0, 0], block(1, 0, true), [1]),
  },
  { name: "a dictionary of four bytes", frame: bytes(MAGIC, [0x23, 1, 2, 3, 4, 0], block(0, 0, true)) },
  { name: "a window of exactly 8 MiB", frame: bytes(MAGIC, [0x00, 13 << 3], block(0, 0, true)) },
  { name: "a skippable frame", frame: bytes([0x5a, 0x2a, 0x4d, 0x18], [3, 0, 0, 0], [1, 2, 3]) },
  { name: "an empty skippable frame", frame: bytes([0x50, 0x2a, 0x4d, 0x18], [0, 0, 0, 0]) },
  { name: "what the encoder writes", frame: new Uint8Array(zstdCompressSync("hello ".repeat(1_000))) },
];

for (const { name, frame } of COMPLETE) {
  Deno.test(`ZstdFrames: ${name} is followed to its end, at every cut`, () => {
    const twice = concat([frame, frame]);
    for (let cut = 0; cut <= frame.length; cut++) {
      const frames = new ZstdFrames();
      assertEquals(frames.follow(twice.subarray(0, cut), 0), cut);
      assertEquals(frames.complete, cut === 0 || cut === frame.length);
      if (cut === frame.length) continue;
      assertEquals(frames.follow(twice, cut), frame.length);
      assertEquals(frames.complete, true);
      assertEquals(frames.follow(twice, frame.length), twice.length);
      assertEquals(frames.complete, true);
    }
  });
}

const REFUSED: readonly { name: string; frame: Uint8Array }[] = [
  { name: "another magic number", frame: bytes([0x28, 0xb5, 0x2f, 0xfc]) },
  { name: "the magic number of version 0.1", frame: bytes([0x1e, 0xb5, 0x2f, 0xfd]) },
  { name: "a window of 9 MiB", frame: bytes(MAGIC, [0x00, 13 << 3 | 1]) },
  { name: "the largest window that can be written", frame: bytes(MAGIC, [0x00, 0xff]) },
  { name: "a single segment of 8 MiB and a byte", frame: bytes(MAGIC, [0xa0, 1, 0, 0x80, 0]) },
  { name: "a single segment of 2^64 - 1 bytes", frame: bytes(MAGIC, [0xe0], Array(8).fill(0xff)) },
];

for (const { name, frame } of REFUSED) {
  Deno.test(`ZstdFrames: ${name} is refused, at every cut`, () => {
    for (let cut = 0; cut < frame.length; cut++) {
      const frames = new ZstdFrames();
      frames.follow(frame.subarray(0, cut), 0);
      assertEquals(assertThrows(() => frames.follow(frame, cut), ClientError).code, "decoding_failed");
    }
  });
}

Deno.test("ZstdFrames: no more than MAX_ZSTD_FRAMES are followed", () => {
  const frame = bytes([0x50, 0x2a, 0x4d, 0x18], [0, 0, 0, 0]);
  const content = repeat(frame, MAX_ZSTD_FRAMES + 1);
  const frames = new ZstdFrames();
  let at = 0;
  for (let count = 0; count < MAX_ZSTD_FRAMES; count++) at = frames.follow(content, at);
  assertEquals(at, MAX_ZSTD_FRAMES * frame.length);
  assertThrows(() => frames.follow(content, at), ClientError);
});
