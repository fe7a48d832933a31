/**
 * `deno task conformance FOLDER`: checks the project against published test data. Every suite runs whose data lies
 * in FOLDER; the data is not part of this repository.
 *
 * | suite | data in FOLDER | where it comes from |
 * |---|---|---|
 * | HPACK | `hpack/ENCODER/story_NN.json` | http2jp/hpack-test-case |
 * | Wycheproof | `wycheproof/*.json` | C2SP/wycheproof |
 * | x509-limbo | `limbo.json.gz` | C2SP/x509-limbo |
 *
 * @module
 */

import * as hpack from "./hpack.ts";
import * as limbo from "./limbo.ts";
import { report, type Suite } from "./suite.ts";
import * as wycheproof from "./wycheproof.ts";

const SUITES: readonly Suite[] = [hpack, wycheproof, limbo];

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Runs what there is data for; returns the exit code. */
async function main([folder, ...rest]: string[]): Promise<number> {
  if (folder === undefined || rest.length > 0) {
    report("Usage: deno task conformance FOLDER");
    return 2;
  }
  let passed = 0;
  let failed = 0;
  for (const suite of SUITES) {
    if (!await exists(`${folder}/${suite.data}`)) {
      report(`${suite.data}: not run, as there is no ${folder}/${suite.data}`);
      continue;
    }
    const totals = await suite.run(folder);
    report(`${suite.data}: ${totals.passed} passed, ${totals.failed} failed`);
    passed += totals.passed;
    failed += totals.failed;
  }
  report(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
