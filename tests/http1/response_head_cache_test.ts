/** A response that is like the one before, or nearly: it is written as on a connection of its own. */

import { assertEquals, assertThrows } from "@std/assert";
import type { Field } from "../../http/fields.ts";
import type { ContentLength } from "../../http1/outgoing_fields.ts";
import type { AnsweredRequest, ResponseHead } from "../../http1/response_head.ts";
import { writeResponseHead } from "../../http1/response_head.ts";
import { ResponseHeadCache } from "../../http1/response_head_cache.ts";

type Row = readonly [name: string, head: ResponseHead, content: ContentLength, answered: AnsweredRequest];

const GET: AnsweredRequest = { method: "GET", version: "HTTP/1.1" };
const OK: ResponseHead = { status: 200, statusText: "OK", fields: [["a", "b"], ["c", "d"]] };

const ROWS: readonly Row[] = [
  ["the first one", OK, 3, GET],
  ["another length", OK, 4, GET],
  ["no length", OK, "unknown", GET],
  ["no length, to HTTP/1.0", OK, "unknown", { method: "GET", version: "HTTP/1.0" }],
  ["the head that a GET would get", OK, 0, { method: "HEAD", version: "HTTP/1.1" }],
  ["another status", { ...OK, status: 404 }, 3, GET],
  ["another status text", { ...OK, statusText: "Fine" }, 3, GET],
  ["no status text", { status: 200, fields: OK.fields }, 3, GET],
  ["another value", { ...OK, fields: [["a", "b"], ["c", "e"]] }, 3, GET],
  ["another name", { ...OK, fields: [["a", "b"], ["e", "d"]] }, 3, GET],
  ["a field less", { ...OK, fields: [["a", "b"]] }, 3, GET],
  ["a field more", { ...OK, fields: [["a", "b"], ["c", "d"], ["e", "f"]] }, 3, GET],
  ["another order", { ...OK, fields: [["c", "d"], ["a", "b"]] }, 3, GET],
  ["a value beyond ASCII", { ...OK, fields: [["a", "\xe4"]] }, 3, GET],
  ["a field that ends the connection", { ...OK, fields: [["connection", "close"]] }, 3, GET],
];
for (const [name, head, content, answered] of ROWS) {
  Deno.test(`server: a response after any other is written as alone: ${name}`, () => {
    const alone = writeResponseHead(head, content, answered);
    for (const [, otherHead, otherContent, otherAnswered] of ROWS) {
      const cache = new ResponseHeadCache();
      cache.write(otherHead, otherContent, otherAnswered);
      for (let count = 0; count < 3; count++) {
        const { bytes, ...written } = cache.write(head, content, answered);
        assertEquals(written, alone);
        if (bytes !== undefined) assertEquals(String.fromCharCode(...bytes), alone.text);
      }
    }
  });
}

Deno.test("server: a list of fields that changes after it was sent is written anew", () => {
  const cache = new ResponseHeadCache();
  const fields: Field[] = [["a", "b"]];
  const head = { ...OK, fields };
  cache.write(head, 3, GET);
  cache.write(head, 3, GET);
  fields[0] = ["a", "c"];
  assertEquals(cache.write(head, 3, GET).text, writeResponseHead(head, 3, GET).text);
});

Deno.test("server: a head that was refused is refused again, and not taken for the last one", () => {
  const cache = new ResponseHeadCache();
  const bad: ResponseHead = { ...OK, fields: [["a", "b\n"]] };
  cache.write(OK, 3, GET);
  assertThrows(() => cache.write(bad, 3, GET), TypeError);
  assertThrows(() => cache.write(bad, 3, GET), TypeError);
  assertEquals(cache.write(OK, 3, GET).text, writeResponseHead(OK, 3, GET).text);
});
