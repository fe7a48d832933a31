/**
 * The folder of this checkout, and its deno.json. Imports nothing, like `run.ts`.
 *
 * @module
 */

/** The root folder, with a slash at the end. */
export const ROOT: URL = new URL("../../", import.meta.url);

/** All of the library, as paths from the root; what stands beside it is not published. */
export const LIBRARY: readonly string[] = [
  "mod.ts",
  "cli",
  "client",
  "http",
  "http1",
  "http2",
  "io",
  "roots",
  "server",
  "tls",
  "websocket",
];

/** The part of a deno.json that the tools read. */
export interface Config {
  /** `@scope/name`. */
  readonly name: string;
  readonly version: string;
  /** Export path to file path. */
  readonly exports: Readonly<Record<string, string>>;
  /** The import map. */
  readonly imports: Readonly<Record<string, string>>;
}

/** Reads the deno.json in `root`, this checkout's by default. */
export async function readConfig(root: URL = ROOT): Promise<Config> {
  return JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
}

/** The path of a `file:` URL, as programs want it. */
export function pathOf(url: URL): string {
  return decodeURIComponent(url.pathname);
}
