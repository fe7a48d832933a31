/**
 * `deno task bogo FOLDER [PATTERN]`: runs BoringSSL's test runner against Ductile's TLS.
 *
 * FOLDER is `ssl/test/runner` of a checkout of BoringSSL, which is not part of this project; Go builds it. PATTERN
 * narrows the tests, as the runner's `-test` does: globs between semicolons.
 *
 * The runner's own words tell which test failed and why. Beside `shim.ts` lies `config.json`: which tests are left
 * out, each with its reason, and which of our errors each of BoringSSL's stands for, as a text that has to be in
 * what the shim says.
 *
 * @module
 */

import { pathOf } from "../../support/checkout.ts";

const [folder, pattern] = Deno.args;
if (folder === undefined) {
  // deno-lint-ignore no-console -- a program
  console.error("Cannot run BoGo: give the folder ssl/test/runner of a checkout of BoringSSL");
  Deno.exit(2);
}
const work = await Deno.makeTempDir({ prefix: "ductile-bogo-" });
let code = 1;
try {
  code = await runBogo(folder, work, pattern);
} finally {
  await Deno.remove(work, { recursive: true });
}
Deno.exit(code);

async function runBogo(folder: string, work: string, pattern: string | undefined): Promise<number> {
  const runner = `${work}/runner.test`;
  if (!await succeeds("go", ["test", "-c", "-o", runner], folder)) return 1;
  const report = `${work}/report.json`;
  const { code } = await new Deno.Command(runner, {
    args: [
      `-shim-path=${await writeShim(work)}`,
      `-shim-config=${pathOf(new URL("config.json", import.meta.url))}`,
      "-pipe",
      "-allow-unimplemented",
      // One more than there are cores, because each waits for its shim now and then.
      `-num-workers=${navigator.hardwareConcurrency + 1}`,
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

/**
 * The runner wants one program, and starts it thousands of times: this one starts Deno with a single module, with
 * nothing to look up or to check, which halves the time that a test takes. It is also the code of one moment.
 */
async function writeShim(work: string): Promise<string> {
  const source = pathOf(new URL("shim.ts", import.meta.url));
  const module = `${work}/shim.js`;
  const bundled = await succeeds(Deno.execPath(), ["bundle", "-q", "--platform=deno", "-o", module, source]);
  const deno = `"${Deno.execPath()}" run -q -A --no-check --cached-only`;
  const command = bundled ? `${deno} --no-config --no-lock "${module}"` : `${deno} "${source}"`;
  const shim = `${work}/shim`;
  await Deno.writeTextFile(shim, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return shim;
}

async function succeeds(command: string, args: readonly string[], cwd?: string): Promise<boolean> {
  const options = { args: [...args], ...(cwd !== undefined && { cwd }) };
  return (await new Deno.Command(command, options).spawn().status).success;
}

/** What the runner writes with `-json-output`. */
interface Report {
  readonly num_failures_by_type: Readonly<Record<string, number>>;
}

function printCounts({ num_failures_by_type: counts }: Report): void {
  const { PASS = 0, FAIL = 0, SKIP = 0 } = counts;
  // deno-lint-ignore no-console -- a program
  console.log(`BoGo: ${PASS} passed, ${FAIL} failed, ${SKIP} skipped (not implemented)`);
}
