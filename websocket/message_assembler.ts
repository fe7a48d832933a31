/**
 * The message that is being received: its fragments, unmasked, checked and joined.
 *
 * @module
 */

import { WebSocketError } from "./error.ts";
import { type FrameHeader, Opcode } from "./frame_header.ts";
import type { Inflater } from "./inflate.ts";
import { applyMask } from "./mask.ts";
import { Utf8Validator } from "./utf8_validator.ts";

/** Joins the fragments of messages, one message after another. */
export class MessageAssembler {
  readonly #maxBytes: number;
  readonly #inflater: Inflater | undefined;
  #opcode: number | undefined;
  #isCompressed = false;
  #text: Utf8Validator | undefined;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array();
  #length = 0;

  /**
   * @param maxBytes The bytes that a message may have.
   * @param inflater Inflates compressed messages; `undefined` where none may come.
   */
  constructor(maxBytes: number, inflater: Inflater | undefined) {
    this.#maxBytes = maxBytes;
    this.#inflater = inflater;
  }

  /**
   * Begins a frame of data.
   *
   * @throws {WebSocketError} `bad_frame` for a fragment out of place; `message_too_large`, before its payload is awaited.
   */
  begin({ opcode, rsv1, length }: FrameHeader): void {
    if (opcode === Opcode.continuation) {
      if (this.#opcode === undefined) throw bad("a fragment goes on with a message that has not begun");
    } else {
      // "The fragments of one message MUST NOT be interleaved between the fragments of another message unless an
      // extension has been negotiated that can interpret the interleaving." (RFC 6455 §5.4)
      if (this.#opcode !== undefined) throw bad("a message begins inside another");
      this.#opcode = opcode;
      this.#isCompressed = rsv1;
      this.#text = opcode === Opcode.text && !rsv1 ? new Utf8Validator() : undefined;
      this.#length = 0;
    }
    if (this.#length + length > this.#maxBytes) throw tooLarge(this.#maxBytes);
  }

  /**
   * Adds a part of the payload of the frame.
   *
   * @param offset The index of the part in the payload.
   * @throws {WebSocketError} `bad_text` at the first byte that is not UTF-8; in the last part, {@linkcode end} throws it.
   */
  push(part: Uint8Array, { fin, length, key }: FrameHeader, offset: number): void {
    const end = this.#length + part.length;
    // Behind a frame that is not the last, no one knows what comes.
    if (end > this.#bytes.length) this.#grow(end, fin ? end + length - offset - part.length : Infinity);
    const own = this.#bytes.subarray(this.#length, end);
    own.set(part);
    if (key !== undefined) applyMask(own, key, offset);
    this.#length = end;
    // "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a valid
    // UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_." (RFC 6455 §8.1)
    const isLast = fin && offset + part.length === length; // its text is decoded next, which checks it
    if (!isLast && this.#text?.push(own) === false) throw badText();
  }

  /**
   * Ends the message.
   *
   * @throws {WebSocketError} `bad_text`, `bad_compression`, `message_too_large`.
   */
  end(): string | Uint8Array<ArrayBuffer> {
    const isText = this.#opcode === Opcode.text;
    const bytes = this.#isCompressed ? this.#inflated() : this.#taken();
    this.#opcode = undefined;
    // The memory that a large message has needed does not wait for another one.
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = new Uint8Array();
    if (!isText) return bytes;
    try {
      return UTF8.decode(bytes);
    } catch {
      throw badText();
    }
  }

  /** The bytes, whose memory belongs to the message from now on, unless much more was reserved. */
  #taken(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes;
    if (this.#length < bytes.length) return bytes.slice(0, this.#length);
    this.#bytes = new Uint8Array();
    return bytes;
  }

  #inflated(): Uint8Array<ArrayBuffer> {
    // Every sender removes these four bytes (RFC 7692 §7.2.1).
    const input = new Uint8Array(this.#length + EMPTY_BLOCK.length);
    input.set(this.#bytes.subarray(0, this.#length));
    input.set(EMPTY_BLOCK, this.#length);
    const outcome = this.#inflater?.inflate(input, this.#maxBytes) ?? "malformed";
    if (outcome === "too_large") throw tooLarge(this.#maxBytes);
    if (outcome === "malformed") {
      throw new WebSocketError("bad_compression", "Cannot inflate the message: it is malformed");
    }
    return outcome;
  }

  /**
   * Makes room for `needed` bytes: as much as the rest of the message needs, where that is announced, as far as memory only
   * doubles. To double it keeps the copies in proportion to the message, however small its fragments are.
   */
  #grow(needed: number, announced: number): void {
    const size = Math.min(announced, Math.max(2 * this.#bytes.length, needed, MIN_BUFFER_BYTES));
    const larger = new Uint8Array(Math.max(size, needed));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

function bad(reason: string): WebSocketError {
  return new WebSocketError("bad_frame", `Cannot read the frame: ${reason}`);
}

function badText(): WebSocketError {
  return new WebSocketError("bad_text", "Cannot read the message: its text is not UTF-8");
}

function tooLarge(maxBytes: number): WebSocketError {
  return new WebSocketError(
    "message_too_large",
    `Cannot read the message: it is larger than ${maxBytes} bytes`,
  );
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The end of an empty stored block (RFC 7692 §7.2.2). */
const EMPTY_BLOCK = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

/** Bytes that are reserved at first for a message that comes in parts. */
const MIN_BUFFER_BYTES = 4096;

/** Bytes that are kept from one message to the next: those of one read. */
const MAX_KEPT_BYTES = 65_536;
