/**
 * What the conformance suites have in common.
 *
 * @module
 */

/** The outcome of a suite. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** Published test data, and what checks the project against it. */
export interface Suite {
  /** The name of its folder or file within the folder of all published data. */
  readonly data: string;
  /** Checks everything, telling about each failure. */
  run(folder: string): Promise<Totals>;
}

/** Writes one line. */
export function report(line: string): void {
  const octets = new TextEncoder().encode(line + "\n");
  for (let written = 0; written < octets.length;) written += Deno.stdout.writeSync(octets.subarray(written));
}

/** Counts passes and failures, and reports the failures. */
export class Tally {
  #passed = 0;
  #failed = 0;

  /** Runs one check; it fails by throwing. */
  async check(name: string, body: () => void | Promise<void>): Promise<void> {
    try {
      await body();
      this.#passed++;
    } catch (error) {
      this.#failed++;
      report(`FAILED ${name}: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** The outcome so far. */
  get totals(): Totals {
    return { passed: this.#passed, failed: this.#failed };
  }
}
