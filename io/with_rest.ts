/**
 * A connection after a switch of protocols: bytes that came with the last head are read first.
 *
 * @module
 */

import { closeWriting, type Duplex } from "./duplex.ts";

/**
 * Puts bytes before those that a duplex reads.
 *
 * @param rest The bytes, which must not change; when there are none, `io` itself is returned.
 */
export function withRest(io: Duplex, rest: Uint8Array): Duplex {
  return rest.length === 0 ? io : new RestFirst(io, rest);
}

class RestFirst implements Duplex {
  readonly #io: Duplex;
  #rest: Uint8Array;

  constructor(io: Duplex, rest: Uint8Array) {
    this.#io = io;
    this.#rest = rest;
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#rest.length === 0 || into.length === 0) return this.#io.read(into);
    const count = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return Promise.resolve(count);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#io.write(bytes);
  }

  close(): void {
    this.#io.close();
  }

  closeWrite(): Promise<void> {
    return closeWriting(this.#io);
  }

  ref(): void {
    this.#io.ref?.();
  }

  unref(): void {
    this.#io.unref?.();
  }
}
