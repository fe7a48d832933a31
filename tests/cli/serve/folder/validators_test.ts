/** Conditional requests, by their fields. */

import { assertEquals } from "@std/assert";
import { evaluate, rangeCounts, validatorsOf } from "../../../../cli/serve/folder/validators.ts";

const CHANGED = new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
const HOUR = 3_600_000;
const facts = { isFile: true, isDirectory: false, size: 100, mtime: CHANGED };
const strong = validatorsOf(facts, CHANGED.getTime() + HOUR);
const weak = validatorsOf(facts, CHANGED.getTime() + 1);
const etag = strong.etag ?? "";
const date = "Fri, 02 Jan 2026 03:04:05 GMT";
const before = "Fri, 02 Jan 2026 03:04:04 GMT";

Deno.test("validatorsOf: the date is that of the change, and the entity tag is strong unless the file has just changed", () => {
  assertEquals(strong.lastModified, date);
  assertEquals(/^"[0-9a-z]+-[0-9a-z]+"$/.test(etag), true);
  assertEquals(weak, { etag: `W/${etag}`, lastModified: date });
});

Deno.test("validatorsOf: a change of length or time is another entity tag", () => {
  const now = CHANGED.getTime() + HOUR;
  const tags = [
    validatorsOf({ ...facts, size: 101 }, now),
    validatorsOf({ ...facts, mtime: new Date(CHANGED.getTime() + 1) }, now),
    strong,
  ].map((each) => each.etag);
  assertEquals(new Set(tags).size, 3);
});

Deno.test("validatorsOf: a clock that runs behind the file's gives a weak entity tag", () => {
  assertEquals(validatorsOf(facts, CHANGED.getTime() - HOUR).etag, `W/${etag}`);
});

Deno.test("validatorsOf: a file without a time has no validators, and no condition but * holds for it", () => {
  const none = validatorsOf({ ...facts, mtime: null }, CHANGED.getTime());
  assertEquals(none, {});
  assertEquals(evaluate(new Headers({ "if-match": etag }), none), "precondition_failed");
  assertEquals(evaluate(new Headers({ "if-none-match": "*" }), none), "not_modified");
  assertEquals(evaluate(new Headers({ "if-modified-since": date }), none), "proceed");
  assertEquals(rangeCounts(new Headers({ "if-range": date }), none), false);
});

const CONDITIONS: readonly (readonly [
  fields: Readonly<Record<string, string>>,
  ofStrong: ReturnType<typeof evaluate>,
  ofWeak?: ReturnType<typeof evaluate>,
])[] = [
  [{}, "proceed"],
  [{ "if-none-match": etag }, "not_modified"],
  [{ "if-none-match": `W/${etag}` }, "not_modified"],
  [{ "if-none-match": ` "other" , ${etag} ` }, "not_modified"],
  [{ "if-none-match": "*" }, "not_modified"],
  [{ "if-none-match": '"other"' }, "proceed"],
  [{ "if-none-match": etag.slice(1, -1) }, "proceed"],
  [{ "if-none-match": '"other"', "if-modified-since": date }, "proceed"],
  [{ "if-modified-since": date }, "not_modified"],
  [{ "if-modified-since": "Sat, 03 Jan 2026 00:00:00 GMT" }, "not_modified"],
  [{ "if-modified-since": before }, "proceed"],
  [{ "if-modified-since": "yesterday" }, "proceed"],
  [{ "if-modified-since": `${date}${" ".repeat(1_000)}` }, "not_modified"],
  [{ "if-modified-since": "1".repeat(1_000) }, "proceed"],
  [{ "if-match": etag }, "proceed", "precondition_failed"],
  [{ "if-match": `W/${etag}` }, "precondition_failed"],
  [{ "if-match": "*" }, "proceed"],
  [{ "if-match": '"other"' }, "precondition_failed"],
  [{ "if-match": "*", "if-none-match": etag }, "not_modified"],
  [{ "if-unmodified-since": date }, "proceed"],
  [{ "if-unmodified-since": before }, "precondition_failed"],
  [{ "if-unmodified-since": "yesterday" }, "proceed"],
  [{ "if-match": "*", "if-unmodified-since": before }, "proceed"],
];
for (const [fields, ofStrong, ofWeak = ofStrong] of CONDITIONS) {
  Deno.test(`evaluate: ${JSON.stringify(fields).slice(0, 100)}: ${ofStrong}, with a weak tag ${ofWeak}`, () => {
    const headers = new Headers(fields);
    assertEquals([evaluate(headers, strong), evaluate(headers, weak)], [ofStrong, ofWeak]);
  });
}

const IF_RANGE: readonly (readonly [value: string | null, ofStrong: boolean])[] = [
  [null, true],
  [etag, true],
  [date, true],
  [`W/${etag}`, false],
  ['"other"', false],
  [before, false],
  ["Sat, 03 Jan 2026 00:00:00 GMT", false],
  ["*", false],
  ["", false],
];
for (const [value, counts] of IF_RANGE) {
  const name = value === null ? "no If-Range" : `If-Range: ${value}`;
  Deno.test(`rangeCounts: ${name}: ${counts ? "the range" : "the whole"}; with a weak tag ${value === null ? "the range" : "the whole"}`, () => {
    const headers = new Headers(value === null ? {} : { "if-range": value });
    assertEquals([rangeCounts(headers, strong), rangeCounts(headers, weak)], [counts, value === null]);
  });
}
