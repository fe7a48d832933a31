/**
 * Waiting for what comes about by itself.
 *
 * @module
 */

import { delay } from "@std/async/delay";

/** Longer than anything here takes, even on a machine that is busy with other tests. */
const WITHIN = 10_000;
/** How often it is looked at. */
const EVERY = 2;

/**
 * Waits until `holds` says so.
 *
 * @param what Ends the sentence "This did not come about: ...".
 * @throws {Error} If it does not within ten seconds.
 */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += EVERY) {
    if (waited > WITHIN) throw new Error(`This did not come about: ${what}`);
    await delay(EVERY);
  }
}
