/** Bodies that cannot be the content of a request, and are refused before anything is sent. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { prepareBody } from "../../../client/request/body.ts";
import { ClientError } from "../../../client/error/client_error.ts";

/** Values that have no text of their own, which `fetch` would send as `[object Object]` and the like. */
const WITHOUT_TEXT: Readonly<Record<string, () => unknown>> = {
  "a plain object": () => ({ a: 1 }),
  "an object of a class": () => new (class Order {})(),
  "a promise": () => Promise.resolve("text"),
  "an array-like object": () => ({ length: 1, 0: "a" }),
  "the form of another realm": () => ({ [Symbol.toStringTag]: "FormData" }),
};

for (const [name, make] of Object.entries(WITHOUT_TEXT)) {
  Deno.test(`prepareBody: ${name} is refused, with what to give instead`, () => {
    const error = assertThrows(() => prepareBody(make() as BodyInit), ClientError);
    assertEquals(error.code, "invalid_request");
    assert(error.hint?.includes("JSON.stringify"));
  });
}

Deno.test("prepareBody: a buffer that was transferred away is refused, as by the platform", () => {
  for (const view of [(buffer: ArrayBuffer) => buffer, (buffer: ArrayBuffer) => new DataView(buffer, 1)]) {
    const buffer = new ArrayBuffer(2);
    const body = view(buffer);
    buffer.transfer();
    assertEquals(assertThrows(() => prepareBody(body), ClientError).code, "invalid_request");
  }
});

Deno.test("prepareBody: a string that says [object Object] is content like any other", async () => {
  const content = await prepareBody("[object Object]").open();
  assertEquals(content, new TextEncoder().encode("[object Object]"));
});
