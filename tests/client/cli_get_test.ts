/** `deno task get`, without the registry that the task puts in place. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ROOT } from "../support/checkout.ts";
import { run, type RunResult } from "../support/run.ts";

function get(args: readonly string[]): Promise<RunResult> {
  return run("deno", ["run", "-A", new URL("tests/tasks/get.ts", ROOT).href, ...args], { cwd: ROOT });
}

Deno.test("get: with no URL it fetches from its own origin over HTTP/2 and over HTTP/1.1", async () => {
  const { code, stdout, stderr } = await get([]);
  assertEquals(code, 0, stderr);
  assertMatch(stderr, /\$ deno run .* --http2 .*\n[^$]*ALPN chose "h2"[^$]*< HTTP\/2 200\n/);
  assertMatch(stderr, /\$ deno run .* --http1\.1 .*\n[^$]*ALPN chose "http\/1\.1"[^$]*< HTTP\/1\.1 200 OK\n/);
  assertStringIncludes(stderr, "Both work");
  assertEquals(stdout.length > 0, true);
});

Deno.test("get: with flags alone they go with its own URL", async () => {
  const { code, stdout, stderr } = await get(["-sI"]);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^HTTP\/2 200\r\n[^]*\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/);
});

Deno.test("get: with a URL it is the command line", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("hello"),
  );
  const { code, stdout } = await get(["-s", `http://127.0.0.1:${server.addr.port}/`]);
  assertEquals({ code, stdout }, { code: 0, stdout: "hello" });
  const wrong = await get(["--frobnicate"]);
  assertEquals({ code: wrong.code, stdout: wrong.stdout }, { code: 2, stdout: "" });
  assertStringIncludes(wrong.stderr, "--frobnicate: there is no such flag");
});
