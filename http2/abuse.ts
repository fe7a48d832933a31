/**
 * Counts what costs the peer little and this end more, and ends the connection when it is too much.
 *
 * Only what no stream can answer for is counted here. Content is bounded by flow control, and empty DATA by its
 * stream ({@linkcode Stream.countData}), so that neither costs the streams beside it anything.
 *
 * @module
 */

import { Http2Error } from "./error.ts";
import { MAX_EARLY_RESETS, MAX_ERROR_RESETS } from "./limits.ts";
import type { Stream } from "./stream.ts";

/** The counters of one connection; each method throws ENHANCE_YOUR_CALM when its limit is met. */
export class AbuseGuard {
  #errorResets = 0;
  #earlyResets = 0;

  /** Counts a stream that is reset because of what the peer sent. */
  countErrorReset(): void {
    if (++this.#errorResets > MAX_ERROR_RESETS) {
      throw enhanceYourCalm("too many of the peer's streams had to be reset");
    }
  }

  /** Counts a stream that the peer reset before it was answered. */
  countEarlyReset(): void {
    if (++this.#earlyResets > MAX_EARLY_RESETS) {
      throw enhanceYourCalm("the peer opens and resets streams without end");
    }
  }

  /** Takes note that a stream closed. */
  countClosed(stream: Stream): void {
    if (stream.closed === "ended" && this.#earlyResets > 0) this.#earlyResets--;
  }
}

function enhanceYourCalm(reason: string): Http2Error {
  return new Http2Error("ENHANCE_YOUR_CALM", `Cannot go on with the connection: ${reason}`);
}
