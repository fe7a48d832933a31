/**
 * `deno task npm`: makes the package for npm in `.cache/npm/`, as a folder and as a tarball, and prints the sizes of what
 * an import of each export reads.
 *
 * `deno pack` compiles the modules and writes their declarations. What it leaves to JSR's registry, the few modules of
 * `@std`, is bundled into the package here: npm alone has everything.
 *
 * @module
 */

import { readConfig, ROOT } from "../support/checkout.ts";
import { run } from "../support/run.ts";

/** The package as it was made. */
export interface NpmPackage {
  /** The path of its folder. */
  readonly folder: string;
  /** The path of its tarball. */
  readonly tarball: string;
}

/** What an import of one export reads: its modules, and those they import now or later. */
export interface ExportSize {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  readonly gzipped: number;
}

/**
 * Makes the package.
 *
 * @param out Folder that is made anew.
 */
export async function makeNpmPackage(out: string): Promise<NpmPackage> {
  await Deno.remove(out, { recursive: true }).catch(() => {});
  await Deno.mkdir(out, { recursive: true });
  const packed = `${out}/packed.tgz`;
  await runOrThrow("deno", ["pack", "--allow-dirty", "--no-source-maps", "--output", packed], ROOT);
  await runOrThrow("tar", ["-xzf", packed, "-C", out], ROOT);
  await Deno.remove(packed);
  const folder = `${out}/package`;
  await bundleStd(folder);
  await referToDisposables(folder);
  await writeManifest(folder);
  const stdout = await runOrThrow("npm", ["pack", "--silent", "--pack-destination", ".."], folder);
  return { folder, tarball: `${out}/${stdout.trim().split("\n").at(-1)}` };
}

/** A documentation comment, whose imports are examples, or the import of a module of `@std`. */
const STD = /\/\*\*\s[^]*?\*\/|\bfrom\s*"(@std\/[a-z0-9_/]+)"/g;

/** Bundles each module of `@std` that is imported into a file of its own, and lets the imports name that. */
async function bundleStd(folder: string): Promise<void> {
  const specifiers = new Set<string>();
  for (const path of await modulesOf(folder)) {
    const source = await Deno.readTextFile(`${folder}/${path}`);
    const up = "../".repeat(path.split("/").length - 1) || "./";
    const changed = source.replaceAll(STD, (text, specifier: string | undefined) => {
      if (specifier === undefined) return text;
      specifiers.add(specifier);
      return `from "${up}${vendored(specifier)}"`;
    });
    if (changed !== source) await Deno.writeTextFile(`${folder}/${path}`, changed);
  }
  await Deno.mkdir(`${folder}/vendor`);
  const entry = new URL(`.cache/std_entry_${crypto.randomUUID()}.ts`, ROOT);
  try {
    for (const specifier of specifiers) {
      await Deno.writeTextFile(entry, `export * from "${specifier}";\n`);
      const output = `${folder}/${vendored(specifier)}`;
      const args = ["bundle", "--platform=browser", "--format=esm", "--output", output, entry.pathname];
      await runOrThrow("deno", args, ROOT);
      if (await isInDeclarations(folder, vendored(specifier))) {
        throw new Error(`Cannot make the package: a declaration needs the types of ${specifier}`);
      }
    }
  } finally {
    await Deno.remove(entry).catch(() => {});
  }
  await Deno.writeTextFile(`${folder}/vendor/LICENSE`, await stdLicense());
}

/** Declares the library that has `Disposable`, which programs for older targets do not name. */
async function referToDisposables(folder: string): Promise<void> {
  for (const path of await modulesOf(folder)) {
    if (!path.endsWith(".d.ts")) continue;
    const source = await Deno.readTextFile(`${folder}/${path}`);
    if (!/\bSymbol\.(?:d|asyncD)ispose\b|\b(?:Async)?Disposable\b/.test(source)) continue;
    await Deno.writeTextFile(`${folder}/${path}`, `/// <reference lib="esnext.disposable" />\n${source}`);
  }
}

function vendored(specifier: string): string {
  return `vendor/${specifier.slice(1).replaceAll("/", "_")}.js`;
}

async function isInDeclarations(folder: string, file: string): Promise<boolean> {
  for (const path of await modulesOf(folder)) {
    if (path.endsWith(".d.ts") && (await Deno.readTextFile(`${folder}/${path}`)).includes(file)) return true;
  }
  return false;
}

/** The licence of `@std`, which has the words of this package's. */
async function stdLicense(): Promise<string> {
  const own = await Deno.readTextFile(new URL("LICENSE", ROOT));
  return own.replace(/^Copyright .*$/m, "Copyright 2018-2026 the Deno authors");
}

/** Adds to the manifest what npm's users look for, and takes the dependencies away that are bundled. */
async function writeManifest(folder: string): Promise<void> {
  const { dependencies: _, ...manifest } = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
  const whole = {
    ...manifest,
    description: DESCRIPTION,
    keywords: ["http", "http2", "tls", "fetch", "client", "x509", "websocket"],
    engines: { node: ">=22" },
    sideEffects: false,
  };
  await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify(whole, null, 2) + "\n");
}

const DESCRIPTION =
  "An HTTP/1.1 and HTTP/2 client and server with TLS 1.3 and 1.2 that you can see into and steer";

/** The sizes of what an import of each export reads. */
export async function exportSizes(folder: string): Promise<ExportSize[]> {
  const { exports } = await readConfig();
  return await Promise.all(
    Object.entries(exports).map(async ([name, path]) => {
      const read = await reachedFrom(folder, path.replace(/^\.\//, "").replace(/\.ts$/, ".js"));
      const text = [...read.values()].join("");
      const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
      return {
        name,
        files: read.size,
        bytes: new TextEncoder().encode(text).length,
        gzipped: (await new Response(stream).arrayBuffer()).byteLength,
      };
    }),
  );
}

/** A relative import, of now or of later. */
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)"(\.{1,2}\/[^"\n]+\.js)"/g;

async function reachedFrom(folder: string, entry: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    const source = await Deno.readTextFile(`${folder}/${path}`);
    found.set(path, source);
    const code = source.replaceAll(/\/\*\*\s[^]*?\*\//g, "");
    for (const [, specifier = ""] of code.matchAll(IMPORT)) {
      waiting.push(new URL(specifier, `file:///${path}`).pathname.slice(1));
    }
  }
  return found;
}

async function modulesOf(folder: string, under = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${under}`)) {
    if (isDirectory) found.push(...await modulesOf(folder, `${under}${name}/`));
    else if (/\.(?:js|d\.ts)$/.test(name)) found.push(under + name);
  }
  return found;
}

async function runOrThrow(command: string, args: readonly string[], cwd: string | URL): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { cwd });
  if (code !== 0) throw new Error(`Cannot run ${command} ${args.join(" ")}: exit code ${code}\n${stderr}`);
  return stdout;
}

function inKilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}

if (import.meta.main) {
  const { folder, tarball } = await makeNpmPackage(new URL(".cache/npm", ROOT).pathname);
  const { size } = await Deno.stat(tarball);
  const lines = (await exportSizes(folder)).map(({ name, files, bytes, gzipped }) =>
    `${name.padEnd(14)} ${String(files).padStart(4)} files ${inKilobytes(bytes).padStart(9)} ${
      inKilobytes(gzipped).padStart(9)
    } gzipped`
  );
  // deno-lint-ignore no-console -- the output of the task
  console.log(`${tarball} (${inKilobytes(size)})\n${lines.join("\n")}`);
}
