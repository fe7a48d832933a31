/**
 * Conversions of bytes: for the cryptography of the platform, and from the application.
 *
 * @module
 */

/** The same bytes in memory that is not shared between threads, as WebCrypto requires. */
export function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? bytes as Uint8Array<ArrayBuffer> : new Uint8Array(bytes);
}

/** A copy as a plain `Uint8Array`, also of a `Buffer`. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
