/** What JSR's score and a release ask of the repository: versions in step, documents, provenance. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { VERSION } from "../client/version.ts";
import { readConfig, ROOT } from "./support/checkout.ts";
import { run } from "./support/run.ts";

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

Deno.test("publishing: deno.json, the code and the changelog name one version", async () => {
  const { version } = await readConfig();
  assertEquals(VERSION, version);
  const [, heading] = /^## (?!Unreleased)(\S+)/m.exec(await read("CHANGELOG.md")) ?? [];
  assertEquals(heading, version);
});

Deno.test("publishing: the README is published, and has examples", async () => {
  const config = JSON.parse(await read("deno.json"));
  for (const path of ["README.md", "CHANGELOG.md", "LICENSE", "deno.json"]) {
    assertEquals(config.publish.include.includes(path), true, path);
  }
  assertMatch(await read("README.md"), /^```ts/m);
});

/** What is read of `deno doc --json`. */
interface Documentation {
  readonly nodes: Readonly<
    Record<string, { readonly module_doc?: Doc; readonly symbols?: readonly Symbol[] }>
  >;
}

interface Doc {
  readonly doc?: string;
}

interface Symbol {
  readonly name: string;
  readonly declarations: readonly { readonly jsDoc?: Doc }[];
}

/** JSR asks for 80 of 100 symbols; here it is all of them. */
function undocumented({ nodes }: Documentation): string[] {
  return Object.values(nodes).flatMap(({ symbols = [] }) => symbols)
    .filter(({ declarations }) => declarations.every(({ jsDoc }) => !jsDoc?.doc))
    .map(({ name }) => name);
}

Deno.test("publishing: every export has a module document with an example, and every symbol a sentence", async () => {
  const { exports } = await readConfig();
  for (const path of Object.values(exports)) {
    const { code, stdout, stderr } = await run("deno", ["doc", "--json", path], { cwd: ROOT });
    assertEquals(code, 0, stderr);
    const documentation: Documentation = JSON.parse(stdout);
    assertEquals(undocumented(documentation), [], path);
    const [, essay = ""] = /^\/\*\*([^]*?)\*\//.exec(await read(path)) ?? [];
    assertMatch(essay, /@module/, path);
    assertMatch(essay, /```|`deno run /, `${path} has no example`);
  }
});

Deno.test("publishing: a symbol without a sentence is found", () => {
  const symbols = [
    { name: "a", declarations: [{ jsDoc: { doc: "A." } }] },
    { name: "b", declarations: [{ jsDoc: {} }, {}] },
  ];
  assertEquals(undocumented({ nodes: { "": { symbols } } }), ["b"]);
});

Deno.test("publishing: both registries get the provenance, and neither a secret of the repository", async () => {
  const workflow = await read(".github/workflows/publish.yml");
  assertEquals(workflow.match(/id-token: write/g)?.length, 2);
  assertEquals(workflow.match(/secrets\./g), null);
  assertStringIncludes(workflow, "npm publish --provenance");
  // Slow types cost points, and what is uncommitted was not tested.
  assertEquals(workflow.match(/allow-(?:slow-types|dirty)/g), null);
});

Deno.test("publishing: the workflows run the Deno that the tests name", async () => {
  const [, pinned] = /deno@([0-9.]+)/.exec(await read(".ci/run")) ?? [];
  for (const file of ["ci.yml", "publish.yml"]) {
    const workflow = await read(`.github/workflows/${file}`);
    for (const [, version] of workflow.matchAll(/deno@([0-9.]+)/g)) assertEquals(version, pinned);
  }
  assertStringIncludes(await read(".github/workflows/ci.yml"), ".ci/run");
});
