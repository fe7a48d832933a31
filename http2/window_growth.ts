/**
 * Receive windows that grow with the path's bandwidth x delay, as far as an option allows.
 *
 * A sender may have one window on the way, so a path that holds more than that (bandwidth times round-trip time) is never
 * full. What it holds is measured without a clock: a PING goes out with the first DATA after a WINDOW_UPDATE, and the bytes
 * that arrive until it is acknowledged are those of one round trip. Where they are most of the window, the window is what
 * limits them, and it gets room for twice as many. Only the windows of streams that are consumed grow: unread content is
 * bounded as before.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { MAX_GROWN_WINDOW_BYTES } from "./limits.ts";

/** The windows of one connection, as far as they have grown. */
export class WindowGrowth {
  readonly #max: number;
  /** The size to which the window of a stream may grow now. */
  #size: number;
  /** Bytes by which windows of streams may still grow, all together. */
  #left = MAX_GROWN_WINDOW_BYTES;
  /** Bytes of DATA since the PING was sent; `undefined` while none is on the way. */
  #received: number | undefined;
  #isDue = false;

  /**
   * @param initial The window of a new stream.
   * @param max The size beyond which no window grows.
   */
  constructor(initial: number, max: number) {
    this.#size = initial;
    this.#max = max;
  }

  /** Counts DATA; returns whether a PING is due that measures the path. */
  count(length: number): boolean {
    if (this.#received !== undefined) this.#received += length;
    else if (this.#isDue && this.#size < this.#max) {
      // A sender that waited for the WINDOW_UPDATE begins again with this frame: all that it then sends is counted.
      this.#received = length;
      this.#isDue = false;
      return true;
    }
    return false;
  }

  /** Takes note of a WINDOW_UPDATE for the connection: the next measurement may begin. */
  onWindowUpdate(): void {
    this.#isDue = true;
  }

  /**
   * Takes the acknowledgement of a PING.
   *
   * @returns Bytes by which the connection's window grows with those of its streams; `undefined` where the PING was not of
   * this class.
   */
  endProbe(data: Uint8Array): number | undefined {
    const received = this.#received;
    if (received === undefined || !equals(data, PROBE)) return undefined;
    this.#received = undefined;
    if (3 * received < 2 * this.#size) return 0;
    const grown = Math.min(this.#max, Math.max(this.#size, 2 * received));
    const more = grown - this.#size;
    this.#size = grown;
    return more;
  }

  /** Takes bytes for the window of a stream that is consumed, whose size is `size`. */
  take(size: number): number {
    const more = Math.min(this.#left, Math.max(0, this.#size - size));
    this.#left -= more;
    return more;
  }

  /** Takes the bytes back by which the window of a stream had grown that is closed. */
  giveBack(bytes: number): void {
    this.#left += bytes;
  }
}

/** The content of the PING. */
export const PROBE: Uint8Array = new TextEncoder().encode("bdpprobe");
