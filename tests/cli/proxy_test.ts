/** The command line's flags about proxies. */

import { transferOf } from "./commands.ts";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ExitCode, exitCodeFor } from "../../cli/error.ts";
import { readProxy } from "../../cli/proxy.ts";
import { Client } from "../../mod.ts";
import { ROOT } from "../support/checkout.ts";
import { run, type RunResult } from "../support/run.ts";
import { scriptedServer } from "../support/scripted_server.ts";

function proxyOf(...args: string[]): ReturnType<typeof readProxy> {
  return readProxy(transferOf([...args, "http://origin.test/"]));
}

const ROWS: Readonly<Record<string, readonly [args: readonly string[], expected: unknown]>> = {
  "without a flag there is none": [[], undefined],
  "an empty one is none": [["-x", ""], undefined],
  "a URL is taken as it is": [["--proxy", "socks4a://p:1"], "socks4a://p:1"],
  "without a scheme it is an HTTP proxy": [["-x", "p:3128"], "http://p:3128"],
  "--socks5 looks names up here": [["--socks5", "p:1080"], "socks5://p:1080"],
  "--socks5-hostname does not": [["--socks5-hostname", "p"], "socks5h://p"],
  "the last one counts": [["--socks5", "p", "-x", "q"], "http://q"],
  "a user and a password": [["-x", "p", "-U", "me:a:b"], {
    url: "http://p",
    username: "me",
    password: "a:b",
  }],
  "a user without a password": [["-x", "p", "--proxy-user", "me"], { url: "http://p", username: "me" }],
  "the environment's": [["-x", "env"], "env"],
};

for (const [name, [args, expected]] of Object.entries(ROWS)) {
  Deno.test(`readProxy: ${name}`, async () => {
    const proxy = await proxyOf(...args);
    assertEquals(proxy, expected as typeof proxy); // the rows are of no common type
    if (proxy !== undefined) new Client({ proxy }).close();
  });
}

Deno.test("readProxy: --noproxy names what is reached directly", async () => {
  const proxy = await proxyOf("-x", "p:1", "--noproxy", "a.test,[::1]:81,b.test:443");
  if (typeof proxy !== "function") throw new Error("it is a function of the target");
  const verdicts = [
    "http://a.test/",
    "http://b.test/",
    "https://b.test/",
    "http://[::1]:81/",
    "http://[::1]/",
  ];
  assertEquals(verdicts.map((url) => proxy(new URL(url))), [
    ...[undefined, "http://p:1", undefined, undefined, "http://p:1"],
  ]);
});

Deno.test("readProxy: flags that have no meaning are refused", async () => {
  for (
    const args of [["-U", "a:b"], ["--noproxy", "*"], ["-x", "env", "-U", "a:b"], [
      "-x",
      "env",
      "--noproxy",
      "*",
    ]]
  ) {
    const error = await assertRejects(() => proxyOf(...args));
    assertEquals(exitCodeFor(error), ExitCode.usage);
  }
});

/** `deno run -N cli/mod.ts ARGS`. */
function ductile(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<RunResult> {
  return run("deno", ["run", "--no-prompt", "-N", new URL("cli/mod.ts", ROOT).href, ...args], { env });
}

Deno.test("cli: -x goes through the proxy, -v says so, and a refusal has an exit code and a hint", async () => {
  let heads = "";
  await using proxy = scriptedServer(async (peer) => {
    const head = await peer.readHead() ?? "";
    heads += head;
    await peer.send(
      head.includes("proxy-authorization: Basic bWU6cHc=")
        ? "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
        : "HTTP/1.1 407 No\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n",
    );
  });
  const at = `127.0.0.1:${proxy.port}`;
  const taken = await ductile(["-v", "-x", at, "-U", "me:pw", "http://origin.test/"]);
  assertEquals([taken.code, taken.stdout], [0, "hello"], taken.stderr);
  assertMatch(taken.stderr, new RegExp(`\\* Connected to origin\\.test through http://${at} \\(`));
  assertEquals(/pw|bWU6cHc/.test(taken.stderr), false);
  const refused = await ductile(["-x", `http://me:wrong@${at}`, "http://origin.test/"]);
  assertEquals(refused.code, ExitCode.proxy);
  assertMatch(refused.stderr, /407 \(Basic\)\n {2}hint: .*--proxy-user/);
  assertEquals(/wrong/.test(refused.stderr), false);
  const closed = await ductile(["-x", "env", "http://origin.test/"], { http_proxy: `http://${at}` });
  assertEquals(closed.code, ExitCode.connect);
  assertMatch(closed.stderr, /hint: Run with --allow-env=/);
  assertEquals(heads.match(/^GET http:\/\/origin\.test\/ HTTP/gm)?.length, 2);
});
