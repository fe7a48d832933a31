/** docs/NAMES.md against the exports: a name that it gives to those who come from Rust exists. */

import { assert, assertEquals } from "@std/assert";
import { readConfig, ROOT } from "../support/checkout.ts";
import { run } from "../support/run.ts";

/** What is read of `deno doc --json`. */
interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols?: readonly DocumentedSymbol[] }>>;
}

interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly { readonly kind: string; readonly def?: Definition }[];
}

interface Member {
  readonly name?: string;
}

/** Of a class or an interface. */
interface Definition {
  readonly properties?: readonly Member[];
  readonly methods?: readonly Member[];
  readonly extends?: unknown;
}

/** Members that are the platform's: `deno doc` does not go into `Response` and `RequestInit`. */
const INHERITED = new Set([
  "ClientRequestInit.body",
  "ClientRequestInit.headers",
  "ClientResponse.body",
  "ClientResponse.bytes",
  "ClientResponse.json",
  "ClientResponse.ok",
  "ClientResponse.text",
]);

const text = await Deno.readTextFile(new URL("docs/NAMES.md", ROOT));

/** The names of the second column. */
function namesOf(markdown: string): string[] {
  const cells = markdown.split("\n").filter((line) => line.startsWith("| `")).map((line) =>
    line.split(" | ")[1] ?? ""
  );
  return cells.flatMap((cell) => [...cell.matchAll(/`([A-Za-z0-9.]+)`/g)].map(([, name = ""]) => name));
}

/** Every exported name, and every member of those that have some, with what they inherit of each other. */
async function exportedNames(): Promise<Set<string>> {
  const { exports } = await readConfig();
  const { code, stdout, stderr } = await run("deno", ["doc", "--json", ...Object.values(exports)], {
    cwd: ROOT,
  });
  assertEquals(code, 0, stderr);
  const { nodes }: Documentation = JSON.parse(stdout);
  const symbols = Object.values(nodes).flatMap((node) => node.symbols ?? []);
  // What several modules export has a definition in one of them, and references to it in the others.
  const own = Map.groupBy(symbols, ({ name }) => name);
  const names = new Set(own.keys());
  const add = (type: string, documented: readonly DocumentedSymbol[]): void => {
    for (const { def: definition } of documented.flatMap(({ declarations }) => declarations)) {
      for (const { name } of [...definition?.properties ?? [], ...definition?.methods ?? []]) {
        names.add(`${type}.${name}`);
      }
      for (const [, base = ""] of JSON.stringify(definition?.extends ?? "").matchAll(/"([A-Z]\w+)"/g)) {
        const inherited = own.get(base);
        if (inherited !== undefined && base !== type) add(type, inherited);
      }
    }
  };
  for (const [name, documented] of own) add(name, documented);
  return names;
}

Deno.test("docs/NAMES.md: each name of ours is exported", async () => {
  const exported = await exportedNames();
  const given = namesOf(text);
  assert(given.length > 150, `only ${given.length} names were found`);
  const unknown = given.filter((name) => !exported.has(name) && !INHERITED.has(name));
  assertEquals(unknown, []);
  // Planted: the check notices a name that does not exist.
  assertEquals(exported.has("TlsConnector.connectWith"), false);
});
