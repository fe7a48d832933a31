/**
 * The last act of a script that makes one request: it prints the response, and on standard error what it took, as JSON.
 *
 * @module
 */

/** The figures of a process that has its response. */
export interface StartFigures {
  /** Milliseconds from the end of its imports to the response. */
  readonly request: number;
  /** Milliseconds of CPU since its start, on all threads; `null` where the system does not tell. */
  readonly cpu: number | null;
}

/**
 * Prints the response and the figures.
 *
 * @param text The content of the response.
 * @param began The time at which the imports were done.
 */
export function report(text: string, began: number): void {
  const request = performance.now() - began;
  const figures: StartFigures = { request, cpu: cpuOfProcess() };
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  Deno.stderr.writeSync(new TextEncoder().encode(JSON.stringify(figures)));
}

/** Asking `node:process` would load it, which takes longer than many a request. */
function cpuOfProcess(): number | null {
  try {
    let nanoseconds = 0;
    for (const { name } of Deno.readDirSync(TASKS)) {
      nanoseconds += parseInt(Deno.readTextFileSync(`${TASKS}/${name}/schedstat`), 10);
    }
    return nanoseconds / 1e6;
  } catch {
    return null;
  }
}

const TASKS = "/proc/self/task";
