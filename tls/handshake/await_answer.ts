/**
 * Answers of the application's functions: of verifiers, stores and ticketers.
 *
 * @module
 */

import { ignoreRejection, type Script, settle } from "../../io/script.ts";

/** Awaits an answer: any thenable, also one that is no `Promise` of this realm. @throws What it rejects with. */
export function* awaitAnswer(returned: unknown): Script<unknown> {
  return yield* settle(isThenable(returned) ? Promise.resolve<unknown>(returned) : returned);
}

/**
 * Calls a function of the application whose failure costs no connection.
 *
 * @returns What it answers; `undefined` when it throws or rejects.
 */
export function* answerOrUndefined(call: () => unknown): Script<unknown> {
  try {
    return yield* awaitAnswer(call());
  } catch {
    return undefined;
  }
}

/** Calls a function of the application that has only to be told: neither its answer nor its failure is waited for. */
export function tell(call: () => unknown): void {
  try {
    const returned = call();
    // A thenable may begin its work only when someone waits for it.
    if (isThenable(returned)) ignoreRejection(Promise.resolve<unknown>(returned));
  } catch {
    // It costs no connection.
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
