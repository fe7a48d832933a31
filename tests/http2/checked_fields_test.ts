/** A list of fields that is sent again: it is checked once only where it cannot have changed. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { Field } from "../../http/fields.ts";
import { CheckedFields } from "../../http2/checked_fields.ts";
import { checkFields, requestSection } from "../../http2/outgoing_head.ts";

const TARGET = { method: "GET", scheme: "https", authority: "a", path: "/" };

function frozen(...fields: Field[]): readonly Field[] {
  fields.forEach(Object.freeze);
  return Object.freeze(fields);
}

Deno.test("CheckedFields: a frozen list is checked once, and leaves each section as it is", () => {
  const cache = new CheckedFields();
  const fields = frozen(["A", " b "], ["connection", "x"], ["x", "y"], ["content-length", "3"]);
  const first = cache.check(fields);
  assertEquals(first, checkFields(fields));
  assertStrictEquals(cache.check(fields), first);
  for (const path of ["/", "/a", "/"]) {
    assertEquals(
      requestSection({ ...TARGET, path }, fields, cache.check),
      requestSection({ ...TARGET, path }, fields),
    );
  }
  assertEquals(first, checkFields(fields), "no section was added to");
});

const CHANGING: readonly (readonly [name: string, fields: Field[]])[] = [
  ["a list", [["a", "b"]]],
  ["a frozen list of fields that are not", Object.freeze([["a", "b"]]) as unknown as Field[]],
  ["a list of frozen fields", [Object.freeze<Field>(["a", "b"])]],
];
for (const [name, fields] of CHANGING) {
  Deno.test(`CheckedFields: ${name} that can change is checked each time`, () => {
    const cache = new CheckedFields();
    cache.check(fields);
    if (Object.isFrozen(fields)) (fields[0] as [string, string])[1] = "c\n";
    else fields[0] = ["a", "c\n"];
    assertThrows(() => cache.check(fields), TypeError, "its value");
  });
}

Deno.test("CheckedFields: a list that was refused is refused again, also after a good one", () => {
  const cache = new CheckedFields();
  const [good, bad] = [frozen(["a", "b"]), frozen(["a", "b\n"])];
  for (const fields of [bad, good, bad, bad]) {
    if (fields === good) assertEquals(cache.check(good).fields, good);
    else assertThrows(() => cache.check(fields), TypeError);
  }
  assertEquals(cache.check(good).fields, good);
});
