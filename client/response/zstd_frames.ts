/**
 * The bounds of Zstandard frames (RFC 8878 §3.1), found without decoding them.
 *
 * ```
 * Frame     = Magic_Number Frame_Header 1*Data_Block [Content_Checksum]
 * Skippable = Magic_Number Frame_Size User_Data
 * Header    = Frame_Header_Descriptor [Window_Descriptor] [Dictionary_ID] [Frame_Content_Size]
 * ```
 *
 * The engine that decodes them stops after one frame, and takes a frame that is cut short for a short frame. By these
 * bounds it is given one frame after another, and the last is known to be complete.
 *
 * @module
 */

import { MAX_ZSTD_FRAMES, MAX_ZSTD_WINDOW_BYTES } from "../defaults.ts";
import { ClientError } from "../error/client_error.ts";

const MAGIC = 0xfd2fb528;
/** The magic number of a skippable frame, any value in its low four bits. */
const SKIPPABLE_MAGIC = 0x184d2a50;

/** The part of a frame that comes next. */
type Part =
  | "magic"
  | "descriptor"
  | "header"
  | "block_header"
  | "block"
  | "checksum"
  | "skippable_size"
  | "skippable";

/** Follows frames through content that arrives in chunks. */
export class ZstdFrames {
  /** The bytes of the present part, where it is one that is read. */
  readonly #held = new Uint8Array(14); // the longest: window, dictionary and content size are 1 + 4 + 8
  #filled = 0;
  #part: Part = "magic";
  /** The bytes that the present part still has. */
  #left = 4;
  #descriptor = 0;
  #lastBlock = false;
  #frames = 0;

  /** Whether no frame has begun. */
  get complete(): boolean {
    return this.#part === "magic" && this.#filled === 0;
  }

  /**
   * Follows the frame that goes on or begins at `start`.
   *
   * @returns Where it ends, or the end of `bytes`.
   * @throws {ClientError} `decoding_failed`: no frame begins there, its window is too large, or there are too
   *   many.
   */
  follow(bytes: Uint8Array, start: number): number {
    let at = start;
    while (at < bytes.length) {
      const taken = Math.min(this.#left, bytes.length - at);
      // Content is skipped, every other part is read.
      if (this.#part !== "block" && this.#part !== "checksum" && this.#part !== "skippable") {
        this.#held.set(bytes.subarray(at, at + taken), this.#filled);
        this.#filled += taken;
      }
      at += taken;
      this.#left -= taken;
      while (this.#left === 0) {
        this.#next();
        if (this.complete) return at;
      }
    }
    return at;
  }

  /** Goes from a complete part to the next one. */
  #next(): void {
    const held = this.#held;
    this.#filled = 0;
    switch (this.#part) {
      case "magic": {
        const magic = littleEndian(held, 4);
        if (magic === MAGIC) this.#expect("descriptor", 1);
        else if ((magic & ~0xf) === SKIPPABLE_MAGIC) this.#expect("skippable_size", 4);
        else throw failed("no frame begins where one should");
        if (++this.#frames > MAX_ZSTD_FRAMES) throw failed(`it has more than ${MAX_ZSTD_FRAMES} frames`);
        break;
      }
      case "descriptor": {
        const descriptor = held[0] ?? 0;
        this.#descriptor = descriptor;
        const windowSize = isSingleSegment(descriptor) ? 0 : 1;
        const dictionarySize = [0, 1, 2, 4][descriptor & 3] ?? 0;
        this.#expect("header", windowSize + dictionarySize + contentSizeLength(descriptor));
        break;
      }
      case "header":
        if (windowOf(this.#descriptor, held) > MAX_ZSTD_WINDOW_BYTES) {
          throw failed("it asks for a window of more than 8 MiB");
        }
        this.#expect("block_header", 3);
        break;
      case "block_header": {
        const header = littleEndian(held, 3);
        this.#lastBlock = (header & 1) === 1;
        const isRepeatedByte = ((header >> 1) & 3) === 1;
        this.#expect("block", isRepeatedByte ? 1 : header >> 3);
        break;
      }
      case "block": {
        const hasChecksum = (this.#descriptor & 4) !== 0;
        if (!this.#lastBlock) this.#expect("block_header", 3);
        else if (hasChecksum) this.#expect("checksum", 4);
        else this.#expect("magic", 4);
        break;
      }
      case "skippable_size":
        this.#expect("skippable", littleEndian(held, 4));
        break;
      case "checksum":
      case "skippable":
        this.#expect("magic", 4);
    }
  }

  #expect(part: Part, length: number): void {
    this.#part = part;
    this.#left = length;
  }
}

function isSingleSegment(descriptor: number): boolean {
  return (descriptor & 0x20) !== 0;
}

/** The length of Frame_Content_Size in bytes (RFC 8878 §3.1.1.1.1). */
function contentSizeLength(descriptor: number): number {
  const flag = descriptor >> 6;
  return flag === 0 ? (isSingleSegment(descriptor) ? 1 : 0) : 1 << flag;
}

/** The window of a frame (RFC 8878 §3.1.1.1.2): stated, or all of its content. */
function windowOf(descriptor: number, header: Uint8Array): number {
  if (!isSingleSegment(descriptor)) {
    const stated = header[0] ?? 0;
    const base = 2 ** (10 + (stated >> 3));
    return base + base / 8 * (stated & 7);
  }
  const length = contentSizeLength(descriptor);
  const size = littleEndian(header.subarray([0, 1, 2, 4][descriptor & 3] ?? 0), length);
  return length === 2 ? size + 256 : size;
}

/** A little-endian number of up to eight bytes; beyond 2^53 it loses its last digits, which no comparison here needs. */
function littleEndian(bytes: Uint8Array, length: number): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[i] ?? 0);
  return value;
}

function failed(reason: string): ClientError {
  return new ClientError("decoding_failed", `Cannot decode the content as zstd: ${reason}`);
}
