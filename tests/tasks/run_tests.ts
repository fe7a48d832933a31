/**
 * `deno task test [ARGUMENT ...]`: with no argument all tests, with coverage, whose profile `deno task ok --tested`
 * takes; with arguments what `deno test` makes of them.
 *
 * `deno task test:fast [ARGUMENT ...]` is `--fast`: the tests that start no process.
 *
 * @module
 */

import { passThrough } from "../support/run.ts";
import { fastTests } from "./fast_tests.ts";
import { stampIfPassed, TEST_WITH_COVERAGE } from "./profile.ts";

const [first, ...rest] = Deno.args;
const code = first === undefined
  ? await stampIfPassed(() => passThrough("deno", TEST_WITH_COVERAGE))
  : await passThrough("deno", [
    "test",
    "-A",
    ...(first === "--fast" ? [...rest, ...await fastTests()] : Deno.args),
  ]);
Deno.exit(code);
