/** The process of Deno: Ctrl-C once and twice, and streams that take less than they are given. */

import { assertEquals } from "@std/assert";
import { onInterrupt, writeAll, writeAllSync } from "../../cli/deno_process.ts";
import { ROOT } from "../support/checkout.ts";
import { run } from "../support/run.ts";

const MODULE = new URL("cli/deno_process.ts", ROOT).href;

/** Runs a script in a process of its own, whose signals and exit code are its own. */
function script(text: string): ReturnType<typeof run> {
  const source = `import { onInterrupt } from ${JSON.stringify(MODULE)};\n${text}`;
  return run("deno", ["eval", "--ext=ts", source]);
}

const INTERRUPTS: readonly (readonly [name: string, text: string, code: number, stdout: string])[] = [
  [
    "the first Ctrl-C is told, and ends nothing",
    `const timer = setTimeout(() => Deno.exit(3), 20_000);
     const stop = onInterrupt(() => { console.log("told"); stop(); clearTimeout(timer); });
     Deno.kill(Deno.pid, "SIGINT");`,
    0,
    "told\n",
  ],
  [
    "the second Ctrl-C ends the process, and is not told",
    `onInterrupt(() => { console.log("told"); Deno.kill(Deno.pid, "SIGINT"); });
     Deno.kill(Deno.pid, "SIGINT");
     setTimeout(() => Deno.exit(3), 20_000);`,
    130,
    "told\n",
  ],
];
for (const [name, text, code, stdout] of INTERRUPTS) {
  Deno.test(`onInterrupt: ${name}`, async () => {
    const result = await script(text);
    assertEquals([result.code, result.stdout], [code, stdout], result.stderr);
  });
}

Deno.test("onInterrupt: a listener that is taken away leaves nothing that keeps the process", () => {
  const stop = onInterrupt(() => {});
  stop(); // a listener that is left fails the test
});

for (const length of [0, 1, 2, 3, 10]) {
  Deno.test(`writeAll and writeAllSync: ${length} bytes, three of them at a time, in their order`, async () => {
    const bytes = Uint8Array.from({ length }, (_, i) => i);
    const seen: number[][] = [];
    const writeSync = (given: Uint8Array): number =>
      seen.push([...given.subarray(0, 3)]) && Math.min(3, given.length);
    await writeAll({ write: (given) => Promise.resolve(writeSync(given)) }, bytes);
    assertEquals(seen.flat(), [...bytes]);
    writeAllSync({ writeSync }, bytes);
    assertEquals(seen.flat(), [...bytes, ...bytes]);
  });
}
