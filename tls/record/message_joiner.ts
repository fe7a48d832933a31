/**
 * Handshake messages from the fragments in records (RFC 9846 §5.1): a message may be split over records, and several
 * may share one.
 *
 * The length of a message is checked when its header is complete, before any of its body is gathered, in memory that
 * grows with what has come.
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";
import { HANDSHAKE_HEADER_LENGTH, maxLengthOf } from "../wire/handshake_codec.ts";
import { HandshakeType } from "../wire/numbers.ts";
import { makeRoom } from "./gathered.ts";

/** Joins fragments to messages. */
export class MessageJoiner {
  /** The rest of the last fragment. */
  #fragment: Uint8Array = new Uint8Array(0);
  /** A message that is split, as far as it has come. */
  #split: Uint8Array | undefined;
  #splitLength = 0;
  /** Bytes of that message: those of its header, until the header is complete. */
  #announced = HANDSHAKE_HEADER_LENGTH;

  /** Whether no part of a message is left. */
  get isEmpty(): boolean {
    return this.#fragment.length === 0 && this.#split === undefined;
  }

  /** Adds the next fragment, when {@linkcode next} has used the last one up; it is kept, not copied. */
  push(fragment: Uint8Array): void {
    this.#fragment = fragment;
  }

  /**
   * The next message, header included, as a view of its fragment where it is not split; `undefined`: it is not
   * complete.
   *
   * @throws {TlsError} `handshake_too_large` or `certificate_too_large`
   */
  next(): Uint8Array | undefined {
    if (this.#split === undefined) {
      if (this.#fragment.length === 0) return undefined;
      if (this.#fragment.length >= HANDSHAKE_HEADER_LENGTH) {
        const length = messageLength(this.#fragment);
        if (this.#fragment.length >= length) return this.#cut(length);
      }
      this.#split = new Uint8Array(HANDSHAKE_HEADER_LENGTH);
    }
    if (this.#announced === HANDSHAKE_HEADER_LENGTH) {
      if (!this.#fill(this.#split)) return undefined;
      this.#announced = messageLength(this.#split);
    }
    const message = makeRoom(this.#split, this.#splitLength, this.#announced, this.#fragment.length);
    this.#split = message;
    this.#fill(message);
    if (this.#splitLength < this.#announced) return undefined;
    this.#split = undefined;
    this.#splitLength = 0;
    this.#announced = HANDSHAKE_HEADER_LENGTH;
    return message;
  }

  #fill(into: Uint8Array): boolean {
    const more = this.#cut(Math.min(into.length - this.#splitLength, this.#fragment.length));
    into.set(more, this.#splitLength);
    this.#splitLength += more.length;
    return this.#splitLength === into.length;
  }

  #cut(length: number): Uint8Array {
    const cut = this.#fragment.subarray(0, length);
    this.#fragment = this.#fragment.subarray(length);
    return cut;
  }
}

/** The length of a message, header included, from its header. */
function messageLength(header: Uint8Array): number {
  const [type = 0, high = 0, middle = 0, low = 0] = header;
  const length = high << 16 | middle << 8 | low;
  const limit = maxLengthOf(type);
  if (length > limit) {
    throw new TlsError(
      type === HandshakeType.certificate ? "certificate_too_large" : "handshake_too_large",
      `Cannot read a handshake message: its length of ${length} is over ${limit}`,
    );
  }
  return HANDSHAKE_HEADER_LENGTH + length;
}
