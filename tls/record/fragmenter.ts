/**
 * Cutting what is sent into fragments that fit into records.
 *
 * @module
 */

import { HEADER_LENGTH, MAX_FRAGMENT_LENGTH } from "./header.ts";

/** The smallest `maxFragmentSize`: below it the overhead would outweigh what is carried. */
export const MIN_FRAGMENT_SIZE = 32;

/** The largest, and the default: a header and a full fragment. */
export const MAX_FRAGMENT_SIZE: number = HEADER_LENGTH + MAX_FRAGMENT_LENGTH;

/**
 * How many bytes one record may carry.
 *
 * @param maxFragmentSize A record's length, header included, protection not: 32 to 16389.
 * @throws {RangeError} for any other.
 */
export function fragmentLength(maxFragmentSize: number): number {
  if (
    !Number.isInteger(maxFragmentSize) || maxFragmentSize < MIN_FRAGMENT_SIZE ||
    maxFragmentSize > MAX_FRAGMENT_SIZE
  ) {
    throw new RangeError(
      `Cannot use a maxFragmentSize of ${maxFragmentSize}: it must be ${MIN_FRAGMENT_SIZE} to ${MAX_FRAGMENT_SIZE}`,
    );
  }
  return maxFragmentSize - HEADER_LENGTH;
}

/** Views of `bytes`, in order, none longer than `length`; none at all for no bytes. */
export function* fragments(bytes: Uint8Array, length: number): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
