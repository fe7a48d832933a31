/** Paths that lead out of the folder, or to what is not served. */

import { assertEquals } from "@std/assert";
import { locate } from "../../../../cli/serve/folder/locate.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const CONTENTS = {
  "a.txt": "a",
  "folder/b.txt": "b",
  "folder/.hidden": "hidden",
  ".git/config": "config",
  "spaces and ü.txt": "c",
  "100%.txt": "d",
};

const FOUND: readonly (readonly [pathname: string, path: string])[] = [
  ["/", ""],
  ["/a.txt", "/a.txt"],
  ["/folder", "/folder"],
  ["/folder/", "/folder"],
  ["/folder/b.txt", "/folder/b.txt"],
  ["/%66older/%62.txt", "/folder/b.txt"],
  ["/spaces%20and%20%C3%BC.txt", "/spaces and ü.txt"],
  ["/100%25.txt", "/100%.txt"],
  ["/inside", "/a.txt"],
  ["/inside-folder/b.txt", "/folder/b.txt"],
];

/** Bad inputs, by the ids of their rows. */
const NOT_FOUND: readonly (readonly [name: string, pathnames: readonly string[]])[] = [
  ["F-01: dot segments with encoded slashes", [
    "/..%2fsecret.txt",
    "/..%2Fsecret.txt",
    "/folder/..%2f..%2fsecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/..%5csecret.txt",
    "/folder%2fb.txt",
  ]],
  ["F-01: dot segments that a parser of URLs has left", ["/../secret.txt", "/./a.txt", "/folder/.."]],
  ["F-02: a link out of the folder", ["/outside", "/outside-folder/secret.txt", "/outside-folder/"]],
  ["F-02: a link to itself, and one to nothing", ["/circle", "/nothing"]],
  ["F-03: names that begin with a dot", [
    "/.git",
    "/.git/config",
    "/%2egit/config",
    "/folder/.hidden",
    "/link-to-git/config",
  ]],
  ["F-04: NUL and other control characters", ["/a.txt%00", "/a.txt%00.png", "/a%0a.txt", "/%7f%00"]],
  ["F-04: malformed percent-encoding, and no UTF-8", [
    "/%",
    "/%zz",
    "/a%2",
    "/%ff.txt",
    "/%c0%ae%c0%ae/secret.txt",
  ]],
  ["F-05: empty segments", ["//", "//a.txt", "/folder//b.txt", "//example.com/a.txt"]],
  ["F-05: names of other systems", ["/C:/secret.txt", "/a.txt:stream", "/folder\\b.txt"]],
  ["F-06: a name that is longer than any", [`/${"a".repeat(300)}`, `/${"a/".repeat(5_000)}`]],
  ["F-06: a path through a file", ["/a.txt/b"]],
];

async function servedFolder(dotfiles = false): Promise<Awaited<ReturnType<typeof temporaryFolder>>> {
  const folder = await temporaryFolder(CONTENTS, { dotfiles });
  const links = {
    "outside": "../secret.txt",
    "outside-folder": "..",
    "inside": "a.txt",
    "inside-folder": "folder",
    "circle": "circle",
    "nothing": "missing",
    "link-to-git": ".git",
  };
  for (const [name, to] of Object.entries(links)) await Deno.symlink(to, folder.path(name));
  return folder;
}

Deno.test("locate: paths are found below the folder, links within it followed", async () => {
  await using folder = await servedFolder();
  for (const [pathname, path] of FOUND) {
    assertEquals((await locate(folder, pathname))?.path, folder.root + path, pathname);
  }
});

for (const [name, pathnames] of NOT_FOUND) {
  Deno.test(`${name}: nothing is there`, async () => {
    await using folder = await servedFolder();
    for (const pathname of pathnames) assertEquals(await locate(folder, pathname), undefined, pathname);
  });
}

Deno.test("locate: names that begin with a dot are found where they are asked for", async () => {
  await using folder = await servedFolder(true);
  assertEquals((await locate(folder, "/.git/config"))?.path, folder.path(".git/config"));
  assertEquals((await locate(folder, "/link-to-git/config"))?.path, folder.path(".git/config"));
  assertEquals(await locate(folder, "/..%2fsecret.txt"), undefined);
});

Deno.test("locate: a folder whose name begins as this one's is another folder", async () => {
  await using folder = await servedFolder();
  await Deno.mkdir(`${folder.root}-other`);
  await Deno.symlink("../public-other", folder.path("other"));
  assertEquals(await locate(folder, "/other"), undefined);
});
