/**
 * The handlers that run on although their clients have left.
 *
 * A client that leaves costs nothing to come back, and its handler works on: where it did not count, one client could
 * have any number of them at work (CVE-2023-44487, CVE-2025-8671).
 *
 * @module
 */

/** The handlers of one connection whose exchanges were given up. */
export class LeftHandlers {
  #count = 0;
  #onNone: (() => void) | undefined;

  /** How many run. */
  get count(): number {
    return this.#count;
  }

  /** Takes note that the exchange of a handler was given up. */
  add(): void {
    this.#count++;
  }

  /** Takes note that such a handler has ended. */
  delete(): void {
    if (--this.#count === 0) this.#onNone?.();
  }

  /** Calls `onNone` when none runs, which may be now. After it is set, no handler may be added. */
  whenNone(onNone: () => void): void {
    if (this.#count === 0) onNone();
    else this.#onNone = onNone;
  }
}
