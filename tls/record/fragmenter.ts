/**
 * Fragmentation of content to the size of records (RFC 9846 §5.1).
 *
 * @module
 */

/** Splits bytes into views of at most `length` bytes, in order; no bytes give no view. */
export function* fragments(bytes: Uint8Array, length: number): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
