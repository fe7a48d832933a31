/**
 * The two sides of flow control, and when WINDOW_UPDATE is sent (RFC 9113 §5.2, §6.9).
 *
 * @module
 */

import { MAX_WINDOW } from "./protocol.ts";

/** The window for what this end sends. A smaller SETTINGS_INITIAL_WINDOW_SIZE can make it negative (§6.9.2). */
export class SendWindow {
  /** How many bytes may be sent; none when it is negative. */
  available: number;

  /** @param size The bytes that the peer allows to begin with. */
  constructor(size: number) {
    this.available = size;
  }

  /**
   * Applies a WINDOW_UPDATE, or a change of SETTINGS_INITIAL_WINDOW_SIZE, which may be negative.
   *
   * @returns `false` when the window would be larger than a window can be; it is then left as it was.
   */
  grow(increment: number): boolean {
    const grown = this.available + increment;
    if (grown > MAX_WINDOW) return false;
    this.available = grown;
    return true;
  }
}

/**
 * The window for what the peer sends.
 *
 * WINDOW_UPDATE is due when half of the window has been consumed: seldom enough that few are sent, early enough
 * that a peer on a long path need not stop while the update travels.
 */
export class ReceiveWindow {
  #size: number;
  #available: number;
  /** Bytes that were consumed, and for which no WINDOW_UPDATE was sent. */
  #consumed = 0;

  /** @param size The bytes that the peer may have on the way. */
  constructor(size: number) {
    this.#size = size;
    this.#available = size;
  }

  /** The bytes that the peer may have on the way. */
  get size(): number {
    return this.#size;
  }

  /** Makes the window larger; the next WINDOW_UPDATE tells the peer. */
  grow(count: number): void {
    this.#size += count;
    this.#consumed += count;
  }

  /** Counts received bytes. Returns `false` when they are more than the window. */
  receive(count: number): boolean {
    if (count > this.#available) return false;
    this.#available -= count;
    return true;
  }

  /**
   * Counts bytes that were consumed.
   *
   * @returns The increment of the WINDOW_UPDATE that is due now; 0 when none is.
   */
  consume(count: number): number {
    this.#consumed += count;
    if (this.#consumed === 0 || 2 * this.#consumed < this.#size) return 0;
    const increment = this.#consumed;
    this.#available += increment;
    this.#consumed = 0;
    return increment;
  }

  /** Shrinks the window, below 0 if so much is on the way, as the peer does when it acknowledges SETTINGS. */
  shrink(count: number): void {
    this.#size -= count;
    this.#available -= count;
  }
}
