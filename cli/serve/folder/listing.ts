/**
 * The page that lists a folder.
 *
 * @module
 */

import type { FolderEntry } from "./files.ts";
import { isServed, type ServedFolder } from "./locate.ts";

/** The entries of a folder that are served, sorted by name, folders first. */
export async function entriesOf(folder: ServedFolder, path: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  for await (const { name, isDirectory } of folder.files.readDir(path)) {
    if (!isServed(folder, name)) continue;
    entries.push({ name, isDirectory });
    if (entries.length === MAX_LISTED_ENTRIES) break;
  }
  const rank = ({ isDirectory }: FolderEntry): number => isDirectory ? 0 : 1;
  return entries.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

/** Entries of a page: of a folder with millions, a page would take the memory and the time. */
export const MAX_LISTED_ENTRIES = 10_000;

/**
 * The page, in HTML.
 *
 * @param pathname The path of the folder's URL, with a slash at its end.
 */
export function listingPage(pathname: string, entries: readonly FolderEntry[]): string {
  const title = escaped(decodeURIComponent(pathname));
  const up = pathname === "/" ? [] : ['<li><a href="../">../</a></li>'];
  const links = entries.map(({ name, isDirectory }) => {
    const slash = isDirectory ? "/" : "";
    // A name with a colon would be taken for a URL with a scheme.
    return `<li><a href="./${escaped(encodeURIComponent(name))}${slash}">${escaped(name)}${slash}</a></li>`;
  });
  const more = entries.length < MAX_LISTED_ENTRIES ? [] : ["<p>There may be more: these are the first.</p>"];
  return [
    "<!DOCTYPE html>",
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${title}</title>`,
    `<h1>${title}</h1>`,
    "<ul>",
    ...up,
    ...links,
    "</ul>",
    ...more,
    "",
  ].join("\n");
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
