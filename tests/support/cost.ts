/**
 * Whether the work of a decoder grows in proportion to its input: an input is doubled a few times, and the costs are
 * compared. A seeded fuzzer cannot see quadratic time, since its inputs are small.
 *
 * Counted work is exact: prefer {@linkcode assertLinearCount}, where something can be counted. CPU time is compared by
 * the exponent of its growth alone, never by its length: the least of several measurements, of which one good one is
 * enough, so that a busy machine cannot make a linear decoder fail, while a quadratic one never measures as linear.
 *
 * @module
 */

import { assert } from "@std/assert";
import process from "node:process";

/** The sizes at which a decoder is measured. */
export interface GrowthOptions {
  /** The smallest size. Default: 1000. */
  readonly from?: number;
  /** How many times it is doubled. Default: 3, so that the largest is eight times the smallest. */
  readonly doublings?: number;
  /** The greatest exponent that passes. Default: 1.5, between linear (1) and quadratic (2). */
  readonly maxExponent?: number;
}

/**
 * Asserts that the CPU time of a decoder is linear in its input.
 *
 * @param makeInput Makes the input of a size; its own time is not counted.
 * @param decode Decodes it, synchronously; it may throw.
 */
export function assertLinearCpu<Input>(
  makeInput: (size: number) => Input,
  decode: (input: Input) => unknown,
  { from = 1000, doublings = 3, maxExponent = 1.5 }: GrowthOptions = {},
): void {
  const inputs = Array.from({ length: doublings + 1 }, (_, index) => makeInput(from * 2 ** index));
  const [smallest] = inputs;
  if (smallest === undefined) return;
  const runs = runsFor(() => attempt(decode, smallest));
  let least = Infinity;
  for (let trial = 0; trial < MAX_TRIALS && least > maxExponent; trial++) {
    const costs = inputs.map((input) => cpuOf(() => attempt(decode, input), runs));
    least = Math.min(least, exponentOf(costs));
  }
  assert(least <= maxExponent, `the time grows with the input to the power of ${least.toFixed(2)}`);
}

/** Asserts that a count of work is linear in the size for which it is counted. */
export function assertLinearCount(
  count: (size: number) => number,
  { from = 16, doublings = 3, maxExponent = 1.1 }: GrowthOptions = {},
): void {
  const counts = Array.from({ length: doublings + 1 }, (_, index) => count(from * 2 ** index));
  const exponent = exponentOf(counts);
  assert(
    exponent <= maxExponent,
    `the work grows with the input to the power of ${exponent.toFixed(2)}: ${counts.join(", ")}`,
  );
}

/** The exponent with which costs grow, of which each is that of an input twice as large as the one before. */
export function exponentOf(costs: readonly number[]): number {
  const [first = 0] = costs;
  const last = costs.at(-1) ?? 0;
  return Math.log2(Math.max(last, Number.MIN_VALUE) / Math.max(first, Number.MIN_VALUE)) / (costs.length - 1);
}

/** Times that all sizes are measured before a decoder fails. */
const MAX_TRIALS = 3;
/** Measurements of one size, of which the least counts: what others do on the machine only adds. */
const ROUNDS = 3;
/** CPU time of the smallest input's runs: some hundred times what the clock can tell apart. */
const MIN_MEASURED_MS = 2;

/** How often the smallest work is repeated for its time to be measurable; larger work is repeated as often. */
function runsFor(work: () => void): number {
  work(); // the compiler's turn
  let runs = 1;
  while (runs < 4096 && cpuOf(work, runs, 1) < MIN_MEASURED_MS) runs *= 2;
  return runs;
}

/** The least CPU time of the whole process, in milliseconds, for so many runs. */
function cpuOf(work: () => void, runs: number, rounds = ROUNDS): number {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    for (let run = 0; run < runs; run++) work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

function attempt<Input>(decode: (input: Input) => unknown, input: Input): void {
  try {
    decode(input);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}
