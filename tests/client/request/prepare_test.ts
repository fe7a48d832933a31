/** From the arguments of `fetch` to a prepared request, or to the error that says why not. */

import { assert, assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import { ClientError } from "../../../client/error/client_error.ts";
import { prepare } from "../../../client/request/prepare.ts";
import { toOutgoing } from "../../../client/request/prepared_request.ts";
import { RequestDefaults, type RequestDefaultsOptions } from "../../../client/request/request_defaults.ts";
import { USER_AGENT } from "../../../client/version.ts";
import { anything, field, request, URL_ } from "./support.ts";

Deno.test("prepare: a URL alone gets the defaults", () => {
  const { target, method, fields, body, redirect, maxRedirects, signal } = request();
  assertEquals(target.href, URL_);
  assertEquals({ method, body, redirect, maxRedirects, signal }, {
    method: "GET",
    body: undefined,
    redirect: "follow",
    maxRedirects: 20,
    signal: undefined,
  });
  assertEquals(fields, [
    ["accept", "*/*"],
    ["user-agent", USER_AGENT],
    ["accept-encoding", "gzip, br, deflate, zstd"],
  ]);
});

Deno.test("prepare: the same URL is the same request, and all plain requests share their fields", () => {
  const defaults = new RequestDefaults();
  const one = prepare(URL_, undefined, defaults);
  assertStrictEquals(prepare(new URL(URL_), undefined, defaults), one);
  assertStrictEquals(prepare("http://other/", { method: "GET" }, defaults).fields, one.fields);
  assert(Object.isFrozen(one) && Object.isFrozen(one.fields) && one.fields.every(Object.isFrozen));
});

Deno.test("prepare: the cache of plain requests is bounded, and keeps URLs that are fetched often", () => {
  const defaults = new RequestDefaults();
  const often = prepare(URL_, undefined, defaults);
  const once = prepare("http://once/", undefined, defaults);
  for (let i = 0; i < 1_000; i++) {
    prepare(`http://host/${i}`, undefined, defaults);
    if (i % 100 === 0) assertStrictEquals(prepare(URL_, undefined, defaults), often);
  }
  assert(prepare("http://once/", undefined, defaults) !== once);
  const long = `http://host/${"x".repeat(3_000)}`;
  assert(prepare(long, undefined, defaults) !== prepare(long, undefined, defaults));
});

// The platform's own Request decides the expected outcome.
const AS_THE_PLATFORM: readonly { name: string; init: unknown; input?: string }[] = [
  ...["get", "Head", "post", "put", "delete", "options", "patch", "PATCH", "chicken", "PROPFIND"].map((
    method,
  ) => ({
    name: `R-04: method ${method}`,
    init: { method },
  })),
  ...["", "G T", "GET /x HTTP/1.1\r\nX:", "GET\n", "é", "a\u010a", "GE(T"].map((method) => ({
    name: `R-04: method ${JSON.stringify(method)}`,
    init: { method },
  })),
  ...["CONNECT", "trace", "TrAcK"].map((method) => ({
    name: `forbidden method ${method}`,
    init: { method },
  })),
  { name: "method undefined", init: { method: undefined } },
  { name: "method null", init: { method: null } },
  { name: "GET with a body", init: { body: "x" } },
  { name: "HEAD with a body", init: { method: "head", body: "x" } },
  { name: "GET with an empty body", init: { body: "" } },
  { name: "GET with body null", init: { body: null } },
  { name: "DELETE with a body", init: { method: "DELETE", body: "x" } },
  { name: "a stream without duplex", init: { method: "POST", body: new ReadableStream() } },
  { name: "duplex half", init: { method: "POST", body: new ReadableStream(), duplex: "half" } },
  { name: "a number as body", init: { method: "POST", body: 12 } },
  { name: "an object with a text as body", init: { method: "POST", body: { toString: () => "text" } } },
  { name: "redirect manual", init: { redirect: "manual" } },
  { name: "redirect bogus", init: { redirect: "bogus" } },
  { name: "mode cors", init: { mode: "cors" } },
  { name: "mode navigate", init: { mode: "navigate" } },
  { name: "mode bogus", init: { mode: "bogus" } },
  { name: "cache no-store", init: { cache: "no-store" } },
  { name: "cache only-if-cached", init: { cache: "only-if-cached" } },
  { name: "cache bogus", init: { cache: "bogus" } },
  { name: "credentials include", init: { credentials: "include" } },
  { name: "credentials bogus", init: { credentials: "bogus" } },
  { name: "keepalive", init: { keepalive: true } },
  { name: "priority high", init: { priority: "high" } },
  { name: "priority bogus", init: { priority: "bogus" } },
  { name: "referrer", init: { referrer: "https://example.com/" } },
  { name: "a referrer that is no URL", init: { referrer: "http://[" } },
  { name: "referrerPolicy bogus", init: { referrerPolicy: "bogus" } },
  { name: "window", init: { window: null } },
  { name: "signal null", init: { signal: null } },
  { name: "a signal that is none", init: { signal: {} } },
  { name: "headers null", init: { headers: null } },
  { name: "headers that are a string", init: { headers: "a: b" } },
  { name: "init undefined", init: undefined },
  { name: "init null", init: null },
  { name: "init that is a number", init: 5 },
  { name: "client null", init: { client: null } },
  { name: "a relative URL", init: {}, input: "/path" },
  { name: "an empty URL", init: {}, input: "" },
  { name: "R-07: userinfo", init: {}, input: "https://user:pw@h/" },
];

for (const { name, init, input = URL_ } of AS_THE_PLATFORM) {
  Deno.test(`prepare: takes or refuses as the platform does: ${name}`, () => {
    let platform: Request | undefined;
    try {
      // deno-lint-ignore no-explicit-any -- so that the platform's own checks are met
      platform = new Request(input, init as any);
    } catch (error) {
      assert(error instanceof TypeError);
    }
    if (platform === undefined) {
      const error = assertThrows(() => request(anything(init), input), ClientError);
      assert(error instanceof TypeError);
    } else {
      assertEquals(request(anything(init), input).method, platform.method);
    }
  });
}

Deno.test("prepare: a stream that is locked, or was read from, is refused as the platform does", async () => {
  const locked = new ReadableStream();
  locked.getReader();
  const read = ReadableStream.from([new Uint8Array(1)]);
  for await (const _ of read);
  for (const body of [locked, read]) {
    assertThrows(() => new Request(URL_, { method: "POST", body }), TypeError);
    assertEquals(assertThrows(() => request({ method: "POST", body }), ClientError).code, "invalid_request");
  }
});

const REFUSED: readonly { name: string; init: unknown; code: string }[] = [
  { name: "an object without a text as body", init: { method: "POST", body: {} }, code: "invalid_request" },
  { name: "a window", init: { window: {} }, code: "invalid_request" },
  { name: "duplex full", init: { duplex: "full" }, code: "invalid_request" },
  { name: "a Deno.HttpClient", init: { client: {} }, code: "unsupported_option" },
  {
    name: "integrity, which would not be checked",
    init: { integrity: "sha256-x" },
    code: "unsupported_option",
  },
  {
    name: "R-15: a trailer that may be none",
    init: { method: "POST", body: "abc", trailers: { host: "x" } },
    code: "invalid_request",
  },
  { name: "trailers on GET", init: { trailers: { a: "1" } }, code: "invalid_request" },
  { name: "R-10: a host that is a URL", init: { host: "http://a/" }, code: "invalid_request" },
  { name: "R-10: a host with userinfo", init: { host: "u@a" }, code: "invalid_request" },
  { name: "R-10: a host with a line break", init: { host: "a\r\nb: c" }, code: "invalid_request" },
  { name: "R-10: an empty host", init: { host: "" }, code: "invalid_request" },
];

for (const { name, init, code } of REFUSED) {
  Deno.test(`prepare: ${name} is refused`, () => {
    assertEquals(assertThrows(() => request(anything(init)), ClientError).code, code);
  });
}

for (const timeouts of [{ connect: -1 }, { nonsense: 1 }]) {
  Deno.test(`prepare: timeouts ${JSON.stringify(timeouts)} are refused`, () => {
    assertThrows(() => request(anything({ timeouts })), RangeError);
    assertThrows(() => new RequestDefaults(anything({ timeouts }) as RequestDefaultsOptions), RangeError);
  });
}

for (const maxRedirects of [-1, 1.5, NaN]) {
  Deno.test(`prepare: maxRedirects ${maxRedirects} is refused`, () => {
    assertThrows(() => request({ maxRedirects }), RangeError);
  });
}

Deno.test("prepare: a signal that was aborted before throws its reason, and the stream is cancelled", () => {
  let told: unknown;
  const body = new ReadableStream({ cancel: (reason) => void (told = reason) });
  const reason = new Error("enough");
  const thrown = assertThrows(() => request({ method: "POST", body, signal: AbortSignal.abort(reason) }));
  assertStrictEquals(thrown, reason);
  assertStrictEquals(told, reason);
});

for (const wrong of [{ maxRedirects: -1 }, { method: "CONNECT" }, { host: "/" }, { headers: { "": "" } }]) {
  Deno.test(`prepare: a stream stays the caller's when ${JSON.stringify(wrong)} is refused`, () => {
    const body = new ReadableStream();
    assertThrows(() => request({ method: "POST", body, ...wrong }));
    assertFalse(body.locked);
  });
}

Deno.test("prepare: an error of the arguments comes before the abort, as in fetch", () => {
  assertThrows(() => request({ method: "CONNECT", signal: AbortSignal.abort("enough") }), ClientError);
});

Deno.test("prepare: timeouts of the request replace the client's one by one", () => {
  const prepared = request({ timeouts: { body: 3 } }, URL_, { timeouts: { connect: 1, body: 2 } });
  assertEquals(prepared.timeouts, { connect: 1, body: 3 });
});

Deno.test("prepare: httpsOnly refuses http: before anything else is done", () => {
  const error = assertThrows(
    () => request({}, "http://u:secret@h/?secret", { httpsOnly: true }),
    ClientError,
  );
  assertEquals(error.code, "https_required");
  assertFalse(error.message.includes("secret"));
});

Deno.test("prepare: a Request gives its URL, method, headers, redirect mode and signal", () => {
  const abort = new AbortController();
  const input = new Request("https://h/p?q#f", {
    method: "delete",
    headers: { "x-a": "1" },
    redirect: "manual",
    signal: abort.signal,
  });
  const prepared = request(undefined, input);
  assertEquals([prepared.target.href, prepared.method, prepared.redirect], [
    "https://h/p?q",
    "DELETE",
    "manual",
  ]);
  assertEquals(field(prepared, "x-a"), "1");
  assertFalse(prepared.signal?.aborted);
  abort.abort();
  assert(prepared.signal?.aborted);
});

Deno.test("prepare: init replaces what a Request has", () => {
  const input = new Request(URL_, {
    method: "POST",
    headers: { "x-a": "1" },
    body: "old",
    redirect: "error",
  });
  const prepared = request(
    { method: "PUT", headers: { "x-b": "2" }, body: "new", redirect: "follow" },
    input,
  );
  assertEquals([prepared.method, prepared.redirect], ["PUT", "follow"]);
  assertEquals([field(prepared, "x-a"), field(prepared, "x-b")], [undefined, "2"]);
  assertEquals(prepared.body?.open(), new TextEncoder().encode("new"));
  assertFalse(input.bodyUsed);
});

Deno.test("prepare: a Request whose body was used is refused, unless it gets another", async () => {
  const input = new Request(URL_, { method: "POST", body: "x" });
  await input.text();
  assertEquals(assertThrows(() => request(undefined, input), ClientError).code, "invalid_request");
  assertEquals(request({ body: "y" }, input).body?.length, 1);
});

Deno.test("prepare: a Request with a body cannot become a GET", () => {
  const input = new Request(URL_, { method: "POST", body: "x" });
  assertThrows(() => request({ method: "GET" }, input), ClientError);
});

Deno.test("prepare: the body of a Request is taken, so that it cannot be used a second time", async () => {
  const input = new Request(URL_, { method: "POST", body: "x" });
  const prepared = request(undefined, input);
  assertThrows(() => request(undefined, input), ClientError);
  await toOutgoing(prepared);
  assert(input.bodyUsed);
});

Deno.test("prepare: the integrity of a Request is refused too", () => {
  const input = new Request(URL_, { integrity: "sha256-x" });
  assertEquals(assertThrows(() => request(undefined, input), ClientError).code, "unsupported_option");
});
