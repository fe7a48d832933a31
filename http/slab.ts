/**
 * Memory that small contents share, which saves an allocation each: memory of its own costs a small content more than all
 * the rest of it.
 *
 * @module
 */

/** Bytes of the largest content that shares memory with others. */
export const MAX_SHARED_BYTES = 4096;

/**
 * Gives memory that no other caller has, beside that of others in one buffer.
 *
 * @param length Its length, at most {@linkcode MAX_SHARED_BYTES}.
 */
export function sharedMemory(length: number): Uint8Array {
  if (used + length > slab.length) {
    slab = new Uint8Array(DEFAULT_SLAB_BYTES);
    used = 0;
  }
  return slab.subarray(used, used += length);
}

let slab = new Uint8Array();
let used = 0;

/** Bytes of a slab: dozens of small contents. */
const DEFAULT_SLAB_BYTES = 65_536;
