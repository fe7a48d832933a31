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
  /**
   * Checks everything there is.
   *
   * @param folder The folder of all published data.
   * @param tell Told each failure, and what else there is to say; writes lines by default.
   */
  run(folder: string, tell?: Tell): Promise<Totals>;
}

/** Takes one line. */
export type Tell = (line: string) => void;

/** Writes one line. */
export function report(line: string): void {
  const octets = new TextEncoder().encode(line + "\n");
  for (let written = 0; written < octets.length;) written += Deno.stdout.writeSync(octets.subarray(written));
}

/** Counts passes and failures. */
export class Tally {
  readonly #tell: Tell;
  #passed = 0;
  #failed = 0;

  /** @param tell Told each failure. */
  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Runs one check; it fails by throwing. */
  async check(name: string, body: () => void | Promise<void>): Promise<void> {
    try {
      await body();
      this.#passed++;
    } catch (error) {
      this.#failed++;
      this.#tell(`FAILED ${name}: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** The outcome so far. */
  get totals(): Totals {
    return { passed: this.#passed, failed: this.#failed };
  }
}
