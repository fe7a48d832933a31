/**
 * The dynamic tables of decoder and encoder: order, eviction and capacity.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import type { Field } from "../../../http/fields.ts";
import { checkTableSize, DynamicTable, fieldSize } from "../../../http2/hpack/dynamic_table.ts";
import { EncoderTable } from "../../../http2/hpack/encoder_table.ts";
import { listSize, Random } from "./octets.ts";

Deno.test("DynamicTable: the newest field comes first, and nothing comes after the oldest", () => {
  const table = new DynamicTable(4096);
  for (const name of ["a", "b", "c"]) table.insert([name, ""]);
  assertEquals([0, 1, 2, 3].map((age) => table.get(age)?.[0]), ["c", "b", "a", undefined]);
  assertEquals([table.count, table.inserted, table.size], [3, 3, 99]);
});

Deno.test("DynamicTable: the oldest fields make room, and no more of them than it takes", () => {
  const table = new DynamicTable(100);
  const evicted: Field[] = [];
  for (const name of ["a", "b", "c", "dd", "eeeeee"]) {
    const field: Field = [name, ""];
    evicted.push(...makeRoom(table, fieldSize(name, "")));
    table.insert(field);
  }
  assertEquals(evicted, [["a", ""], ["b", ""], ["c", ""]]);
  assertEquals([table.size, table.count], [72, 2]);
});

Deno.test("DynamicTable: a smaller capacity takes the oldest out, a capacity of 0 all of them", () => {
  const table = new DynamicTable(4096);
  for (const name of ["a", "b", "c"]) table.insert([name, ""]);
  table.resize(98);
  assertEquals(makeRoom(table, 0), [["a", ""]]);
  table.resize(0);
  assertEquals(makeRoom(table, 0), [["b", ""], ["c", ""]]);
  assertEquals([table.size, table.count, table.get(0)], [0, 0, undefined]);
});

Deno.test("DynamicTable: agrees with a plain list over 5,000 insertions and changes of its capacity", () => {
  const random = new Random(11);
  const table = new DynamicTable(4096);
  let list: Field[] = [];
  for (let i = 0; i < 5_000; i++) {
    if (random.below(20) === 0) table.resize(random.pick([0, 64, 1000, 4096, 20_000]));
    const field: Field = [random.text(10), random.text(random.pick([0, 10, 200]))];
    const size = listSize([field]);
    makeRoom(table, size);
    list = fitting([field, ...list], table.capacity);
    if (size <= table.capacity) table.insert(field);
    assertEquals([table.count, table.size], [list.length, listSize(list)]);
    const age = random.below(list.length + 1);
    assertEquals(table.get(age), list[age]);
  }
});

Deno.test("EncoderTable: finds the fields of the table by name and value, and nothing else", () => {
  const random = new Random(12);
  const table = new EncoderTable(500);
  let list: Field[] = [];
  const names = ["a", "bb", "ccc"];
  const values = ["", "1", "22", "x".repeat(100)];
  for (let i = 0; i < 3_000; i++) {
    if (random.below(30) === 0) {
      table.resize(random.pick([0, 70, 200, 500]));
      list = fitting(list, table.capacity);
    }
    const [name, value]: Field = [random.pick(names), random.pick(values)];
    const isThere = list.some((field) => field[0] === name && field[1] === value);
    if (!isThere && fieldSize(name, value) <= table.capacity) {
      table.insert(name, value);
      list = fitting([[name, value], ...list], table.capacity);
    }
    for (const name of names) {
      const known = table.find(name);
      assertEquals(
        known === undefined ? -1 : table.indexOf(known.newest) - 62,
        list.findIndex((f) => f[0] === name),
      );
      for (const value of values) {
        const ordinal = known?.values.get(value);
        const age = list.findIndex((field) => field[0] === name && field[1] === value);
        assertEquals(ordinal === undefined ? -1 : table.indexOf(ordinal) - 62, age);
      }
    }
  }
});

for (const size of [-1, 0.5, NaN, Infinity]) {
  Deno.test(`checkTableSize: ${size} is not a size of a table`, () => {
    assertThrows(() => checkTableSize(size), RangeError, `Cannot set a table size of ${size}`);
  });
}

function makeRoom(table: DynamicTable, size: number): Field[] {
  const evicted: Field[] = [];
  for (let field = table.evictFor(size); field !== undefined; field = table.evictFor(size)) {
    evicted.push(field);
  }
  return evicted;
}

/** The first of `fields`, as many as fit. */
function fitting(fields: Field[], capacity: number): Field[] {
  const kept = [...fields];
  while (listSize(kept) > capacity) kept.pop();
  return kept;
}
