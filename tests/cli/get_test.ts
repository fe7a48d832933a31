/** `deno task get`, without the registry that the task puts in place. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ROOT } from "../support/checkout.ts";
import { run, type RunResult } from "../support/run.ts";

function get(args: readonly string[]): Promise<RunResult> {
  return run("deno", ["run", "-A", new URL("tests/tasks/get.ts", ROOT).href, ...args], { cwd: ROOT });
}

Deno.test("get: with no URL it fetches from its own origin: both protocols, both kinds of TLS", async () => {
  const { code, stdout, stderr } = await get([]);
  assertEquals(code, 0, stderr);
  for (const tls of ["deno", "ductile"]) {
    const told = tls === "deno" ? "Deno's TLS reveals neither" : "TLSv1\\.3, TLS_";
    assertMatch(
      stderr,
      new RegExp(
        `\\$ deno run .* --http2 --tls ${tls} .*\\n[^$]*ALPN chose "h2"; ${told}[^$]*< HTTP/2 200\\n`,
      ),
    );
    assertMatch(
      stderr,
      new RegExp(
        `\\$ deno run .* --http1\\.1 --tls ${tls} .*\\n[^$]*ALPN chose "http/1\\.1"; ${told}[^$]*< HTTP/1\\.1 200 OK\\n`,
      ),
    );
  }
  assertEquals(stderr.match(/^works: (?:h2|http\/1\.1) through /gm)?.length, 4);
  assertMatch(stderr, /^works: h2 through Ductile's TLS: TLSv1\.3, TLS_/m);
  assertStringIncludes(stderr, "All of them work.\n");
  assertEquals(stdout.length > 0, true);
});

Deno.test("get: with flags alone they go with its own URL", async () => {
  const { code, stdout, stderr } = await get(["-sI"]);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^(?:HTTP\/2 200\r\n[^]*?\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n){2}$/);
});

Deno.test("get: flags about TLS are left to say whose it is", async () => {
  for (const [flag, whose] of [["-k", "Ductile's TLS"], ["--tls=deno", "Deno's TLS"]] as const) {
    const { code, stderr } = await get([flag]);
    assertEquals(code, 0, stderr);
    assertEquals(stderr.match(/^works: .*$/gm)?.length, 2);
    assertMatch(stderr, new RegExp(`^works: h2 through ${whose}[,:] `, "m"));
  }
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
