/**
 * How the streams that closed last came to be closed.
 *
 * @module
 */

import { MAX_CLOSED_STREAMS } from "./limits.ts";
import type { CloseCause } from "./stream_state.ts";

/**
 * A memory of fixed size. Adding to it is cheap, which happens with every request; asking is a search, which
 * happens only when the peer sends on a stream that is closed.
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

  /** How the stream was closed the last time it was added, or `undefined` when it is forgotten. */
  causeOf(id: number): CloseCause | undefined {
    for (let back = 1; back <= MAX_CLOSED_STREAMS; back++) {
      const at = (this.#next - back + MAX_CLOSED_STREAMS) % MAX_CLOSED_STREAMS;
      if (this.#ids[at] === id) return this.#causes[at];
    }
    return undefined;
  }
}
