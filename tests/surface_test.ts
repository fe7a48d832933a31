/**
 * The public surface, name by name. A subpath and each of its names is a promise: whoever adds or removes one
 * says so here.
 */

import { assertEquals } from "@std/assert";
import { readConfig, ROOT } from "./support/checkout.ts";
import { run } from "./support/run.ts";

/** Export path to what it gives: kind and name, sorted by name. */
const SURFACE: Readonly<Record<string, readonly string[]>> = {
  ".": [],
  "./http1": [],
  "./http2": [],
  "./roots": [],
  "./tls": [],
};

/** What is read of `deno doc --json`. */
interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols?: readonly DocumentedSymbol[] }>>;
}

interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly { readonly kind: string }[];
}

const { exports } = await readConfig();

Deno.test("the package has these exports", () => {
  assertEquals(Object.keys(exports).sort(), Object.keys(SURFACE).sort());
});

for (const [path, file] of Object.entries(exports)) {
  Deno.test(`the export "${path}" has these names`, async () => {
    assertEquals(await namesOf(file), SURFACE[path]);
  });
}

/** Kind and name of everything that `file` exports, sorted by name. */
async function namesOf(file: string): Promise<string[]> {
  const { code, stdout, stderr } = await run("deno", ["doc", "--json", file], { cwd: ROOT });
  assertEquals(code, 0, stderr);
  const { nodes }: Documentation = JSON.parse(stdout);
  const symbols = Object.values(nodes).flatMap((node) => node.symbols ?? []);
  return symbols
    .map(({ name, declarations }) => `${declarations[0]?.kind} ${name}`)
    .sort((a, b) => nameIn(a) < nameIn(b) ? -1 : 1);
}

function nameIn(entry: string): string {
  return entry.slice(entry.indexOf(" ") + 1);
}
