/**
 * Counts what costs the peer little and this end more, and ends the connection when it is too much.
 *
 * Only what no stream can answer for is counted here. Content is bounded by flow control, and empty DATA by its
 * stream ({@linkcode Stream.countData}), so that neither costs the streams beside it anything. What an honest peer does
 * now and then is never too much in a long life: time makes up for it.
 *
 * @module
 */

import { Http2Error } from "./error.ts";
import {
  MAX_CONTROL_FRAMES,
  MAX_CONTROL_FRAMES_PER_CONTENT_FRAME,
  MAX_CONTROL_FRAMES_PER_SECOND,
  MAX_EARLY_RESETS,
  MAX_ERROR_RESETS,
  MAX_RESETS_PER_SECOND,
} from "./limits.ts";
import type { Stream } from "./stream.ts";

/** The counters of one connection; each method that counts throws ENHANCE_YOUR_CALM when its limit is met. */
export class AbuseGuard {
  readonly #errorResets: Counter;
  readonly #earlyResets: Counter;
  readonly #controlFrames: Counter;

  /** @param now The clock, in milliseconds. */
  constructor(now: () => number) {
    this.#errorResets = new Counter(MAX_ERROR_RESETS, MAX_RESETS_PER_SECOND, now);
    this.#earlyResets = new Counter(MAX_EARLY_RESETS, MAX_RESETS_PER_SECOND, now);
    this.#controlFrames = new Counter(MAX_CONTROL_FRAMES, MAX_CONTROL_FRAMES_PER_SECOND, now);
  }

  /** Counts a stream that is reset because of what the peer sent. */
  countErrorReset(): void {
    if (!this.#errorResets.add(1)) throw enhanceYourCalm("too many of the peer's streams had to be reset");
  }

  /** Counts a stream that the peer reset before it was answered. */
  countEarlyReset(): void {
    if (!this.#earlyResets.add(1)) throw enhanceYourCalm("the peer opens and resets streams without end");
  }

  /** Counts frames that carry neither fields nor content. */
  countControlFrames(count = 1): void {
    if (!this.#controlFrames.add(count)) throw enhanceYourCalm("the peer sends frames that carry nothing");
  }

  /** Takes note of a frame with fields or content, in either direction. */
  countContentFrame(): void {
    this.#controlFrames.giveBack(MAX_CONTROL_FRAMES_PER_CONTENT_FRAME);
  }

  /** Takes note that a stream closed. */
  countClosed(stream: Stream): void {
    if (stream.closed === "ended") this.#earlyResets.giveBack(1);
  }
}

/** A count that time brings down. The clock is asked only at the limit. */
class Counter {
  readonly #max: number;
  readonly #perSecond: number;
  readonly #now: () => number;
  #count = 0;
  #since: number;

  constructor(max: number, perSecond: number, now: () => number) {
    this.#max = max;
    this.#perSecond = perSecond;
    this.#now = now;
    this.#since = now();
  }

  /** Counts. Returns `false` beyond the limit. */
  add(count: number): boolean {
    this.#count += count;
    if (this.#count <= this.#max) return true;
    const now = this.#now();
    this.giveBack((now - this.#since) / 1000 * this.#perSecond);
    this.#since = now;
    return this.#count <= this.#max;
  }

  giveBack(count: number): void {
    if (this.#count > 0) this.#count = Math.max(0, this.#count - count);
  }
}

function enhanceYourCalm(reason: string): Http2Error {
  return new Http2Error("ENHANCE_YOUR_CALM", `Cannot go on with the connection: ${reason}`);
}
