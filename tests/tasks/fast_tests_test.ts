/** Which tests `deno task test:fast` runs: those that start no process. */

import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../support/checkout.ts";
import { fastTests } from "./fast_tests.ts";

/** A checkout that breaks the rule in every way. */
const PLANTED: Readonly<Record<string, string>> = {
  "lib.ts": "export const one = 1;",
  "tests/pure_test.ts": 'import { one } from "../lib.ts";\n// Deno.Command is only mentioned\n',
  "tests/text_test.ts": 'const text = `\nimport "./support/run.ts";\n`;',
  "tests/typed_test.ts": 'import type { Run } from "./support/run.ts";\n',
  "tests/direct_test.ts": 'new Deno.Command("true");',
  "tests/node_test.ts": 'import { spawn } from "node:child_process";\nspawn("true");\n',
  "tests/imported_test.ts": 'import {\n  run,\n} from "./support/run.ts";\n',
  "tests/far_test.ts": 'import "./support/far.ts";',
  "tests/exported_test.ts": 'export * from "./support/far.ts";',
  "tests/dynamic_test.ts": 'await import("./support/run.ts");',
  "tests/fuzz/long_test.ts": "",
  "tests/support/far.ts": 'import { run } from "./run.ts";\n',
  "tests/support/run.ts": 'export const run = () => new Deno.Command("true");\nexport interface Run {}\n',
};

Deno.test("fastTests: a test that starts a process, or loads what does, is not fast", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ductile_" });
  try {
    for (const [path, text] of Object.entries(PLANTED)) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    assertEquals(await fastTests(new URL(`file://${folder}/`)), [
      "tests/pure_test.ts",
      "tests/text_test.ts",
      "tests/typed_test.ts",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("fastTests: most tests of the library are fast, and none that asks for a program", async () => {
  const fast = await fastTests();
  assert(fast.length > 100, `only ${fast.length}`);
  for (const file of fast) {
    const source = await Deno.readTextFile(new URL(file, ROOT));
    assert(!/^import \{[^}]*\} from "[./]+support\/(?:run|process|peers)\.ts";$/m.test(source), file);
  }
});
