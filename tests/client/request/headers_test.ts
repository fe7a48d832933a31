/** The fields of a caller, checked and sorted. */

import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import { FORBIDDEN_TRAILERS } from "../../../http/trailers.ts";
import { fieldsOf, requestFields, trailerFieldsOf, withDefaults } from "../../../client/request/headers.ts";
import { ClientError } from "../../../client/error/client_error.ts";
import type { Field } from "../../../http/fields.ts";

/** What JavaScript may pass where TypeScript would not let it. */
const anything = (value: unknown): HeadersInit => value as HeadersInit;

const ACCEPTED: readonly { name: string; init: HeadersInit; fields: readonly Field[] }[] = [
  { name: "an object", init: { A: "1", b: "2" }, fields: [["a", "1"], ["b", "2"]] },
  {
    name: "a list of pairs, repetitions kept apart",
    init: [["A", "1"], ["a", "2"]],
    fields: [["a", "1"], ["a", "2"]],
  },
  { name: "a Headers", init: new Headers({ B: "2", a: "1" }), fields: [["a", "1"], ["b", "2"]] },
  {
    name: "a Headers with several set-cookie",
    init: new Headers([["set-cookie", "a"], ["set-cookie", "b"]]),
    fields: [["set-cookie", "a"], ["set-cookie", "b"]],
  },
  { name: "a Map", init: anything(new Map([["a", "1"]])), fields: [["a", "1"]] },
  {
    name: "a generator of pairs",
    init: anything(function* () {
      yield ["a", "1"];
    }()),
    fields: [["a", "1"]],
  },
  {
    name: "values that are no strings",
    init: anything({ a: 1, b: null, c: undefined }),
    fields: [["a", "1"], ["b", "null"], ["c", "undefined"]],
  },
  { name: "white space at the ends", init: { a: " \t\r\n1 2\r\n\t " }, fields: [["a", "1 2"]] },
  { name: "an empty value", init: { a: "\r\n" }, fields: [["a", ""]] },
  { name: "obs-text", init: { a: "caf\xe9" }, fields: [["a", "caf\xe9"]] },
  {
    name: "H1-40: names that objects are born with",
    init: [["__proto__", "1"], ["constructor", "2"]],
    fields: [["__proto__", "1"], ["constructor", "2"]],
  },
  {
    name: "H1-40: __proto__ as an object's own key",
    init: JSON.parse('{"__proto__":"1"}'),
    fields: [["__proto__", "1"]],
  },
  {
    name: "an object without prototype",
    init: Object.assign(Object.create(null), { a: "1" }),
    fields: [["a", "1"]],
  },
];

for (const { name, init, fields } of ACCEPTED) {
  Deno.test(`fieldsOf: ${name}`, () => assertEquals(fieldsOf(init), [...fields]));
}

const REFUSED: readonly { name: string; init: HeadersInit }[] = [
  ...["\r\n", "\n", "\r", "\0", "\x7f", "\x01", "\x0b", "\x1f"].map((value) => ({
    name: `R-01: a value with ${JSON.stringify(value)}`,
    init: { a: `secret${value}secret` },
  })),
  ...["\u010a", "\u{1f600}", "\u0100"].map((value) => ({
    name: `R-03: a value with ${JSON.stringify(value)}`,
    init: { a: `secret${value}secret` },
  })),
  ...["", " a", "a ", "a b", "a:", "a\r\nb", "a\n", "\0", "é", "\u212ae", "a\u010a", "(a)", '"a"'].map((
    name,
  ) => ({
    name: `R-02: a name ${JSON.stringify(name)}`,
    init: { [name]: "secret" },
  })),
  { name: "R-18: a pseudo-header", init: { ":path": "/secret" } },
  { name: "R-01: a value that ends in NUL", init: { a: "secret\0" } },
  { name: "a pair of three", init: anything([["a", "b", "c"]]) },
  { name: "a pair of one", init: anything([["a"]]) },
  { name: "null", init: anything(null) },
  { name: "a string", init: anything("a: b") },
  { name: "a number", init: anything(5) },
];

for (const { name, init } of REFUSED) {
  Deno.test(`fieldsOf: ${name} is refused, and the value is not repeated`, () => {
    const error = assertThrows(() => fieldsOf(init), ClientError);
    assertEquals(error.code, "invalid_request");
    assertFalse(error.message.includes("secret"));
    assertFalse(/[\r\n\0]/.test(error.message));
  });
}

const SORTED: readonly { name: string; given: readonly Field[]; kept: readonly Field[]; length?: number }[] =
  [
    {
      name: "ordinary fields are the list they were",
      given: [["a", "1"], ["b", "2"]],
      kept: [["a", "1"], ["b", "2"]],
    },
    {
      name: "R-10: host is left out, however often it is there",
      given: [["host", "a"], ["host", "b"], ["c", "1"]],
      kept: [["c", "1"]],
    },
    {
      name: "R-16: connection fields are left out, with the names that connection lists",
      given: [
        ["connection", "X-A, close"],
        ["x-a", "1"],
        ["keep-alive", "5"],
        ["proxy-connection", "a"],
        ["upgrade", "websocket"],
        ["http2-settings", "x"],
        ["x-b", "2"],
      ],
      kept: [["x-b", "2"]],
    },
    {
      name: "R-16: a connection list beyond ASCII does no harm",
      given: [["connection", "\xe9\xff, ,;"], ["a", "1"]],
      kept: [["a", "1"]],
    },
    {
      name: "R-16: te is sent when it says trailers",
      given: [["te", "gzip, Trailers"]],
      kept: [["te", "trailers"]],
    },
    { name: "R-16: te is left out otherwise", given: [["te", "gzip"]], kept: [] },
    {
      name: "R-09: chunked is left out",
      given: [["transfer-encoding", "Chunked"], ["a", "1"]],
      kept: [["a", "1"]],
    },
    { name: "R-08: content-length is taken out", given: [["content-length", "9"]], kept: [], length: 9 },
    {
      name: "R-08: content-length may be said twice",
      given: [["content-length", "9"], ["content-length", "9, 9"]],
      kept: [],
      length: 9,
    },
    {
      name: "R-08: a content-length that is no number declares nothing",
      given: [["content-length", "+5"]],
      kept: [],
    },
    {
      name: "R-08: two lengths declare nothing",
      given: [["content-length", "5"], ["content-length", "6"]],
      kept: [],
    },
    { name: "R-08: two lengths in one line declare nothing", given: [["content-length", "5, 6"]], kept: [] },
    {
      name: "R-08: a length and none declare nothing",
      given: [["content-length", "5"], ["content-length", ""]],
      kept: [],
    },
    { name: "expect stays", given: [["expect", "100-continue"]], kept: [["expect", "100-continue"]] },
  ];

for (const { name, given, kept, length } of SORTED) {
  Deno.test(`requestFields: ${name}`, () => {
    assertEquals(requestFields(given), { fields: [...kept], declaredLength: length });
  });
}

for (const name of ["gzip", "gzip, chunked", "chunked, chunked, gzip"]) {
  Deno.test(`requestFields: R-09: transfer-encoding ${name} is refused`, () => {
    const given: Field[] = [["transfer-encoding", name]];
    assertEquals(assertThrows(() => requestFields(given), ClientError).code, "invalid_request");
  });
}

Deno.test("withDefaults: a field of the request replaces the default of its name, however often it is there", () => {
  const defaults: readonly Field[] = [["accept", "*/*"], ["x", "1"], ["x", "2"]];
  assertEquals(withDefaults([["x", "3"], ["x", "4"]], defaults), [["accept", "*/*"], ["x", "3"], ["x", "4"]]);
  assertEquals(withDefaults([], defaults), [...defaults]);
});

Deno.test("trailerFieldsOf: gives fields, lower-case", () => {
  assertEquals(trailerFieldsOf({ "X-Checksum": "1" }), [["x-checksum", "1"]]);
});

for (const name of [...FORBIDDEN_TRAILERS, "Content-Length"]) {
  Deno.test(`trailerFieldsOf: R-15: ${name} is refused`, () => {
    assertEquals(assertThrows(() => trailerFieldsOf({ [name]: "1" }), ClientError).code, "invalid_request");
  });
}
