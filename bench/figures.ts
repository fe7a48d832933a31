/**
 * Units of figures, and comparisons.
 *
 * @module
 */

/** A unit; `MB` are millions of bytes, `MiB` are 2^20. */
export type Unit = "req/s" | "handshakes/s" | "MB/s" | "ms" | "MiB";

/** Whether a larger figure is the better one. */
export function moreIsBetter(unit: Unit): boolean {
  return unit !== "ms" && unit !== "MiB";
}

/** The middle one of the figures, or the mean of the two in the middle. */
export function median(figures: readonly number[]): number {
  if (figures.length === 0) throw new RangeError("Cannot take the median of no figures");
  const sorted = figures.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? NaN;
  return (upper + lower) / 2;
}

/** The number of times that `figure` is as good as `other`; `undefined` where a figure is not above zero, as memory can be. */
export function timesAsGood(figure: number, other: number | undefined, unit: Unit): number | undefined {
  if (other === undefined || !(figure > 0) || !(other > 0)) return undefined;
  return moreIsBetter(unit) ? figure / other : other / figure;
}
