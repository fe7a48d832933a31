/** A prepared request in the form that a driver takes. */

import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { ClientError } from "../../../client/error/client_error.ts";
import { toOutgoing } from "../../../client/request/prepared_request.ts";
import type { ClientRequestInit } from "../../../client/request/request_options.ts";
import { USER_AGENT } from "../../../client/version.ts";
import { contentOf, field, request } from "./support.ts";

const SENT: readonly {
  name: string;
  init: ClientRequestInit;
  length: string | undefined;
  content: string | undefined;
}[] = [
  { name: "GET has no content-length", init: {}, length: undefined, content: undefined },
  {
    name: "DELETE without a body has no content-length",
    init: { method: "DELETE" },
    length: undefined,
    content: undefined,
  },
  {
    name: "R-12, D-41: POST without a body has content-length 0",
    init: { method: "POST" },
    length: "0",
    content: "",
  },
  {
    name: "R-12: put without a body has content-length 0",
    init: { method: "put" },
    length: "0",
    content: "",
  },
  {
    name: "R-12: patch without a body has content-length 0",
    init: { method: "patch" },
    length: "0",
    content: "",
  },
  {
    name: "DELETE with an empty body has content-length 0",
    init: { method: "DELETE", body: "" },
    length: "0",
    content: "",
  },
  {
    name: "R-11: DELETE with a body has its length",
    init: { method: "DELETE", body: "abc" },
    length: "3",
    content: "abc",
  },
  { name: "the length is counted in bytes", init: { method: "POST", body: "é" }, length: "2", content: "é" },
  {
    name: "R-20: a lone surrogate is replaced",
    init: { method: "POST", body: "\ud800a" },
    length: "4",
    content: "\ufffda",
  },
  {
    name: "a stream has no length",
    init: { method: "POST", body: ReadableStream.from([new Uint8Array([97])]) },
    length: undefined,
    content: "a",
  },
  {
    name: "R-08: a stream has the length that was declared",
    init: {
      method: "POST",
      body: ReadableStream.from([new Uint8Array([97])]),
      headers: { "content-length": "1" },
    },
    length: "1",
    content: "a",
  },
  {
    name: "R-08: a declared length that is right is said once",
    init: { method: "POST", body: "abc", headers: { "content-length": "3" } },
    length: "3",
    content: "abc",
  },
  ...["2", "9", "+3", "3, 4", ""].map((stale) => ({
    name: `R-08: a content-length of ${JSON.stringify(stale)} that is not that of the content is dropped`,
    init: { method: "POST", body: "abc", headers: { "content-length": stale } },
    length: "3",
    content: "abc",
  })),
  {
    name: "R-08: a content-length without content is dropped from GET",
    init: { headers: { "content-length": "5" } },
    length: undefined,
    content: undefined,
  },
  {
    name: "R-08: a content-length without content is dropped from DELETE",
    init: { method: "DELETE", headers: { "content-length": "5" } },
    length: undefined,
    content: undefined,
  },
  {
    name: "R-08: a content-length without content becomes that of POST without content",
    init: { method: "POST", headers: { "content-length": "5" } },
    length: "0",
    content: "",
  },
  {
    name: "R-08: a malformed content-length beside a stream declares nothing",
    init: {
      method: "POST",
      body: ReadableStream.from([new Uint8Array([97])]),
      headers: { "content-length": "1x" },
    },
    length: undefined,
    content: "a",
  },
  {
    name: "content with trailers has no length",
    init: { method: "POST", body: "abc", trailers: { a: "1" } },
    length: undefined,
    content: "abc",
  },
];

for (const { name, init, length, content } of SENT) {
  Deno.test(`toOutgoing: ${name}`, async () => {
    const message = await toOutgoing(request(init));
    assertEquals(field(message, "content-length"), length);
    assertEquals(await contentOf(message.body), content);
  });
}

Deno.test("toOutgoing: a request has the form that a driver takes", async () => {
  assertEquals(
    await toOutgoing(
      request({ method: "get" }, "https://u:p@[::1]:8443/a?b#c", { decode: false, headers: { accept: "a" } }),
    ),
    {
      method: "GET",
      scheme: "https",
      authority: "[::1]:8443",
      target: "/a?b",
      fields: [["user-agent", USER_AGENT], ["accept", "a"], ["authorization", `Basic ${btoa("u:p")}`]],
    },
  );
});

Deno.test("toOutgoing: R-10: another host goes into the authority, the target stays", async () => {
  const prepared = request({ host: "Other.example:8080" });
  assertEquals((await toOutgoing(prepared)).authority, "other.example:8080");
  assertEquals(prepared.target.origin, "https://example.com:443");
});

Deno.test("toOutgoing: a body of bytes needs no promise", () => {
  assertFalse(toOutgoing(request({ method: "POST", body: "x" })) instanceof Promise);
  assertFalse(toOutgoing(request()) instanceof Promise);
});

const TRAILERS: readonly [string, NonNullable<ClientRequestInit["trailers"]>][] = [
  ["fields", { "X-A": "1" }],
  ["a function", () => [["X-A", "1"]]],
  ["a function that takes its time", () => Promise.resolve(new Headers({ "X-A": "1" }))],
];
for (const [name, trailers] of TRAILERS) {
  for (const body of ["abc", ReadableStream.from([new TextEncoder().encode("abc")]), undefined]) {
    Deno.test(`toOutgoing: trailers from ${name}, after ${body === undefined ? "nothing" : typeof body}`, async () => {
      const message = await toOutgoing(
        request({ method: "POST", trailers, ...(body !== undefined && { body }) }),
      );
      assert(message.body !== undefined && !(message.body instanceof Uint8Array));
      assertEquals(message.body.length, undefined);
      assertEquals(await contentOf(message.body), body === undefined ? "" : "abc");
      assertEquals(await message.body.trailers?.(), [["x-a", "1"]]);
      message.body.cancel("late");
    });
  }
}

Deno.test("toOutgoing: trailers after nothing are sent with every method that may have content", async () => {
  for (const method of ["DELETE", "PUT", "OPTIONS"]) {
    const { body } = await toOutgoing(request({ method, trailers: { a: "1" } }));
    assert(body !== undefined && !(body instanceof Uint8Array), method);
    assertEquals([await body.read(), await body.trailers?.()], [undefined, [["a", "1"]]]);
  }
});

const ANNOUNCED: readonly {
  readonly name: string;
  readonly init: ClientRequestInit;
  readonly trailer: string | undefined;
}[] = [
  { name: "names that are known are announced", init: { trailers: { "X-A": "1" } }, trailer: "x-a" },
  {
    name: "a name is announced once, and names are in order",
    init: { trailers: [["X-B", "1"], ["x-a", "2"], ["x-b", "3"]] },
    trailer: "x-b, x-a",
  },
  {
    name: "the names of Headers are announced, beside the caller's header fields",
    init: { trailers: new Headers({ "X-A": "1" }), headers: { accept: "text/plain" } },
    trailer: "x-a",
  },
  {
    name: "an announcement of the caller's is sent as it is",
    init: { trailers: { "X-A": "1" }, headers: { Trailer: "X-A, X-Other" } },
    trailer: "X-A, X-Other",
  },
  { name: "no trailers are not announced", init: { trailers: {} }, trailer: undefined },
  { name: "names of a function are not known", init: { trailers: () => ({ a: "1" }) }, trailer: undefined },
  {
    name: "a caller may announce the names of a function",
    init: { trailers: () => ({ a: "1" }), headers: { trailer: "a" } },
    trailer: "a",
  },
];

for (const { name, init, trailer } of ANNOUNCED) {
  Deno.test(`toOutgoing: R-15: ${name}`, async () => {
    const message = await toOutgoing(request({ method: "POST", body: "x", ...init }));
    assertEquals(field(message, "trailer"), trailer);
  });
}

Deno.test("toOutgoing: R-15: a function that returns a forbidden trailer rejects", async () => {
  const { body } = await toOutgoing(
    request({ method: "POST", body: "x", trailers: () => ({ "content-length": "1" }) }),
  );
  assert(body !== undefined && !(body instanceof Uint8Array));
  await assertRejects(async () => await body.trailers?.(), ClientError);
});
