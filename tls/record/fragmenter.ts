/**
 * Cutting what is sent into fragments that fit into records.
 *
 * @module
 */

/** Views of `bytes`, in order, none longer than `length`; none at all for no bytes. */
export function* fragments(bytes: Uint8Array, length: number): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
