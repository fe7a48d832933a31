/**
 * The transport of a connection after a switch of protocols: what was read ahead comes first, then the read that the server
 * had begun, then the rest.
 *
 * @module
 */

import { closeWriting, type Duplex } from "../../io/duplex.ts";

/** A read that was begun before the switch. */
export interface PendingRead {
  /** The outcome of the read. */
  readonly count: Promise<number | null>;
  /** The memory that it fills. */
  readonly into: Uint8Array;
}

/** A connection that speaks another protocol than HTTP by now. */
export class SwitchedConnection implements Duplex {
  readonly #io: Duplex;
  readonly #onClosed: () => void;
  /** Bytes that go before those that are read. */
  #rest: Uint8Array;
  #pending: PendingRead | undefined;
  #isClosed = false;

  /**
   * @param io The transport.
   * @param rest The bytes that were read behind the head, which must not change.
   * @param pending The read that is pending, if there is one.
   * @param onClosed Called once, when the connection is closed from this end.
   */
  constructor(io: Duplex, rest: Uint8Array, pending: PendingRead | undefined, onClosed: () => void) {
    this.#io = io;
    this.#rest = rest;
    this.#pending = pending;
    this.#onClosed = onClosed;
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (into.length === 0) return 0;
    if (this.#rest.length === 0 && this.#pending !== undefined) {
      const { count, into: filled } = this.#pending;
      // It stays pending for the next call where this one is given up.
      const length = await count;
      this.#pending = undefined;
      if (length === null) return null;
      this.#rest = filled.subarray(0, length);
    }
    if (this.#rest.length === 0) return await this.#io.read(into);
    const length = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
    return length;
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#io.write(bytes);
  }

  closeWrite(): Promise<void> {
    return closeWriting(this.#io);
  }

  /** Closes the connection; closing again does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#io.close();
    } finally {
      this.#onClosed();
    }
  }

  ref(): void {
    this.#io.ref?.();
  }

  unref(): void {
    this.#io.unref?.();
  }
}
