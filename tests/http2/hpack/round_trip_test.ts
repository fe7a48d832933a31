/**
 * Encoder and decoder back to back, over random lists and changes of the table size.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { HpackDecoder } from "../../../http2/hpack/decoder.ts";
import { HpackEncoder } from "../../../http2/hpack/encoder.ts";
import { ReferenceDecoder } from "./reference.ts";
import { listSize, Random, randomFields, ROOMY } from "./octets.ts";

for (let seed = 1; seed <= 8; seed++) {
  Deno.test(`HPACK: both ends agree over 300 lists and changes of the table, and with the RFC read literally, seed ${seed}`, () => {
    const random = new Random(seed);
    const encoder = new HpackEncoder({ maxTableSize: random.pick([4096, 300]) });
    const decoder = new HpackDecoder();
    const reference = new ReferenceDecoder();
    for (let i = 0; i < 300; i++) {
      for (let change = random.below(10); change > 7; change--) {
        const size = random.pick([0, 40, 100, 500, 4096]);
        encoder.setMaxTableSize(size);
        decoder.setMaxTableSize(size);
      }
      const fields = randomFields(random);
      const isSecret = random.below(3) === 0 ? (name: string) => name.length % 2 === 1 : undefined;
      // Equal lists in a row are what the encoder and the decoder remember.
      for (let again = random.below(3); again >= 0; again--) {
        const block = encoder.encode(fields, isSecret);
        assertEquals(decoder.decode(block, ROOMY), { fields, size: listSize(fields), oversize: false });
        assertEquals(reference.decode(block), fields);
      }
    }
  });
}

Deno.test("HPACK: a list of 100,000 fields comes back", () => {
  const fields = Array.from({ length: 100_000 }, (_, i) => [`x-${i % 1_000}`, String(i)] as const);
  const decoded = new HpackDecoder().decode(new HpackEncoder().encode(fields), Infinity);
  assert(decoded.fields.every(([name, value], i) => name === fields[i]?.[0] && value === fields[i]?.[1]));
  assertEquals(decoded.fields.length, fields.length);
});

Deno.test("HPACK: a value of a megabyte comes back", () => {
  const value = "\xffabc".repeat(1 << 18);
  const decoded = new HpackDecoder().decode(new HpackEncoder().encode([["x-a", value]]), Infinity);
  assert(decoded.fields[0]?.[1] === value);
});
