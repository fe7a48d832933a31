/**
 * `deno task ok`: everything that must hold before a change goes in, one step after the other. It goes on after
 * a failed step, so that one run tells everything, and it fails at the end.
 *
 * The seeded fuzzing and the smoke test of the benches are tests like the others.
 *
 * Set `CI` to refuse uncommitted changes.
 *
 * @module
 */

import { LIBRARY, readConfig, ROOT } from "../support/checkout.ts";
import { run } from "../support/run.ts";

/** One thing that must hold. */
interface Step {
  readonly name: string;
  /** Arguments of `deno`. */
  readonly args: readonly string[];
}

/** Where the tests leave what they covered, for the step after them. */
const PROFILE = "coverage/profile";
/** Percent of lines, branches and functions. Raise it when the code does better; never lower it for a change. */
const COVERAGE_FLOOR = 90;
/** Milliseconds a step may take: several times what the slowest needs. One that hangs must not hide the rest. */
const STEP_LIMIT = 540_000;
/** Enough to see what was going on. */
const END_LINES = 60;

const DIRTY = Deno.env.has("CI") ? [] : ["--allow-dirty"];
const { exports } = await readConfig();
const STEPS: readonly Step[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check", "."] },
  { name: "documentation", args: ["doc", "--lint", ...Object.values(exports)] },
  { name: "publishable", args: ["publish", "--dry-run", ...DIRTY] },
  {
    name: "tests",
    args: ["test", "-A", `--coverage=${PROFILE}`, "--coverage-raw-data-only", "--clean", "tests"],
  },
  {
    name: "coverage",
    args: [
      "coverage",
      PROFILE,
      `--threshold=${COVERAGE_FLOOR}`,
      `--include=^${ROOT.href}`,
      "--exclude=/tests/|/bench/",
    ],
  },
  { name: "examples", args: ["test", "-A", "--doc", ...LIBRARY, "README.md"] },
];

const started = performance.now();
const failed: string[] = [];
for (const step of STEPS) {
  if (!await perform(step)) failed.push(step.name);
}
print(
  `\n${STEPS.length - failed.length} steps passed, ${failed.length} steps failed (${since(started)})` +
    (failed.length > 0 ? `: ${failed.join(", ")}` : ""),
);
Deno.exit(failed.length > 0 ? 1 : 0);

/** Runs one step. Only a failed one shows what it had to say. */
async function perform({ name, args }: Step): Promise<boolean> {
  const start = performance.now();
  const { code, stdout, stderr } = await run("deno", args, { signal: AbortSignal.timeout(STEP_LIMIT) });
  const passed = code === 0;
  if (!passed) {
    print(`\n--- ${name}: deno ${args.join(" ")}\n${errorsOf(stdout)}${withoutProgress(stderr)}---\n`);
  }
  // `ok | 12 passed | 0 failed | 1 ignored (3s)`
  const [, counts = ""] = [...stdout.matchAll(/^(?:ok|FAILED) \| (.*)/gm)].at(-1) ?? [];
  print(
    `${passed ? "ok    " : "FAILED"} ${name.padEnd(14)} ${since(start).padStart(7)}  ${counts}`.trimEnd(),
  );
  return passed;
}

/** Of what a test run says, the part about failures; of one that was stopped, and of anything else, the end. */
function errorsOf(output: string): string {
  const start = output.indexOf("\n ERRORS \n");
  return start >= 0 ? output.slice(start) : output.split("\n").slice(-END_LINES).join("\n");
}

/** What went well needs no line. */
function withoutProgress(output: string): string {
  return output.replaceAll(/^(?:Check|Download) .*\n/gm, "");
}

function since(start: number): string {
  return `${((performance.now() - start) / 1_000).toFixed(1)} s`;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
