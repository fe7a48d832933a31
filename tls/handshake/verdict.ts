/**
 * What an application's verifier answers.
 *
 * Its type says that it answers nothing, or a promise of nothing; but a runtime that does not check types lets
 * anything pass, and a mistake must not make a refusal look like trust.
 *
 * @module
 */

import { type Script, settle } from "../../io/script.ts";

/**
 * Waits for the verdict: whatever can be awaited is, also where it is no `Promise` of this realm.
 *
 * @param answer What the verifier returned.
 * @throws What it rejects with.
 * @throws {TypeError} when it answers `false`, by which it can only mean to refuse.
 */
export function* hearVerdict(answer: unknown): Script<void> {
  const verdict = yield* settle(isThenable(answer) ? Promise.resolve<unknown>(answer) : answer);
  if (verdict === false) throw new TypeError("it answered false, though it is by throwing that it refuses");
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
