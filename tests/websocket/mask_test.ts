/** Masking four bytes at once gives what byte by byte gives, wherever the memory and the payload begin. */

import { assertEquals } from "@std/assert";
import { applyMask } from "../../websocket/mask.ts";

Deno.test("applyMask: every alignment and offset, short and long, and twice is not at all", () => {
  const key = Uint8Array.of(0x12, 0x34, 0x56, 0x78);
  for (const length of [0, 3, 127, 128, 129, 130, 131, 300]) {
    for (let start = 0; start < 8; start++) {
      for (let offset = 0; offset < 5; offset++) {
        const bytes = Uint8Array.from({ length: length + 8 }, (_, i) => i * 11).subarray(
          start,
          start + length,
        );
        const expected = bytes.map((byte, i) => byte ^ (key[(offset + i) % 4] ?? 0));
        const plain = bytes.slice();
        applyMask(bytes, key, offset);
        assertEquals(bytes, expected, `${length} bytes from ${start} at ${offset}`);
        applyMask(bytes, key, offset);
        assertEquals(bytes, plain);
      }
    }
  }
});
