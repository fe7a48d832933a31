/** The permissions that curl's flags need, and no others; and what only a process has: a terminal, a pipe, npm. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { ROOT } from "../support/checkout.ts";
import { run, type RunResult } from "../support/run.ts";

const MOD = new URL("cli/mod.ts", ROOT).href;

function ductile(args: readonly string[], flags: readonly string[]): Promise<RunResult> {
  return run("deno", ["run", "--no-prompt", ...flags, MOD, ...args]);
}

function serve(handler: Deno.ServeHandler): AsyncDisposable & { readonly url: string } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  return { url: `http://127.0.0.1:${server.addr.port}/`, [Symbol.asyncDispose]: () => server.shutdown() };
}

const FOLDER = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(FOLDER, { recursive: true }));
await Deno.writeTextFile(`${FOLDER}/file`, "content");

interface Row {
  readonly name: string;
  readonly args: readonly string[];
  /** The permissions, beside net. */
  readonly flags: readonly string[];
  /** The hint without them. */
  readonly hint: string;
}

const ROWS: readonly Row[] = [
  { name: "-T", args: ["-T", "F/file"], flags: ["-R=F/file"], hint: "--allow-read=F/file." },
  { name: "-F", args: ["-F", "a=@F/file"], flags: ["-R=F/file"], hint: "--allow-read=F/file." },
  { name: "-K", args: ["-K", "F/file"], flags: [], hint: "--allow-read=F/file." },
  { name: "-D", args: ["-D", "F/heads"], flags: ["-W=F/heads"], hint: "--allow-write=F/heads." },
  { name: "-c", args: ["-c", "F/jar"], flags: ["-W=F/jar"], hint: "--allow-write=F/jar." },
  { name: "-O", args: ["-O", "--output-dir", "F"], flags: ["-W=F/name"], hint: "--allow-write=F/name." },
  { name: "-n", args: ["-n"], flags: ["--allow-env=HOME", "-R"], hint: "--allow-env=HOME" },
];

for (const { name, args, flags, hint } of ROWS) {
  Deno.test(`cli: ${name} needs ${flags.join(" ") || "what its file asks for"}, and says so`, async () => {
    await using server = serve(() => new Response("hello"));
    const here = (text: string): string => text.replaceAll(/(?<=[= ]|^)F(?=\/|$)|(?<=@)F/g, FOLDER);
    const all = ["-s", ...args.map(here), `${server.url}name`];
    const denied = await ductile(all, ["-N"]);
    assert(denied.code !== 0, denied.stdout);
    assertStringIncludes(denied.stderr, here(hint));
    if (flags.length === 0) return;
    const allowed = await ductile(all, ["-N", ...flags.map(here)]);
    assertEquals({ code: allowed.code, stderr: allowed.stderr }, { code: 0, stderr: "" });
  });
}

Deno.test("cli: what is thrown away, counted and looked up by family needs nothing but net", async () => {
  await using server = serve(() => new Response("hello"));
  const { port } = new URL(server.url);
  const args = ["-4so", "/dev/null", "-w", "%{http_code} %{size_download}", `http://localhost:${port}/`];
  const { code, stdout, stderr } = await ductile(args, ["-N"]);
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "200 5", stderr: "" });
  const denied = await ductile(args, [`-N=127.0.0.1`]);
  assertEquals(denied.code, 7);
  assertStringIncludes(denied.stderr, "Run with --allow-net=localhost");
});

Deno.test("cli: without npm there are no files of cookies, and it is said before anything is sent", async () => {
  let count = 0;
  await using server = serve(() => new Response(`${++count}`));
  const { code, stderr } = await ductile(["-s", "-c", "-", server.url], ["-N", "--no-npm"]);
  assertEquals({ code, count }, { code: 4, count: 0 });
  assertStringIncludes(stderr, "npm:tough-cookie@^5.1.2 cannot be loaded");
});

Deno.test("cli: --data-binary @- is sent while standard input goes on", async () => {
  const first = Promise.withResolvers<string>();
  await using server = serve(async (request) => {
    let text = "";
    for await (const chunk of request.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      first.resolve(text);
    }
    return new Response(text);
  });
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-N", MOD, "-s", "--data-binary", "@-", server.url],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode("one\n"));
  assertEquals(await first.promise, "one\n");
  await writer.write(new TextEncoder().encode("two\n"));
  await writer.close();
  assertEquals(new TextDecoder().decode((await process.output()).stdout), "one\ntwo\n");
});

const SCRIPT = await run("script", ["--version"]).then(
  ({ stdout }) => stdout.includes("util-linux"),
  () => false,
);

Deno.test({
  name: "cli: -u USER asks for the password on a terminal, without an echo (needs script of util-linux)",
  ignore: !SCRIPT,
  async fn() {
    await using server = serve((request) => new Response(request.headers.get("authorization")));
    const command = `${Deno.execPath()} run --no-prompt -N ${MOD} -su me ${server.url}`;
    const process = new Deno.Command("script", {
      args: ["--quiet", "--return", "--echo", "never", "--command", command, "/dev/null"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = process.stdin.getWriter();
    let shown = "";
    for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
      const asked = shown.includes("password");
      shown += text;
      if (asked || !shown.includes("password")) continue;
      await delay(300); // until the terminal has been told to be silent
      await writer.write(new TextEncoder().encode("secreX\x7ft\n"));
    }
    await writer.close().catch(() => {}); // the terminal is gone
    await process.status;
    assertEquals(shown.includes("secre"), false, shown);
    assertStringIncludes(shown, `Basic ${btoa("me:secret")}`);
  },
});
