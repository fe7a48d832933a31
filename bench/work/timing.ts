/**
 * Work by the clock.
 *
 * @module
 */

import process from "node:process";

/** Does `count` pieces of work, `width` at a time. */
export async function inParallel(width: number, count: number, work: () => Promise<unknown>): Promise<void> {
  let left = count;
  async function lane(): Promise<void> {
    while (left-- > 0) await work();
  }
  await Promise.all(Array.from({ length: width }, lane));
}

/** The times of some work, in milliseconds. */
export interface Times {
  /** From its beginning to its end. */
  readonly wall: number;
  /** CPU of this process, on all cores, for it and for the kernel. */
  readonly cpu: number;
}

/** Times some work. */
export async function times(work: () => Promise<unknown>): Promise<Times> {
  const cpu = process.cpuUsage();
  const wall = await milliseconds(work);
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) / 1000 };
}

/** How many milliseconds the work takes. */
export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
