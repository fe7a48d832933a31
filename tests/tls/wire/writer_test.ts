/** The writer of the presentation language: numbers, nested vectors and their limits. */

import { assertEquals, assertThrows } from "@std/assert";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { Writer } from "../../../tls/wire/writer.ts";
import { bytes, counting, vec16, vec24, vec8 } from "./message_bytes.ts";

Deno.test("numbers are written with the high byte first", () => {
  const writer = new Writer();
  writer.u8(0xfe);
  writer.u16(0xfdfc);
  writer.u24(0xfbfaf9);
  writer.u32(0xf8f7f6f5);
  assertEquals(writer.take(), bytes(0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8, 0xf7, 0xf6, 0xf5));
});

for (const capacity of [0, 1, 2, 7, 512]) {
  Deno.test(`vectors within vectors are written, from a capacity of ${capacity}`, () => {
    const writer = new Writer(capacity);
    writer.vector24(() => {
      writer.vector16(() => {
        writer.vector8(() => writer.bytes(counting(3)));
        writer.vector8(() => {});
      });
      writer.u8(9);
      writer.bytes(counting(200));
    });
    assertEquals(writer.take(), vec24(vec16(vec8(counting(3)), vec8()), 9, counting(200)));
  });
}

Deno.test("the memory that take returns is the caller's, and the writer is empty", () => {
  const writer = new Writer();
  writer.bytes(counting(3));
  const first = writer.take();
  assertEquals(writer.take(), bytes());
  writer.bytes(bytes(9, 9, 9, 9));
  assertEquals(writer.take(), bytes(9, 9, 9, 9));
  assertEquals(first, counting(3));
});

Deno.test("a vector may be as long as its length field can express, and no longer", () => {
  for (const [length, most] of [[1, 0xff], [2, 0xffff], [3, 0xffffff]] as const) {
    const write = (count: number) => {
      const writer = new Writer(0);
      const content = () => writer.bytes(new Uint8Array(count));
      if (length === 1) writer.vector8(content);
      else if (length === 2) writer.vector16(content);
      else writer.vector24(content);
      return writer.take().length;
    };
    assertEquals(write(most), length + most);
    const error = assertThrows(() => write(most + 1), TlsError);
    assertEquals([error.code, error.message], [
      "handshake_too_large",
      `Cannot write a message: a part of it has ${most + 1} bytes, and ${most} are the limit`,
    ]);
  }
});
