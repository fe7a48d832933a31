/**
 * Memory in use, without memory that is no longer reachable.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import v8 from "node:v8";
import vm from "node:vm";

v8.setFlagsFromString("--expose-gc");
const collect: unknown = vm.runInNewContext("gc");

/** Bytes of objects and of buffers, after garbage was collected. */
export async function heapInUse(): Promise<number> {
  if (typeof collect !== "function") {
    throw new TypeError("Cannot measure memory: garbage cannot be collected");
  }
  // Buffers are freed behind the collector's back, and some only in the second round.
  for (let rounds = 0; rounds < 3; rounds++) {
    collect();
    await delay(5);
  }
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
