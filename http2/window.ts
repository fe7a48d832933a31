/**
 * The two sides of flow control (RFC 9113 §5.2, §6.9).
 *
 * @module
 */

import { MAX_WINDOW } from "./protocol.ts";

/** How much this end may send. It can be negative, when the peer takes back what it allowed (§6.9.2). */
export class SendWindow {
  /** How many bytes may be sent; none when it is negative. */
  available: number;

  /** @param size The bytes that the peer allows to begin with. */
  constructor(size: number) {
    this.available = size;
  }

  /**
   * Allows `increment` more, or less when it is negative.
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
 * How much the peer may send.
 *
 * Its window is opened again when half of it has been consumed: seldom enough that few updates are sent, early
 * enough that a peer on a long path need not stop while the update travels.
 */
export class ReceiveWindow {
  #size: number;
  #available: number;
  /** What was consumed and not yet given back. */
  #consumed = 0;

  /** @param size The bytes that the peer may have on the way. */
  constructor(size: number) {
    this.#size = size;
    this.#available = size;
  }

  /** Counts bytes that came. `false`: they are more than were allowed. */
  receive(count: number): boolean {
    if (count > this.#available) return false;
    this.#available -= count;
    return true;
  }

  /**
   * Counts bytes that were consumed.
   *
   * @returns How much to tell the peer that it may send in addition; 0: nothing yet.
   */
  consume(count: number): number {
    this.#consumed += count;
    if (this.#consumed === 0 || 2 * this.#consumed < this.#size) return 0;
    const increment = this.#consumed;
    this.#available += increment;
    this.#consumed = 0;
    return increment;
  }

  /** Makes the whole window smaller, below nothing if so much is on the way, as the peer does once it agreed. */
  shrink(count: number): void {
    this.#size -= count;
    this.#available -= count;
  }
}
