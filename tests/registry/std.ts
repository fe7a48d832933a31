/**
 * `@std/*` for machines that cannot reach jsr.io: the same modules, from the npm package `deno-std`.
 *
 * That package is compiled JavaScript without types. The declarations in `types/` give them back: a module is
 * served if it exports something that is declared there, and it points to its declarations with
 * `@ts-self-types`. What is not declared is not served, so a use of something new fails loudly, here and not
 * at a user's.
 *
 * @module
 */

import { pathOf, ROOT } from "../support/checkout.ts";
import { run } from "../support/run.ts";
import type { Package } from "./package.ts";

const DENO_STD = "deno-std@1.4.0";
/** `deno-std` numbers all packages alike; so do we. All of them satisfy `^1.0.0`. */
const VERSION = "1.4.0";
const STD_PACKAGES = ["assert", "async", "bytes", "encoding"] as const;
const TYPES = new URL("./types/", import.meta.url);
/** A `DENO_DIR` for this download alone. */
const CACHE = pathOf(new URL(".cache/std", ROOT));
/** Pins the tarball's hash, so that npm can serve nothing else under that version. */
const LOCK_FILE = new URL("./deno_std.lock", import.meta.url);

/**
 * Reads the `@std` packages, downloading `deno-std` first where that was not done before.
 *
 * @throws {Error} If npm's registry does not answer either.
 */
export async function loadStdPackages(): Promise<Package[]> {
  const root = await findDenoStd() ?? await downloadDenoStd();
  return await Promise.all(STD_PACKAGES.map((name) => loadStdPackage(root, name)));
}

/** The folder Deno unpacked `deno-std` into; its parent is named after whichever npm registry is configured. */
async function findDenoStd(): Promise<string | undefined> {
  const [name, version] = DENO_STD.split("@");
  try {
    for await (const registry of Deno.readDir(`${CACHE}/npm`)) {
      const root = `${CACHE}/npm/${registry.name}/${name}/${version}`;
      const found = await Deno.stat(`${root}/package.json`).then(() => true, () => false);
      if (found) return root;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return undefined;
}

async function downloadDenoStd(): Promise<string> {
  const flags = ["--no-config", "--frozen", `--lock=${pathOf(LOCK_FILE)}`];
  const { code, stderr } = await run("deno", ["cache", ...flags, `npm:${DENO_STD}/bytes/concat.js`], {
    env: { DENO_DIR: CACHE },
  });
  const root = code === 0 ? await findDenoStd() : undefined;
  if (root === undefined) throw new Error(`Cannot download npm:${DENO_STD}:\n${stderr}`);
  return root;
}

/** Turns one folder of `deno-std` into a package that stands by itself, with declarations. */
async function loadStdPackage(root: string, name: string): Promise<Package> {
  const types = await Deno.readTextFile(new URL(`${name}.d.ts`, TYPES));
  const declared = new Set(exportedNames(types));
  const files = new Map<string, string>();
  const exports: Record<string, string> = { ".": "./mod.js" };
  const modules: string[] = [];
  for await (const { name: file } of Deno.readDir(`${root}/${name}`)) {
    const path = `/${name}/${file}`;
    if (!file.endsWith(".js") || file === "mod.js") continue;
    const source = await Deno.readTextFile(root + path);
    const names = exportedNames(source).filter((exported) => declared.has(exported));
    if (names.length === 0) continue;
    const typesPath = path.replace(/\.js$/, ".d.ts");
    const selfTypes = `// @ts-self-types="./${typesPath.split("/").at(-1)}"\n`;
    files.set(path, selfTypes + source);
    files.set(typesPath, `export { ${names} } from "../mod.d.ts";\nexport type * from "../mod.d.ts";\n`);
    exports[`./${file.slice(0, -".js".length).replaceAll("_", "-")}`] = `.${path}`;
    modules.push(path);
  }
  modules.sort();
  const reexports = modules.map((path) => `export * from ".${path}";\n`).join("");
  files.set("/mod.js", `// @ts-self-types="./mod.d.ts"\n${reexports}`);
  files.set("/mod.d.ts", types);
  for (const path of modules) await addImports(root, path, files);
  const encoder = new TextEncoder();
  const contents = [...files].map(([path, text]) => [path, encoder.encode(text)] as const);
  return { name: `@std/${name}`, version: VERSION, exports, files: new Map(contents) };
}

/** Adds what a module imports, and what that imports: a package cannot reach into another one's files. */
async function addImports(root: string, path: string, files: Map<string, string>): Promise<void> {
  const imports = /^(?:import|export)\s*(?:\*|\{[^}]*\})[^;"]* from "(\.[^"]+)"/gm;
  for (const [, specifier = ""] of (files.get(path) ?? "").matchAll(imports)) {
    const imported = new URL(specifier, `file://${path}`).pathname;
    if (files.has(imported)) continue;
    files.set(imported, await Deno.readTextFile(root + imported));
    await addImports(root, imported, files);
  }
}

function exportedNames(source: string): string[] {
  const declarations = source.matchAll(/^export (?:declare )?(?:async )?(?:function\*?|class|const) (\w+)/gm);
  return [...declarations].map(([, name = ""]) => name);
}
