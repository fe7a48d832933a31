/**
 * How much memory is in use, to the byte that nobody can reach any more.
 *
 * @module
 */

import v8 from "node:v8";
import vm from "node:vm";

v8.setFlagsFromString("--expose-gc");
const collect: unknown = vm.runInNewContext("gc");

/** Bytes of objects and of buffers, after garbage was collected. */
export function heapInUse(): number {
  if (typeof collect !== "function") {
    throw new TypeError("Cannot measure memory: garbage cannot be collected");
  }
  // Buffers go in the second round: the first has found out that nobody holds them.
  for (let rounds = 0; rounds < 3; rounds++) collect();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
