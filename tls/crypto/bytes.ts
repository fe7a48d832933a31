/**
 * Bytes on their way to and from the platform's cryptography.
 *
 * @module
 */

/** The same bytes as memory that is not shared between threads, which is the only kind that WebCrypto takes. */
export function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? bytes as Uint8Array<ArrayBuffer> : new Uint8Array(bytes);
}

/**
 * The same memory as a plain `Uint8Array`: what Node gives is a `Buffer`, whose `slice()` does not copy, against
 * all that is expected of a `Uint8Array`.
 */
export function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
