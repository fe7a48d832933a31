/**
 * Writer of the presentation language of TLS (RFC 9846 §3). Nesting in the code is nesting on the wire:
 *
 * ```ts ignore
 * writer.u16(ExtensionType.supported_versions);
 * writer.vector16(() => {
 *   writer.vector8(() => writer.u16(0x0304));
 * });
 * ```
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";

/** Enough for nearly every message without certificates. */
const DEFAULT_CAPACITY_BYTES = 512;

/** A buffer that grows. */
export class Writer {
  #buffer: Uint8Array;
  #length = 0;

  /** @param capacity Bytes to expect; there may be more. */
  constructor(capacity: number = DEFAULT_CAPACITY_BYTES) {
    this.#buffer = new Uint8Array(capacity);
  }

  /** Writes one byte: the low 8 bits of `value`. The other numbers are cut off in the same way. */
  u8(value: number): void {
    const at = this.#extend(1);
    this.#buffer[at] = value;
  }

  /** Writes a number of two bytes, the high one first. */
  u16(value: number): void {
    const at = this.#extend(2);
    this.#buffer[at] = value >> 8;
    this.#buffer[at + 1] = value;
  }

  /** Writes a number of three bytes. */
  u24(value: number): void {
    this.u8(value >> 16);
    this.u16(value);
  }

  /** Writes a number of four bytes, below 2^32. */
  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value);
  }

  /** Writes a copy of bytes. */
  bytes(bytes: Uint8Array): void {
    // In two steps, because `extend` may replace the buffer.
    const at = this.#extend(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** Writes a vector with its length in one byte. @throws {TlsError} `handshake_too_large` when it is too long. */
  vector8(write: () => void): void {
    this.#vector(1, write);
  }

  /** Writes a vector with its length in two bytes. @throws {TlsError} `handshake_too_large` when it is too long. */
  vector16(write: () => void): void {
    this.#vector(2, write);
  }

  /** Writes a vector with its length in three bytes. @throws {TlsError} `handshake_too_large` when it is too long. */
  vector24(write: () => void): void {
    this.#vector(3, write);
  }

  /** Takes all bytes out; the memory is the caller's, and the writer is empty again. */
  take(): Uint8Array {
    const taken = this.#buffer.subarray(0, this.#length);
    this.#buffer = new Uint8Array(0);
    this.#length = 0;
    return taken;
  }

  /**
   * Writes a vector. The error is a TlsError because a peer decides some lengths: a cookie or a ticket of 64 KiB is
   * legal, and cannot be sent back.
   */
  #vector(width: 1 | 2 | 3, write: () => void): void {
    const start = this.#extend(width) + width;
    write();
    const length = this.#length - start;
    const most = 2 ** (8 * width) - 1;
    if (length > most) {
      throw new TlsError(
        "handshake_too_large",
        `Cannot write a message: a part of it has ${length} bytes, and ${most} are the limit`,
      );
    }
    for (let i = 1; i <= width; i++) this.#buffer[start - i] = length >> 8 * (i - 1);
  }

  /** Makes room for `count` more bytes. @returns Its offset. */
  #extend(count: number): number {
    const at = this.#length;
    const length = at + count;
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, at));
      this.#buffer = grown;
    }
    this.#length = length;
    return at;
  }
}
