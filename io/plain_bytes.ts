/**
 * Bytes without the ways of Node.
 *
 * @module
 */

/**
 * The same memory as a plain `Uint8Array`: Node gives a `Buffer`, whose `slice()` does not copy, as that of a `Uint8Array`
 * does.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
