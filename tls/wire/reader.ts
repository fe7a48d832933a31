/**
 * Reads the presentation language of TLS (RFC 9846 §3): numbers, and vectors with their length in front.
 *
 * A reader cannot see past its own end, so a vector that claims more than there is is refused where it says so,
 * and nothing that is read inside it can reach what follows it.
 *
 * @module
 */

import { TlsError, type TlsErrorCode } from "../error/tls_error.ts";

/** A cursor within bounds; what it gives are views of the bytes that it was made of. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #message: string;
  readonly #end: number;
  #position: number;
  #field: string;

  /**
   * Begins to read.
   *
   * @param bytes They are not copied.
   * @param message What is read, for errors: "Cannot read ClientHello: ...".
   * @param start Where to begin. Default: 0.
   * @param end Where to stop. Default: the end of `bytes`.
   * @param field Which part of the message that is, as {@linkcode at} has it. Default: all of it.
   */
  constructor(bytes: Uint8Array, message: string, start = 0, end: number = bytes.length, field = "it") {
    this.#bytes = bytes;
    this.#message = message;
    this.#position = start;
    this.#end = end;
    this.#field = field;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#end - this.#position;
  }

  /** Says what is read from here on, by its name in the RFC, for errors: `reader.at("random").bytes(32)`. */
  at(field: string): this {
    this.#field = field;
    return this;
  }

  /** One byte. @throws {TlsError} `decode_error` where it is missing; so do all that read. */
  u8(): number {
    return this.#bytes[this.#advance(1)] ?? 0;
  }

  /** Two bytes, the high one first. */
  u16(): number {
    const at = this.#advance(2);
    return (this.#bytes[at] ?? 0) << 8 | (this.#bytes[at + 1] ?? 0);
  }

  /** Three bytes. */
  u24(): number {
    return this.u8() << 16 | this.u16();
  }

  /** Four bytes, as a number that is not negative. */
  u32(): number {
    return this.u16() * 0x10000 + this.u16();
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Passes over all that is left, because it does not matter what it is. */
  skip(): void {
    this.#position = this.#end;
  }

  /** A vector of `min` to `max` bytes with its length in one byte, to be read on its own. */
  vector8(min = 0, max = 0xff): Reader {
    return this.#vector(this.u8(), min, max);
  }

  /** A vector with its length in two bytes. */
  vector16(min = 0, max = 0xffff): Reader {
    return this.#vector(this.u16(), min, max);
  }

  /** A vector with its length in three bytes. */
  vector24(min = 0, max = 0xffffff): Reader {
    return this.#vector(this.u24(), min, max);
  }

  /** A view of a vector of `min` to `max` bytes with its length in one byte. */
  opaque8(min = 0, max = 0xff): Uint8Array {
    return this.#opaque(this.u8(), min, max);
  }

  /** A view of a vector with its length in two bytes. */
  opaque16(min = 0, max = 0xffff): Uint8Array {
    return this.#opaque(this.u16(), min, max);
  }

  /** A view of a vector with its length in three bytes. */
  opaque24(min = 0, max = 0xffffff): Uint8Array {
    return this.#opaque(this.u24(), min, max);
  }

  /**
   * Makes sure that everything was read.
   *
   * @param what Which part of the message ends here. Default: all of it.
   * @throws {TlsError} `decode_error` when bytes are left.
   */
  end(what?: string): void {
    if (this.left === 0) return;
    const end = what === undefined ? "its end" : `the end of ${what}`;
    throw this.error("decode_error", `there are bytes behind ${end}`);
  }

  /** An error about this message, to be thrown. @param reason Why the message cannot be taken. */
  error(code: TlsErrorCode, reason: string): TlsError {
    return new TlsError(code, `Cannot read ${this.#message}: ${reason}`);
  }

  #vector(length: number, min: number, max: number): Reader {
    this.#require(length, min, max);
    const start = this.#advance(length);
    return new Reader(this.#bytes, this.#message, start, start + length, this.#field);
  }

  #opaque(length: number, min: number, max: number): Uint8Array {
    this.#require(length, min, max);
    return this.bytes(length);
  }

  /**
   * "Peers which receive a message which cannot be parsed according to the syntax (e.g., have a length extending
   * beyond the message boundary or contain an out-of-range length) MUST terminate the connection with a
   * "decode_error" alert." (RFC 9846 §6)
   */
  #require(length: number, min: number, max: number): void {
    if (length < min) throw this.error("decode_error", `${this.#field} is shorter than ${bytesOf(min)}`);
    if (length > max) throw this.error("decode_error", `${this.#field} is longer than ${bytesOf(max)}`);
  }

  #advance(length: number): number {
    const at = this.#position;
    if (length > this.#end - at) throw this.error("decode_error", `${this.#field} is cut short`);
    this.#position = at + length;
    return at;
  }
}

function bytesOf(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}
