/** The local registry serves what `deno publish` would upload, and the dependencies of that. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { run } from "../support/run.ts";
import { loadOwnPackage } from "./own.ts";
import { documentsOf } from "./package.ts";
import { startRegistry } from "./registry.ts";
import { loadStdPackages } from "./std.ts";

/** A package like this one: a bare import, a subpath of one, a dynamic one, a word in a string, an unpublished file. */
const SAMPLE: Record<string, string> = {
  "deno.json": JSON.stringify({
    name: "@sample/sample",
    version: "1.2.3",
    license: "MIT",
    exports: { ".": "./mod.ts" },
    imports: { "@std/bytes": "jsr:@std/bytes@^1.0.0" },
    publish: { include: ["mod.ts", "deno.json"] },
    lock: false,
  }),
  "mod.ts": [
    'import { equals } from "@std/bytes";',
    'import { concat } from "@std/bytes/concat";',
    "/** How many bytes. */",
    "export async function count(): Promise<number> {",
    '  const { repeat } = await import("@std/bytes/repeat");',
    "  const bytes = repeat(new Uint8Array(1), 3);",
    '  return equals(bytes, concat([bytes])) ? bytes.length : "@std/bytes".length;',
    "}",
    "",
  ].join("\n"),
  "unpublished.ts": "export {};\n",
};

/** Writes the sample package to a folder that is gone afterwards. */
async function sampleFolder(): Promise<AsyncDisposable & { readonly root: URL; readonly path: string }> {
  const path = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(SAMPLE)) await Deno.writeTextFile(`${path}/${name}`, text);
  const remove = () => Deno.remove(path, { recursive: true });
  return { path, root: new URL(`file://${path}/`), [Symbol.asyncDispose]: remove };
}

Deno.test("the local registry serves what deno publish would upload, and its dependencies", async () => {
  await using folder = await sampleFolder();
  await using registry = await startRegistry({ denoDir: `${folder.path}/.deno`, root: folder.root });
  const script = `${folder.path}/unpublished.ts`;
  await Deno.writeTextFile(
    script,
    'import { count } from "jsr:@sample/sample@^1.0.0";\nconsole.log(await count());\n',
  );
  const result = await run("deno", ["run", "--check", "--no-config", script], {
    env: { JSR_URL: registry.url, DENO_DIR: `${folder.path}/.deno-user` },
  });
  assertEquals({ code: result.code, stdout: result.stdout }, { code: 0, stdout: "3\n" }, result.stderr);
});

Deno.test("the local registry rewrites bare imports as publishing does, and nothing else", async () => {
  await using folder = await sampleFolder();
  await using registry = await startRegistry({ denoDir: `${folder.path}/.deno`, root: folder.root });
  const response = await fetch(`${registry.url}@sample/sample/1.2.3/mod.ts`);
  const lines = (await response.text()).split("\n");
  assertEquals(lines.slice(0, 2), [
    'import { equals } from "jsr:@std/bytes@^1.0.0";',
    'import { concat } from "jsr:@std/bytes@^1.0.0/concat";',
  ]);
  assertEquals(lines[4], '  const { repeat } = await import("jsr:@std/bytes@^1.0.0/repeat");');
  assertStringIncludes(lines[6] ?? "", '"@std/bytes".length');
});

Deno.test("the local registry has no file that is not published, and no other package", async () => {
  await using folder = await sampleFolder();
  await using registry = await startRegistry({ denoDir: `${folder.path}/.deno`, root: folder.root });
  const statuses: number[] = [];
  for (
    const path of [
      "@sample/sample/1.2.3/unpublished.ts",
      "@sample/sample/9.9.9_meta.json",
      "@std/x/meta.json",
    ]
  ) {
    const response = await fetch(registry.url + path);
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assertEquals(statuses, [404, 404, 404]);
});

Deno.test("the local registry announces the first request for the package of the checkout, once", async () => {
  await using folder = await sampleFolder();
  let announced = 0;
  const onOwnPackage = () => {
    announced++;
    return Promise.resolve();
  };
  const options = { denoDir: `${folder.path}/.deno`, root: folder.root, onOwnPackage };
  await using registry = await startRegistry(options);
  const counts: number[] = [];
  for (const path of ["@std/bytes/meta.json", "@sample/sample/meta.json", "@sample/sample/1.2.3_meta.json"]) {
    await (await fetch(registry.url + path)).body?.cancel();
    counts.push(announced);
  }
  assertEquals(counts, [0, 1, 1]);
});

Deno.test("a package that deno publish refuses is not served", async () => {
  await using folder = await sampleFolder();
  await Deno.writeTextFile(`${folder.path}/deno.json`, '{ "name": "@sample/sample" }');
  await assertRejects(() => loadOwnPackage(folder.root, {}), Error, "Cannot list the files of the package");
});

Deno.test("a version's document has the size and the hash of each of its files", async () => {
  const files = new Map([["/mod.ts", new TextEncoder().encode("export {};\n")]]);
  const documents = await documentsOf({
    name: "@a/b",
    version: "1.0.0",
    exports: { ".": "./mod.ts" },
    files,
  });
  assertEquals(JSON.parse(String(documents.get("/@a/b/1.0.0_meta.json"))), {
    manifest: {
      "/mod.ts": {
        size: 11,
        checksum: "sha256-8e609bb71c20b858c77f0e9f90bb1319db8477b13f9f965f1a1e18524bf50881",
      },
    },
    exports: { ".": "./mod.ts" },
  });
});

Deno.test("every name that is declared for @std is exported by the module that is served for it", async () => {
  const script = (await loadStdPackages()).map(({ name, files }) => {
    const types = new TextDecoder().decode(files.get("/mod.d.ts"));
    const names = [...types.matchAll(/^export (?:function|class) (\w+)/gm)].map(([, declared]) => declared);
    return `import * as ${name.replace("@std/", "")} from "jsr:${name}@^1.0.0";\n` +
      `for (const x of ${JSON.stringify([...new Set(names)])}) console.log(x, typeof ${
        name.replace("@std/", "")
      }[x]);\n`;
  });
  await using folder = await sampleFolder();
  await using registry = await startRegistry({ denoDir: `${folder.path}/.deno`, root: folder.root });
  const result = await run("deno", ["run", "--no-config", "-"], {
    stdin: script.join(""),
    env: { JSR_URL: registry.url, DENO_DIR: `${folder.path}/.deno-user` },
  });
  const lines = result.stdout.trim().split("\n");
  assertEquals(lines.filter((line) => !line.endsWith(" function")), [], result.stderr);
  assertEquals(lines.length > 40, true);
});
