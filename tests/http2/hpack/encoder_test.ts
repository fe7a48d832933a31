/**
 * The HPACK encoder: the representation of each field, table size updates, refused lists, and the kept list.
 *
 * @module
 */

import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { Field } from "../../../http/fields.ts";
import { HpackDecoder } from "../../../http2/hpack/decoder.ts";
import { HpackEncoder } from "../../../http2/hpack/encoder.ts";
import { hex, huffman, integer, octets, plain, ROOMY } from "./octets.ts";

/** How a field is written: as one index, or as a literal of one of three kinds. */
type Form = "indexed" | "added" | "skipped" | "never";

const KINDS: { readonly name: string; readonly field: Field; readonly first: Form; readonly second: Form }[] =
  [
    { name: "a field of the static table", field: [":method", "GET"], first: "indexed", second: "indexed" },
    {
      name: "an empty field of the static table",
      field: ["accept", ""],
      first: "indexed",
      second: "indexed",
    },
    { name: "a path of the static table", field: [":path", "/"], first: "indexed", second: "indexed" },
    { name: "another path", field: [":path", "/a"], first: "skipped", second: "skipped" },
    { name: "another method", field: [":method", "PUT"], first: "added", second: "indexed" },
    { name: "the authority", field: [":authority", "a.test"], first: "added", second: "indexed" },
    { name: "a name of the static table", field: ["user-agent", "x"], first: "added", second: "indexed" },
    { name: "a name of no table", field: ["x-custom", "x"], first: "added", second: "indexed" },
    { name: "a short cookie", field: ["cookie", "a=1234567890123456x"], first: "never", second: "never" },
    { name: "a long cookie", field: ["cookie", "a=1234567890123456xx"], first: "added", second: "indexed" },
    { name: "an empty cookie", field: ["cookie", ""], first: "never", second: "never" },
    ...["authorization", "proxy-authorization", "set-cookie"].flatMap((name) => [
      { name: `${name}`, field: [name, "x".repeat(30)] as const, first: "never", second: "never" } as const,
      { name: `${name}, empty`, field: [name, ""] as const, first: "never", second: "never" } as const,
    ]),
    ...[
      "age",
      "content-length",
      "content-range",
      "date",
      "etag",
      "expires",
      "if-match",
      "if-modified-since",
      "if-none-match",
      "if-range",
      "if-unmodified-since",
      "last-modified",
      "location",
      "range",
    ].map((name) => ({ name, field: [name, "x"] as const, first: "skipped", second: "skipped" } as const)),
  ];

for (const { name, field, first, second } of KINDS) {
  Deno.test(`HpackEncoder: ${name} is written as ${first}, then as ${second}`, () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    const blocks = [encoder.encode([field]), encoder.encode([field])];
    assertEquals(blocks.map(form), [first, second]);
    for (const block of blocks) assertEquals(decoder.decode(block, ROOMY).fields, [field]);
  });
}

const WIRES: { readonly name: string; readonly lists: readonly Field[][]; readonly wire: Uint8Array }[] = [
  {
    name: "a secret keeps its name's index",
    lists: [[["authorization", "XX"]]],
    wire: octets(integer(0x10, 0x0f, 23), plain("XX")),
  },
  {
    name: "a name refers to the newest field that has it",
    lists: [[["x-a", "1"]], [["x-a", "2"]], [["x-b", "3"]], [["x-a", "4"]]],
    wire: octets(integer(0x40, 0x3f, 63), plain("4")),
  },
  {
    name: "a name of the static table refers to that",
    lists: [[["server", "1"]], [["server", "2"]]],
    wire: octets(integer(0x40, 0x3f, 54), plain("2")),
  },
  {
    name: "a field of more than three quarters of the table is not added",
    lists: [[["x-a", "X".repeat(3_038)]]],
    wire: octets(0x00, plain("x-a"), plain("X".repeat(3_038))),
  },
  {
    name: "a field of three quarters of the table is added",
    lists: [[["x-a", "X".repeat(3_037)]]],
    wire: octets(0x40, plain("x-a"), plain("X".repeat(3_037))),
  },
  {
    name: "a repeated field is added once and then referred to",
    lists: [[["x", "X"], ["x", "X"]]],
    wire: octets(0x40, plain("x"), plain("X"), 0xbe),
  },
  { name: "no fields are no octets", lists: [[]], wire: octets() },
];

for (const { name, lists, wire } of WIRES) {
  Deno.test(`HpackEncoder: ${name}`, () => {
    const encoder = new HpackEncoder();
    assertEquals(lists.map((list) => encoder.encode(list)).at(-1), wire);
  });
}

Deno.test("HpackEncoder: a field that the caller calls sensitive is never indexed, even if it once was", () => {
  const encoder = new HpackEncoder();
  const fields: Field[] = [["x-key", "1234"], ["x-other", "1234"], [":method", "GET"]];
  encoder.encode(fields);
  const block = encoder.encode(fields, (name) => name !== "x-other");
  assertEquals(
    block,
    octets(
      integer(0x10, 0x0f, 63),
      huffman("1234"),
      0xbe,
      integer(0x10, 0x0f, 2),
      plain("GET"),
    ),
  );
  assertEquals(encoder.encode(fields), hex("bfbe82"));
});

Deno.test("HpackEncoder: takes any iterable", () => {
  const fields = new Map([[":method", "GET"], [":scheme", "https"]]);
  assertEquals(new HpackEncoder().encode(fields), hex("8287"));
});

const SIZES = [
  { name: "nothing before the first block", sizes: [], wire: "82" },
  { name: "nothing for the size that it is", sizes: [4096], wire: "82" },
  { name: "nothing for more than it would use", sizes: [65_536], wire: "82" },
  { name: "nothing for more, then more still", sizes: [65_536, 8_192], wire: "82" },
  { name: "a smaller size", sizes: [100], wire: "3f45 82" },
  { name: "no table", sizes: [0], wire: "20 82" },
  { name: "the smallest size, then the last", sizes: [0, 4096], wire: "20 3fe11f 82" },
  { name: "the smallest of many sizes, then the last", sizes: [1000, 10, 50, 100], wire: "2a 3f45 82" },
  { name: "the last of sizes that only fall", sizes: [1000, 100], wire: "3f45 82" },
  { name: "the smallest size, then what it would use of the last", sizes: [0, 65_536], wire: "20 3fe11f 82" },
] as const;

for (const { name, sizes, wire } of SIZES) {
  Deno.test(`HpackEncoder: after the maxima [${sizes}] it tells the peer ${name}, once`, () => {
    const encoder = new HpackEncoder();
    for (const size of sizes) encoder.setMaxTableSize(size);
    assertEquals(encoder.encode([[":method", "GET"]]), hex(wire));
    assertEquals(encoder.encode([[":method", "GET"]]), hex("82"));
  });
}

Deno.test("HpackEncoder: tells the peer when the table becomes larger again", () => {
  const encoder = new HpackEncoder();
  encoder.setMaxTableSize(0);
  encoder.encode([]);
  encoder.setMaxTableSize(100);
  assertEquals(encoder.encode([]), hex("3f45"));
});

Deno.test("HpackEncoder: a limit of its own below 4096 is told with the first block, and holds", () => {
  const encoder = new HpackEncoder({ maxTableSize: 100 });
  encoder.setMaxTableSize(65_536);
  assertEquals(encoder.encode([[":method", "GET"]]), hex("3f45 82"));
  for (const name of ["x-1", "x-2", "x-3"]) encoder.encode([[name, "X"]]);
  // 100 octets hold two of them.
  assertEquals(["x-3", "x-2", "x-1"].map((name) => form(encoder.encode([[name, "X"]]))), [
    "indexed",
    "indexed",
    "added",
  ]);
});

Deno.test("HpackEncoder: uses 4096 octets of a larger table, and no more", () => {
  const encoder = new HpackEncoder();
  encoder.setMaxTableSize(1 << 20);
  // Fields of 64 octets, of which 4096 octets hold 64.
  const field = (i: number): Field => ["x-pad", String(i).padStart(27, "X")];
  for (let i = 0; i < 65; i++) encoder.encode([field(i)]);
  assertEquals(form(encoder.encode([field(1)])), "indexed");
  assertEquals(form(encoder.encode([field(0)])), "added");
});

Deno.test("HpackEncoder: a value with a character above U+00FF is refused, and the next list is encoded right", () => {
  for (const limit of [4096, 0]) {
    const encoder = new HpackEncoder({ maxTableSize: limit });
    const decoder = new HpackDecoder();
    const good: Field[] = [["x-a", "1"], ["x-b", "2"]];
    decoder.decode(encoder.encode(good), ROOMY);
    for (
      const bad of [["x-c", "\u010a"], ["x-\u0161", "d"], ["set-cookie", "\u2028"], [
        ":path",
        "/\u{1f512}",
      ]] as const
    ) {
      // What the first fields of the list add to the table, the peer never sees.
      assertThrows(() => encoder.encode([["x-new", "1"], bad]), TypeError, "above U+00FF");
      assertEquals(decoder.decode(encoder.encode(good), ROOMY).fields, good);
      assertEquals(decoder.decode(encoder.encode([["x-new", "1"]]), ROOMY).fields, [["x-new", "1"]]);
    }
  }
});

Deno.test("HpackEncoder: a size update in a list that is refused is told with the next one", () => {
  const encoder = new HpackEncoder();
  encoder.encode([["x-a", "1"]]);
  encoder.setMaxTableSize(100);
  assertThrows(() => encoder.encode([["x-a", "\u0100"]]), TypeError);
  assertEquals(encoder.encode([]), hex("20 3f45"));
  assertThrows(() => encoder.encode([["x-a", "\u0100"]]), TypeError);
  encoder.setMaxTableSize(0);
  assertThrows(() => encoder.encode([["x-a", "\u0100"]]), TypeError);
  assertEquals(encoder.encode([]), hex("20"));
  assertEquals(encoder.encode([]), hex(""));
});

Deno.test("HpackEncoder: a list that is kept is encoded anew after one that was refused", () => {
  const encoder = new HpackEncoder();
  encoder.encode([["x-a", "1"]]);
  assertEquals(encoder.encode([["x-a", "1"]]), hex("be"));
  assertThrows(() => encoder.encode([[":path", "\u0100"]]), TypeError);
  assertEquals(encoder.encode([["x-a", "1"]]).subarray(0, 5), hex("20 3fe11f 40"));
});

Deno.test("HpackEncoder: a source of fields that throws leaves nothing behind", () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder();
  function* broken(): Generator<Field> {
    yield ["x-a", "1"];
    throw new Error("out of fields");
  }
  assertThrows(() => encoder.encode(broken()), Error, "out of fields");
  assertEquals(decoder.decode(encoder.encode([["x-a", "1"]]), ROOMY).fields, [["x-a", "1"]]);
});

const LIST: readonly Field[] = [[":method", "GET"], [":path", "/a"], ["accept", "*/*"]];

Deno.test("HpackEncoder: an equal list gets the same block, once the table has what it needs", () => {
  const encoder = new HpackEncoder();
  encoder.encode(LIST);
  const block = encoder.encode(LIST);
  assertStrictEquals(encoder.encode(LIST), block);
  assertStrictEquals(encoder.encode(LIST.map(([name, value]): Field => [name, value])), block);
});

const OTHERS: { readonly name: string; readonly list: readonly Field[] }[] = [
  { name: "another value", list: [[":method", "GET"], [":path", "/b"], ["accept", "*/*"]] },
  { name: "another name", list: [[":method", "GET"], ["location", "/a"], ["accept", "*/*"]] },
  { name: "a field more", list: [...LIST, ["accept", "*/*"]] },
  { name: "a field less", list: LIST.slice(0, 2) },
  { name: "another order", list: [...LIST].reverse() },
  { name: "no fields", list: [] },
];

for (const { name, list } of OTHERS) {
  Deno.test(`HpackEncoder: a list with ${name} does not get the block of the one before`, () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    for (const fields of [LIST, LIST, list, list, LIST]) {
      assertEquals(decoder.decode(encoder.encode(fields), ROOMY).fields, fields);
    }
  });
}

Deno.test("HpackEncoder: a list that its owner changes does not get its old block", () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder();
  const field: [string, string] = [":path", "/a"];
  for (const path of ["/a", "/a", "/b", "/b"]) {
    field[1] = path;
    assertEquals(decoder.decode(encoder.encode([field]), ROOMY).fields, [[":path", path]]);
  }
});

Deno.test("HpackEncoder: an equal list gets another block when the table has changed in between", () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder();
  const lists = [LIST, LIST, [["x-a", "1"]], LIST, LIST] as const;
  for (const list of lists) assertEquals(decoder.decode(encoder.encode(list), ROOMY).fields, list);
  encoder.setMaxTableSize(0);
  for (const list of lists) assertEquals(decoder.decode(encoder.encode(list), ROOMY).fields, list);
});

Deno.test("HpackEncoder: a list with a secret is not kept", () => {
  const encoder = new HpackEncoder();
  const list: Field[] = [["authorization", "secret"]];
  const block = encoder.encode(list);
  assertEquals(encoder.encode(list), block);
  assertNotStrictEquals(encoder.encode(list), block);
});

Deno.test("HpackEncoder: what is sensitive decides about a block, also of a list that is kept", () => {
  const encoder = new HpackEncoder();
  const list: Field[] = [[":path", "/token"]];
  const open = encoder.encode(list);
  const secret = encoder.encode(list, () => true);
  assertEquals([form(open), form(secret), form(encoder.encode(list))], ["skipped", "never", "skipped"]);
});

Deno.test("HpackEncoder: blocks stay as they were", () => {
  const encoder = new HpackEncoder();
  const block = encoder.encode([["x-a", "1"]]);
  const copy = block.slice();
  for (let i = 0; i < 1_000; i++) encoder.encode([["x-a", String(i)], [":path", "x".repeat(100)]]);
  assertEquals(block, copy);
  assert(block.length > 0);
});

for (const size of [-1, 1.5, NaN]) {
  Deno.test(`HpackEncoder: ${size} is not a size of a table`, () => {
    assertThrows(() => new HpackEncoder().setMaxTableSize(size), RangeError, `table size of ${size}`);
    assertThrows(() => new HpackEncoder({ maxTableSize: size }), RangeError, `table size of ${size}`);
  });
}

function form(block: Uint8Array): Form {
  const first = block[0] ?? 0;
  if (first >= 0x80) return "indexed";
  if (first >= 0x40) return "added";
  return first >= 0x10 ? "never" : "skipped";
}
