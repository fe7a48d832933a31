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

/** The counters of one connection; each method throws {@linkcode Http2Error} when its limit is met. */
export class AbuseGuard {
  #errorResets = 0;
  #earlyResets = 0;
  #emptyData = 0;
  #dataBudget = MAX_SMALL_DATA_DEFICIT_BYTES;

  /** A stream has to be reset because of what the peer sent. */
  countErrorReset(): void {
    if (++this.#errorResets > MAX_ERROR_RESETS) {
      throw enhanceYourCalm("too many of the peer's streams had to be reset");
    }
  }

  /** The peer reset a stream before it was answered. */
  countEarlyReset(): void {
    if (++this.#earlyResets > MAX_EARLY_RESETS) {
      throw enhanceYourCalm("the peer opens and resets streams without end");
    }
  }

  /** A DATA frame came that does not end its stream. */
  countData(stream: Stream, contentLength: number): void {
    if (contentLength === 0 && ++this.#emptyData > MAX_EMPTY_DATA) {
      throw enhanceYourCalm("the peer sends too much empty DATA");
    }
    const missing = MIN_UNCOUNTED_DATA_BYTES - contentLength;
    // Honest servers end a short answer with a frame or two like this, on as many streams as there are.
    if (missing > 0 && stream.smallData++ < MAX_FREE_SMALL_DATA) return;
    this.#dataBudget = Math.min(MAX_SMALL_DATA_DEFICIT_BYTES, this.#dataBudget - missing);
    if (missing > 0) stream.debt += missing;
    if (this.#dataBudget < 0) {
      throw enhanceYourCalm("the peer sends too many small DATA frames that wait to be read");
    }
  }

  /** All that waited on a stream was consumed. */
  forgive(stream: Stream): void {
    this.#dataBudget = Math.min(MAX_SMALL_DATA_DEFICIT_BYTES, this.#dataBudget + stream.debt);
    stream.debt = 0;
    stream.smallData = 0;
  }

  /** A stream is closed. */
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
