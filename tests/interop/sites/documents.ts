/**
 * The files behind the sites whose servers serve files.
 *
 * @module
 */

import { content } from "../content.ts";
import { TEXT } from "../site.ts";

/** What `/bytes-N` can be asked for where files are served, the largest only when `withLarge`. */
export const LENGTHS = { small: 65_536, middle: 8_388_608, large: 104_857_600 } as const;

/** A temporary folder that can be served. */
export interface Documents extends AsyncDisposable {
  readonly folder: string;
}

/** Writes the files, with `hello from NAME` as `index.html`. */
export async function writeDocuments(name: string, withLarge: boolean): Promise<Documents> {
  const folder = await Deno.makeTempDir({ prefix: "ductile_documents_" });
  await Deno.writeTextFile(`${folder}/index.html`, `hello from ${name}\n`);
  for (const path of ["text", "trailers"]) await Deno.writeTextFile(`${folder}/${path}`, TEXT);
  await Deno.mkdir(`${folder}/stored`);
  await Deno.mkdir(`${folder}/redirect`); // file servers redirect to it with a slash at the end
  await Deno.copyFile(`${folder}/index.html`, `${folder}/redirect/index.html`);
  for (const length of Object.values(LENGTHS)) {
    if (length === LENGTHS.large && !withLarge) continue;
    using file = await Deno.create(`${folder}/bytes-${length}`);
    const writer = file.writable.getWriter();
    for (const piece of content(length)) await writer.write(piece);
    writer.releaseLock();
  }
  // A server that runs as another user has to be let in.
  await Deno.chmod(folder, 0o755);
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}
