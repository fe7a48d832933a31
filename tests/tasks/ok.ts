/**
 * `deno task ok [--tested] [STEP ...]`: everything that must hold before a change goes in, one step after the other;
 * with names, those steps alone. It goes on after a failed step, so that one run tells everything, and it fails at the
 * end.
 *
 * With `--tested` the tests are not run: what `deno task test` left must show that they passed on these very files.
 *
 * The seeded fuzzing and the smoke test of the benches are tests like the others.
 *
 * Set `CI` to refuse uncommitted changes.
 *
 * @module
 */

import { LIBRARY, readConfig, ROOT } from "../support/checkout.ts";
import { run } from "../support/run.ts";
import { PROFILE, stampIfPassed, TEST_WITH_COVERAGE, whyNotUsable } from "./profile.ts";

/** One thing that must hold. */
interface Step {
  readonly name: string;
  /** Runs the step. */
  readonly perform: () => Promise<Outcome>;
}

/** The outcome of a step. */
interface Outcome {
  readonly passed: boolean;
  /** A few words beside its name. */
  readonly note?: string;
  /** The output that is shown when it failed. */
  readonly report?: string;
}

/** Percent of lines, branches and functions. Raise it when the code does better; never lower it for a change. */
const COVERAGE_FLOOR = 90;
/** A step that hangs must not hide the rest: several times what the slowest needs. */
const MAX_STEP_MS = 540_000;
/** The end of a long report shows what was going on. */
const MAX_REPORT_LINES = 60;

Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => arg !== "--tested");
  const all = await steps(args.includes("--tested"));
  const unknown = names.find((name) => !all.some((step) => step.name === name));
  if (unknown !== undefined) {
    print(`Cannot run "${unknown}": the steps are ${all.map(({ name }) => name).join(", ")}`);
    return 2;
  }
  const started = performance.now();
  const chosen = all.filter(({ name }) => names.length === 0 || names.includes(name));
  const failed: string[] = [];
  for (const step of chosen) if (!await show(step)) failed.push(step.name);
  print(
    `\n${chosen.length - failed.length} steps passed, ${failed.length} steps failed (${since(started)})` +
      (failed.length > 0 ? `: ${failed.join(", ")}` : ""),
  );
  return failed.length > 0 ? 1 : 0;
}

/** The steps in their order; the cheap ones first, and the coverage after the tests. */
async function steps(tested: boolean): Promise<Step[]> {
  const { exports } = await readConfig();
  const dirty = Deno.env.has("CI") ? [] : ["--allow-dirty"];
  const deno = (name: string, ...args: string[]): Step => ({ name, perform: () => runDeno(args) });
  return [
    deno("format", "fmt", "--check"),
    deno("lint", "lint"),
    deno("types", "check", "."),
    deno("documentation", "doc", "--lint", ...Object.values(exports)),
    deno("publishable", "publish", "--dry-run", ...dirty),
    { name: "tests", perform: tested ? takeProfile : runTests },
    deno(
      "coverage",
      "coverage",
      PROFILE,
      `--threshold=${COVERAGE_FLOOR}`,
      `--include=^${ROOT.href}`,
      "--exclude=/tests/|/bench/",
    ),
    deno("examples", "test", "-A", "--doc", ...LIBRARY, "README.md", "docs"),
  ];
}

/** Performs one step, and prints how it went: only a failed one shows what it had to say. */
async function show({ name, perform }: Step): Promise<boolean> {
  const start = performance.now();
  const { passed, note = "", report } = await perform();
  if (!passed) print(`\n--- ${name}: ${report ?? ""}---\n`);
  print(`${passed ? "ok    " : "FAILED"} ${name.padEnd(14)} ${since(start).padStart(7)}  ${note}`.trimEnd());
  return passed;
}

async function runDeno(args: readonly string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await run("deno", args, { signal: AbortSignal.timeout(MAX_STEP_MS) });
  // `ok | 12 passed | 0 failed | 1 ignored (3s)`
  const [, note = ""] = [...stdout.matchAll(/^(?:ok|FAILED) \| (.*)/gm)].at(-1) ?? [];
  const report = `deno ${args.join(" ")}\n${errorsOf(stdout)}${withoutProgress(stderr)}`;
  return { passed: code === 0, note, report };
}

async function runTests(): Promise<Outcome> {
  let outcome: Outcome = { passed: false };
  await stampIfPassed(async () => {
    outcome = await runDeno(TEST_WITH_COVERAGE);
    return outcome.passed ? 0 : 1;
  });
  return outcome;
}

/** The tests ran before: what they left must be of these files. */
async function takeProfile(): Promise<Outcome> {
  const reason = await whyNotUsable();
  return reason === undefined
    ? { passed: true, note: "passed before, on the same files" }
    : { passed: false, report: `Cannot use the profile: ${reason}; run deno task test\n` };
}

/** Of what a test run says, the part about failures; of one that was stopped, and of anything else, the end. */
function errorsOf(output: string): string {
  const start = output.indexOf("\n ERRORS \n");
  return start >= 0 ? output.slice(start) : output.split("\n").slice(-MAX_REPORT_LINES).join("\n");
}

/** Output without the lines of progress. */
function withoutProgress(output: string): string {
  return output.replaceAll(/^(?:Check|Download) .*\n/gm, "");
}

function since(start: number): string {
  return `${((performance.now() - start) / 1_000).toFixed(1)} s`;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
