/**
 * A folder to serve, made for one test.
 *
 * @module
 */

import { denoFiles } from "../../../../cli/serve/cli.ts";
import type { ServedFolder } from "../../../../cli/serve/folder/locate.ts";

/** A folder that is gone afterwards, and one beside it that must never be served. */
export interface TemporaryFolder extends AsyncDisposable, ServedFolder {
  /** The path of a file in it. */
  path(name: string): string;
}

/**
 * Makes a folder `public` with files, and beside it `secret.txt`.
 *
 * @param contents Names, with slashes between folders, and what is in the files.
 * @param more Fields that are not those of the command without flags.
 */
export async function temporaryFolder(
  contents: Readonly<Record<string, string | Uint8Array>>,
  more: Partial<ServedFolder> = {},
): Promise<TemporaryFolder> {
  const parent = await Deno.realPath(await Deno.makeTempDir());
  const root = `${parent}/public`;
  await Deno.mkdir(root);
  await Deno.writeTextFile(`${parent}/secret.txt`, "secret");
  for (const [name, content] of Object.entries(contents)) {
    const path = `${root}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    await Deno.utime(path, LONG_AGO, LONG_AGO);
  }
  return {
    root,
    dotfiles: false,
    files: denoFiles(),
    ...more,
    path: (name) => `${root}/${name}`,
    [Symbol.asyncDispose]: () => Deno.remove(parent, { recursive: true }),
  };
}

/** The last change of every file: one whole second of the past. */
export const LONG_AGO: Date = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
