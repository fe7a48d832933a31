/**
 * The options of a WebSocket that is open, and their check.
 *
 * @module
 */

import { MAX_TIMER_MS } from "../../io/attempt.ts";

/** When a WebSocket sends pings of its own. */
export interface WebSocketKeepAlive {
  /** Milliseconds between pings. */
  readonly interval: number;
  /** Milliseconds that a peer may be silent after a ping; 20,000 by default. Then the WebSocket fails with `ping_timeout`. */
  readonly timeout?: number;
}

/** Options of a WebSocket that is open. */
export interface WebSocketStreamOptions {
  /** Bytes of one message; 67,108,864 by default. A larger one fails the WebSocket with `message_too_large`. */
  readonly maxMessageBytes?: number;
  /** Milliseconds that the closing handshake may take; 10,000 by default. */
  readonly closeTimeout?: number;
  /** Keep-alive pings, which notice a peer that is gone without closing the connection. Off by default. */
  readonly keepAlive?: WebSocketKeepAlive;
}

/**
 * Checks the options of a WebSocket, before it is opened.
 *
 * @throws {RangeError} If a limit is not a positive integer, or a time not above 0, or beyond the longest timer.
 */
export function checkStreamOptions(
  { maxMessageBytes, closeTimeout, keepAlive }: WebSocketStreamOptions,
): void {
  if (maxMessageBytes !== undefined && !(Number.isSafeInteger(maxMessageBytes) && maxMessageBytes > 0)) {
    throw refused("maxMessageBytes", "a positive integer", maxMessageBytes);
  }
  checkTime("closeTimeout", closeTimeout);
  if (keepAlive === undefined) return;
  // Without an interval, pings would follow each other at once.
  checkTime("keepAlive.interval", keepAlive.interval ?? NaN);
  checkTime("keepAlive.timeout", keepAlive.timeout);
}

function checkTime(name: string, milliseconds: number | undefined): void {
  if (milliseconds === undefined) return;
  if (typeof milliseconds === "number" && milliseconds > 0 && milliseconds <= MAX_TIMER_MS) return;
  throw refused(name, `above 0, and ${MAX_TIMER_MS} milliseconds at most`, milliseconds);
}

function refused(name: string, wanted: string, given: unknown): RangeError {
  return new RangeError(`Cannot open the WebSocket: "${name}" must be ${wanted}: ${String(given)}`);
}
