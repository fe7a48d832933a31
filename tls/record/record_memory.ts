/**
 * Memory for sealed records: those of one write lie side by side, so that they are written as they lie, and not joined.
 *
 * Memory that was handed to the transport is never used again, and nothing that is sealed later shares it: a transport
 * may keep it, or transfer it to another thread.
 *
 * @module
 */

import { TAG_LENGTH } from "../crypto/cipher_suites.ts";
import { HEADER_LENGTH, MAX_PLAINTEXT_BYTES } from "./header.ts";

/** Gives out the memory of records. */
export class RecordMemory {
  #piece = NOTHING;
  /** Bytes of the piece that are given out. */
  #used = 0;
  /** Bytes of the records that are announced and not given memory yet. */
  #announced = 0;

  /**
   * Announces the records of a write, which get memory together. Without padding they need no more than is announced.
   *
   * @param content Bytes of content.
   * @param fragmentLength Content of one record.
   */
  announce(content: number, fragmentLength: number): void {
    const records = Math.ceil(content / fragmentLength);
    this.#announced = records > 1 ? content + records * OVERHEAD : 0;
  }

  /** Memory for a record whose header and payload are that long. */
  take(headerLength: number, payloadLength: number): { header: Uint8Array; payload: Uint8Array } {
    const length = headerLength + payloadLength;
    if (this.#used + length > this.#piece.length) {
      this.#piece = new Uint8Array(Math.max(length, Math.min(this.#announced, MAX_PIECE_BYTES)));
      this.#used = 0;
    }
    this.#announced = Math.max(0, this.#announced - length);
    const at = this.#used;
    this.#used += length;
    return {
      header: this.#piece.subarray(at, at + headerLength),
      payload: this.#piece.subarray(at + headerLength, this.#used),
    };
  }

  /** Ends what was announced: the records to come share no memory with those before. */
  end(): void {
    this.#piece = NOTHING;
    this.#used = this.#announced = 0;
  }
}

const NOTHING = new Uint8Array(0);

/** Bytes that protection adds to the content of a record: header, inner type or explicit nonce, tag. */
const OVERHEAD = HEADER_LENGTH + 8 + TAG_LENGTH;

/** Bytes of one piece: eight full records. */
const MAX_PIECE_BYTES = 8 * (MAX_PLAINTEXT_BYTES + OVERHEAD);
