/**
 * The interface of every protocol machine: the verbs by which a driver moves it on.
 *
 * @module
 */

import type { Eventual } from "./script.ts";

/**
 * A protocol core without I/O: bytes go in, events come out, and bytes to write come out. It has no sockets, no timers
 * and no clock. A driver feeds it:
 *
 * 1. {@linkcode receive} the bytes that arrived, or {@linkcode receiveEnd} at their end;
 * 2. ask for {@linkcode next} until it returns `undefined`;
 * 3. write every {@linkcode output} until it returns `undefined`.
 */
export interface Machine<Event> {
  /**
   * Takes bytes from the peer. The machine may keep views of them until `next` has returned `undefined`; their memory
   * must not change before.
   */
  receive(bytes: Uint8Array): void;

  /** Takes note that the peer sends no more bytes: the transport is at its end. */
  receiveEnd(): void;

  /**
   * The next event, or `undefined` when there is none until more bytes are received or output is written.
   *
   * @throws The failure of the connection: the same error at every call.
   */
  next(): Eventual<Event | undefined>;

  /** The next bytes to write, or `undefined` when there are none. A view may be valid only until the next call. */
  output(): Uint8Array | undefined;

  /** Whether more bytes from the peer would bring the machine further. */
  readonly wantsRead: boolean;

  /** Whether {@linkcode output} has bytes. */
  readonly wantsWrite: boolean;
}
