/**
 * The contract of `fetch`, by comparison: each row runs against the runtime's own `fetch` and against `client.fetch`, and what
 * a caller can see must be the same.
 */

import { assertEquals, assertRejects } from "@std/assert";
import { Client } from "../../mod.ts";

type Fetch = (input: Request | URL | string, init?: RequestInit) => Promise<Response>;

/** Answers with what it saw; paths ask for special answers. */
async function origin(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const hops = Number(url.searchParams.get("hops") ?? "0");
  switch (url.pathname) {
    case "/echo":
      return Response.json({
        method: request.method,
        search: url.search,
        type: request.headers.get("content-type")?.replace(/boundary=.*/, "boundary=") ?? null,
        length: request.headers.get("content-length"),
        custom: request.headers.get("x-custom"),
        authorization: request.headers.get("authorization"),
        cookie: request.headers.get("cookie"),
        body: (await request.text()).replace(/-{4,}\S+/g, "BOUNDARY"),
      });
    case "/redirect":
      return new Response("moved", {
        status: Number(url.searchParams.get("status")),
        headers: { location: url.searchParams.get("to") ?? "/echo" },
      });
    case "/loop":
      return new Response(null, { status: 302, headers: { location: `/loop?hops=${hops + 1}` } });
    case "/chain":
      return hops === 0
        ? new Response("end")
        : new Response(null, { status: 302, headers: { location: `/chain?hops=${hops - 1}` } });
    case "/status":
      return new Response(null, { status: Number(url.searchParams.get("status")) });
    case "/headers":
      return new Response("headers", {
        headers: [["x-one", "1"], ["x-two", "2"], ["x-two", "3"], ["set-cookie", "a=1"], [
          "set-cookie",
          "b=2",
        ]],
      });
    case "/slow":
      await new Promise((resolve) => setTimeout(resolve, 50));
      return new Response("slow");
    case "/json":
      return Response.json({ a: [1, 2] });
    case "/empty":
      return new Response(null);
    default:
      return new Response("not found", { status: 404 });
  }
}

/** What a caller sees of a call. */
async function seen(fetch: Fetch, input: Request | URL | string, init?: RequestInit): Promise<unknown> {
  try {
    const response = await fetch(input, init);
    const seen = {
      status: response.status,
      statusText: response.statusText,
      ok: response.ok,
      type: response.type,
      redirected: response.redirected,
      url: response.url,
      hasBody: response.body !== null,
      headers: [...response.headers].filter(([name]) => name !== "date" && name !== "vary"),
    };
    const text = await response.text();
    return { ...seen, text, used: response.bodyUsed };
  } catch (error) {
    // The platform's class of the error, not its message, which says more here.
    return {
      rejected: error instanceof TypeError ? "TypeError" : error instanceof Error ? error.name : error,
    };
  }
}

interface Row {
  readonly name: string;
  readonly path: string;
  readonly init?: () => RequestInit;
  /** Makes the whole input, where a URL alone is not it. */
  readonly input?: (url: string) => Request | URL | string;
}

const post = (body: BodyInit): () => RequestInit => () => ({ method: "POST", body });

const BLOB_URL = URL.createObjectURL(new Blob(["0123456789"], { type: "text/x" }));

function form(file?: File): FormData {
  const form = new FormData();
  form.set("name", "value \u00e4");
  if (file !== undefined) form.set("file", file);
  return form;
}

/** Requests that hold content, sent plainly and by way of a redirect that sends it again. */
function requests(bodies: Record<string, BodyInit>): Row[] {
  return Object.entries(bodies).flatMap(([what, body]): Row[] => {
    const input = (url: string) => new Request(url, { method: "POST", body });
    return [
      { name: `a Request of ${what}`, path: "/echo", input },
      { name: `a Request of ${what}, answered 307`, path: "/redirect?status=307", input },
      { name: `a Request of ${what}, answered 303`, path: "/redirect?status=303", input },
      { name: `a clone of a Request of ${what}`, path: "/echo", input: (url) => input(url).clone() },
      { name: `a Request of a Request of ${what}`, path: "/echo", input: (url) => new Request(input(url)) },
    ];
  });
}

const ROWS: readonly Row[] = [
  { name: "a string", path: "/echo" },
  { name: "a URL", path: "/echo", input: (url) => new URL(url) },
  { name: "a Request", path: "/echo", input: (url) => new Request(url, { headers: { "x-custom": "r" } }) },
  {
    name: "a Request with a body",
    path: "/echo",
    input: (url) => new Request(url, { method: "POST", body: "r" }),
  },
  {
    name: "a Request and an init that overrides it",
    path: "/echo",
    input: (url) => new Request(url, { method: "POST", body: "r", headers: { "x-custom": "r" } }),
    init: () => ({ method: "PUT", body: "init", headers: { "x-custom": "init" } }),
  },
  { name: "a query and a fragment", path: "/echo?a=1&b=%20#frag" },
  { name: "what is no URL", path: "", input: () => "not a url" },
  { name: "a scheme that is not supported", path: "", input: () => "gopher://localhost/" },
  { name: "lower-case methods of the six", path: "/echo", init: () => ({ method: "put", body: "x" }) },
  { name: "lower-case patch", path: "/echo", init: () => ({ method: "patch", body: "x" }) },
  { name: "a method of one's own", path: "/echo", init: () => ({ method: "PROPFIND" }) },
  { name: "method TRACE", path: "/echo", init: () => ({ method: "TRACE" }) },
  { name: "method connect", path: "/echo", init: () => ({ method: "connect" }) },
  { name: "a method that is no token", path: "/echo", init: () => ({ method: "G T" }) },
  { name: "GET with a body", path: "/echo", init: () => ({ body: "x" }) },
  { name: "HEAD with a body", path: "/echo", init: () => ({ method: "HEAD", body: "x" }) },
  { name: "HEAD", path: "/json", init: () => ({ method: "HEAD" }) },
  { name: "POST without a body", path: "/echo", init: () => ({ method: "POST" }) },
  { name: "POST of a string", path: "/echo", init: post("text \u00e4") },
  { name: "POST of the empty string", path: "/echo", init: post("") },
  { name: "POST of bytes", path: "/echo", init: post(new Uint8Array([0x61, 0x62])) },
  { name: "POST of a buffer", path: "/echo", init: post(new Uint8Array([0x61, 0x62]).buffer) },
  { name: "POST of a view", path: "/echo", init: post(new DataView(new Uint8Array([0x61, 0x62]).buffer, 1)) },
  { name: "POST of a Blob", path: "/echo", init: post(new Blob(["blob"], { type: "text/x-blob" })) },
  { name: "POST of a form", path: "/echo", init: post(new URLSearchParams({ a: "1 2", "b&": "\u00e4" })) },
  {
    name: "POST of a stream",
    path: "/echo",
    init: () => ({ method: "POST", body: new Blob(["stream"]).stream() }),
  },
  {
    name: "POST of a stream of strings",
    path: "/echo",
    init: () => ({ method: "POST", body: ReadableStream.from(["no bytes"]) }),
  },
  ...requests({
    "a FormData": form(),
    "a FormData with a file": form(new File(["x".repeat(100_000)], "x.txt", { type: "text/x" })),
    "a Blob of many pieces": new Blob(["a", "b", new Blob(["c".repeat(200_000)])], { type: "text/x-blob" }),
    "a form": new URLSearchParams({ a: "1" }),
    "bytes": new Uint8Array([0x61]),
    "a string": "s",
  }),
  ...["2", "99", "abc", "1, 2"].flatMap((stale): Row[] => [
    {
      name: `a content-length of ${stale} beside a string`,
      path: "/echo",
      init: () => ({ method: "POST", body: "\u00e9dited", headers: { "content-length": stale } }),
    },
    {
      name: `a content-length of ${stale} in a Request of a string`,
      path: "/echo",
      input: (url) =>
        new Request(url, { method: "POST", body: "edited", headers: { "content-length": stale } }),
    },
    {
      name: `a content-length of ${stale} in a Request of a FormData`,
      path: "/echo",
      input: (url) =>
        new Request(url, { method: "POST", body: form(), headers: { "content-length": stale } }),
    },
    {
      name: `a content-length of ${stale} without content`,
      path: "/echo",
      init: () => ({ headers: { "content-length": stale } }),
    },
  ]),
  {
    name: "a view of a buffer that was transferred away",
    path: "/echo",
    init: () => {
      const body = new Uint8Array([1, 2]);
      structuredClone(body.buffer, { transfer: [body.buffer] });
      return { method: "POST", body };
    },
  },
  { name: "a data: URL", path: "", input: () => "data:text/plain;charset=utf-8;base64,aGVsbG8=" },
  { name: "a data: URL with a fragment", path: "", input: () => "data:,a%20b#frag" },
  { name: "a data: URL in upper case", path: "", input: () => " DATA:text/plain,up" },
  { name: "a data: URL as a URL", path: "", input: () => new URL("data:text/plain,url") },
  { name: "a data: URL in a Request", path: "", input: () => new Request("data:text/plain,request") },
  { name: "HEAD of a data: URL", path: "", input: () => "data:,x", init: () => ({ method: "HEAD" }) },
  { name: "POST of a data: URL", path: "", input: () => "data:,x", init: post("y") },
  { name: "a data: URL that is malformed", path: "", input: () => "data:;base64,!" },
  {
    name: "a data: URL with a signal that was aborted before",
    path: "",
    input: () => "data:,x",
    init: () => ({ signal: AbortSignal.abort("mine") }),
  },
  { name: "a blob: URL", path: "", input: () => BLOB_URL },
  { name: "POST of a blob: URL", path: "", input: () => BLOB_URL, init: post("y") },
  {
    name: "a blob: URL that is gone",
    path: "",
    input: () => "blob:null/00000000-0000-4000-8000-000000000000",
  },
  { name: "about:blank", path: "", input: () => "about:blank" },
  { name: "a redirect to a data: URL", path: "/redirect?status=302&to=data:,x" },
  { name: "a redirect to a blob: URL", path: `/redirect?status=302&to=blob:null/x` },
  { name: "undefined as the URL", path: "", input: () => undefined as unknown as string },
  { name: "a relative URL", path: "", input: () => "/echo" },
  {
    name: "a content-type of one's own",
    path: "/echo",
    init: () => ({ method: "POST", body: "x", headers: { "Content-Type": "text/own" } }),
  },
  {
    name: "headers as pairs",
    path: "/echo",
    init: () => ({ headers: [["x-custom", "1"], ["X-Custom", "2"]] }),
  },
  {
    name: "a header value with white space around",
    path: "/echo",
    init: () => ({ headers: { "x-custom": " a\t" } }),
  },
  {
    name: "R-01: a header value with a line break",
    path: "/echo",
    init: () => ({ headers: { "x-custom": "a\r\nb: c" } }),
  },
  { name: "R-02: a header name with a space", path: "/echo", init: () => ({ headers: { "x custom": "a" } }) },
  {
    name: "R-03: a header value beyond a byte",
    path: "/echo",
    init: () => ({ headers: { "x-custom": "\u010a" } }),
  },
  { name: "an invalid redirect mode", path: "/echo", init: () => ({ redirect: "no" as RequestRedirect }) },
  ...[301, 302, 303, 307, 308].flatMap((status): Row[] => [
    { name: `S-08: POST answered ${status}`, path: `/redirect?status=${status}`, init: post("payload") },
    {
      name: `S-08: PUT answered ${status}`,
      path: `/redirect?status=${status}`,
      init: () => ({ method: "PUT", body: "p" }),
    },
    {
      name: `S-08: HEAD answered ${status}`,
      path: `/redirect?status=${status}`,
      init: () => ({ method: "HEAD" }),
    },
    { name: `S-08: GET answered ${status}`, path: `/redirect?status=${status}` },
  ]),
  {
    name: "S-09: a stream answered 307",
    path: "/redirect?status=307",
    init: () => ({ method: "POST", body: new Blob(["stream"]).stream() }),
  },
  { name: 'redirect: "error"', path: "/redirect?status=302", init: () => ({ redirect: "error" }) },
  { name: "S-10: 20 redirects", path: "/chain?hops=20" },
  { name: "S-10: 21 redirects", path: "/chain?hops=21" },
  { name: "S-10: a redirect loop", path: "/loop" },
  { name: "S-07: 304", path: "/status?status=304" },
  { name: "S-03: a redirect to another scheme", path: "/redirect?status=302&to=ftp://localhost/" },
  { name: "S-05: a relative redirect with a query", path: "/redirect?status=302&to=echo%3Fq%3D1" },
  { name: "S-05: a fragment is inherited, and not shown", path: "/redirect?status=302#frag" },
  { name: "status 204", path: "/status?status=204" },
  { name: "status 404", path: "/nowhere" },
  { name: "status 500", path: "/status?status=500" },
  { name: "repeated response headers", path: "/headers" },
  { name: "an empty body", path: "/empty" },
  { name: "a signal that was aborted before", path: "/echo", init: () => ({ signal: AbortSignal.abort() }) },
  {
    name: "a signal that aborts while waiting",
    path: "/slow",
    init: () => ({ signal: AbortSignal.timeout(10) }),
  },
  {
    name: "a signal with a reason of its own",
    path: "/echo",
    init: () => ({ signal: AbortSignal.abort("mine") }),
  },
  { name: "a server that is not there", path: "", input: () => "http://127.0.0.1:1/" },
];

for (const { name, path, init, input } of ROWS) {
  Deno.test(`fetch contract: ${name}`, async () => {
    await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, origin);
    using client = new Client();
    using theirs = Deno.createHttpClient({});
    const url = `http://127.0.0.1:${server.addr.port}${path}`;
    const expected = await seen(
      (input, init) => fetch(input, { ...init, client: theirs }),
      input?.(url) ?? url,
      init?.(),
    );
    assertEquals(await seen(client.fetch, input?.(url) ?? url, init?.()), expected);
  });
}

Deno.test("fetch contract: a Request counts as used once it was given to fetch, whatever becomes of it", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, origin);
  using client = new Client();
  const url = `http://127.0.0.1:${server.addr.port}/echo`;
  for (const body of ["text", form(), new Blob(["b"]), new Blob(["s"]).stream()]) {
    for (const signal of [undefined, AbortSignal.abort("mine")]) {
      const request = new Request(url, { method: "POST", body });
      const sent = client.fetch(request, { ...(signal && { signal }) });
      assertEquals([request.bodyUsed, await sent.then((r) => r.ok, (reason) => reason)], [
        true,
        signal ? "mine" : true,
      ]);
      await assertRejects(() => client.fetch(request), TypeError, "was read");
      if (body instanceof ReadableStream) break;
    }
  }
});
