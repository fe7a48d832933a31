/**
 * Work by the clock.
 *
 * @module
 */

/** Does `count` pieces of work, `width` at a time. */
export async function inParallel(width: number, count: number, work: () => Promise<unknown>): Promise<void> {
  let left = count;
  async function lane(): Promise<void> {
    while (left-- > 0) await work();
  }
  await Promise.all(Array.from({ length: width }, lane));
}

/** How many milliseconds the work takes. */
export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
