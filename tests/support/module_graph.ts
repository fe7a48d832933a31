/**
 * The imports between modules, as Deno sees them.
 *
 * @module
 */

import { pathOf, ROOT } from "./checkout.ts";
import { run } from "./run.ts";

/** One import: what it is for decides what loading the importer costs. */
export interface Import {
  /** Path from the root of the repository. */
  readonly from: string;
  /** The same for a file of the repository; otherwise what is imported: `jsr:@std/bytes@^1.0.0`, `node:zlib`. */
  readonly to: string;
  /**
   * - `code`: loaded with the importer.
   * - `dynamic`: loaded when an `import(...)` is reached.
   * - `type`: never loaded.
   */
  readonly kind: "code" | "dynamic" | "type";
}

/** The part of `deno info --json` that is read. */
interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly Dependency[];
  }[];
}

interface Dependency {
  readonly specifier: string;
  readonly code?: { readonly specifier?: string; readonly error?: string };
  readonly type?: { readonly specifier?: string };
  readonly isDynamic?: boolean;
}

/**
 * The imports of every module in `folders`, sorted by importer.
 *
 * @param folders The folders, and single files, to look at; paths from the root.
 * @param root Where a deno.json lies; this checkout by default.
 * @throws {Error} If something that is imported does not exist.
 */
export async function readImports(folders: readonly string[], root: URL = ROOT): Promise<Import[]> {
  const files = await listModules(folders, root);
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const lines = files.map((file) => `import "${new URL(file, root).href}";\n`);
    await Deno.writeTextFile(entry, lines.join(""));
    const config = `--config=${pathOf(new URL("deno.json", root))}`;
    const { code, stdout, stderr } = await run("deno", ["info", "--json", config, entry]);
    if (code !== 0) throw new Error(`Cannot read the module graph: ${stderr}`);
    return importsOf(JSON.parse(stdout), root).filter(({ from }) => files.includes(from));
  } finally {
    await Deno.remove(entry);
  }
}

/** Every `.ts` file below `folders`; paths from the root, sorted. */
export async function listModules(folders: readonly string[], root: URL = ROOT): Promise<string[]> {
  const files: string[] = [];
  for (const folder of folders) {
    if (folder.endsWith(".ts")) {
      files.push(folder);
      continue;
    }
    for await (const entry of Deno.readDir(new URL(`${folder}/`, root))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) files.push(...await listModules([path], root));
      else if (path.endsWith(".ts")) files.push(path);
    }
  }
  return files.sort();
}

/** The text of one file of the repository. */
export async function readSource(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, ROOT));
}

function importsOf({ modules }: Info, root: URL): Import[] {
  /** A file below the root as its path, anything else as it is. */
  const placeOf = (specifier: string) =>
    specifier.startsWith(root.href) ? specifier.slice(root.href.length) : specifier;
  const imports: Import[] = [];
  for (const { specifier, error, dependencies = [] } of modules) {
    if (error !== undefined) throw new Error(`Cannot read the module graph: ${error}`);
    const from = placeOf(specifier);
    for (const { code, type, isDynamic, specifier: written } of dependencies) {
      // A specifier that is imported for its types and, elsewhere in the file, dynamically, has both.
      if (type !== undefined) imports.push({ from, to: placeOf(type.specifier ?? written), kind: "type" });
      if (code !== undefined) {
        imports.push({ from, to: placeOf(code.specifier ?? written), kind: isDynamic ? "dynamic" : "code" });
      }
    }
  }
  return imports.sort((a, b) => a.from < b.from ? -1 : a.from > b.from ? 1 : 0);
}
