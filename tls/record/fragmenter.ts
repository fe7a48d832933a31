/**
 * Cutting what is sent into fragments that fit into records.
 *
 * @module
 */
import { MAX_FRAGMENT_SIZE_BYTES, MIN_FRAGMENT_SIZE_BYTES } from "../limits.ts";

import { HEADER_LENGTH } from "./header.ts";

/**
 * How many bytes one record may carry.
 *
 * @param maxFragmentSize A record's length, header included, protection not: 32 to 16389.
 * @throws {RangeError} for any other.
 */
export function fragmentLength(maxFragmentSize: number): number {
  if (
    !Number.isInteger(maxFragmentSize) || maxFragmentSize < MIN_FRAGMENT_SIZE_BYTES ||
    maxFragmentSize > MAX_FRAGMENT_SIZE_BYTES
  ) {
    throw new RangeError(
      `Cannot use a maxFragmentSize of ${maxFragmentSize}: it must be ${MIN_FRAGMENT_SIZE_BYTES} to ${MAX_FRAGMENT_SIZE_BYTES}`,
    );
  }
  return maxFragmentSize - HEADER_LENGTH;
}

/** Views of `bytes`, in order, none longer than `length`; none at all for no bytes. */
export function* fragments(bytes: Uint8Array, length: number): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
