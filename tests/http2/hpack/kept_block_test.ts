/** Blocks that come again: whatever came between, they mean what they mean to a decoder that keeps nothing. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { HpackDecoder } from "../../../http2/hpack/decoder.ts";
import { HpackError } from "../../../http2/hpack/error.ts";
import { hex, integer, octets, plain, Random, ROOMY } from "./octets.ts";
import { ReferenceDecoder } from "./reference.ts";

const indexed = (index: number) => integer(0x80, 0x7f, index);
const resized = (size: number) => integer(0x20, 0x1f, size);
const added = (name: string, value: string) => [0x40, ...plain(name), ...plain(value)];
const skipped = (name: string, value: string) => [0x00, ...plain(name), ...plain(value)];
const addedByIndex = (index: number, value: string) => [...integer(0x40, 0x3f, index), ...plain(value)];

/** A head as nginx sends it: most fields are added to the table each time. */
const NGINX = octets(indexed(8), addedByIndex(54, "nginx"), addedByIndex(33, "Tue"), skipped("etag", "x"));

const BLOCKS: readonly Uint8Array[] = [
  NGINX,
  octets(indexed(8), addedByIndex(54, "nginx"), addedByIndex(33, "Wed"), skipped("etag", "x")),
  octets(indexed(8), skipped("a", "b")),
  octets(indexed(62)),
  octets(indexed(63), indexed(62)),
  octets(added("c", "d"), indexed(62)),
  octets(indexed(62), added("e", "f")),
  octets(addedByIndex(62, "g")),
  octets(integer(0x00, 0x0f, 62), plain("h")),
  octets(added("i", "x".repeat(1500))),
  octets(added("j", "x".repeat(5000))),
  octets(resized(200), added("k", "l")),
  octets(resized(0), resized(4096), indexed(2)),
  octets([0x10, ...plain("m"), ...plain("n")]),
];

Deno.test("HpackDecoder: blocks that come again mean the same as to a decoder that keeps nothing", () => {
  let decoded = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const decoder = new HpackDecoder();
    const reference = new ReferenceDecoder();
    let block = NGINX;
    for (let step = 0; step < 80; step++) {
      let expected;
      try {
        expected = reference.decode(block);
      } catch {
        assertThrows(() => decoder.decode(block, ROOMY), HpackError);
        break; // a refusal ends the connection
      }
      assertEquals(decoder.decode(block, ROOMY).fields, expected, `seed ${seed}, step ${step}`);
      decoded++;
      if (random.below(3) > 0) block = random.pick(BLOCKS);
    }
  }
  assert(decoded > 5000, `${decoded}`);
});

Deno.test("HpackDecoder: a block that only adds to the table gets the same list again, and adds again", () => {
  const decoder = new HpackDecoder();
  const first = decoder.decode(NGINX, ROOMY);
  for (let count = 0; count < 200; count++) assertStrictEquals(decoder.decode(NGINX, ROOMY), first);
  const newest = decoder.decode(octets(indexed(62), indexed(63), indexed(64), indexed(65)), ROOMY);
  assertEquals(newest.fields, [["date", "Tue"], ["server", "nginx"], ["date", "Tue"], ["server", "nginx"]]);
});

Deno.test("HpackDecoder: a block that takes what it adds is decoded anew", () => {
  const decoder = new HpackDecoder();
  const block = octets(indexed(62), added("a", "2"));
  decoder.decode(octets(added("a", "1")), ROOMY);
  assertEquals(decoder.decode(block, ROOMY).fields, [["a", "1"], ["a", "2"]]);
  assertEquals(decoder.decode(block, ROOMY).fields, [["a", "2"], ["a", "2"]]);
});

Deno.test("HpackDecoder: a kept block under a smaller limit is oversize, and adds all the same", () => {
  const decoder = new HpackDecoder();
  decoder.decode(NGINX, ROOMY);
  assertEquals(decoder.decode(NGINX, 50).oversize, true);
  assertEquals(decoder.decode(octets(indexed(62), indexed(64)), ROOMY).fields, [["date", "Tue"], [
    "date",
    "Tue",
  ]]);
});

Deno.test("HpackDecoder: a kept block after a reduction of the maximum has to begin with a table size", () => {
  const decoder = new HpackDecoder();
  decoder.decode(NGINX, ROOMY);
  decoder.setMaxTableSize(100);
  assertThrows(() => decoder.decode(NGINX, ROOMY), HpackError, "reduced maximum");
});

Deno.test("HpackDecoder: a real head of nginx is decoded once", () => {
  const head = hex("88 76 89 aa6355e580ae212e1f 5f 87 497ca58ae819aa 5c 04 31303234");
  const decoder = new HpackDecoder();
  const first = decoder.decode(head, ROOMY);
  assertEquals(first.fields.map(([name]) => name), [":status", "server", "content-type", "content-length"]);
  assertStrictEquals(decoder.decode(head, ROOMY), first);
});
