/**
 * Content on its way to its reader, as both drivers have it: the one read that waits, how the content ends, and the
 * trailers that come with its end. What arrived and was not read yet is the driver's to keep.
 *
 * @module
 */

import { ignoreRejection } from "../io/script.ts";
import { withResolvers } from "../io/with_resolvers.ts";
import type { Field } from "./fields.ts";

/** The state of content between its driver and its reader. */
export class PendingContent {
  #outcome: Outcome | undefined;
  #reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #trailers: PromiseWithResolvers<readonly Field[]> | undefined;

  /** Whether a read waits. */
  get isAwaited(): boolean {
    return this.#reader !== undefined;
  }

  /** The end of the content; `undefined` while more of it may come. */
  get outcome(): Outcome["name"] | undefined {
    return this.#outcome?.name;
  }

  /**
   * Begins a read.
   *
   * @param chunk What arrived before; without, the read ends as the content did, or waits.
   * @returns The next bytes, or `undefined` at the end. Rejects while another read waits, and always after the
   * content has failed.
   */
  read(chunk: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    if (this.#reader !== undefined) {
      return Promise.reject(new TypeError("Cannot read the content: another read is pending"));
    }
    if (chunk !== undefined) return Promise.resolve(chunk);
    if (this.#outcome?.name === "failed") return Promise.reject(this.#outcome.reason);
    if (this.#outcome !== undefined) return Promise.resolve(undefined);
    this.#reader = withResolvers();
    return this.#reader.promise;
  }

  /** Answers the read that waits with bytes. */
  deliver(chunk: Uint8Array): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.resolve(chunk);
  }

  /** Answers the read that waits with the end of the content, if that has come. */
  deliverEnd(): void {
    const reader = this.#reader;
    if (reader === undefined || this.#outcome === undefined) return;
    this.#reader = undefined;
    if (this.#outcome.name === "failed") reader.reject(this.#outcome.reason);
    else reader.resolve(undefined);
  }

  /** Takes note that the content is complete. Of several ends, the first counts. */
  end(trailers: readonly Field[]): void {
    this.#finish({ name: "ended", trailers });
  }

  /** Takes note that the rest of the content does not come. Of several ends, the first counts. */
  fail(reason: unknown): void {
    this.#finish({ name: "failed", reason });
  }

  /** Fails the content although its end has come, because not all of it was read. */
  failAfterEnd(reason: unknown): void {
    this.#outcome = undefined;
    this.fail(reason);
  }

  /**
   * Takes note that the reader wants no more: reads then give the end. Of several ends, the first counts.
   *
   * @param reason Makes what the trailers reject with.
   */
  giveUp(reason: () => Error): void {
    this.#finish({ name: "given_up", reason });
  }

  /**
   * The trailer fields, once the content has ended. The promise is made when it is first asked for, and its rejection
   * is marked as handled: a caller need not read trailers.
   */
  get trailers(): Promise<readonly Field[]> {
    if (this.#trailers === undefined) {
      this.#trailers = withResolvers();
      ignoreRejection(this.#trailers.promise);
      this.#deliverTrailers();
    }
    return this.#trailers.promise;
  }

  #finish(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#deliverTrailers();
  }

  #deliverTrailers(): void {
    const outcome = this.#outcome;
    if (this.#trailers === undefined || outcome === undefined) return;
    if (outcome.name === "ended") this.#trailers.resolve(outcome.trailers);
    else this.#trailers.reject(outcome.name === "failed" ? outcome.reason : outcome.reason());
  }
}

/** The end of content. */
type Outcome =
  | { readonly name: "ended"; readonly trailers: readonly Field[] }
  | { readonly name: "failed"; readonly reason: unknown }
  | { readonly name: "given_up"; readonly reason: () => Error };
