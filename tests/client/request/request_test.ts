import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { RequestDefaults, type RequestDefaultsOptions } from "../../../client/request/request_defaults.ts";
import { ClientError } from "../../../client/error/client_error.ts";
import { prepare } from "../../../client/request/prepare.ts";
import { type PreparedRequest, toOutgoing } from "../../../client/request/prepared_request.ts";
import type { ClientRequestInit } from "../../../client/request/request_options.ts";
import { USER_AGENT, VERSION } from "../../../client/version.ts";
import denoJson from "../../../deno.json" with { type: "json" };
import type { OutgoingBody } from "../../../http/message.ts";

const URL_ = "https://example.com/path?query";

function request(
  init?: ClientRequestInit,
  input?: Request | URL | string,
  options?: RequestDefaultsOptions,
) {
  return prepare(input ?? URL_, init, new RequestDefaults(options));
}

/** What JavaScript may pass where TypeScript would not let it. */
const anything = (value: unknown): ClientRequestInit => value as ClientRequestInit;

/** One field's value, all of its lines joined. */
function field({ fields }: Pick<PreparedRequest, "fields">, name: string): string | undefined {
  const values = fields.filter((field) => field[0] === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(", ");
}

async function contentOf(body: Uint8Array | OutgoingBody | undefined): Promise<string | undefined> {
  if (body === undefined || body instanceof Uint8Array) return body && new TextDecoder().decode(body);
  let text = "";
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    text += new TextDecoder().decode(chunk);
  }
  return text;
}

Deno.test("VERSION: is what deno.json says", () => {
  assertEquals(VERSION, denoJson.version);
  assertEquals(USER_AGENT, `Ductile/${denoJson.version}`);
});

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

Deno.test("prepare: the same URL is the same request, with the same fields as any other without wishes", () => {
  const defaults = new RequestDefaults();
  const one = prepare(URL_, undefined, defaults);
  assertStrictEquals(prepare(new URL(URL_), undefined, defaults), one);
  assertStrictEquals(prepare("http://other/", { method: "GET" }, defaults).fields, one.fields);
  assert(Object.isFrozen(one) && Object.isFrozen(one.fields) && one.fields.every(Object.isFrozen));
});

Deno.test("prepare: what is remembered of URLs is bounded, and what is asked for often stays", () => {
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

// What the platform's own Request does decides what ours must do.
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
  { name: "an object as body", init: { method: "POST", body: {} } },
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
  { name: "a Deno.HttpClient", init: { client: {} }, code: "unsupported_option" },
  {
    name: "integrity, which would not be checked",
    init: { integrity: "sha256-x" },
    code: "unsupported_option",
  },
  {
    name: "R-08: a content-length without a body",
    init: { method: "POST", headers: { "content-length": "5" } },
    code: "invalid_request",
  },
  {
    name: "R-08: a content-length beyond the body",
    init: { method: "POST", body: "abc", headers: { "content-length": "5" } },
    code: "invalid_request",
  },
  {
    name: "R-08: a content-length short of the body",
    init: { method: "POST", body: "abc", headers: { "content-length": "2" } },
    code: "invalid_request",
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

Deno.test("prepare: a signal that was aborted before rejects with its reason, and the stream is told", () => {
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

Deno.test("prepare: what is wrong with a request comes before the abort, as in fetch", () => {
  assertThrows(() => request({ method: "CONNECT", signal: AbortSignal.abort("enough") }), ClientError);
});

const FIELDS: readonly {
  name: string;
  init?: ClientRequestInit;
  input?: string;
  options?: RequestDefaultsOptions;
  fields: Readonly<Record<string, string | undefined>>;
}[] = [
  {
    name: "the request's fields replace the defaults",
    init: { headers: { Accept: "a/b", "User-Agent": "me" } },
    fields: { accept: "a/b", "user-agent": "me" },
  },
  {
    name: "the client's fields replace the defaults",
    options: { headers: { accept: "a/b" } },
    fields: { accept: "a/b" },
  },
  {
    name: "the request's fields replace the client's, all lines of them",
    init: { headers: { "x-a": "3" } },
    options: { headers: [["x-a", "1"], ["x-a", "2"], ["x-b", "4"]] },
    fields: { "x-a": "3", "x-b": "4" },
  },
  {
    name: "the client's repeated fields are kept apart",
    options: { headers: [["x-a", "1"], ["x-a", "2"]] },
    fields: { "x-a": "1, 2" },
  },
  {
    name: "an encoding that the request asks for is left alone",
    init: { headers: { "accept-encoding": "br" } },
    fields: { "accept-encoding": "br" },
  },
  {
    name: "an encoding that the client asks for is left alone",
    options: { headers: { "accept-encoding": "br" } },
    fields: { "accept-encoding": "br" },
  },
  {
    name: "a range is asked for without encoding",
    init: { headers: { range: "bytes=0-1" } },
    fields: { "accept-encoding": "identity" },
  },
  {
    name: "a range with an encoding of the caller's own",
    init: { headers: { range: "bytes=0-1", "accept-encoding": "gzip" } },
    fields: { "accept-encoding": "gzip" },
  },
  {
    name: "decode: false asks for no encoding",
    init: { decode: false },
    fields: { "accept-encoding": undefined },
  },
  {
    name: "a client with decode: false asks for no encoding",
    options: { decode: false },
    fields: { "accept-encoding": undefined },
  },
  {
    name: "decode: true on a client without",
    init: { decode: true },
    options: { decode: false },
    fields: { "accept-encoding": "gzip, br, deflate, zstd" },
  },
  {
    name: "R-07: userinfo becomes an authorization",
    input: "https://u:p@h/",
    fields: { authorization: `Basic ${btoa("u:p")}` },
  },
  {
    name: "an authorization of the caller's own wins over userinfo",
    input: "https://u:p@h/",
    init: { headers: { authorization: "Bearer x" } },
    fields: { authorization: "Bearer x" },
  },
  {
    name: "userinfo wins over an authorization of the client's",
    input: "https://u:p@h/",
    options: { headers: { authorization: "Bearer x" } },
    fields: { authorization: `Basic ${btoa("u:p")}` },
  },
  {
    name: "R-10: host is not the caller's to set among the headers",
    init: { headers: { host: "other" } },
    fields: { host: undefined },
  },
  {
    name: "a string is text",
    init: { method: "POST", body: "x" },
    fields: { "content-type": "text/plain;charset=UTF-8" },
  },
  {
    name: "a content-type of the caller's own wins",
    init: { method: "POST", body: "x", headers: { "Content-Type": "a/b" } },
    fields: { "content-type": "a/b" },
  },
  {
    name: "bytes have no content-type",
    init: { method: "POST", body: new Uint8Array(1) },
    fields: { "content-type": undefined },
  },
  {
    name: "search parameters are a form",
    init: { method: "POST", body: new URLSearchParams("a=1") },
    fields: { "content-type": "application/x-www-form-urlencoded;charset=UTF-8" },
  },
  {
    name: "a blob has its own type",
    init: { method: "POST", body: new Blob(["x"], { type: "a/b" }) },
    fields: { "content-type": "a/b" },
  },
  {
    name: "the client's content-type wins over that of a string",
    init: { method: "POST", body: "{}" },
    options: { headers: { "content-type": "application/json" } },
    fields: { "content-type": "application/json" },
  },
  {
    name: "the client's content-type loses against that of a form",
    init: { method: "POST", body: new URLSearchParams("a=1") },
    options: { headers: { "content-type": "application/json" } },
    fields: { "content-type": "application/x-www-form-urlencoded;charset=UTF-8" },
  },
  {
    name: "expect goes nowhere with empty content",
    init: { method: "POST", headers: { expect: "100-continue" } },
    fields: { expect: undefined },
  },
  {
    name: "expect goes out with content",
    init: { method: "POST", body: "x", headers: { expect: "100-continue" } },
    fields: { expect: "100-continue" },
  },
  {
    name: "expect goes nowhere without content",
    init: { headers: { expect: "100-continue" } },
    fields: { expect: undefined },
  },
];

for (const { name, init, input, options, fields } of FIELDS) {
  Deno.test(`prepare: ${name}`, () => {
    const prepared = request(init, input, options);
    for (const [name, value] of Object.entries(fields)) assertEquals(field(prepared, name), value, name);
  });
}

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
    name: "R-12: POST without a body has content-length 0",
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
  {
    name: "content with trailers has no length",
    init: { method: "POST", body: "abc", trailers: { a: "1" } },
    length: undefined,
    content: "abc",
  },
];

for (const { name, init, length, content } of SENT) {
  Deno.test(`outgoing: ${name}`, async () => {
    const message = await toOutgoing(request(init));
    assertEquals(field(message, "content-length"), length);
    assertEquals(await contentOf(message.body), content);
  });
}

Deno.test("outgoing: is what a driver takes", async () => {
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

Deno.test("outgoing: R-10: another host goes into the authority, the target stays", async () => {
  const prepared = request({ host: "Other.example:8080" });
  assertEquals((await toOutgoing(prepared)).authority, "other.example:8080");
  assertEquals(prepared.target.origin, "https://example.com:443");
});

Deno.test("outgoing: a body of bytes needs no promise", () => {
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
    Deno.test(`outgoing: trailers from ${name}, after ${body === undefined ? "nothing" : typeof body}`, async () => {
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

Deno.test("outgoing: R-15: a function that gives a forbidden trailer is found out", async () => {
  const { body } = await toOutgoing(
    request({ method: "POST", body: "x", trailers: () => ({ "content-length": "1" }) }),
  );
  assert(body !== undefined && !(body instanceof Uint8Array));
  await assertRejects(async () => await body.trailers?.(), ClientError);
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
