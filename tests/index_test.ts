/** The index of support files in `tests/README.md`: it has every one, and none that does not exist. */

import { assertEquals } from "@std/assert";
import { ROOT } from "./support/checkout.ts";
import { listModules } from "./support/module_graph.ts";

/** What the index names: files, and folders with a slash at the end; paths from `tests/`. */
function indexed(readme: string): string[] {
  return Array.from(readme.matchAll(/`([\w/.]+(?:\.ts|\/))`/g), ([, path = ""]) => path)
    .filter((path) => path.includes("/"));
}

/** Files that are no tests, and that `index` neither names nor has the folder of. */
function missing(files: readonly string[], index: readonly string[]): string[] {
  const folders = index.filter((path) => path.endsWith("/") && path !== "support/");
  return files.filter((file) =>
    !file.endsWith("_test.ts") && !index.includes(file) && !folders.some((folder) => file.startsWith(folder))
  );
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(new URL(`tests/${path}`, ROOT)).then(() => true, () => false);
}

const README = await Deno.readTextFile(new URL("tests/README.md", ROOT));

Deno.test("tests/README.md names every support file", async () => {
  const files = (await listModules(["tests"])).map((path) => path.slice("tests/".length));
  const index = indexed(README.slice(README.indexOf("## Support files")));
  assertEquals(missing(files, index), []);
});

Deno.test("tests/README.md names no file that is not there", async () => {
  const gone: string[] = [];
  for (const path of indexed(README.slice(README.indexOf("## Support files")))) {
    if (!await exists(path)) gone.push(path);
  }
  assertEquals(gone, []);
});

Deno.test("the index: a file without an entry is found, with one or in a listed folder it is not", () => {
  const index = indexed("- `a/b.ts`: one.\n- `c/`: many, such as `d.ts`.\n- `support/`: not all.");
  assertEquals(index, ["a/b.ts", "c/", "support/"]);
  assertEquals(missing(["a/b.ts", "a/other.ts", "a/other_test.ts", "c/d/e.ts", "support/x.ts"], index), [
    "a/other.ts",
    "support/x.ts",
  ]);
});
