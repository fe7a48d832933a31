/**
 * Remembers how the last streams closed.
 *
 * @module
 */

import { MAX_CLOSED_STREAMS } from "./limits.ts";
import type { CloseCause } from "./stream_state.ts";

/**
 * The streams that closed last, `MAX_CLOSED_STREAMS` of them. Adding one is cheap and happens with every request;
 * asking is a search, and happens only when the peer sends on a closed stream.
 */
export class ClosedStreams {
  readonly #ids = new Int32Array(MAX_CLOSED_STREAMS);
  readonly #causes: CloseCause[] = [];
  #next = 0;

  /** Remembers a stream, and forgets the one that was added first. */
  add(id: number, cause: CloseCause): void {
    this.#ids[this.#next] = id;
    this.#causes[this.#next] = cause;
    this.#next = (this.#next + 1) % MAX_CLOSED_STREAMS;
  }

  /** How a stream closed, by its last addition, or `undefined` when it is forgotten. */
  causeOf(id: number): CloseCause | undefined {
    for (let back = 1; back <= MAX_CLOSED_STREAMS; back++) {
      const at = (this.#next - back + MAX_CLOSED_STREAMS) % MAX_CLOSED_STREAMS;
      if (this.#ids[at] === id) return this.#causes[at];
    }
    return undefined;
  }
}
