/** What a Request object's content becomes, by what it was made of; and streams that say too little or too much. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { StreamSource } from "../../../client/request/body_source.ts";
import { ClientError } from "../../../client/error/client_error.ts";
import { field, request } from "./support.ts";

const URL_ = "http://localhost:8080/";

function form(): FormData {
  const form = new FormData();
  form.set("a", "b");
  return form;
}

/** Content, and whether its length is known before it is sent and it can be sent again. */
const MADE_OF: readonly { name: string; body: () => BodyInit; known: boolean }[] = [
  { name: "a form", body: form, known: true },
  { name: "a Blob", body: () => new Blob(["a", "b"]), known: true },
  { name: "a stream", body: () => new Blob(["ab"]).stream(), known: false },
];

for (const { name, body, known } of MADE_OF) {
  Deno.test(`requestBody: ${name} ${known ? "has its length, whatever was declared" : "has the length declared"}`, () => {
    const made = new Request(URL_, { method: "POST", body: body(), headers: { "content-length": "7" } });
    const prepared = request(undefined, made);
    assertEquals(prepared.body?.replayable, known);
    assertEquals(prepared.body?.length === 7, !known);
    assertEquals(made.bodyUsed || made.body?.locked, true);
    prepared.body?.discard("the test is over");
  });
}

Deno.test("requestBody: the type of a Blob is that of the request's headers, and of no other", () => {
  const typed = () => new Request(URL_, { method: "POST", body: new Blob(["a"], { type: "text/x" }) });
  assertEquals(field(request(undefined, typed()), "content-type"), "text/x");
  assertEquals(field(request({ headers: { "x-a": "1" } }, typed()), "content-type"), undefined);
});

/** A reader of chunks of these lengths. */
function reader(...lengths: number[]) {
  return ReadableStream.from(lengths.map((length) => new Uint8Array(length))).getReader();
}

Deno.test("StreamSource: an empty chunk is never given, since it would end an HTTP/1.1 message", async () => {
  const source = new StreamSource(reader(0, 2, 0, 0, 1, 0), undefined);
  const lengths = [];
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) {
    lengths.push(chunk.length);
  }
  assertEquals(lengths, [2, 1]);
});

Deno.test("R-08: StreamSource: no byte beyond the declared length is given", async () => {
  const source = new StreamSource(reader(2, 2), 3);
  assertEquals((await source.read())?.length, 2);
  const error = await assertRejects(() => source.read(), ClientError);
  assert(error.message.includes("longer"));
  assertEquals(await source.read(), undefined);
});
