/** The package for npm: installed from its tarball in an empty folder, it type-checks and runs where the README says. */

import { assert, assertEquals } from "@std/assert";
import { readConfig } from "../support/checkout.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { startOrigin } from "../support/origin.ts";
import { startNginx } from "../support/peers.ts";
import { installed } from "../support/process.ts";
import { run, type RunResult } from "../support/run.ts";
import { isOnNpm } from "../portability/runtimes.ts";
import { exportSizes, makeNpmPackage, type NpmPackage } from "../tasks/npm.ts";

const RUNTIMES = ["node@22", "node@24", "bun@1"] as const;
const TSC = ["-p", "typescript@5", "tsc"] as const;

const hasNpm = installed("npm");
const hasTsc = hasNpm && await isOnNpm(...TSC);
const folder = await Deno.makeTempDir({ prefix: "ductile_npm_" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const project = `${folder}/project`;

/** The package, made and installed once for all tests. */
const installing: Promise<NpmPackage> | undefined = hasNpm ? install() : undefined;
installing?.catch(() => {}); // told by the tests

async function install(): Promise<NpmPackage> {
  const made = await makeNpmPackage(`${folder}/made`);
  await Deno.mkdir(project);
  await Deno.writeTextFile(`${project}/package.json`, '{ "type": "module" }');
  await runIn(["npm", "install", "--offline", "--no-audit", "--no-fund", made.tarball]);
  await Deno.copyFile(new URL("program.mjs", import.meta.url), `${project}/program.mjs`);
  return made;
}

async function runIn([command, ...args]: readonly [string, ...string[]]): Promise<RunResult> {
  const result = await run(command, args, { cwd: project, signal: AbortSignal.timeout(RUN_TIMEOUT_MS) });
  if (result.code !== 0) {
    throw new Error(`Cannot run ${command} ${args[1]}: ${result.stdout}${result.stderr}`);
  }
  return result;
}

/** Enough on a machine that is busy with other tests. */
const RUN_TIMEOUT_MS = 60_000;

interface Test {
  readonly name: string;
  readonly ignore?: boolean;
  readonly run: (made: NpmPackage) => Promise<void>;
}

function test({ name, ignore = false, run }: Test): void {
  Deno.test({
    name: `npm: ${name}`,
    ignore: installing === undefined || ignore,
    sanitizeOps: false, // the package is made for all tests
    sanitizeResources: false,
    async fn() {
      assert(installing !== undefined);
      await run(await installing);
    },
  });
}

test({
  name: "the manifest has the exports of JSR's package, its version, and no dependency",
  async run({ folder }) {
    const { version, exports } = await readConfig();
    const manifest = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
    assertEquals(manifest.version, version);
    assertEquals(Object.keys(manifest.exports), Object.keys(exports));
    assertEquals(manifest.dependencies, undefined);
    for (const { types, default: code } of Object.values<Record<string, string>>(manifest.exports)) {
      assert((await Deno.stat(`${folder}/${types}`)).isFile);
      assert((await Deno.stat(`${folder}/${code}`)).isFile);
    }
  },
});

test({
  name: "no module imports what is not in the package or in the runtime",
  async run({ folder }) {
    const sizes = await exportSizes(folder); // reads every module that is imported
    assertEquals(sizes.every(({ files, bytes }) => files > 0 && bytes > 0), true);
    const { stdout } = await run("grep", [
      "-rhoE",
      '^[^*]*from "(@|jsr:|npm:)[^"]*"',
      folder,
      "--include=*.js",
    ]);
    assertEquals(stdout, "");
  },
});

/** Uses a type of each export. */
const TYPED = `import { Client, type ClientResponse } from "@ductile/ductile";
import { harRecorder } from "@ductile/ductile/har";
import { Http1Client } from "@ductile/ductile/http1";
import { Http2Client } from "@ductile/ductile/http2";
import { mozillaRoots } from "@ductile/ductile/roots";
import { serveConnection } from "@ductile/ductile/server";
import { type Duplex, RootCertStore, TlsConnector } from "@ductile/ductile/tls";
import { webSocketClass } from "@ductile/ductile/websocket";

const client = new Client({ on: harRecorder().on, roots: await mozillaRoots() });
export const response: ClientResponse = await client.fetch("https://example.com/");
export const version: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2" = response.httpVersion;
export const drivers = (io: Duplex): unknown[] => [new Http1Client(io), new Http2Client(io)];
export const connector = new TlsConnector({ roots: RootCertStore.fromPem("") });
export const others = [serveConnection, webSocketClass(client)];
// @ts-expect-error -- there is no such option
export const refused = new Client({ unknown: true });
`;

for (const [resolution, module] of [["nodenext", "nodenext"], ["bundler", "esnext"]] as const) {
  test({
    name: `a strict program type-checks with moduleResolution ${resolution}`,
    ignore: !hasTsc,
    async run() {
      await Deno.writeTextFile(`${project}/typed.ts`, TYPED);
      const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"];
      const how = ["--moduleResolution", resolution, "--module", module];
      await runIn(["npx", "-y", ...TSC, ...options, ...how, "typed.ts"]);
    },
  });
}

/** What each runtime must say of one origin: both versions of HTTP, each over both TLSs, and a refused certificate. */
const EXPECTED: readonly unknown[] = [
  [200, "HTTP/2", "node", true, 1],
  [200, "HTTP/2", "ductile", true, 1],
  [200, "HTTP/1.1", "node", true, 1],
  [200, "HTTP/1.1", "ductile", true, 1],
  [true, "certificate_unknown_issuer"],
];

async function fetchIn(runtime: string, url: string, ca: string): Promise<void> {
  const { stdout } = await runIn(["npx", "-y", runtime, "program.mjs", JSON.stringify({ urls: [url], ca })]);
  const { outcomes, mozilla, native, others } = JSON.parse(stdout);
  assertEquals(outcomes, EXPECTED);
  assertEquals({ mozilla, others }, { mozilla: true, others: true });
  assert(native === true || native === "NativeRootsError", `${native}`);
}

for (const runtime of RUNTIMES) {
  const ignore = !hasNpm || !await isOnNpm(runtime);
  test({
    name: `${runtime} (npx) fetches from a server of this package, and ends with its connections open`,
    ignore,
    async run() {
      await using origin = await startOrigin();
      await fetchIn(runtime, origin.url, origin.caPem);
    },
  });

  test({
    name: `${runtime} (npx) fetches from nginx`,
    ignore: ignore || !installed("nginx"),
    async run() {
      const authority = await mintAuthority();
      const certificate = await mintCertificate(authority, { names: ["localhost"] });
      await using nginx = await startNginx({ certificate });
      await fetchIn(runtime, `https://localhost:${nginx.https}/`, authority.certPem);
    },
  });
}

test({
  name: "bundled for a browser, it has no import of Node's modules that must be there",
  async run() {
    const source = 'import { Client } from "@ductile/ductile";\nconsole.log(typeof Client);\n';
    await Deno.writeTextFile(`${project}/bundled.mjs`, source);
    const args = [
      "bundle",
      "--platform=browser",
      "--output",
      `${project}/bundle.js`,
      `${project}/bundled.mjs`,
    ];
    await runIn(["deno", ...args]);
    const bundle = await Deno.readTextFile(`${project}/bundle.js`);
    assertEquals(bundle.match(/^import .*"node:(?:net|tls|fs)/gm), null);
  },
});
