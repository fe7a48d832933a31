/**
 * The pace at which a client sends content and takes a response, against the time limits.
 *
 * A time limit that any byte renews protects from silence alone. So each byte of content buys a part of it, and a client
 * that sends one byte now and then is too slow in the end. Time counts only while the server waits for the client.
 *
 * @module
 */

import { MIN_CONTENT_BYTES_PER_SECOND } from "../limits.ts";
import type { ServeTimeouts } from "../serve_timeouts.ts";
import type { Watch } from "../watch.ts";

/** What has happened in an exchange so far. */
export interface ExchangeProgress {
  /** Whether the server waits for content of the request. */
  readonly awaitsContent: boolean;
  /** Bytes of content received. */
  readonly received: number;
  /** Whether the server waits for the client to take more of the response. */
  readonly awaitsRoom: boolean;
  /** Bytes of the response taken, or any other count that grows with them. */
  readonly sent: number;
}

/** The paces of one exchange. They are looked at whenever the {@linkcode Watch} looks. */
export class ExchangePaces {
  readonly #content: Pace;
  readonly #response: Pace;

  /**
   * @param watch The clock.
   * @param timeouts The time limits.
   */
  constructor(watch: Watch, timeouts: Required<ServeTimeouts>) {
    this.#content = new Pace(watch, timeouts.body, 1000 / MIN_CONTENT_BYTES_PER_SECOND);
    this.#response = new Pace(watch, timeouts.write, Infinity);
  }

  /** What the client is too slow with, if anything. */
  look({ awaitsContent, received, awaitsRoom, sent }: ExchangeProgress): "content" | "response" | undefined {
    if (this.#response.isTooSlow(awaitsRoom, sent)) return "response";
    return this.#content.isTooSlow(awaitsContent, received) ? "content" : undefined;
  }
}

/** The pace of one direction. */
export class Pace {
  readonly #watch: Watch;
  readonly #limit: number;
  readonly #perByte: number;
  #left: number;
  #lastLook: number;
  #bytes = 0;

  /**
   * @param watch The clock.
   * @param limit The milliseconds for which the client may stand still.
   * @param perByte The milliseconds that each byte adds to what is left of them.
   */
  constructor(watch: Watch, limit: number, perByte: number) {
    this.#watch = watch;
    this.#limit = limit;
    this.#perByte = perByte;
    this.#left = limit;
    this.#lastLook = watch.now;
  }

  /**
   * Whether nothing is left of the time.
   *
   * @param isWaiting Whether the client is waited for.
   * @param bytes The bytes so far.
   */
  isTooSlow(isWaiting: boolean, bytes: number): boolean {
    const { now } = this.#watch;
    if (isWaiting) this.#left -= now - this.#lastLook;
    this.#lastLook = now;
    if (bytes > this.#bytes) {
      this.#left = Math.min(this.#limit, Math.max(this.#left, 0) + (bytes - this.#bytes) * this.#perByte);
    }
    this.#bytes = bytes;
    return this.#left <= 0;
  }
}
