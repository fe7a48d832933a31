/** Options of a request that do not exist are refused by name, with a hint; those that exist are taken. */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { Client, ClientError, type ClientRequestInit } from "../../../mod.ts";

/** Options of other libraries, and what the hint names instead. */
const HINTS: Readonly<Record<string, string>> = {
  json: "JSON.stringify",
  data: "as body",
  form: "URLSearchParams",
  query: "searchParams.set",
  params: "searchParams.set",
  qs: "searchParams.set",
  searchParams: "searchParams.set",
  timeout: "timeouts: { total",
  baseURL: "new URL(path, base)",
  prefixUrl: "new URL(path, base)",
  retries: "retry: {",
  auth: "authorization",
  responseType: "json()",
  agent: "new Client(",
  dispatcher: "new Client(",
  proxy: "new Client(",
  caCerts: "new Client(",
  maxDecodedSize: "new Client(",
  follow: "maxRedirects",
  compress: "decode: false",
  cookies: "header cookie",
  Headers: '"headers"',
  METHOD: '"method"',
  maxredirects: '"maxRedirects"',
  onInformation: 'unknownRequestOptions: "ignore"',
  constructor: 'unknownRequestOptions: "ignore"',
};

for (const [name, instead] of Object.entries(HINTS)) {
  Deno.test(`request options: ${name} is refused by name, and the hint says ${instead}`, async () => {
    using client = new Client();
    const init: ClientRequestInit = Object.fromEntries([[name, "secret"]]);
    for (const call of [client.fetch(URL_, init), client.post(URL_, init), client.fetch("data:,x", init)]) {
      const error = await assertRejects(() => call);
      assertInstanceOf(error, ClientError);
      assertEquals([error.code, error.name], ["unsupported_option", "TypeError"]);
      assertStringIncludes(error.message, `"${name}"`);
      assertStringIncludes(error.hint ?? "", instead);
      assert(!`${error.message}${error.hint}`.includes("secret"));
    }
  });
}

const URL_ = "http://localhost:8080/";

/** Answers with the body that it got. */
function echo() {
  return Deno.serve({ port: 0, onListen() {} }, async (request) => new Response(await request.text()));
}

Deno.test("request options: all that fetch has are taken, whatever they hold that has no meaning here", async () => {
  await using server = echo();
  using client = new Client();
  const url = `http://localhost:${server.addr.port}/`;
  const inits: Record<string, unknown>[] = [
    { cache: "no-store", credentials: "include", keepalive: true, mode: "same-origin", priority: "low" },
    {
      referrer: "about:client",
      referrerPolicy: "no-referrer",
      integrity: "",
      window: null,
      client: undefined,
    },
    { duplex: "half", redirect: "follow", signal: null, headers: {}, json: undefined },
    { timeouts: {}, trailers: {}, decode: true, maxRedirects: 1, host: "a", onInformational() {} },
  ];
  for (const init of inits) {
    assertEquals(await (await client.fetch(url, { method: "POST", body: "x", ...init })).text(), "x");
  }
  // A Request is an init too: what it has are getters of its prototype.
  const request = new Request(url, { method: "POST", body: "x" });
  assertEquals(await (await client.fetch(url, request)).text(), "x");
});

Deno.test('request options: with unknownRequestOptions: "ignore", those that do not exist are ignored', async () => {
  await using server = echo();
  using client = new Client({ unknownRequestOptions: "ignore" });
  const url = `http://localhost:${server.addr.port}/`;
  const init: RequestInit = Object.assign({ method: "POST", body: "x" }, {
    json: 1,
    timeout: 2,
    baseURL: "y",
  });
  assertEquals(await (await client.fetch(url, init)).text(), "x");
  const { integrity } = { integrity: "sha256-x" };
  const error = await assertRejects(() => client.fetch(url, { integrity }), ClientError);
  assertEquals(error.code, "unsupported_option"); // what would hurt if it were ignored is refused all the same
});

Deno.test("request options: a long name is cut short in the message", async () => {
  using client = new Client();
  const error = await assertRejects(() => client.fetch(URL_, Object.fromEntries([["x".repeat(10_000), 1]])));
  assert(error instanceof ClientError && error.message.length < 200);
});
