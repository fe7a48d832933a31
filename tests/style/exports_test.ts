/** A name that two entry points export is one symbol, and what documents the codes of a type lists all of them. */

import { assertEquals } from "@std/assert";
import { LIBRARY, readConfig, ROOT } from "../support/checkout.ts";
import { listModules, readSource } from "../support/module_graph.ts";
import { run } from "../support/run.ts";

/** What is read of `deno doc --json`. */
interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols?: readonly DocumentedSymbol[] }>>;
}

interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly { readonly location: { readonly filename: string } }[];
}

/** A name, and the file that declares it. */
interface Exported {
  readonly name: string;
  readonly file: string;
}

/** The names that stand for declarations in more than one file. */
function ambiguous(symbols: readonly Exported[]): string[] {
  const places = new Map<string, Set<string>>();
  for (const { name, file } of symbols) places.set(name, (places.get(name) ?? new Set()).add(file));
  return [...places]
    .filter(([, files]) => files.size > 1)
    .map(([name, files]) => `${name}: ${[...files].sort().join(", ")}`);
}

/** Everything that `entry` exports. */
async function exportedBy(entry: string): Promise<Exported[]> {
  const { code, stdout, stderr } = await run("deno", ["doc", "--json", entry], { cwd: ROOT });
  assertEquals(code, 0, stderr);
  const { nodes }: Documentation = JSON.parse(stdout);
  return Object.values(nodes).flatMap((node) => node.symbols ?? []).flatMap(({ name, declarations }) =>
    declarations.map(({ location }) => ({ name, file: location.filename.replace(ROOT.href, "") }))
  );
}

Deno.test("style: a name that two entry points export is one symbol", async () => {
  const { exports } = await readConfig();
  const exported = await Promise.all(Object.values(exports).map(exportedBy));
  assertEquals(ambiguous(exported.flat()), []);
});

Deno.test("style: a name of two symbols is found", () => {
  const one = [{ name: "A", file: "a.ts" }, { name: "B", file: "b.ts" }];
  const other = [{ name: "A", file: "c.ts" }, { name: "B", file: "b.ts" }];
  assertEquals(ambiguous([...one, ...other]), ["A: a.ts, c.ts"]);
});

/** A type of error codes with its doc comment: the comment, the name, the union. */
const CODE_TYPE = /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport type (\w+ErrorCode) =([^;]*);/g;
/** Where a comment documents codes: the first cell of a row, or a list entry up to its colon. */
const DOCUMENTED = /^ \* (?:\| ([^|]*) \||(?:- |And )([^:]*))/gm;

/** The codes that a type has and its comment has not, and the reverse. */
function differingCodes(source: string): string[] {
  return [...source.matchAll(CODE_TYPE)].flatMap(([, comment = "", name, union = ""]) => {
    const inComment = [...comment.matchAll(DOCUMENTED)].flatMap(([, cell, entry]) =>
      [...(cell ?? entry ?? "").matchAll(/`(\w+)`/g)].map(([, code]) => code)
    );
    const inUnion = [...union.matchAll(/"(\w+)"/g)].map(([, code]) => code);
    return [
      ...inUnion.filter((code) => !inComment.includes(code)).map((code) =>
        `${name}: ${code} is not documented`
      ),
      ...inComment.filter((code) => !inUnion.includes(code)).map((code) => `${name}: there is no ${code}`),
    ];
  });
}

Deno.test("style: every error code is documented beside its type, and no other", async () => {
  const sources = await Promise.all((await listModules(LIBRARY)).map(readSource));
  assertEquals(sources.flatMap(differingCodes), []);
  const types = sources.flatMap((source) => [...source.matchAll(CODE_TYPE)].map(([, , name]) => name));
  assertEquals(types.sort(), [
    "CertificateErrorCode",
    "ClientErrorCode",
    "HpackErrorCode",
    "Http1ErrorCode",
    "Http2ErrorCode",
    "TlsErrorCode",
    "WebSocketErrorCode",
  ]);
});

Deno.test("style: a code that is not documented, and one that does not exist, are found", () => {
  const table = `/**\n * Codes.\n *\n * | code | meaning |\n * | \`a\`, \`c\` | bad |\n */\n`;
  assertEquals(differingCodes(`${table}export type XErrorCode = "a" | "b";\n`), [
    "XErrorCode: b is not documented",
    "XErrorCode: there is no c",
  ]);
  const list = `/**\n * Codes.\n * - \`a\`, \`b\`: see \`d\`.\n * And \`e\`: bad.\n */\n`;
  assertEquals(differingCodes(`${list}export type XErrorCode = "a" | "b" | "e" | Other;\n`), []);
});
