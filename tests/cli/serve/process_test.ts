/** The command that serves a folder as a process: what a person types, and what clients get. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Client, type ClientOptions } from "../../../mod.ts";
import { ROOT } from "../../support/checkout.ts";
import { installed } from "../../support/process.ts";
import { run, type RunResult } from "../../support/run.ts";
import { temporaryFolder } from "./folder/temporary_folder.ts";

const MOD = new URL("server/mod.ts", ROOT).href;

/** A server that runs, and what it has printed. */
interface Serving extends AsyncDisposable {
  readonly url: string;
  /** The certificate that is to be trusted. */
  readonly caCerts: string[];
  /** The pin of its key. */
  readonly pin: string;
  /** Ends it with Ctrl-C; the exit code, and what it wrote to standard error. */
  interrupt(): Promise<{ readonly code: number; readonly stderr: string }>;
}

/** `deno run FLAGS server/mod.ts --port 0 ARGS`, never asking for a permission. */
async function serving(
  args: readonly string[],
  flags: readonly string[] = ["-N", "-R"],
  env: Readonly<Record<string, string>> = {},
): Promise<Serving> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...flags, MOD, "--port", "0", ...args],
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let out = "";
  const isReady = (): boolean =>
    args.includes("--plain") ? /\n {2}http:.*\n/.test(out) : /\n {2}caCerts.*\n/.test(out);
  while (!isReady()) {
    const { done, value } = await reader.read();
    if (done) throw new Error(await stderr);
    out += value;
  }
  const interrupt = async () => {
    child.kill("SIGINT");
    const { code } = await child.status;
    return { code, stderr: await stderr };
  };
  return {
    url: /https?:\S+/.exec(out)?.[0] ?? "",
    caCerts: JSON.parse(/caCerts: (.*),/.exec(out)?.[1] ?? "[]"),
    pin: /sha256\/\/(\S+)/.exec(out)?.[1] ?? "",
    interrupt,
    async [Symbol.asyncDispose](): Promise<void> {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
      await reader.cancel();
      await stderr;
    },
  };
}

const CONTENTS = { "a.txt": "0123456789", "large.bin": new Uint8Array(1_000_000).fill(7) };

for (const version of ["HTTP/2", "HTTP/1.1"] as const) {
  for (const tls of ["Deno's TLS", "Ductile's TLS"] as const) {
    Deno.test(`cli: a folder is served over ${version} to a client with ${tls} that trusts the line for caCerts`, async () => {
      await using folder = await temporaryFolder(CONTENTS);
      await using server = await serving([folder.root]);
      const options: ClientOptions = tls === "Deno's TLS"
        ? { caCerts: server.caCerts }
        : { caCerts: server.caCerts, roots: "mozilla", pins: [`sha256/${server.pin}`] };
      using client = new Client({ ...options, ...(version === "HTTP/1.1" && { protocols: ["http/1.1"] }) });
      const part = await client.get(`${server.url}a.txt`, { headers: { range: "bytes=2-4" } });
      assertEquals([part.status, part.httpVersion, await part.text()], [206, version, "234"]);
      assertEquals(part.connection.tls?.implementation, tls === "Deno's TLS" ? "deno" : "ductile");
      const whole = await client.get(`${server.url}large.bin`);
      assertEquals(await whole.bytes(), CONTENTS["large.bin"]);
      const head = await client.head(`${server.url}large.bin`);
      assertEquals([head.status, head.headers.get("content-length")], [200, "1000000"]);
      assertStringIncludes(await (await client.get(server.url)).text(), '<a href="./a.txt">');
    });
  }
}

Deno.test({
  name: "cli: curl takes a folder with --cacert, and nothing beside the folder",
  ignore: !installed("curl"),
  async fn() {
    await using folder = await temporaryFolder(CONTENTS);
    await using server = await serving(["-v", folder.root]);
    const ca = `${folder.root}/../ca.pem`;
    await Deno.writeTextFile(ca, server.caCerts.join(""));
    const curl = (...args: readonly string[]): Promise<RunResult> =>
      run("curl", ["-sS", "--cacert", ca, ...args]);
    assertEquals((await curl(`${server.url}a.txt`)).stdout, "0123456789");
    assertEquals((await curl("-r", "-3", `${server.url}a.txt`)).stdout, "789");
    assertEquals(
      (await curl(
        "--http1.1",
        "-o",
        "/dev/null",
        "-w",
        "%{http_version} %{size_download}",
        `${server.url}large.bin`,
      )).stdout,
      "1.1 1000000",
    );
    assertMatch((await curl("-I", `${server.url}a.txt`)).stdout, /^HTTP\/2 200[^]*content-length: 10\r\n/);
    for (const path of ["..%2fsecret.txt", "../secret.txt", "%2e%2e/secret.txt"]) {
      const { stdout } = await curl("--path-as-is", "-w", " %{http_code}", server.url + path);
      assertMatch(stdout, / (?:400|404)$/);
    }
    const { code, stderr } = await server.interrupt();
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "GET /a.txt 206\n");
  },
});

Deno.test("cli: with --plain a folder is served without TLS", async () => {
  await using folder = await temporaryFolder(CONTENTS);
  await using server = await serving(["--plain", folder.root]);
  assertMatch(server.url, /^http:\/\/localhost:\d+\/$/);
  using client = new Client();
  assertEquals(await (await client.get(`${server.url}a.txt`)).text(), "0123456789");
});

Deno.test("cli: a folder is served with reading allowed for the folder alone", async () => {
  await using folder = await temporaryFolder(CONTENTS);
  await using server = await serving(["--plain", folder.root], ["-N", `-R=${folder.root}`]);
  using client = new Client();
  assertEquals((await client.get(`${server.url}a.txt`)).status, 200);
});

Deno.test("cli: allowed everything, serving a folder touches nothing but its address and the folder", async () => {
  await using folder = await temporaryFolder(CONTENTS);
  const audit = `${folder.root}/../audit.jsonl`;
  await using server = await serving([folder.root], ["-A"], { DENO_AUDIT_PERMISSIONS: audit });
  using client = new Client({ caCerts: server.caCerts });
  assertEquals((await client.get(`${server.url}a.txt`)).status, 200);
  assertEquals((await server.interrupt()).code, 0);
  const lines = (await Deno.readTextFile(audit)).trim().split("\n");
  const touched = lines.map((line): { permission: string; value: string } => JSON.parse(line))
    .filter(({ permission }) => permission !== "import");
  // Where all is allowed, Deno 2.9 records the permission to write beside that to read.
  const others = touched.filter(({ permission, value }) =>
    permission === "net" ? value !== "127.0.0.1:0" : !value.startsWith(folder.root)
  );
  assertEquals(others, []);
});

const FAILURES: readonly (readonly [name: string, flags: readonly string[], code: number, hint: string])[] = [
  ["reading", ["-N"], 26, "hint: Run with --allow-read="],
  ["net", ["-R"], 7, "hint: Run with --allow-net=127.0.0.1:8443."],
];
for (const [name, flags, code, hint] of FAILURES) {
  Deno.test(`cli: a folder without the permission for ${name}: exit code ${code}, and the flag that is missing`, async () => {
    await using folder = await temporaryFolder({});
    const result = await run("deno", ["run", "--no-prompt", ...flags, MOD, folder.root]);
    assertEquals([result.code, result.stdout], [code, ""], result.stderr);
    assertStringIncludes(result.stderr, hint);
  });
}

Deno.test("cli: the help about serving a folder needs no permission", async () => {
  const { code, stdout, stderr } = await run("deno", ["run", "--no-prompt", MOD, "--help"]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "Usage: deno run -N -R jsr:@ductile/ductile/server [FLAG ...] [FOLDER]");
});
