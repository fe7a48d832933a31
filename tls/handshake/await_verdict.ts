/**
 * The verdict of an application's verifier.
 *
 * By its type a verifier returns nothing, or a promise of nothing. A runtime that does not check types lets any value
 * pass, and a mistake must not make a refusal look like trust.
 *
 * @module
 */

import type { Script } from "../../io/script.ts";
import { awaitAnswer } from "./await_answer.ts";

/**
 * Awaits a verdict: any thenable, also one that is no `Promise` of this realm.
 *
 * @param returned The value that the verifier returned.
 * @throws What it rejects with.
 * @throws {TypeError} For `false`, which can only be meant as a refusal.
 */
export function* awaitVerdict(returned: unknown): Script<void> {
  const verdict = yield* awaitAnswer(returned);
  if (verdict === false) throw new TypeError("it returned false; to refuse, a verifier throws");
}
