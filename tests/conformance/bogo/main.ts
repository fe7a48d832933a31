/**
 * `deno task bogo FOLDER [PATTERN]`: runs BoringSSL's test runner against our TLS.
 *
 * FOLDER is `ssl/test/runner` of a checkout of BoringSSL, which is not part of this project; Go builds it. PATTERN
 * narrows the tests, as the runner's `-test` does: globs between semicolons.
 *
 * @module
 */

import { pathOf } from "../../support/checkout.ts";

const [folder, pattern] = Deno.args;
if (folder === undefined) {
  console.error("Cannot run BoGo: give the folder ssl/test/runner of a checkout of BoringSSL");
  Deno.exit(2);
}
const work = await Deno.makeTempDir({ prefix: "ductile-bogo-" });
try {
  Deno.exit(await runBogo(folder, work, pattern));
} finally {
  await Deno.remove(work, { recursive: true });
}

async function runBogo(folder: string, work: string, pattern: string | undefined): Promise<number> {
  const runner = `${work}/runner.test`;
  const built = await new Deno.Command("go", { args: ["test", "-c", "-o", runner], cwd: folder }).spawn()
    .status;
  if (!built.success) return 1;
  const shim = await writeShim(work);
  const report = `${work}/report.json`;
  const { code } = await new Deno.Command(runner, {
    args: [
      `-shim-path=${shim}`,
      `-shim-config=${pathOf(new URL("config.json", import.meta.url))}`,
      "-pipe",
      "-allow-unimplemented",
      "-num-workers=4",
      "-idle-timeout=5s",
      "-test.timeout=20m",
      `-json-output=${report}`,
      ...(pattern === undefined ? [] : [`-test=${pattern}`]),
    ],
    cwd: folder,
  }).spawn().status;
  printCounts(JSON.parse(await Deno.readTextFile(report)));
  return code;
}

/** The runner wants one program: this one starts Deno, with nothing to look up or to check. */
async function writeShim(work: string): Promise<string> {
  const config = Deno.env.get("JSR_URL") === undefined ? "" : `export JSR_URL=${Deno.env.get("JSR_URL")}\n`;
  const script = pathOf(new URL("shim.ts", import.meta.url));
  const shim = `${work}/shim`;
  await Deno.writeTextFile(
    shim,
    `#!/bin/sh\n${config}exec "${Deno.execPath()}" run -q -A --no-check "${script}" "$@"\n`,
    { mode: 0o755 },
  );
  return shim;
}

/** What the runner writes with `-json-output`. */
interface Report {
  readonly num_failures_by_type: Readonly<Record<string, number>>;
}

function printCounts({ num_failures_by_type: counts }: Report): void {
  const { PASS = 0, FAIL = 0, SKIP = 0 } = counts;
  console.log(`BoGo: ${PASS} passed, ${FAIL} failed, ${SKIP} skipped (not implemented)`);
}
