/** Which content of `deflate` is the zlib format, and which is raw data that begins likewise. */

import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { decodeBody } from "../../../client/response/decode.ts";
import { collect, Source } from "./decode_support.ts";

/** Raw data that begins with a stored block whose first octet is `first`, with a length that makes 16 bits divide by 31. */
function rawWith(first: number): { encoded: Uint8Array; decoded: Uint8Array } {
  let length = 1;
  while ((first * 256 + length) % 31 !== 0) length++;
  const decoded = new Uint8Array(length).fill(7);
  const stored = Uint8Array.of(first, length, 0, length ^ 0xff, 0xff);
  return { encoded: concat([stored, decoded, Uint8Array.of(1, 0, 0, 0xff, 0xff)]), decoded };
}

for (const first of [0x88, 0xf8, 0x80, 0x70]) {
  Deno.test(`decode: raw deflate data that begins with ${first} is no zlib format, whose window is at most 32 KiB`, async () => {
    const { encoded, decoded } = rawWith(first);
    for (const chunks of [[encoded], [encoded.subarray(0, 1), encoded.subarray(1)]]) {
      assertEquals(await collect(decodeBody(new Source(chunks), ["deflate"], {})), decoded);
    }
  });
}
