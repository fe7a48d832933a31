/** The rules of style that are about text hold, and each is noticed where it is broken. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { LIBRARY, ROOT } from "../support/checkout.ts";
import { listModules, readSource } from "../support/module_graph.ts";
import { brokenRules, MAX_FILE_LINES, pathsIn } from "./text_rules.ts";

const DOCUMENTS = await listDocuments();

/** Has the banned words, to ban them. */
const ABOUT_WORDS = /^tests\/style\/|^CONTRIBUTING\.md$/;

function exists(path: string): Promise<boolean> {
  return Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}

async function listDocuments(): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ["", "docs/", "tests/"]) {
    for await (const { name } of Deno.readDir(new URL(folder, ROOT))) {
      if (name.endsWith(".md")) found.push(`${folder}${name}`);
    }
  }
  return found.sort();
}

Deno.test("style: files are short, and say what they mean", async () => {
  const found: string[] = [];
  for (const path of [...await listModules([...LIBRARY, "bench", "tests"]), ...DOCUMENTS]) {
    if (!ABOUT_WORDS.test(path)) found.push(...brokenRules(path, await readSource(path)));
  }
  assertEquals(found, []);
});

Deno.test("style: the documents name files that exist", async () => {
  const top = new Set<string>();
  for await (const { name, isDirectory } of Deno.readDir(ROOT)) if (isDirectory) top.add(name);
  const missing: string[] = [];
  for (const document of DOCUMENTS.filter((path) => path !== "CHANGELOG.md")) {
    const paths = pathsIn(await readSource(document), top);
    const folder = document.slice(0, document.lastIndexOf("/") + 1);
    for (const path of paths) {
      if (!await exists(path) && !await exists(folder + path)) missing.push(`${document}: ${path}`);
    }
  }
  assertEquals(missing, []);
});

/** One violation of each rule, and its lawful neighbour. */
const PLANTED = [
  { path: "tls/a.ts", text: "f();\n".repeat(MAX_FILE_LINES + 1), found: "a file of 501 lines" },
  { path: "tests/a_test.ts", text: "f();\n".repeat(MAX_FILE_LINES + 1), found: "a file of 501 lines" },
  { path: "tls/a.ts", text: "f();\n".repeat(MAX_FILE_LINES), found: undefined },
  { path: "roots/a_data.ts", text: "f();\n".repeat(MAX_FILE_LINES + 1), found: undefined },
  { path: "tls/a.ts", text: "/** Nobody waits. */", found: '"Nobody": name the party' },
  { path: "README.md", text: "whoever reads", found: '"whoever": name the party' },
  { path: "tls/a.ts", text: "/** The root vouches for it. */", found: '"vouch": a CA issues' },
  { path: "tls/a.ts", text: "heed(promise);", found: '"heed": ignoreRejection' },
  { path: "tls/a.ts", text: "/** Best first. */", found: '"Best first": say of what' },
  { path: "README.md", text: "It runs on our own TLS.", found: "Ductile's TLS" },
  { path: "README.md", text: "It runs on Deno's own TLS.", found: "Deno's TLS" },
  { path: "client/a.ts", text: "const resend = 1;", found: '"resend": retry' },
  { path: "http2/a.ts", text: "/** The number of a stream. */", found: "stream identifier" },
  { path: "http2/a.ts", text: "/** The number of streams. */", found: undefined },
  { path: "README.md", text: "It runs on Ductile's TLS or on Deno's TLS.", found: undefined },
] as const;
for (const { path, text, found } of PLANTED) {
  const name = text.length > 80 ? `${text.split("\n").length - 1} lines` : text;
  Deno.test(`style: ${path}: ${name}: ${found === undefined ? "allowed" : "refused"}`, () => {
    const broken = brokenRules(path, text);
    assertEquals(broken.length > 0, found !== undefined, broken.join("\n"));
    if (found !== undefined) assertStringIncludes(broken[0] ?? "", found);
  });
}

Deno.test("style: paths of the repository are found in prose and in drawings", () => {
  const text =
    "`tls/mod.ts` and a request/response\n  client/connect/   the pool\n  jsr:@std/bytes/concat tls/x*";
  assertEquals(pathsIn(text, new Set(["tls", "client"])), ["tls/mod.ts", "client/connect/"]);
});
