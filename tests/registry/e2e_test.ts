/**
 * What users do is what is tested: a script in an empty folder that imports `jsr:@ductile/ductile`, and the
 * command line straight from the registry. The registry is always the local one, serving what `deno publish`
 * would upload of this checkout.
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readConfig } from "../support/checkout.ts";
import { run, type RunResult } from "../support/run.ts";
import { type Registry, startRegistry } from "./registry.ts";

/** A machine that has never seen the package: an empty folder, an empty cache, and a registry. */
interface Machine extends AsyncDisposable {
  readonly folder: string;
  readonly registry: Registry;
  deno(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<RunResult>;
}

async function startMachine(): Promise<Machine> {
  const temporary = await Deno.makeTempDir();
  const folder = `${temporary}/empty`;
  await Deno.mkdir(folder);
  const registry = await startRegistry({ denoDir: `${temporary}/registry` });
  const env = { JSR_URL: registry.url, DENO_DIR: `${temporary}/cache`, DENO_NO_PROMPT: "1" };
  return {
    folder,
    registry,
    deno: (args, extra) => run("deno", args, { cwd: folder, env: { ...env, ...extra } }),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await Deno.remove(temporary, { recursive: true });
    },
  };
}

/** A server that says hello. */
function startServer(): AsyncDisposable & { readonly url: string } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("hello\n"));
  return { url: `http://127.0.0.1:${server.addr.port}/`, [Symbol.asyncDispose]: () => server.shutdown() };
}

const SCRIPT = `
import { Client } from "jsr:@ductile/ductile";

const client = new Client();
const response = await client.fetch(Deno.args[0] ?? "");
console.log(response.status, response.httpVersion, await response.text());
client.close();
`;

Deno.test("a script in an empty folder imports the package and fetches with nothing but net access", async () => {
  await using machine = await startMachine();
  await using server = startServer();
  await Deno.writeTextFile(`${machine.folder}/script.ts`, SCRIPT);
  const { code, stdout, stderr } = await machine.deno([
    "run",
    "--check",
    "--allow-net",
    "script.ts",
    server.url,
  ]);
  assertEquals({ code, stdout }, { code: 0, stdout: "200 HTTP/1.1 hello\n\n" }, stderr);
});

Deno.test("a script that may do anything still touches only the network", async () => {
  await using machine = await startMachine();
  await using server = startServer();
  await Deno.writeTextFile(`${machine.folder}/script.ts`, SCRIPT);
  const audit = `${machine.folder}/audit.jsonl`;
  const { code, stderr } = await machine.deno(["run", "-A", "script.ts", server.url], {
    DENO_AUDIT_PERMISSIONS: audit,
  });
  assertEquals(code, 0, stderr);
  const lines = (await Deno.readTextFile(audit)).trim().split("\n");
  const touched = new Set(lines.map((line): unknown => JSON.parse(line).permission));
  // Loading modules is recorded too, as the permission to import.
  assertEquals([...touched].filter((permission) => permission !== "import"), ["net"]);
});

for (const path of ["", "/cli"]) {
  Deno.test(`jsr:@ductile/ductile${path} run from the registry is the command line`, async () => {
    await using machine = await startMachine();
    await using server = startServer();
    const module = `jsr:@ductile/ductile${path}`;
    const { code, stdout, stderr } = await machine.deno(["run", "-N", module, server.url]);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "hello\n");
  });
}

Deno.test("a script that imports the client downloads no command line", async () => {
  await using machine = await startMachine();
  const { code, stdout, stderr } = await machine.deno(["info", "--json", "jsr:@ductile/ductile"]);
  assertEquals(code, 0, stderr);
  const { modules }: { modules: readonly { specifier: string }[] } = JSON.parse(stdout);
  const paths = modules.map(({ specifier }) => specifier.replace(/^.*\/@ductile\/ductile\/[^/]+\//, ""));
  assertEquals(paths.includes("client/client.ts"), true);
  assertEquals(paths.filter((path) => path.startsWith("cli/")), []);
});

Deno.test("the command line from the registry fails on a port that refuses connections", async () => {
  await using machine = await startMachine();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const { code, stderr } = await machine.deno([
    "run",
    "-N",
    "jsr:@ductile/ductile",
    `http://127.0.0.1:${port}/`,
  ]);
  assertEquals(code === 0, false);
  assertMatch(stderr, /Cannot/);
});

Deno.test("every export of the package loads and type-checks from the registry without any permission", async () => {
  await using machine = await startMachine();
  const { exports, version } = await readConfig();
  const paths = Object.keys(exports).map((path) => path.slice(1));
  const imports = paths.map((path, i) =>
    `import * as m${i} from "jsr:@ductile/ductile@${version}${path}";\n`
  );
  const uses = paths.map((path, i) => `console.log("${path}", Object.keys(m${i}).length > 0);\n`);
  await Deno.writeTextFile(`${machine.folder}/all.ts`, [...imports, ...uses].join(""));
  const { code, stdout, stderr } = await machine.deno(["run", "--check=all", "all.ts"]);
  assertEquals(code, 0, stderr);
  assertEquals(stdout, paths.map((path) => `${path} true\n`).join(""));
});

Deno.test("the server run from the registry is the command that serves a folder", async () => {
  await using machine = await startMachine();
  const { code, stdout, stderr } = await machine.deno(["run", "jsr:@ductile/ductile/server", "--help"]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "Usage: deno run -N -R jsr:@ductile/ductile/server");
});

Deno.test("only the library and its papers are published", async () => {
  await using machine = await startMachine();
  const { version } = await readConfig();
  const response = await fetch(`${machine.registry.url}@ductile/ductile/${version}_meta.json`);
  const { manifest }: { manifest: Record<string, unknown> } = await response.json();
  const places = new Set(Object.keys(manifest).map((path) => path.replace(/^\/([^/]+).*/, "$1")));
  assertEquals([...places].sort(), [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "cli",
    "client",
    "deno.json",
    "har",
    "http",
    "http1",
    "http2",
    "io",
    "mod.ts",
    "roots",
    "server",
    "tls",
    "websocket",
  ]);
});
