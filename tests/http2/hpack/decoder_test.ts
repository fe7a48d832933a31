/**
 * The HPACK decoder: blocks that are read, blocks that are refused, limits of lists and tables, and the kept block.
 *
 * @module
 */

import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { Field } from "../../../http/fields.ts";
import { HpackDecoder } from "../../../http2/hpack/decoder.ts";
import { MAX_LIST_RATIO } from "../../../http2/hpack/limits.ts";
import { HpackError } from "../../../http2/hpack/error.ts";
import { codeBits, coded, hex, huffman, integer, listSize, octets, plain, ROOMY } from "./octets.ts";

/** The first octets of literals with a new name, and of a reference to the tables. */
const ADD = 0x40;
const SKIP = 0x00;
const NEVER = 0x10;
const indexed = (index: number) => integer(0x80, 0x7f, index);
const resized = (size: number) => integer(0x20, 0x1f, size);
/** A field that is added to the table. */
const added = (name: string, value: string) => [ADD, ...plain(name), ...plain(value)];

interface Row {
  readonly name: string;
  /** A block, or several in order; the last one counts. */
  readonly blocks: readonly (readonly number[])[];
}

const REFUSED: (Row & { readonly error: string })[] = [
  { name: "T-27: index 0", blocks: [[0x80]], error: "no field has the index 0" },
  { name: "T-27: index 62 with an empty table", blocks: [indexed(62)], error: "no field has the index 62" },
  {
    name: "T-27: an index one beyond the table",
    blocks: [added("a", "b"), indexed(63)],
    error: "the index 63",
  },
  { name: "T-27: an index of 2^28", blocks: [indexed(2 ** 28)], error: "no field has the index 268435456" },
  {
    name: "T-27: a name index out of range, to be added",
    blocks: [integer(0x40, 0x3f, 62)],
    error: "index 62",
  },
  {
    name: "T-27: a name index out of range, to be skipped",
    blocks: [integer(0x00, 0x0f, 62)],
    error: "index 62",
  },
  {
    name: "T-27: a name index out of range, never to be added",
    blocks: [integer(0x10, 0x0f, 62)],
    error: "index 62",
  },
  {
    name: "T-27: an index that an eviction has put out of range",
    blocks: [added("a", "x".repeat(2_000)), added("b", "x".repeat(3_000)), indexed(63)],
    error: "no field has the index 63",
  },
  {
    name: "T-27: an index into a table that a larger field has emptied",
    blocks: [added("a", "b"), added("c", "x".repeat(4_096)), indexed(62)],
    error: "no field has the index 62",
  },
  {
    name: "T-27: an index into a table whose size went through 0",
    blocks: [added("a", "b"), [...resized(0), ...resized(4096), ...indexed(62)]],
    error: "no field has the index 62",
  },
  {
    name: "T-27: a table size above the maximum",
    blocks: [resized(4097)],
    error: "4097, above the maximum of 4096",
  },
  { name: "T-27: a table size of 2^28", blocks: [resized(2 ** 28)], error: "above the maximum of 4096" },
  {
    name: "T-27: a table size after a field",
    blocks: [[...indexed(2), ...resized(0)]],
    error: "it sets the table size after a field",
  },
  {
    name: "T-27: a table size after a field and after another table size",
    blocks: [[...resized(0), ...indexed(2), ...resized(4096)]],
    error: "it sets the table size after a field",
  },
  { name: "T-27: a table size that is cut off", blocks: [[0x3f]], error: "ends inside an integer" },
  { name: "T-27: an index that is cut off", blocks: [[0xff, 0x80]], error: "ends inside an integer" },
  {
    name: "T-27: an index of six octets",
    blocks: [hex("ff8080808000")].map((b) => [...b]),
    error: "too many octets",
  },
  { name: "T-27: a literal without a name", blocks: [[ADD]], error: "ends inside an integer" },
  { name: "T-27: a literal with half a name", blocks: [[ADD, 5, 0x61]], error: "ends inside a string" },
  { name: "T-27: a literal without a value", blocks: [[ADD, 1, 0x61]], error: "ends inside an integer" },
  {
    name: "T-27: a literal with half a value",
    blocks: [[SKIP, 1, 0x61, 2, 0x61]],
    error: "ends inside a string",
  },
  {
    name: "T-27: EOS in a name",
    blocks: [[SKIP, ...coded(codeBits(256) + "11"), ...plain("")]],
    error: "contains EOS",
  },
  {
    name: "T-27: EOS in a value",
    blocks: [[SKIP, ...plain("a"), ...coded(codeBits(0x61) + codeBits(256) + "11111")]],
    error: "contains EOS",
  },
  {
    name: "T-27: padding of zeros in a value",
    blocks: [[SKIP, ...plain("a"), ...huffman("a", "000")]],
    error: "padded with",
  },
  {
    name: "T-27: padding of eight bits in a name",
    blocks: [[SKIP, ...huffman("a", "11111111111"), ...plain("")]],
    error: "padded with",
  },
];

for (const { name, blocks, error } of REFUSED) {
  Deno.test(`HpackDecoder: is refused: ${name}`, () => {
    const decoder = new HpackDecoder();
    const wires = blocks.map((block) => octets(block));
    for (const wire of wires.slice(0, -1)) decoder.decode(wire, ROOMY);
    const wire = wires.at(-1) ?? octets();
    const refusal = assertThrows(() => decoder.decode(wire, ROOMY), HpackError, error);
    assertEquals(refusal.code, "COMPRESSION_ERROR");
    assertEquals(refusal.name, "HpackError");
    // Both tables may differ from here on, so no block can be trusted any more.
    assertStrictEquals(assertThrows(() => decoder.decode(octets(indexed(2)), ROOMY)), refusal);
  });
}

const ACCEPTED: (Row & { readonly fields: readonly Field[] })[] = [
  { name: "an empty block", blocks: [[]], fields: [] },
  { name: "a block that only sets the table size", blocks: [resized(0)], fields: [] },
  { name: "the last index of the static table", blocks: [indexed(61)], fields: [["www-authenticate", ""]] },
  {
    name: "two table sizes, the second one the maximum",
    blocks: [added("a", "b"), [...resized(0), ...resized(4096), ...indexed(2)]],
    fields: [[":method", "GET"]],
  },
  {
    name: "a literal with a name of the static table",
    blocks: [[...integer(0x00, 0x0f, 58), ...plain("x")]],
    fields: [["user-agent", "x"]],
  },
  {
    name: "a literal never to be indexed, with a name of the dynamic table",
    blocks: [added("a", "b"), [...integer(0x10, 0x0f, 62), ...plain("c")]],
    fields: [["a", "c"]],
  },
  {
    name: "a literal whose name is in the field that it pushes out",
    blocks: [added("aa", "x".repeat(4_000)), [...integer(0x40, 0x3f, 62), ...plain("y"), ...indexed(62)]],
    fields: [["aa", "y"], ["aa", "y"]],
  },
  {
    name: "a literal as large as the table",
    blocks: [added("a", "x".repeat(4_063)), indexed(62)],
    fields: [["a", "x".repeat(4_063)]],
  },
  {
    name: "a literal larger than the table, which leaves it empty, and then another",
    blocks: [added("a", "x".repeat(4_064)), [...added("b", "c"), ...indexed(62)]],
    fields: [["b", "c"], ["b", "c"]],
  },
  {
    name: "a literal larger than a table of no size",
    blocks: [[...resized(0), ...added("a", "b")]],
    fields: [["a", "b"]],
  },
  { name: "an empty name and an empty value", blocks: [[SKIP, 0, 0]], fields: [["", ""]] },
  {
    name: "octets that no field may have: judging them is not a matter of compression",
    blocks: [[SKIP, ...plain("A b:"), ...plain("\0\r\n\xff")]],
    fields: [["A b:", "\0\r\n\xff"]],
  },
];

for (const { name, blocks, fields } of ACCEPTED) {
  Deno.test(`HpackDecoder: is read: ${name}`, () => {
    const decoder = new HpackDecoder();
    const lists = blocks.map((block) => decoder.decode(octets(block), ROOMY));
    assertEquals(lists.at(-1), { fields, size: listSize(fields), oversize: false });
  });
}

Deno.test("HpackDecoder: T-27: a block that is cut at any octet is either its first fields or refused", () => {
  const fields: Field[] = [
    [":status", "200"],
    ["server", "x"],
    ["x-a", "\xff\xfe"],
    ["set-cookie", "a=b"],
    ["server", "x"],
  ];
  const parts = [
    indexed(8),
    [...integer(0x40, 0x3f, 54), ...plain("x")],
    [SKIP, ...huffman("x-a"), ...huffman("\xff\xfe")],
    [...integer(NEVER, 0x0f, 55), ...plain("a=b")],
    indexed(62),
  ];
  const block = octets(...parts);
  const ends = parts.map((_, i) => octets(...parts.slice(0, i + 1)).length);
  for (let cut = 0; cut <= block.length; cut++) {
    const decode = () => new HpackDecoder().decode(block.subarray(0, cut), ROOMY).fields;
    if (cut === 0 || ends.includes(cut)) assertEquals(decode(), fields.slice(0, ends.indexOf(cut) + 1));
    else assertThrows(decode, HpackError);
  }
});

Deno.test("HpackDecoder: T-03: a list of the limit is read; one octet more makes it oversize, with the fields before", () => {
  const fields: Field[] = [["a", "b"], ["c", "dd"]];
  const block = octets(added("a", "b"), added("c", "dd"));
  assertEquals(new HpackDecoder().decode(block, 69), { fields, size: 69, oversize: false });
  assertEquals(new HpackDecoder().decode(block, 68), { fields: [["a", "b"]], size: 69, oversize: true });
  assertEquals(new HpackDecoder().decode(block, 33), { fields: [], size: 69, oversize: true });
});

Deno.test("HpackDecoder: T-03: after an oversize list both tables are still the same", () => {
  const decoder = new HpackDecoder();
  assert(decoder.decode(octets(added("a", "x".repeat(100)), added("b", "c")), 60).oversize);
  assertEquals(decoder.decode(octets(indexed(62)), ROOMY).fields, [["b", "c"]]);
  assertEquals(decoder.decode(octets(indexed(63)), ROOMY).fields, [["a", "x".repeat(100)]]);
});

Deno.test("HpackDecoder: T-03: a list of four times the limit is oversize, one of more ends the connection", () => {
  const limit = 100;
  const exact = added("a", "x".repeat(MAX_LIST_RATIO * limit - 33));
  assertEquals(new HpackDecoder().decode(octets(exact), limit).size, 400);

  const decoder = new HpackDecoder();
  const beyond = added("a", "x".repeat(MAX_LIST_RATIO * limit - 32));
  const refusal = assertThrows(() => decoder.decode(octets(beyond), limit), HpackError, "4 times");
  assertEquals(refusal.code, "header_list_too_large");
  assertStrictEquals(assertThrows(() => decoder.decode(octets(indexed(2)), limit)), refusal);
});

Deno.test("HpackDecoder: T-03: a bomb of references to a field of 4 KiB ends at the first one beyond", () => {
  const decoder = new HpackDecoder();
  decoder.decode(octets(added("a", "x".repeat(4_063))), 16_384);
  const bomb = (references: number) => octets(Array(references).fill(0xbe));
  assertEquals(decoder.decode(bomb(4), 16_384), {
    fields: Array(4).fill(["a", "x".repeat(4_063)]),
    size: 16_384,
    oversize: false,
  });
  assertEquals(decoder.decode(bomb(16), 16_384), {
    fields: Array(4).fill(["a", "x".repeat(4_063)]),
    size: 65_536,
    oversize: true,
  });
  const refusal = assertThrows(() => decoder.decode(bomb(1_000_000), 16_384), HpackError);
  assertEquals(refusal.code, "header_list_too_large");
});

Deno.test("HpackDecoder: T-04: 30,000 distinct fields are counted, and those beyond the limit not stored", () => {
  const decoder = new HpackDecoder();
  const block = octets(...Array.from({ length: 30_000 }, (_, i) => added(`x-${i}`, "")));
  const decoded = decoder.decode(block, 500_000);
  assertEquals([decoded.oversize, decoded.size], [true, 30_000 * 34 + 138_890]);
  assert(listSize(decoded.fields) <= 500_000);
  // In step: the table has the last fields, as many as fit.
  assertEquals(decoder.decode(octets(indexed(62), indexed(62 + 104)), ROOMY).fields, [["x-29999", ""], [
    "x-29895",
    "",
  ]]);
  assertThrows(() => decoder.decode(octets(indexed(62 + 105)), ROOMY), HpackError, "index");
});

Deno.test("HpackDecoder: a table of empty fields holds 128 of them, however many were added", () => {
  const decoder = new HpackDecoder();
  for (let i = 0; i < 100; i++) decoder.decode(octets(...Array(1_000).fill([ADD, 0, 0])), ROOMY);
  assertEquals(decoder.decode(octets(indexed(62 + 127)), ROOMY).fields, [["", ""]]);
  assertThrows(() => decoder.decode(octets(indexed(62 + 128)), ROOMY), HpackError, "index");
});

Deno.test("HpackDecoder: table sizes by the thousand at the start of a block only change the table", () => {
  const decoder = new HpackDecoder();
  const block = octets(...Array.from({ length: 10_000 }, (_, i) => resized(i % 4097)), added("a", "b"));
  assertEquals(decoder.decode(block, ROOMY).fields, [["a", "b"]]);
});

Deno.test("HpackDecoder: a larger maximum can be used once it is set, and not before", () => {
  const decoder = new HpackDecoder();
  decoder.setMaxTableSize(16_384);
  const large: Field = ["a", "x".repeat(10_000)];
  decoder.decode(octets(resized(16_384), added(...large)), ROOMY);
  assertEquals(decoder.decode(octets(indexed(62)), ROOMY).fields, [large]);
  assertThrows(
    () => new HpackDecoder().decode(octets(resized(16_384)), ROOMY),
    HpackError,
    "above the maximum",
  );
});

Deno.test("HpackDecoder: a maximum given at the start holds without a size update", () => {
  assertEquals(new HpackDecoder({ maxTableSize: 100 }).decode(octets(indexed(2)), ROOMY).fields, [[
    ":method",
    "GET",
  ]]);
  const decoder = new HpackDecoder({ maxTableSize: 100 });
  decoder.decode(octets(added("a", ""), added("b", ""), added("c", "d")), ROOMY);
  assertEquals(decoder.decode(octets(indexed(63), indexed(64)), ROOMY).fields, [["b", ""], ["a", ""]]);
  assertThrows(() => decoder.decode(octets(resized(101)), ROOMY), HpackError, "above the maximum of 100");
});

const REDUCTIONS = [
  { name: "a size at the new maximum", maxima: [100], block: resized(100), refused: false },
  { name: "a size below the new maximum", maxima: [100], block: resized(0), refused: false },
  { name: "no size", maxima: [100], block: indexed(2), refused: true },
  { name: "nothing at all", maxima: [100], block: [], refused: true },
  { name: "a size above the new maximum", maxima: [100], block: resized(101), refused: true },
  { name: "no size, after a change that the table fits", maxima: [4096], block: indexed(2), refused: false },
  { name: "no size, after an increase", maxima: [8192], block: indexed(2), refused: false },
  { name: "the larger of two smaller maxima", maxima: [50, 100], block: resized(100), refused: true },
  { name: "only the last of two maxima", maxima: [100, 4096], block: resized(4096), refused: true },
  {
    name: "the smaller of two maxima, then the last",
    maxima: [100, 4096],
    block: [...resized(100), ...resized(4096)],
    refused: false,
  },
  { name: "only the smaller of two maxima", maxima: [100, 4096], block: resized(100), refused: false },
] as const;

for (const { name, maxima, block, refused } of REDUCTIONS) {
  const outcome = refused ? "is refused" : "is read";
  Deno.test(`HpackDecoder: after the maximum became ${maxima.join(", then ")}, a block with ${name} ${outcome}`, () => {
    const decoder = new HpackDecoder();
    decoder.decode(octets(added("a", "b"), indexed(2)), ROOMY);
    for (const size of maxima) decoder.setMaxTableSize(size);
    const decode = () => decoder.decode(octets(block), ROOMY);
    if (refused) assertEquals(assertThrows(decode, HpackError).code, "COMPRESSION_ERROR");
    else decode();
  });
}

Deno.test("HpackDecoder: a reduction is to be answered once", () => {
  const decoder = new HpackDecoder();
  decoder.setMaxTableSize(100);
  decoder.decode(octets(resized(50)), ROOMY);
  assertEquals(decoder.decode(octets(indexed(2)), ROOMY).fields, [[":method", "GET"]]);
  // The table has 50 octets already, so 60 takes nothing away.
  decoder.setMaxTableSize(60);
  assertEquals(decoder.decode(octets(indexed(3)), ROOMY).fields, [[":method", "POST"]]);
});

Deno.test("HpackDecoder: an equal block gets the same list", () => {
  const decoder = new HpackDecoder();
  const block = octets(indexed(8), [...integer(0x00, 0x0f, 54), ...plain("x")]);
  const first = decoder.decode(block, ROOMY);
  assertStrictEquals(decoder.decode(block.slice(), ROOMY), first);
  const other = octets(indexed(8), [...integer(0x00, 0x0f, 54), ...plain("y")]);
  assertEquals(decoder.decode(other, ROOMY).fields, [[":status", "200"], ["server", "y"]]);
  assertEquals(decoder.decode(block, ROOMY), first);
});

Deno.test("HpackDecoder: an equal block does not get the list of a block whose memory was reused", () => {
  const decoder = new HpackDecoder();
  const block = octets(indexed(8));
  decoder.decode(block, ROOMY);
  block[0] = 0x89;
  assertEquals(decoder.decode(block, ROOMY).fields, [[":status", "204"]]);
});

Deno.test("HpackDecoder: an equal block means something else once the table has changed", () => {
  const decoder = new HpackDecoder();
  const newest = octets(indexed(62));
  decoder.decode(octets(added("a", "1")), ROOMY);
  assertEquals(decoder.decode(newest, ROOMY).fields, [["a", "1"]]);
  decoder.decode(octets(added("b", "2")), ROOMY);
  assertEquals(decoder.decode(newest, ROOMY).fields, [["b", "2"]]);
  decoder.decode(octets(resized(0)), ROOMY);
  assertThrows(() => decoder.decode(newest, ROOMY), HpackError, "index");
});

Deno.test("HpackDecoder: a block that adds to the table adds again when it comes again", () => {
  const decoder = new HpackDecoder();
  const block = octets(added("a", "1"));
  decoder.decode(block, ROOMY);
  decoder.decode(block, ROOMY);
  assertEquals(decoder.decode(octets(indexed(62), indexed(63)), ROOMY).fields, [["a", "1"], ["a", "1"]]);
});

Deno.test("HpackDecoder: an equal block under a smaller limit is oversize", () => {
  const decoder = new HpackDecoder();
  const block = octets(indexed(8), indexed(2));
  assertEquals(decoder.decode(block, ROOMY), {
    fields: [[":status", "200"], [":method", "GET"]],
    size: 84,
    oversize: false,
  });
  assertEquals(decoder.decode(block, 50), { fields: [[":status", "200"]], size: 84, oversize: true });
  assertEquals(decoder.decode(block, 84).oversize, false);
});

Deno.test("HpackDecoder: an equal block after a reduction of the maximum still has to begin with a table size", () => {
  const decoder = new HpackDecoder();
  decoder.decode(octets(indexed(2)), ROOMY);
  decoder.setMaxTableSize(100);
  assertThrows(() => decoder.decode(octets(indexed(2)), ROOMY), HpackError, "reduced maximum");
});

Deno.test("HpackDecoder: a list with a field never to be indexed is not kept", () => {
  const decoder = new HpackDecoder();
  const block = octets([NEVER, ...plain("a"), ...plain("secret")]);
  const first = decoder.decode(block, ROOMY);
  const second = decoder.decode(block, ROOMY);
  assertEquals(first, second);
  assertNotStrictEquals(first, second);
});

Deno.test("HpackDecoder: fields of the tables are the same frozen tuples each time", () => {
  const decoder = new HpackDecoder();
  const [first] = decoder.decode(octets(added("a", "b")), ROOMY).fields;
  const [second, method] = decoder.decode(octets(indexed(62), indexed(2)), ROOMY).fields;
  const [again] = decoder.decode(octets(indexed(2), indexed(62)), ROOMY).fields;
  assertStrictEquals(second, first);
  assertStrictEquals(again, method);
  assert(Object.isFrozen(first) && Object.isFrozen(method));
});

for (const limit of [-1, NaN]) {
  Deno.test(`HpackDecoder: ${limit} is not a limit of a list: a RangeError, after which decoding goes on`, () => {
    const decoder = new HpackDecoder();
    assertThrows(
      () => decoder.decode(octets(indexed(2)), limit),
      RangeError,
      `Cannot limit a header list to ${limit}`,
    );
    assertEquals(decoder.decode(octets(indexed(2)), Infinity).fields, [[":method", "GET"]]);
  });
}

Deno.test("HpackDecoder: a maximum table size that is not a size is a RangeError", () => {
  assertThrows(() => new HpackDecoder({ maxTableSize: -1 }), RangeError, "table size of -1");
  assertThrows(() => new HpackDecoder().setMaxTableSize(NaN), RangeError, "table size of NaN");
});
