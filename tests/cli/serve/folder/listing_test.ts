/** The page that lists a folder. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { FolderEntry } from "../../../../cli/serve/folder/files.ts";
import { entriesOf, listingPage, MAX_LISTED_ENTRIES } from "../../../../cli/serve/folder/listing.ts";
import { denoFiles } from "../../../../cli/serve/cli.ts";

Deno.test("F-10: entriesOf: a folder with more entries than a page has is read no further", async () => {
  let read = 0;
  async function* readDir(): AsyncGenerator<FolderEntry> {
    for (;;) yield { name: `${read++}`, isDirectory: false };
  }
  const folder = { root: "/", dotfiles: false, files: { ...denoFiles(), readDir } };
  const entries = await entriesOf(folder, "/");
  assertEquals([entries.length, read], [MAX_LISTED_ENTRIES, MAX_LISTED_ENTRIES]);
  assertStringIncludes(listingPage("/", entries), "There may be more");
});

Deno.test("listingPage: the title is the path, decoded, as text that is no markup", () => {
  assertStringIncludes(listingPage("/%3Cb%3E/%22/", []), "<title>/&#60;b&#62;/&#34;/</title>");
});
