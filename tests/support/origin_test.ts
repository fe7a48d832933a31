/** The HTTPS origin that tests and `deno task get` start. */

import { assertEquals } from "@std/assert";
import { startOrigin } from "./origin.ts";

for (const version of ["HTTP/2", "HTTP/1.1"] as const) {
  Deno.test(`the origin answers over ${version}`, async () => {
    await using origin = await startOrigin();
    using client = Deno.createHttpClient({
      caCerts: [origin.caPem],
      http1: version === "HTTP/1.1",
      http2: version === "HTTP/2",
    });
    const ask = (path: string, init?: RequestInit): Promise<Response> =>
      fetch(new URL(path, origin.url), { client, ...init });

    const root = await ask("/");
    assertEquals([root.status, root.headers.get("content-type")], [200, "text/plain; charset=utf-8"]);
    const text = await root.text();
    assertEquals(text.split("\n").length, 3);

    const headers = { "content-type": "text/x-test" };
    const echo = await ask("/echo", { method: "POST", body: "there and back", headers });
    assertEquals([await echo.text(), echo.headers.get("content-type")], ["there and back", "text/x-test"]);

    const json = await ask("/json?a=b", { method: "PUT", headers: { "x-field": "value" } });
    const { method, url, headers: { "x-field": field } } = await json.json();
    assertEquals([method, url, field], ["PUT", "/json?a=b", "value"]);

    assertEquals(await (await ask("/gzip")).text(), text);
    assertEquals(await (await ask("/bytes/100000")).text(), "x".repeat(100_000));
    assertEquals(await (await ask("/bytes/0")).text(), "");
    assertEquals(await (await ask("/redirect")).text(), text);
    assertEquals(await (await ask("/slow")).text(), "One\nline\nafter\nthe\nother\n");
    assertEquals(await (await ask("/trailers")).text(), text);
    assertEquals(await (await ask("/hints")).text(), text);
    const missing = await ask("/missing");
    assertEquals([missing.status, await missing.text()], [404, "There is nothing here.\n"]);
  });
}

Deno.test("the origin is gone when it is disposed of, clients that still read included", async () => {
  const origin = await startOrigin();
  using client = Deno.createHttpClient({ caCerts: [origin.caPem] });
  const response = await fetch(new URL("/bytes/100000000", origin.url), { client });
  const reading = response.body?.getReader();
  await reading?.read();
  await origin[Symbol.asyncDispose]();
  await reading?.cancel().catch(() => {});
  assertEquals(await fetch(origin.url, { client }).then(() => "answered", () => "gone"), "gone");
});
