/**
 * Memory for bytes whose number a header announces.
 *
 * @module
 */

import { MIN_GATHERED_BYTES } from "../limits.ts";

/**
 * Makes room for more of the announced bytes: for as many again as have come, so that a peer that announces much and
 * sends little takes little memory.
 *
 * @param gathered The memory so far.
 * @param used The bytes in it.
 * @param announced The bytes that there will be.
 * @param atHand The bytes that have come and are not in it yet.
 * @returns The memory, larger by at least one byte where it was full and has to hold more.
 */
export function makeRoom(gathered: Uint8Array, used: number, announced: number, atHand: number): Uint8Array {
  const length = Math.min(announced, Math.max(MIN_GATHERED_BYTES, 2 * (used + atHand)));
  if (length <= gathered.length) return gathered;
  const larger = new Uint8Array(length);
  larger.set(gathered.subarray(0, used));
  return larger;
}
