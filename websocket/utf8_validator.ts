/**
 * UTF-8 (RFC 3629) checked as it arrives: the first byte that no text can go on with is found at once, wherever the text
 * was cut into fragments.
 *
 * @module
 */

/** Checks one text, piece by piece. */
export class Utf8Validator {
  /** Continuation bytes that the character still needs. */
  #needed = 0;
  /** The range of the next continuation byte. */
  #lower = 0x80;
  #upper = 0xbf;

  /**
   * Checks the next piece.
   *
   * @returns Whether the text so far is the beginning of one in UTF-8.
   */
  push(bytes: Uint8Array): boolean {
    let needed = this.#needed;
    for (let i = needed === 0 ? asciiPrefix(bytes) : 0; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (needed > 0) {
        if (byte < this.#lower || byte > this.#upper) return false;
        this.#lower = 0x80;
        this.#upper = 0xbf;
        needed--;
      } else if (byte >= 0x80) {
        needed = this.#begin(byte);
        if (needed === 0) return false;
      }
    }
    this.#needed = needed;
    return true;
  }

  /** Takes a first byte beyond ASCII; returns the number of bytes that follow it, 0 for a byte that begins nothing. */
  #begin(byte: number): number {
    if (byte < 0xc2 || byte > 0xf4) return 0;
    // Overlong forms, surrogates, and what lies beyond U+10FFFF are out by their second byte.
    if (byte === 0xe0) this.#lower = 0xa0;
    else if (byte === 0xed) this.#upper = 0x9f;
    else if (byte === 0xf0) this.#lower = 0x90;
    else if (byte === 0xf4) this.#upper = 0x8f;
    return byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
  }
}

/** How many bytes are surely ASCII, looked at four at once; most text is, as a whole. */
function asciiPrefix(bytes: Uint8Array): number {
  if (bytes.length < MIN_WORDS_BYTES) return 0;
  const unaligned = -bytes.byteOffset & 3;
  for (let i = 0; i < unaligned; i++) if ((bytes[i] ?? 0) >= 0x80) return i;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + unaligned, (bytes.length - unaligned) >>> 2);
  let count = 0;
  while (count < words.length && ((words[count] ?? 0) & 0x80808080) === 0) count++;
  return unaligned + 4 * count;
}

/** Bytes from which four at once are faster than one by one. */
const MIN_WORDS_BYTES = 128;
