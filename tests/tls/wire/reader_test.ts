/** The reader of the presentation language: numbers, vectors, and bytes that are missing or left over. */

import { assertEquals, assertThrows } from "@std/assert";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { Reader } from "../../../tls/wire/reader.ts";
import { bytes, counting, vec16, vec24, vec8 } from "./message_bytes.ts";

Deno.test("numbers are read with the high byte first, and are never negative", () => {
  const reader = new Reader(bytes(0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8, 0xf7, 0xf6, 0xf5), "it");
  assertEquals(reader.left, 10);
  assertEquals([reader.u8(), reader.u16(), reader.u24(), reader.u32()], [0xfe, 0xfdfc, 0xfbfaf9, 0xf8f7f6f5]);
  assertEquals(reader.left, 0);
  reader.end();
});

Deno.test("vectors are read by a reader of their own, and the bytes behind them afterwards", () => {
  const reader = new Reader(bytes(vec8(1), vec16(vec8(2), vec8(3)), vec24(4), 5), "it");
  const [first, second, third] = [reader.vector8(), reader.vector16(), reader.vector24()];
  assertEquals([first.left, second.left, third.left, reader.left], [1, 4, 1, 1]);
  assertEquals([reader.u8(), third.u8(), first.u8()], [5, 4, 1]);
  assertEquals([second.opaque8(), second.opaque8()], [bytes(2), bytes(3)]);
  for (const read of [reader, first, second, third]) read.end();
});

Deno.test("the content of a vector is a view", () => {
  const all = bytes(vec8(1, 2), vec16(3), vec24(4), 5);
  const reader = new Reader(all, "it");
  const views = [reader.opaque8(), reader.opaque16(), reader.opaque24(), reader.bytes(1)];
  assertEquals(views, [bytes(1, 2), bytes(3), bytes(4), bytes(5)]);
  assertEquals(views.map((view) => view.buffer === all.buffer), [true, true, true, true]);
});

Deno.test("a vector that is longer than the vector around it is refused, also where the message goes on", () => {
  const outer = new Reader(bytes(vec8(5, 1, 2), 3, 4, 5, 6), "it").at("the list").vector8();
  const error = assertThrows(() => outer.opaque8(), TlsError);
  assertEquals([error.code, error.message], ["decode_error", "Cannot read it: the list is cut short"]);
});

Deno.test("a reader can have a start and an end", () => {
  const reader = new Reader(counting(10), "a session", 2, 4);
  assertEquals([reader.left, reader.u16()], [2, 0x0304]);
  assertThrows(() => reader.u8(), TlsError, "Cannot read a session: it is cut short");
});

Deno.test("skip passes over all unread bytes", () => {
  const reader = new Reader(counting(10), "it");
  reader.skip();
  reader.end();
});

const READS: readonly (readonly [name: string, length: number, read: (reader: Reader) => unknown])[] = [
  ["u8", 1, (reader) => reader.u8()],
  ["u16", 2, (reader) => reader.u16()],
  ["u24", 3, (reader) => reader.u24()],
  ["u32", 4, (reader) => reader.u32()],
  ["bytes", 5, (reader) => reader.bytes(5)],
  ["vector8", 1, (reader) => reader.vector8()],
  ["vector16", 2, (reader) => reader.vector16()],
  ["vector24", 3, (reader) => reader.vector24()],
  ["opaque8", 1, (reader) => reader.opaque8()],
  ["opaque16", 2, (reader) => reader.opaque16()],
  ["opaque24", 3, (reader) => reader.opaque24()],
];
for (const [name, length, read] of READS) {
  Deno.test(`${name} is refused where a byte is missing`, () => {
    read(new Reader(new Uint8Array(length), "it"));
    for (let left = 0; left < length; left++) {
      const error = assertThrows(() => read(new Reader(new Uint8Array(left), "it").at("field")), TlsError);
      assertEquals([error.code, error.message], ["decode_error", "Cannot read it: field is cut short"]);
    }
  });
}

const BOUNDS:
  readonly (readonly [name: string, read: (reader: Reader, min: number, max: number) => unknown])[] = [
    ["vector8", (reader, min, max) => reader.vector8(min, max)],
    ["opaque8", (reader, min, max) => reader.opaque8(min, max)],
  ];
for (const [name, read] of BOUNDS) {
  Deno.test(`${name} is refused only for a length out of bounds`, () => {
    const attempt = (length: number) =>
      read(new Reader(vec8(new Uint8Array(length)), "it").at("field"), 2, 4);
    for (const length of [2, 3, 4]) attempt(length);
    assertThrows(() => attempt(1), TlsError, "Cannot read it: field is shorter than 2 bytes");
    assertThrows(() => attempt(5), TlsError, "Cannot read it: field is longer than 4 bytes");
  });
}

Deno.test("bytes behind the end of a part are refused with its name", () => {
  assertThrows(
    () => new Reader(bytes(0), "it").end(),
    TlsError,
    "Cannot read it: there are bytes behind its end",
  );
  const error = assertThrows(() => new Reader(bytes(0), "it").end("field"), TlsError);
  assertEquals([error.code, error.message], [
    "decode_error",
    "Cannot read it: there are bytes behind the end of field",
  ]);
});
