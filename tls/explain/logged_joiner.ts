/**
 * Handshake messages from the records of a log: several in one record, one over several, and one that is cut short.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { HANDSHAKE_HEADER_LENGTH } from "../wire/handshake_codec.ts";
import { ContentType } from "../wire/numbers.ts";
import { lengthText } from "./visible_text.ts";

/** A message, and where it stands. */
export interface JoinedMessage {
  readonly bytes: Uint8Array;
  /** Numbers of its first and its last record. */
  readonly records: readonly [first: number, last: number];
  /** Whether its last record was encrypted. */
  readonly encrypted: boolean;
  readonly contentType: number;
  /** Why it is no whole message. */
  readonly problem?: string;
}

/** Joins the fragments of one direction. */
export class LoggedJoiner {
  #fragments: Uint8Array[] = [];
  #length = 0;
  #first = 0;
  #last = 0;
  #encrypted = false;

  /** Adds the content of the next handshake record. */
  push(fragment: Uint8Array, number: number, encrypted: boolean): void {
    if (this.#length === 0) this.#first = number;
    this.#last = number;
    this.#encrypted = encrypted;
    this.#fragments.push(fragment);
    this.#length += fragment.length;
  }

  /** The next whole message, header included. */
  next(): JoinedMessage | undefined {
    if (this.#length < HANDSHAKE_HEADER_LENGTH) return undefined;
    const length = this.#messageLength();
    if (this.#length < length) return undefined;
    const [only, ...others] = this.#fragments;
    const all = only !== undefined && others.length === 0 ? only : concat(this.#fragments);
    const message = this.#joined(all.subarray(0, length));
    this.#fragments = [all.subarray(length)];
    this.#length -= length;
    this.#first = this.#last;
    return message;
  }

  /** What is left of a message at the end of the log. */
  rest(): JoinedMessage | undefined {
    if (this.#length === 0) return undefined;
    const whole = this.#length < HANDSHAKE_HEADER_LENGTH ? "its header" : lengthText(this.#messageLength());
    return {
      ...this.#joined(concat(this.#fragments)),
      problem: `it is cut short: of ${whole}, ${lengthText(this.#length)} came`,
    };
  }

  #joined(bytes: Uint8Array): JoinedMessage {
    return {
      bytes,
      records: [this.#first, this.#last],
      encrypted: this.#encrypted,
      contentType: ContentType.handshake,
    };
  }

  /** The length of the message at hand, whose header is there; it may be cut over fragments. */
  #messageLength(): number {
    const header: number[] = [];
    for (const fragment of this.#fragments) {
      for (const byte of fragment) {
        header.push(byte);
        if (header.length === HANDSHAKE_HEADER_LENGTH) {
          const [, high = 0, middle = 0, low = 0] = header;
          return HANDSHAKE_HEADER_LENGTH + (high << 16 | middle << 8 | low);
        }
      }
    }
    return HANDSHAKE_HEADER_LENGTH;
  }
}
