/**
 * Uploads that go on after their response has ended.
 *
 * "A server can send a complete response prior to the client sending an entire request if the response does not depend
 * on any portion of the request that has not been sent and received." (RFC 9113 §8.1) A server that wants the rest all
 * the same takes it; one that does not should reset the stream, and many do not. So an upload goes on as long as the
 * server takes its content. One that the server lets wait is given up, or it would wait, and its stream be open, for as
 * long as the connection.
 *
 * @module
 */

import { clearTimeout, setTimeout } from "../../io/timers.ts";
import { MAX_STUCK_UPLOAD_MS } from "../limits.ts";
import type { StreamExchange } from "./stream_exchange.ts";

/** The exchanges of a connection whose response has ended, and whose upload has not. */
export class AnsweredUploads {
  /** How many bytes each had sent when it was last looked at. */
  readonly #sent = new Map<StreamExchange, number>();
  readonly #onStuck: (exchange: StreamExchange) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onStuck Gives up an upload of which the server has taken nothing for {@linkcode MAX_STUCK_UPLOAD_MS}. */
  constructor(onStuck: (exchange: StreamExchange) => void) {
    this.#onStuck = onStuck;
  }

  /** How many there are. */
  get size(): number {
    return this.#sent.size;
  }

  /** Adds an exchange whose response has ended. */
  add(exchange: StreamExchange): void {
    this.#sent.set(exchange, exchange.upload?.sent ?? 0);
  }

  /** Removes an exchange that is over; nothing happens where it was not added. */
  delete(exchange: StreamExchange): void {
    if (this.#sent.delete(exchange) && this.#sent.size === 0) this.#stop();
  }

  /** Removes all. */
  clear(): void {
    this.#sent.clear();
    this.#stop();
  }

  /**
   * Looks after them from now on, if any waits for the server. To be called whenever one may have begun to; one that
   * waits for its source needs no timer, which would keep the process alive.
   */
  watch(): void {
    if (this.#timer !== undefined || !this.#areWaiting()) return;
    for (const exchange of this.#sent.keys()) this.add(exchange);
    this.#timer = setTimeout(this.#onTimer, MAX_STUCK_UPLOAD_MS);
    if (this.#sent.size === 0) this.#stop(); // setting it may have let microtasks run
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined;
    for (const [exchange, before] of [...this.#sent]) {
      if (!this.#sent.has(exchange)) continue; // giving up another one may have ended the connection
      if (exchange.upload?.isHolding && exchange.upload.sent === before) this.#onStuck(exchange);
    }
    this.watch();
  };

  #areWaiting(): boolean {
    for (const { upload } of this.#sent.keys()) {
      if (upload?.isHolding) return true;
    }
    return false;
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
