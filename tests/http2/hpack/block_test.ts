/**
 * The primitive types of HPACK, integers and strings, read and written.
 *
 * @module
 */

import { assert, assertEquals, assertNotStrictEquals, assertThrows } from "@std/assert";
import { BlockReader } from "../../../http2/hpack/block_reader.ts";
import { MAX_INTEGER_CONTINUATION_OCTETS } from "../../../http2/hpack/limits.ts";
import { BlockWriter } from "../../../http2/hpack/block_writer.ts";
import { HpackError } from "../../../http2/hpack/error.ts";
import { hex, huffman, integer, latin1, octets, plain, Random } from "./octets.ts";

const INTEGERS = [
  { name: "RFC 7541 C.1.1: 10 with a prefix of five bits", wire: "ea", flags: 0xe0, prefix: 0x1f, value: 10 },
  {
    name: "RFC 7541 C.1.2: 1337 with a prefix of five bits",
    wire: "1f9a0a",
    flags: 0,
    prefix: 0x1f,
    value: 1337,
  },
  { name: "RFC 7541 C.1.3: 42 with a prefix of eight bits", wire: "2a", flags: 0, prefix: 0xff, value: 42 },
  { name: "zero", wire: "80", flags: 0x80, prefix: 0x7f, value: 0 },
  { name: "one less than the prefix holds", wire: "0e", flags: 0, prefix: 0x0f, value: 14 },
  { name: "what the prefix holds", wire: "0f00", flags: 0, prefix: 0x0f, value: 15 },
  { name: "the last value of one octet more", wire: "1f7f", flags: 0x10, prefix: 0x0f, value: 142 },
  { name: "the first value of two octets more", wire: "0f8001", flags: 0, prefix: 0x0f, value: 143 },
  { name: "the greatest value", wire: "ffffffff7f", flags: 0x80, prefix: 0x7f, value: 2 ** 28 + 126 },
] as const;

for (const { name, wire, flags, prefix, value } of INTEGERS) {
  Deno.test(`BlockReader, BlockWriter: an integer: ${name}`, () => {
    assertEquals(new BlockReader(hex(wire)).integer(prefix), value);
    assertEquals(written((writer) => writer.integer(flags, prefix, value)), hex(wire));
    assertEquals(octets(integer(flags, prefix, value)), hex(wire));
  });
}

const REFUSED_INTEGERS = [
  { name: "T-27: a fifth continuation octet is refused, even a useless one", wire: "7f8080808000" },
  { name: "T-27: 2^32 and more is refused", wire: "7fffffffff0f" },
  { name: "T-27: an integer without an end is refused", wire: "7f" + "ff".repeat(100) },
  { name: "T-27: an integer is refused that is cut off after its prefix", wire: "7f" },
  { name: "T-27: an integer is refused that is cut off after a continuation octet", wire: "7f80" },
  { name: "T-27: an integer is refused where nothing is", wire: "" },
] as const;

for (const { name, wire } of REFUSED_INTEGERS) {
  Deno.test(`BlockReader: ${name}`, () => {
    const refusal = assertThrows(() => new BlockReader(hex(wire)).integer(0x7f), HpackError, "integer");
    assertEquals(refusal.code, "COMPRESSION_ERROR");
  });
}

Deno.test("BlockReader: an integer of as many octets as are allowed is read, useless ones included", () => {
  const octets = hex("7f" + "80".repeat(MAX_INTEGER_CONTINUATION_OCTETS - 1) + "00");
  assertEquals(new BlockReader(octets).integer(0x7f), 0x7f);
});

Deno.test("BlockReader, BlockWriter: strings of every length up to 200 and of some beyond, of all kinds", () => {
  const random = new Random(7);
  for (const length of [...Array(200).keys(), 1_000, 16_384, 20_000, 70_000]) {
    for (const above of [0x3a, 0x80, 0x100]) {
      const text = Array.from({ length }, () => String.fromCharCode(random.below(above))).join("");
      const wire = written((writer) => writer.string(text));
      assert(new BlockReader(wire).string() === text, `${length} below ${above}`);
      assert(new BlockReader(octets(plain(text))).string() === text, `${length} below ${above}, plain`);
      assert(new BlockReader(octets(huffman(text))).string() === text, `${length} below ${above}, Huffman`);
    }
  }
});

Deno.test("BlockReader: what UTF-8 or windows-1252 would read otherwise stays as it is", () => {
  for (
    const text of [
      "\x80\x9f\xa0\xff",
      "\xc3\xa9",
      "\xef\xbb\xbf",
      "\xef\xbb\xbf".padEnd(60, "a"),
      "\0".repeat(60),
    ]
  ) {
    assertEquals(new BlockReader(octets(plain(text))).string(), text);
    assertEquals(new BlockReader(octets(huffman(text))).string(), text);
  }
});

const REFUSED_STRINGS = [
  { name: "T-27: a string is refused that is cut off by one octet", wire: octets(plain("abc")).slice(0, -1) },
  { name: "T-27: a string is refused of which only the length is there", wire: hex("05") },
  {
    name: "T-27: a Huffman-coded string is refused that is cut off",
    wire: octets(huffman("abcdef")).slice(0, -1),
  },
  { name: "T-27: a string of 2^28 octets is refused, not waited for", wire: hex("7fffffff7f61") },
  {
    name: "T-27: a Huffman-coded string of 2^28 octets is refused, and no memory set aside",
    wire: hex("ffffffff7f61"),
  },
] as const;

for (const { name, wire } of REFUSED_STRINGS) {
  Deno.test(`BlockReader: ${name}`, () => {
    const refusal = assertThrows(() => new BlockReader(wire).string(), HpackError, "it ends inside a string");
    assertEquals(refusal.code, "COMPRESSION_ERROR");
  });
}

Deno.test("BlockReader: reads one thing after the other to the end of the block", () => {
  const reader = new BlockReader(octets(plain("one"), integer(0x80, 0x7f, 1337), huffman("two")));
  assertEquals([reader.string(), reader.peek(), reader.integer(0x7f), reader.string()], [
    "one",
    0xff,
    1337,
    "two",
  ]);
  assertEquals([reader.more, reader.peek()], [false, 0]);
});

const CODINGS = [
  {
    name: "is Huffman-coded where that is shorter",
    text: "www.example.com",
    wire: huffman("www.example.com"),
  },
  { name: "is left as it is where the code is longer", text: "\xe9\xe8", wire: plain("\xe9\xe8") },
  { name: "is left as it is where the code is as long", text: "XXX", wire: plain("XXX") },
  { name: "may be empty", text: "", wire: [0] },
] as const;

for (const { name, text, wire } of CODINGS) {
  Deno.test(`BlockWriter: a string ${name}`, () => {
    assertEquals(written((writer) => writer.string(text)), octets(wire));
  });
}

for (const text of ["\u010a", "caf\u00e9 \u2615", "\u{1f512}"]) {
  Deno.test(`BlockWriter: ${JSON.stringify(text)} is refused, not cut down to octets`, () => {
    assertThrows(() => new BlockWriter().string(text), TypeError, "above U+00FF");
  });
}

Deno.test("BlockWriter: blocks stay as they were while many more are written", () => {
  const writer = new BlockWriter();
  const random = new Random(3);
  const blocks = Array.from({ length: 400 }, (_, i) => {
    const text = random.text(random.below(20) === 0 ? 9_000 : 100, 0x80);
    writer.begin();
    // Every third block is given up the first time.
    if (i % 3 === 0) {
      writer.string("given up");
      writer.begin();
    }
    writer.string(text);
    return { text, block: writer.take() };
  });
  for (const { text, block } of blocks) assert(new BlockReader(block).string() === text);
});

Deno.test("BlockWriter: a huge block does not keep its memory alive in the small one after it", () => {
  const writer = new BlockWriter();
  const write = (text: string) => {
    writer.begin();
    writer.string(text);
    return writer.take();
  };
  const huge = write("x".repeat(1_000_000));
  const small = write("x");
  assertNotStrictEquals(small.buffer, huge.buffer);
  assertEquals(small.buffer.byteLength, 8192);
  assertEquals(latin1(new BlockReader(small).string()), latin1("x"));
});

function written(write: (writer: BlockWriter) => void): Uint8Array {
  const writer = new BlockWriter();
  writer.begin();
  write(writer);
  return writer.take();
}
