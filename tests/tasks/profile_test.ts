/** When a coverage profile may stand for a run of the tests, and that the gate takes no other. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { pathOf, ROOT } from "../support/checkout.ts";
import { run } from "../support/run.ts";
import { PROFILE, stampIfPassed, whyNotUsable } from "./profile.ts";

/** A checkout with a test run behind it that left a profile. */
async function testedCheckout(code = 0): Promise<{ root: URL } & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "ductile_" });
  const root = new URL(`file://${folder}/`);
  await Deno.mkdir(`${folder}/tests`);
  await Deno.writeTextFile(`${folder}/tests/a_test.ts`, "one");
  assertEquals(
    await stampIfPassed(async () => {
      await Deno.mkdir(new URL(PROFILE, root), { recursive: true });
      await Deno.writeTextFile(new URL(`${PROFILE}/a.json`, root), "{}");
      return code;
    }, root),
    code,
  );
  return { root, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

Deno.test("a profile of the same files, all tests passed, is usable", async () => {
  await using checkout = await testedCheckout();
  assertEquals(await whyNotUsable(checkout.root), undefined);
});

const UNUSABLE: readonly {
  readonly name: string;
  readonly code?: number;
  readonly then: (root: URL) => Promise<unknown>;
  readonly reason: string;
}[] = [
  {
    name: "after a failed test",
    code: 1,
    then: () => Promise.resolve(),
    reason: "none of a run in which all tests passed",
  },
  {
    name: "after a later run that failed",
    then: (root) => stampIfPassed(() => Promise.resolve(1), root),
    reason: "none of a run in which all tests passed",
  },
  {
    name: "with a file changed",
    then: (root) => Deno.writeTextFile(new URL("tests/a_test.ts", root), "two"),
    reason: "files have changed",
  },
  {
    name: "with a file more",
    then: (root) => Deno.writeTextFile(new URL("new.ts", root), ""),
    reason: "files have changed",
  },
  {
    name: "with a file less",
    then: (root) => Deno.remove(new URL("tests/a_test.ts", root)),
    reason: "files have changed",
  },
  {
    name: "with a file renamed",
    then: (root) => Deno.rename(new URL("tests/a_test.ts", root), new URL("tests/b_test.ts", root)),
    reason: "files have changed",
  },
  {
    name: "with a file changed while the tests ran",
    then: (root) =>
      stampIfPassed(async () => {
        await Deno.writeTextFile(new URL("tests/a_test.ts", root), "two");
        return 0;
      }, root),
    reason: "files have changed",
  },
  {
    name: "without its files",
    then: (root) => Deno.remove(new URL(`${PROFILE}/a.json`, root)),
    reason: "it is empty",
  },
  {
    name: "without its folder",
    then: (root) => Deno.remove(new URL(PROFILE, root), { recursive: true }),
    reason: "it is empty",
  },
];

for (const { name, code, then, reason } of UNUSABLE) {
  Deno.test(`a profile ${name} is not usable`, async () => {
    await using checkout = await testedCheckout(code);
    await then(checkout.root);
    assertStringIncludes(await whyNotUsable(checkout.root) ?? "usable", reason);
  });
}

Deno.test("deno task ok --tested fails where no tests have run, and says what to do", async () => {
  await using checkout = await testedCheckout(1);
  for (
    const path of ["deno.json", "tests/tasks/ok.ts", "tests/tasks/profile.ts", "tests/support/checkout.ts"]
  ) {
    await copy(path, checkout.root);
  }
  await copy("tests/support/run.ts", checkout.root);
  const script = pathOf(new URL("tests/tasks/ok.ts", checkout.root));
  const { code, stdout } = await run("deno", ["run", "-A", "--no-check", script, "--tested", "tests"]);
  assertEquals(code, 1);
  assertStringIncludes(stdout, "Cannot use the profile: there is none of a run in which all tests passed");
  assertStringIncludes(stdout, "\n0 steps passed, 1 steps failed");
});

Deno.test("deno task ok refuses a step that it does not have", async () => {
  const script = pathOf(new URL("tests/tasks/ok.ts", ROOT));
  const { code, stdout } = await run("deno", ["run", "-A", "--no-check", script, "tets"]);
  assertEquals(code, 2);
  assertStringIncludes(stdout, 'Cannot run "tets": the steps are format, lint, types, ');
});

async function copy(path: string, to: URL): Promise<void> {
  const target = new URL(path, to);
  await Deno.mkdir(new URL(".", target), { recursive: true });
  await Deno.copyFile(new URL(path, ROOT), target);
}
