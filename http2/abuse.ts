/**
 * Counts what costs the peer little and this end more, and ends the connection when it is too much.
 *
 * @module
 */

import { Http2Error } from "./error.ts";
import {
  MAX_EARLY_RESETS,
  MAX_EMPTY_DATA,
  MAX_ERROR_RESETS,
  MAX_FREE_SMALL_DATA,
  MAX_SMALL_DATA_DEFICIT_BYTES,
  MIN_UNCOUNTED_DATA_BYTES,
} from "./limits.ts";
import type { Stream } from "./stream.ts";

/** The counters of one connection; each method throws ENHANCE_YOUR_CALM when its limit is met. */
export class AbuseGuard {
  #errorResets = 0;
  #earlyResets = 0;
  #emptyData = 0;
  #dataBudget = MAX_SMALL_DATA_DEFICIT_BYTES;

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

  /** Counts a DATA frame that does not end its stream. */
  countData(stream: Stream, contentLength: number): void {
    if (contentLength === 0 && ++this.#emptyData > MAX_EMPTY_DATA) {
      throw enhanceYourCalm("the peer sends too much empty DATA");
    }
    const missing = MIN_UNCOUNTED_DATA_BYTES - contentLength;
    // Servers end a short response with a frame or two like this, on as many streams as there are.
    if (missing > 0 && stream.smallData++ < MAX_FREE_SMALL_DATA) return;
    this.#dataBudget = Math.min(MAX_SMALL_DATA_DEFICIT_BYTES, this.#dataBudget - missing);
    if (missing > 0) stream.debt += missing;
    if (this.#dataBudget < 0) {
      throw enhanceYourCalm("the peer sends too many small DATA frames that wait to be read");
    }
  }

  /** Gives back what the small DATA frames of a stream took, because all of its content was consumed. */
  forgive(stream: Stream): void {
    this.#dataBudget = Math.min(MAX_SMALL_DATA_DEFICIT_BYTES, this.#dataBudget + stream.debt);
    stream.debt = 0;
    stream.smallData = 0;
  }

  /** Takes note that a stream closed. */
  countClosed(stream: Stream): void {
    if (stream.debt > 0) this.forgive(stream);
    if (stream.closed !== "ended") return;
    this.#emptyData = 0;
    if (this.#earlyResets > 0) this.#earlyResets--;
  }
}

function enhanceYourCalm(reason: string): Http2Error {
  return new Http2Error("ENHANCE_YOUR_CALM", `Cannot go on with the connection: ${reason}`);
}
