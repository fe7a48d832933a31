/**
 * The content of one message after another, read by the framing of each.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import { ChunkedDecoder } from "./chunked.ts";
import { Http1Error } from "./error.ts";
import type { BodyFraming } from "./framing.ts";
import type { ResolvedHttp1Options } from "./limits.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";

const NO_FIELDS: readonly Field[] = [];

/** Reads content to its end. */
export class BodyReader {
  readonly #limits: ResolvedHttp1Options;
  #framing: BodyFraming = 0;
  #left = 0;
  #chunked: ChunkedDecoder | undefined;

  /** @param limits The limits of trailers. */
  constructor(limits: ResolvedHttp1Options) {
    this.#limits = limits;
  }

  /** Begins the content of a message. */
  start(framing: BodyFraming): void {
    this.#framing = framing;
    this.#left = typeof framing === "number" ? framing : 0;
    this.#chunked = framing === "chunked" ? new ChunkedDecoder(this.#limits) : undefined;
  }

  /** The number of bytes still to come; `undefined` where it is not known. */
  get left(): number | undefined {
    return typeof this.#framing === "number" ? this.#left : undefined;
  }

  /** The trailer fields as received, once the content has ended. */
  get trailers(): readonly Field[] {
    return this.#chunked?.trailers ?? NO_FIELDS;
  }

  /**
   * Reads the next piece.
   *
   * @param ended Whether the connection ends after the bytes in `buffer`.
   * @returns Content, as a view; `"end"`; or `undefined` when more bytes are needed.
   * @throws {Http1Error} `truncated`, or an error of the chunked coding.
   */
  next(buffer: ReceiveBuffer, ended: boolean): Uint8Array | "end" | undefined {
    if (this.#chunked !== undefined) {
      return this.#chunked.next(buffer) ?? this.#wait(ended);
    }
    const { length } = buffer;
    if (this.#framing === "close") {
      return length > 0 ? buffer.take(length) : ended ? "end" : undefined;
    }
    if (this.#left === 0) return "end";
    if (length === 0) return this.#wait(ended);
    const count = Math.min(length, this.#left);
    this.#left -= count;
    return buffer.take(count);
  }

  /**
   * "If the sender closes the connection or the recipient times out before the indicated number of octets are
   * received, the recipient MUST consider the message to be incomplete and close the connection." (RFC 9112 §6.3)
   */
  #wait(ended: boolean): undefined {
    if (!ended) return undefined;
    throw new Http1Error(
      "truncated",
      "Cannot read the content to its end: the connection ended before it did",
    );
  }
}
