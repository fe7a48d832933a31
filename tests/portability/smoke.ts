/**
 * What the README promises of `./http1`, `./http2` and `./tls`, in whatever runtime this is bundled for.
 *
 * @module
 */

import { HTTP_CHECKS } from "./http_checks.ts";
import { tlsChecks } from "./tls_checks.ts";

/** One promise: a sentence, and what rejects where it is not kept. */
export type Check = readonly [name: string, run: () => Promise<void>];

/** How a check ended. */
export interface Outcome {
  /** The sentence. */
  readonly name: string;
  /** Why it is not so; left out where it is. */
  readonly failure?: string;
}

/** Runs all checks, one after another. */
export async function smoke(): Promise<Outcome[]> {
  const { process } = globalThis as { process?: { getBuiltinModule?: unknown } };
  return await outcomesOf([...HTTP_CHECKS, ...tlsChecks(process?.getBuiltinModule !== undefined)]);
}

/** Runs checks, one after another. */
export async function outcomesOf(checks: readonly Check[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [name, run] of checks) {
    try {
      await run();
      outcomes.push({ name });
    } catch (error) {
      outcomes.push({ name, failure: error instanceof Error ? error.stack ?? `${error}` : `${error}` });
    }
  }
  return outcomes;
}
