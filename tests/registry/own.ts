/**
 * The package of this checkout, as `deno publish` would upload it.
 *
 * `deno publish --dry-run` itself says which files those are; what the upload changes in them is done here:
 * a bare specifier of the import map becomes the `jsr:` specifier that it stands for.
 *
 * @module
 */

import { type Config, readConfig } from "../support/checkout.ts";
import { run } from "../support/run.ts";
import type { Package } from "./package.ts";

/**
 * Reads the package that lies in `root`.
 *
 * @param root Folder of the deno.json, ending in a slash.
 * @param env What the dry run needs to resolve the package's own dependencies: `JSR_URL` and `DENO_DIR`.
 * @throws {Error} If `deno publish` would refuse it.
 */
export async function loadOwnPackage(root: URL, env: Record<string, string>): Promise<Package> {
  const config = await readConfig(root);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const url of await listPublishedFiles(root, env)) {
    const path = `/${url.slice(root.href.length)}`;
    const content = await Deno.readFile(new URL(url));
    files.set(path, path.endsWith(".ts") ? rewriteImports(content, config.imports) : content);
  }
  return { name: config.name, version: config.version, exports: config.exports, files };
}

/** Asks `deno publish` which files it would upload. Types are the gate's business, so none are checked here. */
async function listPublishedFiles(root: URL, env: Record<string, string>): Promise<string[]> {
  const flags = ["--dry-run", "--allow-dirty", "--allow-slow-types", "--no-check"];
  const { code, stdout, stderr } = await run("deno", ["publish", ...flags], { cwd: root, env });
  const report = stdout + stderr;
  if (code !== 0) throw new Error(`Cannot list the files of the package:\n${report}`);
  const urls = [...report.matchAll(/^\s*(file:\/\/\S+) \([^)]*\)$/gm)].map(([, url = ""]) => url);
  if (urls.length === 0) throw new Error(`Cannot list the files of the package: none in\n${report}`);
  return urls;
}

/** Replaces what the import map names by what it stands for: `@std/bytes/concat` has `@std/bytes` in the map. */
function rewriteImports(content: Uint8Array, imports: Config["imports"]): Uint8Array<ArrayBuffer> {
  const source = new TextDecoder().decode(content);
  const rewritten = source.replaceAll(
    /(\bfrom\s*|\bimport\s*\(?\s*)"([^".][^":]*)"/g,
    (whole, lead: string, specifier: string) => {
      const key = Object.keys(imports).find((name) => specifier === name || specifier.startsWith(`${name}/`));
      return key === undefined ? whole : `${lead}"${imports[key]}${specifier.slice(key.length)}"`;
    },
  );
  return new TextEncoder().encode(rewritten);
}
