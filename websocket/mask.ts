/**
 * Masking (RFC 6455 §5.3): each byte of a payload is XORed with a byte of the frame's key.
 *
 * @module
 */

/**
 * Masks bytes in place, or unmasks them: "The same algorithm applies regardless of the direction of the translation"
 * (RFC 6455 §5.3).
 *
 * @param bytes The payload, or a part of it.
 * @param key The four bytes of the masking key.
 * @param offset The index in the payload of the first of `bytes`.
 */
export function applyMask(bytes: Uint8Array<ArrayBuffer>, key: Uint8Array, offset: number): void {
  let i = 0;
  if (bytes.length >= MIN_WORDS_BYTES) {
    const unaligned = -bytes.byteOffset & 3;
    for (; i < unaligned; i++) bytes[i] = (bytes[i] ?? 0) ^ (key[(offset + i) & 3] ?? 0);
    for (let j = 0; j < 4; j++) ROTATED_KEY[j] = key[(offset + i + j) & 3] ?? 0;
    const word = KEY_WORD[0] ?? 0;
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + i, (bytes.length - i) >>> 2);
    for (let j = 0; j < words.length; j++) words[j] = (words[j] ?? 0) ^ word;
    i += 4 * words.length;
  }
  for (; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ (key[(offset + i) & 3] ?? 0);
}

/** The key from the first whole word on, in the order of bytes that the machine's words have. */
const ROTATED_KEY = new Uint8Array(4);
const KEY_WORD = new Uint32Array(ROTATED_KEY.buffer);

/** Bytes from which four at once are faster than one by one. */
const MIN_WORDS_BYTES = 128;
