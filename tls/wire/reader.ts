/**
 * Reader of the presentation language of TLS (RFC 9846 §3): numbers, and vectors with their length in front.
 *
 * A reader cannot pass its own end: a vector that claims more bytes than there are is refused, and reading inside a
 * vector cannot reach the bytes behind it.
 *
 * @module
 */

import { TlsError, type TlsErrorCode } from "../error/tls_error.ts";

/** A cursor within bounds; it returns views of the bytes that it was made of. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #message: string;
  readonly #end: number;
  #position: number;
  #field: string;

  /**
   * Begins to read.
   *
   * @param bytes The bytes to read; they are not copied.
   * @param message Name of the message, for errors: "Cannot read ClientHello: ...".
   * @param start Offset of the first byte. Default: 0.
   * @param end Offset behind the last byte. Default: the end of `bytes`.
   * @param field Name of the part of the message, as in {@linkcode at}. Default: all of it.
   */
  constructor(bytes: Uint8Array, message: string, start = 0, end: number = bytes.length, field = "it") {
    this.#bytes = bytes;
    this.#message = message;
    this.#position = start;
    this.#end = end;
    this.#field = field;
  }

  /** Number of unread bytes. */
  get left(): number {
    return this.#end - this.#position;
  }

  /** Names the field that is read next as the RFC does, for errors: `reader.at("random").bytes(32)`. */
  at(field: string): this {
    this.#field = field;
    return this;
  }

  /** Reads one byte. @throws {TlsError} `decode_error` where it is missing, as all that read do. */
  u8(): number {
    return this.#bytes[this.#advance(1)] ?? 0;
  }

  /** Reads a number of two bytes, the high one first. */
  u16(): number {
    const at = this.#advance(2);
    return (this.#bytes[at] ?? 0) << 8 | (this.#bytes[at + 1] ?? 0);
  }

  /** Reads a number of three bytes. */
  u24(): number {
    return this.u8() << 16 | this.u16();
  }

  /** Reads a number of four bytes, which is not negative. */
  u32(): number {
    return this.u16() * 0x10000 + this.u16();
  }

  /** Reads the next `length` bytes, as a view. */
  bytes(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Skips all unread bytes. */
  skip(): void {
    this.#position = this.#end;
  }

  /** Reads a vector of `min` to `max` bytes with its length in one byte. @returns A reader of its content. */
  vector8(min = 0, max = 0xff): Reader {
    return this.#vector(this.u8(), min, max);
  }

  /** Reads a vector with its length in two bytes. @returns A reader of its content. */
  vector16(min = 0, max = 0xffff): Reader {
    return this.#vector(this.u16(), min, max);
  }

  /** Reads a vector with its length in three bytes. @returns A reader of its content. */
  vector24(min = 0, max = 0xffffff): Reader {
    return this.#vector(this.u24(), min, max);
  }

  /** Reads a vector of `min` to `max` bytes with its length in one byte, as a view of its content. */
  opaque8(min = 0, max = 0xff): Uint8Array {
    return this.#opaque(this.u8(), min, max);
  }

  /** Reads a vector with its length in two bytes, as a view of its content. */
  opaque16(min = 0, max = 0xffff): Uint8Array {
    return this.#opaque(this.u16(), min, max);
  }

  /** Reads a vector with its length in three bytes, as a view of its content. */
  opaque24(min = 0, max = 0xffffff): Uint8Array {
    return this.#opaque(this.u24(), min, max);
  }

  /**
   * Checks that all bytes were read.
   *
   * @param what Name of the part of the message that ends here. Default: all of it.
   * @throws {TlsError} `decode_error` when bytes are left.
   */
  end(what?: string): void {
    if (this.left === 0) return;
    const end = what === undefined ? "its end" : `the end of ${what}`;
    throw this.error("decode_error", `there are bytes behind ${end}`);
  }

  /** Makes an error about this message. @param reason The reason for which it is refused. */
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
