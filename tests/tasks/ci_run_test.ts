/** The counting of `.ci/run`, and its last line: a script plays the tasks. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { pathOf, ROOT } from "../support/checkout.ts";
import { installed } from "../support/process.ts";
import { run } from "../support/run.ts";

/** The output of a task, and its exit code. */
type Task = readonly [output: string, code: number];

interface Row {
  readonly name: string;
  readonly test: Task;
  readonly ok: Task;
  /** Programs that are there; all by default. */
  readonly peers?: readonly string[];
  /** The last line. */
  readonly says: string;
  readonly code: number;
}

const PEERS = [
  "nginx",
  "nghttp",
  "nghttpd",
  "nghttpx",
  "h2load",
  "openssl",
  "gnutls-serv",
  "gnutls-cli",
  "curl",
  "chromium",
  "tinyproxy",
  "squid",
  "microsocks",
  "danted",
];
const TESTS: Task = ["running 3 tests\nok | 12 passed | 0 failed (3s)", 0];
const STEPS: Task = ["ok     format\n\n8 steps passed, 0 steps failed (9.0 s)", 0];

const ROWS: readonly Row[] = [
  { name: "tests and steps are added up", test: TESTS, ok: STEPS, says: "20 passed, 0 failed", code: 0 },
  {
    name: "steps of tests are no tests",
    test: ["ok | 12 passed (7 steps) | 0 failed (3s)", 0],
    ok: STEPS,
    says: "20 passed, 0 failed",
    code: 0,
  },
  {
    name: "ignored tests are counted apart",
    test: ["ok | 12 passed (7 steps) | 0 failed | 3 ignored (2 steps) (3s)", 0],
    ok: STEPS,
    says: "20 passed, 0 failed, 3 skipped",
    code: 0,
  },
  {
    name: "failed tests are counted, and beside them ignored ones",
    test: ["FAILED | 10 passed | 2 failed | 1 ignored (3s)", 1],
    ok: ["7 steps passed, 1 steps failed (9.0 s): tests", 1],
    says: "17 passed, 3 failed, 1 skipped",
    code: 1,
  },
  {
    name: "a task that broke before it could say fails",
    test: ["error: cannot resolve", 1],
    ok: STEPS,
    says: "8 passed, 1 failed",
    code: 1,
  },
  {
    name: "a task that fails without a failure of its own fails",
    test: ["ok | 12 passed | 0 failed (3s)", 1],
    ok: STEPS,
    says: "20 passed, 1 failed",
    code: 1,
  },
  {
    name: "a task that is stopped for taking too long fails",
    test: ["some test ... ok", 124],
    ok: STEPS,
    says: "8 passed, 1 failed",
    code: 1,
  },
  { name: "a task that says nothing fails", test: ["", 0], ok: STEPS, says: "8 passed, 1 failed", code: 1 },
  {
    name: "a task in which nothing passed fails",
    test: ["ok | 0 passed | 0 failed | 12 ignored (1s)", 0],
    ok: STEPS,
    says: "8 passed, 1 failed, 12 skipped",
    code: 1,
  },
  {
    name: "the last of several summaries counts",
    test: ["ok | 99 passed | 9 failed | 5 ignored (1s)\nok | 12 passed | 0 failed | 1 ignored (3s)", 0],
    ok: STEPS,
    says: "20 passed, 0 failed, 1 skipped",
    code: 0,
  },
  {
    name: "a missing peer is named",
    test: ["ok | 11 passed | 0 failed | 1 ignored (3s)", 0],
    ok: STEPS,
    peers: PEERS.filter((peer) => peer !== "nginx" && peer !== "curl"),
    says: "19 passed, 0 failed, 1 skipped",
    code: 0,
  },
];

/** The programs that the script itself needs. */
const TOOLS = ["cat", "dirname", "mktemp", "rm", "sed", "tail", "tee", "timeout"];

for (const row of ROWS) {
  Deno.test({
    name: `.ci/run: ${row.name}`,
    ignore: !installed("bash") || !TOOLS.every(installed),
    fn: async () => {
      const { peers = PEERS } = row;
      const { code, stdout, tasks } = await runCi(row);
      assertEquals(stdout.trimEnd().split("\n").at(-1), row.says);
      assertEquals(code, row.code);
      assertEquals(stdout.includes("!!! Stopped deno task test after "), row.test[1] === 124);
      // Once each: the gate takes what the tests left.
      assertEquals(tasks, ["-y deno@2.9.6 task test", "-y deno@2.9.6 task ok --tested"]);
      const missing = PEERS.filter((peer) => !peers.includes(peer));
      if (missing.length === 0) assert(!stdout.includes("peers"), stdout);
      else {
        assertStringIncludes(stdout, "!!! Cannot install the peers\n");
        assertStringIncludes(
          stdout,
          `!!! Not everything was tested, for want of these peers: ${missing.join(" ")}\n`,
        );
      }
    },
  });
}

/** Runs the script in a folder of its own, with nothing on the PATH but what is needed and the players. */
async function runCi(
  { test, ok, peers = PEERS }: Row,
): Promise<{ code: number; stdout: string; tasks: string[] }> {
  const folder = await Deno.makeTempDir({ prefix: "ductile_" });
  try {
    const bin = `${folder}/bin`;
    await Deno.mkdir(`${folder}/checkout/.ci`, { recursive: true });
    await Deno.mkdir(bin);
    await Deno.copyFile(pathOf(new URL(".ci/run", ROOT)), `${folder}/checkout/.ci/run`);
    for (const tool of TOOLS) await Deno.symlink(await whereIs(tool), `${bin}/${tool}`);
    for (const peer of peers) await program(`${bin}/${peer}`, "");
    await program(`${bin}/apt-get`, "exit 100");
    await Deno.writeTextFile(`${folder}/test`, test[0]);
    await Deno.writeTextFile(`${folder}/ok`, ok[0]);
    await program(
      `${bin}/npx`,
      `echo "$*" >> "${folder}/tasks"\n` +
        `if [ "$4" = test ]; then cat "${folder}/test"; echo; exit ${test[1]}; fi\n` +
        `cat "${folder}/ok"; echo; exit ${ok[1]}`,
    );
    const { code, stdout } = await run(await whereIs("bash"), [`${folder}/checkout/.ci/run`], {
      env: { PATH: bin },
    });
    const tasks = (await Deno.readTextFile(`${folder}/tasks`)).trimEnd().split("\n");
    return { code, stdout, tasks };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function program(path: string, script: string): Promise<void> {
  await Deno.writeTextFile(path, `#!${await whereIs("bash")}\n${script}\n`, { mode: 0o755 });
}

async function whereIs(tool: string): Promise<string> {
  const { stdout } = await run("bash", ["-c", `command -v ${tool}`]);
  return stdout.trim();
}
