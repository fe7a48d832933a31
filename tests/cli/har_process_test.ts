/** `--har` as a process with no more permissions than it needs. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Har } from "../../har/mod.ts";
import { ROOT } from "../support/checkout.ts";
import { run, type RunResult } from "../support/run.ts";

const MOD = new URL("cli/mod.ts", ROOT).href;

function ductile(args: readonly string[], flags: readonly string[]): Promise<RunResult> {
  return run("deno", ["run", "--no-prompt", "-N", ...flags, MOD, ...args]);
}

async function withFile(use: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(`${folder}/requests.har`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function entriesOf(path: string): Promise<Har["log"]["entries"]> {
  const { log }: Har = JSON.parse(await Deno.readTextFile(path));
  return log.entries;
}

Deno.test("cli: --har records each hop, and no credentials", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    return url.endsWith("/end") ? new Response("hello") : Response.redirect(new URL("/end", url), 302);
  });
  const url = `http://me:s3cret@127.0.0.1:${server.addr.port}/?token=s3cret`;
  await withFile(async (path) => {
    const { code, stdout, stderr } = await ductile(["-sL", "--har", path, url], [`--allow-write=${path}`]);
    assertEquals([code, stdout], [0, "hello"], stderr);
    const entries = await entriesOf(path);
    assertEquals(entries.map(({ response }) => response.status), [302, 200]);
    assertEquals((await Deno.readTextFile(path)).includes("s3cret"), false);
    assertEquals(entries.map(({ response }) => response.content.text), [undefined, undefined]);
  });
});

Deno.test("cli: --har records a failure, whose exit code stays", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await withFile(async (path) => {
    const args = ["-s", "--har", path, `http://127.0.0.1:${port}/`];
    const { code } = await ductile(args, [`--allow-write=${path}`]);
    assertEquals(code, 7);
    assertEquals((await entriesOf(path)).map(({ _error }) => _error), ["connection_refused"]);
  });
});

Deno.test("cli: --har asks for the permission before it connects", async () => {
  let requests = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    requests++;
    return new Response();
  });
  await withFile(async (path) => {
    const { code, stderr } = await ductile(["--har", path, `http://127.0.0.1:${server.addr.port}/`], []);
    assertEquals([code, requests], [23, 0]);
    assertStringIncludes(stderr, "Run with --allow-write=");
  });
});
