/** What the README says of other runtimes: bundled, the modules do what they do in Deno. */

import { assertEquals, assertNotEquals } from "@std/assert";
import { pathOf, ROOT } from "../support/checkout.ts";
import { run } from "../support/run.ts";
import { runtimes } from "./runtimes.ts";

const folder = await Deno.makeTempDir({ prefix: "ductile_" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Bundled without lowering the syntax: what users get from JSR is not lowered either. */
async function bundle(entry: string, file: string): Promise<void> {
  const source = pathOf(new URL(`tests/portability/${entry}`, ROOT));
  const args = ["bundle", "--platform=browser", "--format=esm", "--output", `${folder}/${file}`, source];
  const { code, stderr } = await run("deno", args, { cwd: ROOT });
  if (code !== 0) throw new Error(`Cannot bundle ${entry}: ${stderr}`);
}

// One after the other: two that download their bundler into the same cache at the same time fail.
const bundling = bundle("smoke.ts", "smoke.js").then(() => bundle("client_smoke.ts", "client.js"))
  .then(() => bundle("relay_smoke.ts", "relay.js"));

for (const { name, installed, programs, outcomes } of await runtimes()) {
  for (const [what, file] of programs) {
    Deno.test({
      name: `portability: the ${what} in ${name}`,
      ignore: !installed,
      sanitizeOps: false, // the bundles are made for all tests
      sanitizeResources: false,
      async fn(t) {
        await bundling;
        const found = await outcomes(folder, file);
        assertNotEquals(found, []);
        for (const { name, failure } of found) {
          await t.step(name, () => assertEquals(failure, undefined, failure));
        }
      },
    });
  }
}

for (const entry of ["mod.ts", "server/mod.ts"]) {
  Deno.test(`portability: ${entry} bundled into a program does not run its command line in place of it`, async () => {
    await bundle(`../../${entry}`, "program.js");
    const { code, stdout, stderr } = await run("deno", [
      "run",
      "--no-config",
      `${folder}/program.js`,
      "--help",
    ]);
    assertEquals({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
  });
}
