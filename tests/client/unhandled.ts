/**
 * Counts unhandled rejections.
 */

import { delay } from "@std/async/delay";

/** The unhandled rejections of `work`. */
export async function unhandled(work: () => Promise<void>): Promise<unknown[]> {
  const reasons: unknown[] = [];
  const listener = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    reasons.push(event.reason);
  };
  addEventListener("unhandledrejection", listener);
  try {
    await work();
    await delay(20);
  } finally {
    removeEventListener("unhandledrejection", listener);
  }
  return reasons;
}
