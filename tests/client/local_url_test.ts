/** URLs without a network, and URLs relative to the document's. */

import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { Client, ClientError, ClientResponse } from "../../mod.ts";
import { ROOT } from "../support/checkout.ts";

Deno.test("data: and blob: URLs are answered with a ClientResponse, which tells of no connection", async () => {
  using client = new Client({ httpsOnly: true, tls: false });
  const blob = URL.createObjectURL(new Blob(["hello"], { type: "text/x" }));
  for (const [url, type] of [["data:text/x,hello", "text/x"], [blob, "text/x"]] as const) {
    const response = await client.fetch(url, { timeouts: { total: 1_000 } });
    assertInstanceOf(response, ClientResponse);
    assertEquals([response.url, response.type, response.redirected], [url, "basic", false]);
    assertEquals([
      response.headers.get("content-type"),
      response.fields.some(([name]) => name === "content-type"),
    ], [
      type,
      true,
    ]);
    assertEquals(response.connection, { id: 0, reused: false, timings: { waiting: 0, headers: 0 } });
    assertEquals(await response.clone().text(), "hello");
    assertEquals(await response.text(), "hello");
    assertEquals([...await response.trailers], []);
  }
  URL.revokeObjectURL(blob);
  const error = await assertRejects(() => client.fetch(blob), ClientError);
  assertEquals(error.code, "invalid_url");
});

Deno.test("data: URLs reach the platform's fetch, also where the client's stands in its place", async () => {
  const real = globalThis.fetch;
  using client = new Client();
  globalThis.fetch = client.fetch;
  try {
    assertEquals(await (await fetch("data:,x")).text(), "x");
  } finally {
    globalThis.fetch = real;
  }
});

Deno.test("data: URLs end with the signal, and with the client", async () => {
  const client = new Client();
  const controller = new AbortController();
  const response = await client.fetch("data:,x", { signal: controller.signal });
  controller.abort("enough");
  assertEquals(await response.text().catch((reason) => reason), "enough");
  assertEquals(
    await client.fetch("data:,x", { signal: controller.signal }).catch((reason) => reason),
    "enough",
  );
  client.close();
  const error = await assertRejects(() => client.fetch("data:,x"), ClientError);
  assertEquals(error.code, "client_closed");
});

Deno.test("file: URLs are refused, with what to use instead", async () => {
  using client = new Client();
  const error = await assertRejects(() => client.fetch(new URL("file:///etc/hostname")), ClientError);
  assertEquals(error.code, "unsupported_scheme");
  assertStringIncludes(error.hint ?? "", "Deno.readFile");
});

const RELATIVE: Readonly<Record<string, string>> = {
  "/path": "http://base.test/path",
  "path?q": "http://base.test/dir/path?q",
  "../up": "http://base.test/up",
  "?q": "http://base.test/dir/page?q",
  "//other.test/x": "http://other.test/x",
  "http://whole.test/": "http://whole.test/",
  "data:,x": "data:,x",
};

Deno.test("relative URLs are relative to the location that deno run --location gives", async () => {
  const code = `
    import { Client } from ${JSON.stringify(new URL("mod.ts", ROOT).href)};
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response("x"));
    const client = new Client({ dial: () => Deno.connect({ hostname: "127.0.0.1", port: server.addr.port }) });
    const urls = [];
    for (const url of ${JSON.stringify(Object.keys(RELATIVE))}) urls.push((await client.fetch(url)).url);
    await client.fetch(undefined).then(() => urls.push("undefined"), () => {});
    console.log(JSON.stringify(urls));
    Deno.exit();`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--location", "http://base.test/dir/page#part", code],
    cwd: ROOT,
  }).output();
  const said = new TextDecoder().decode(stdout);
  assertEquals(said === "" ? new TextDecoder().decode(stderr) : JSON.parse(said), Object.values(RELATIVE));
});
