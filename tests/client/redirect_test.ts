/** Redirects: the next request, and the ones that are refused. */

import { assert, assertEquals, assertFalse, assertStrictEquals, assertThrows } from "@std/assert";
import { RequestDefaults, type RequestDefaultsOptions } from "../../client/request/request_defaults.ts";
import { ClientError, type ClientErrorCode } from "../../client/error/client_error.ts";
import { redirect } from "../../client/redirect.ts";
import { prepare } from "../../client/request/prepare.ts";
import { type PreparedRequest, toOutgoing } from "../../client/request/prepared_request.ts";
import type { ClientRequestInit } from "../../client/request/request_options.ts";
import type { Field } from "../../http/fields.ts";

const FROM = "https://example.com/dir/page?old";

function request(init?: ClientRequestInit, url?: string, options?: RequestDefaultsOptions): PreparedRequest {
  return prepare(url ?? FROM, init, new RequestDefaults(options));
}

function to(location: string): readonly Field[] {
  return [["date", "x"], ["location", location]];
}

function follow(request: PreparedRequest, status: number, location: string): PreparedRequest {
  const next = redirect(request, status, to(location));
  assert(next !== undefined);
  return next;
}

function names({ fields }: PreparedRequest): string[] {
  return fields.map(([name]) => name).sort();
}

function value({ fields }: PreparedRequest, name: string): string | undefined {
  return fields.find((field) => field[0] === name)?.[1];
}

const stream = (): ReadableStream<Uint8Array> => ReadableStream.from([new Uint8Array(1)]);

// What each method becomes on each status (Fetch §4.4; RFC 9110 §15.4).
const METHODS: readonly [status: number, method: string, becomes: string][] = [
  [301, "GET", "GET"],
  [301, "HEAD", "HEAD"],
  [301, "POST", "GET"],
  [301, "PUT", "PUT"],
  [301, "DELETE", "DELETE"],
  [301, "PATCH", "PATCH"],
  [302, "GET", "GET"],
  [302, "HEAD", "HEAD"],
  [302, "POST", "GET"],
  [302, "PUT", "PUT"],
  [303, "GET", "GET"],
  [303, "HEAD", "HEAD"],
  [303, "POST", "GET"],
  [303, "PUT", "GET"],
  [303, "DELETE", "GET"],
  [303, "PATCH", "GET"],
  [307, "GET", "GET"],
  [307, "POST", "POST"],
  [307, "PUT", "PUT"],
  [308, "HEAD", "HEAD"],
  [308, "POST", "POST"],
];

for (const [status, method, becomes] of METHODS) {
  Deno.test(`redirect: S-08, D-24: ${method} and ${status} make ${becomes}`, async () => {
    const withBody = method !== "GET" && method !== "HEAD";
    const headers = {
      "content-encoding": "x",
      "content-language": "x",
      "content-location": "/x",
      "content-type": "a/b",
      "content-digest": "x",
      "digest": "x",
      "repr-digest": "x",
      "trailer": "x",
      "expect": "100-continue",
      "x-kept": "1",
    };
    const before = request({ method, headers, ...(withBody && { body: "abc" }) });
    const next = follow(before, status, "/new");
    assertEquals([next.method, next.target.href, next.redirects], [becomes, "https://example.com/new", 1]);
    assertEquals(value(next, "x-kept"), "1");
    const message = await toOutgoing(next);
    if (becomes === method) {
      assertStrictEquals(next.fields, before.fields);
      assertEquals(message.body, withBody ? new TextEncoder().encode("abc") : undefined);
    } else {
      assertEquals(names(next), ["accept", "accept-encoding", "user-agent", "x-kept"]);
      assertEquals(message.body, undefined);
      assertEquals(message.fields.find(([name]) => name === "content-length"), undefined);
    }
  });
}

Deno.test("redirect: S-08: trailers go with the content", () => {
  const before = request({ method: "POST", body: "abc", trailers: { a: "1" } });
  assertEquals(follow(before, 303, "/").trailers, undefined);
  assertStrictEquals(follow(before, 307, "/").trailers, before.trailers);
});

for (const status of [200, 201, 204, 300, 304, 305, 306, 309, 399, 400, 500]) {
  Deno.test(`redirect: S-07, D-25: ${status} is the final response, also with a location`, () => {
    assertEquals(redirect(request(), status, to("/new")), undefined);
    assertEquals(redirect(request({ redirect: "error" }), status, to("/new")), undefined);
  });
}

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`redirect: S-07: ${status} without a location is the final response`, () => {
    assertEquals(redirect(request(), status, [["content-location", "/new"]]), undefined);
  });

  Deno.test(`redirect: ${status} is the final response with redirect: "manual", and refused with "error"`, () => {
    assertEquals(redirect(request({ redirect: "manual" }), status, to("ftp://x/")), undefined);
    const error = assertThrows(() => redirect(request({ redirect: "error" }), status, to("/")), ClientError);
    assertEquals(error.code, "redirect_refused");
  });
}

const LOCATIONS: readonly [name: string, location: string, href: string][] = [
  ["an absolute URL", "http://other.example/x", "http://other.example/x"],
  ["an absolute path", "/x", "https://example.com/x"],
  ["a relative path", "x", "https://example.com/dir/x"],
  ["a path upwards", "../x", "https://example.com/x"],
  ["a path upwards beyond the root", "../../../x", "https://example.com/x"],
  ["another host, the same scheme", "//other.example/x", "https://other.example/x"],
  ["a query", "?q", "https://example.com/dir/page?q"],
  ["nothing", "", "https://example.com/dir/page?old"],
  ["a fragment", "#f", "https://example.com/dir/page?old"],
  ["spaces", "/a b", "https://example.com/a%20b"],
  ["encoded CR and LF, which stay encoded", "/%0d%0ax: y", "https://example.com/%0d%0ax:%20y"],
  ["UTF-8 bytes", "/caf\xc3\xa9?\xc3\xa9", "https://example.com/caf%C3%A9?%C3%A9"],
  ["bytes that are no UTF-8", "/caf\xe9", "https://example.com/caf%E9"],
  ["UTF-8 bytes in a host", "https://b\xc3\xbccher.de/", "https://xn--bcher-kva.de/"],
  ["backslashes", "\\\\other.example\\x", "https://other.example/x"],
  ["upper case and the default port", "HTTPS://EXAMPLE.com:443/x", "https://example.com/x"],
];

for (const [name, location, href] of LOCATIONS) {
  Deno.test(`redirect: S-05: a location of ${name}`, () => {
    assertEquals(follow(request(), 302, location).target.href, href);
  });
}

const FRAGMENTS: readonly [from: string, location: string, fragment: string | undefined][] = [
  ["https://h/#old", "/new", "old"],
  ["https://h/#old", "/new#new", "new"],
  ["https://h/#old", "/new#", ""],
  ["https://h/", "/new", undefined],
];
for (const [from, location, fragment] of FRAGMENTS) {
  Deno.test(`redirect: S-05: from ${from} to ${location} the fragment is ${fragment}`, () => {
    assertEquals(follow(request({}, from), 302, location).target.fragment, fragment);
  });
}

const REFUSED: readonly {
  name: string;
  location: string;
  code: ClientErrorCode;
  init?: ClientRequestInit;
  options?: RequestDefaultsOptions;
}[] = [
  ...["ftp://h/secret", "file:///secret", "javascript:secret", "data:,secret", "ws://h/secret", "wss://h/"]
    .map(
      (location) => ({ name: `S-03, D-10: ${location}`, location, code: "unsupported_scheme" as const }),
    ),
  {
    name: "S-04: http: with httpsOnly",
    location: "http://example.com/secret",
    code: "https_required",
    options: { httpsOnly: true },
  },
  { name: "S-06: a host in braces", location: "http://www.yikes{KABOOM}/secret", code: "redirect_refused" },
  { name: "S-06: no host", location: "https://:secret@/", code: "redirect_refused" },
  { name: "a port of another protocol", location: "http://example.com:25/secret", code: "invalid_request" },
  {
    name: "R-07: credentials for another origin",
    location: "https://user:secret@other.example/",
    code: "redirect_refused",
  },
  {
    name: "S-09: 307 with a stream",
    location: "/secret",
    code: "redirect_refused",
    init: { method: "POST", body: stream() },
  },
];

for (const { name, location, code, init, options } of REFUSED) {
  Deno.test(`redirect: ${name} is refused, and P-25: not repeated`, () => {
    const before = request(init, "https://example.com/?secret", options);
    const error = assertThrows(() => redirect(before, 307, to(location)), ClientError);
    assertEquals(error.code, code);
    assertFalse(
      `${error.message} ${error.hint} ${(error.cause as Error | undefined)?.message}`.includes("secret"),
    );
    before.body?.discard("refused");
  });
}

for (const status of [301, 302, 308]) {
  Deno.test(`redirect: S-09, D-23: ${status} with a stream is refused, whatever the method becomes`, () => {
    const before = request({ method: "POST", body: stream() });
    assertEquals(assertThrows(() => redirect(before, status, to("/")), ClientError).code, "redirect_refused");
    before.body?.discard("refused");
  });
}

Deno.test("redirect: S-09: 303 leaves the stream behind", () => {
  const before = request({ method: "PUT", body: stream() });
  assertEquals([follow(before, 303, "/").method, follow(before, 303, "/").body], ["GET", undefined]);
  before.body?.discard("left behind");
});

Deno.test("redirect: S-09: the content of a Request made of a string is sent again", async () => {
  const input = new Request(FROM, { method: "POST", body: "abc" });
  const before = prepare(input, undefined, new RequestDefaults());
  await toOutgoing(before);
  const message = await toOutgoing(follow(before, 307, "/"));
  assertEquals(message.body, new TextEncoder().encode("abc"));
});

Deno.test("redirect: a location that is repeated is one location, two that differ are refused", () => {
  const twice: Field[] = [["location", "/a"], ["location", "/a"]];
  assertEquals(redirect(request(), 302, twice)?.target.path, "/a");
  const two: Field[] = [["location", "/a"], ["location", "/b"]];
  assertEquals(assertThrows(() => redirect(request(), 302, two), ClientError).code, "redirect_refused");
});

const SECRETS = {
  "Authorization": "Bearer x",
  "Cookie": "a=b",
  "Cookie2": "$Version=1",
  "Proxy-Authorization": "Basic x",
  "WWW-Authenticate": "x",
  "X-Kept": "1",
};

for (
  const [what, location] of [
    ["host", "https://other.example/"],
    ["subdomain", "https://www.example.com/"],
    ["port", "https://example.com:8443/"],
    ["scheme", "http://example.com/"],
    ["scheme, on the same port", "http://example.com:443/"],
  ] as const
) {
  Deno.test(`redirect: S-01: another ${what} gets no credentials, nor does the way back`, () => {
    const there = follow(request({ headers: SECRETS }), 307, location);
    const back = follow(there, 307, FROM);
    for (const hop of [there, back]) {
      assertEquals(names(hop), ["accept", "accept-encoding", "user-agent", "x-kept"]);
    }
  });
}

Deno.test("redirect: S-02: the same origin spelled in another way keeps the credentials", () => {
  const next = follow(request({ headers: SECRETS }), 302, "HTTPS://EXAMPLE.com:443/x");
  assertEquals(value(next, "authorization"), "Bearer x");
  assertEquals(value(next, "cookie"), "a=b");
});

Deno.test("redirect: S-01: credentials that the URL or the client gave are stripped too", () => {
  const fromUrl = request({}, "https://u:p@example.com/");
  assertEquals(value(follow(fromUrl, 302, "/same"), "authorization"), `Basic ${btoa("u:p")}`);
  assertEquals(value(follow(fromUrl, 302, "https://other.example/"), "authorization"), undefined);
  const fromClient = request({}, FROM, { headers: SECRETS });
  assertEquals(value(follow(fromClient, 302, "https://other.example/"), "authorization"), undefined);
});

Deno.test("redirect: credentials in a location of the same origin replace those before", () => {
  const next = follow(request({ headers: SECRETS }), 302, "https://u:p@example.com/");
  assertEquals(next.fields.filter(([name]) => name === "authorization"), [[
    "authorization",
    `Basic ${btoa("u:p")}`,
  ]]);
  assertEquals(next.target.href, "https://example.com/");
});

Deno.test("redirect: S-13, D-27: no Referer is added, and the caller's does not go from https to http", () => {
  assertEquals(value(follow(request(), 302, "/x"), "referer"), undefined);
  const before = request({ headers: { referer: "https://example.com/private" } });
  assertEquals(value(follow(before, 302, "http://example.com/"), "referer"), undefined);
  assertEquals(value(follow(before, 302, "/x"), "referer"), "https://example.com/private");
});

Deno.test("redirect: R-10: another host goes along within the origin and not beyond", () => {
  const before = request({ host: "virtual.example" });
  assertEquals(follow(before, 302, "/x").host, "virtual.example");
  assertEquals(follow(before, 302, "https://other.example/").host, undefined);
});

for (const maxRedirects of [0, 1, 20]) {
  Deno.test(`redirect: S-10: a loop ends after exactly ${maxRedirects} redirects`, () => {
    let current = request({ maxRedirects });
    for (let i = 0; i < maxRedirects; i++) current = follow(current, 302, FROM);
    const error = assertThrows(() => redirect(current, 302, to(FROM)), ClientError);
    assertEquals(error.code, "too_many_redirects");
  });
}

Deno.test("redirect: the other options of the request are kept", () => {
  const { signal } = new AbortController();
  const before = request({ signal, timeouts: { headers: 5 }, decode: false, onInformational: () => {} });
  const next = follow(before, 302, "https://other.example/");
  assertStrictEquals(next.signal, signal);
  assertStrictEquals(next.onInformational, before.onInformational);
  assertEquals([next.timeouts, next.decode, next.redirect], [{ headers: 5 }, false, "follow"]);
});
