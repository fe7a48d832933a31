/** The Request of a handler: what it tells, what it builds, and what the runtime takes it for. */

import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import type { ReceivedContent } from "../../../server/exchange/received_request.ts";
import { type RequestParts, ServerRequest } from "../../../server/exchange/server_request.ts";

const encoder = new TextEncoder();

function make(parts: Partial<RequestParts> = {}): ServerRequest {
  return new ServerRequest({
    method: "POST",
    url: "http://h/a?b",
    fields: [["x-a", "1"], ["x-a", "2"], ["cookie", "a=1"], ["cookie", "b=2"], [
      "content-type",
      "text/plain",
    ]],
    body: encoder.encode("content"),
    signal: () => new AbortController().signal,
    ...parts,
  });
}

/** Content in pieces. */
function pieces(...texts: string[]): ReceivedContent & { readonly cancelled: unknown[] } {
  const cancelled: unknown[] = [];
  return {
    cancelled,
    read: () => Promise.resolve(texts.length === 0 ? undefined : encoder.encode(texts.shift())),
    cancel: (reason) => void cancelled.push(reason),
    trailers: Promise.resolve([]),
  };
}

Deno.test("ServerRequest: this runtime keeps a Request's slots where the accessors are", () => {
  assert(Object.getOwnPropertySymbols(new Request("http://h/")).length > 0);
});

Deno.test("ServerRequest: it is a Request, whose class and attributes are those of one", () => {
  const request = make();
  assert(request instanceof Request);
  assertStrictEquals(request.constructor, Request);
  assertEquals([request.method, request.url], ["POST", "http://h/a?b"]);
  assertEquals([request.redirect, request.mode, request.credentials], ["follow", "cors", "same-origin"]);
});

Deno.test("ServerRequest: fields of one name are joined, and cookies by semicolons", () => {
  const { headers } = make();
  assertEquals(headers.get("X-A"), "1, 2");
  assertEquals(headers.get("cookie"), "a=1; b=2");
  assertStrictEquals(make().headers === headers, false);
});

Deno.test("ServerRequest: the method is as it came, also where a Request would change or refuse it", () => {
  assertEquals(make({ method: "get", body: undefined }).method, "get");
  assertEquals(make({ method: "FOO" }).method, "FOO");
});

const READERS = {
  text: async (request: Request) => await request.text(),
  bytes: async (request: Request) => new TextDecoder().decode(await request.bytes()),
  arrayBuffer: async (request: Request) => new TextDecoder().decode(await request.arrayBuffer()),
  blob: async (request: Request) => await (await request.blob()).text(),
  body: async (request: Request) => await new Response(request.body).text(),
  clone: async (request: Request) => {
    const [one, other] = await Promise.all([request.clone().text(), request.text()]);
    assertEquals(one, other);
    return one;
  },
  "new Request": async (request: Request) => await new Request(request).text(),
  "new Request with init": async (request: Request) => {
    return await new Request("http://other/", request).text();
  },
  "a Proxy": async (request: Request) => {
    return await new Proxy(request, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    }).text();
  },
} as const;
for (const [name, read] of Object.entries(READERS)) {
  for (const source of ["bytes at hand", "a source"] as const) {
    Deno.test(`ServerRequest: ${name} gives the content of ${source}`, async () => {
      const body = source === "a source" ? pieces("con", "tent") : encoder.encode("content");
      assertEquals(await read(make({ body })), "content");
    });
  }
}

Deno.test("ServerRequest: json and formData parse", async () => {
  assertEquals(await make({ body: encoder.encode('{"a":1}') }).json(), { a: 1 });
  const fields = [["content-type", "application/x-www-form-urlencoded"]] as const;
  assertEquals((await make({ body: encoder.encode("a=1&b=2"), fields }).formData()).get("b"), "2");
});

Deno.test("ServerRequest: without content the body is null and the text empty", async () => {
  const request = make({ body: undefined });
  assertEquals(request.body, null);
  assertEquals(await request.text(), "");
});

Deno.test("ServerRequest: content is read once", async () => {
  const request = make();
  await request.text();
  assertEquals(request.bodyUsed, true);
  await assertRejects(() => request.text(), TypeError);
  assertEquals(request.body?.locked, true);
});

Deno.test("ServerRequest: cancelling the body cancels its source", async () => {
  const body = pieces("a");
  await make({ body }).body?.cancel("no more");
  assertEquals(body.cancelled, ["no more"]);
});

Deno.test("ServerRequest: a clone has the URL, the method, fields of its own, and refuses content that was read", async () => {
  const request = make();
  const clone = request.clone();
  assertNotStrictEquals(clone.headers, request.headers);
  assertEquals([clone.url, clone.method, clone.headers.get("x-a")], ["http://h/a?b", "POST", "1, 2"]);
  assertEquals(new Request(clone).url, "http://h/a?b");
  await request.text();
  assertThrows(() => request.clone(), TypeError);
});

Deno.test("ServerRequest: the fields are immutable, as those of Deno.serve are, and copies are not", () => {
  const request = make();
  for (const { headers } of [request, request.clone()]) {
    const before = [...headers];
    assertThrows(() => headers.set("x-a", "3"), TypeError, "immutable");
    assertThrows(() => headers.append("x-a", "3"), TypeError, "immutable");
    assertThrows(() => headers.delete("x-a"), TypeError, "immutable");
    assertEquals([...headers], before);
    assertEquals(Object.prototype.toString.call(headers), "[object Headers]");
    assert(Deno.inspect(headers).startsWith("Headers {"));
  }
  for (const copy of [new Headers(request.headers), new Request(request).headers]) {
    copy.set("x-a", "3");
    assertEquals([copy.get("x-a"), request.headers.get("x-a")], ["3", "1, 2"]);
  }
});

Deno.test("ServerRequest: a Request that is made of it keeps method, fields and signal", () => {
  const controller = new AbortController();
  const copy = new Request(make({ signal: () => controller.signal }));
  assertEquals([copy.method, copy.url, copy.headers.get("x-a")], ["POST", "http://h/a?b", "1, 2"]);
  controller.abort("left");
  assertEquals(copy.signal.aborted, true);
});

Deno.test("ServerRequest: what is shown on a console reads nothing", () => {
  const request = make();
  assert(Deno.inspect(request).includes('url: "http://h/a?b"'));
  assertEquals(request.bodyUsed, false);
});
