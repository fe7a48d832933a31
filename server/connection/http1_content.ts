/**
 * The content of a request of HTTP/1.1, between the connection and the handler.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { PendingContent } from "../../http/pending_content.ts";
import { Http1Error } from "../../http1/mod.ts";
import { ChunkQueue } from "../../http2/driver/chunk_queue.ts";
import type { ReceivedContent } from "../exchange/received_request.ts";

/** Told by content what its reader does. */
export interface Http1ContentListener {
  /** A read waits for more. */
  onWanted(): void;
  /** The reader wants no more. */
  onUnwanted(): void;
}

/** Content that has not all arrived; what was read ahead waits here. */
export class Http1Content implements ReceivedContent {
  readonly length?: number;
  readonly #listener: Http1ContentListener;
  readonly #queue = new ChunkQueue();
  readonly #content = new PendingContent();
  #queued = 0;
  #received = 0;
  #isTouched = false;

  /**
   * @param listener The driver.
   * @param length The declared length, if there is one.
   */
  constructor(listener: Http1ContentListener, length: number | undefined) {
    this.#listener = listener;
    if (length !== undefined) this.length = length;
  }

  /** The trailer fields, once the content has ended. */
  get trailers(): Promise<readonly Field[]> {
    return this.#content.trailers;
  }

  /** Whether a read waits. */
  get isWanted(): boolean {
    return this.#content.isAwaited;
  }

  /** Whether it is being read: reading has begun, and was not given up. */
  get isRead(): boolean {
    return this.#isTouched && this.#content.outcome !== "given_up";
  }

  /** The bytes that arrived. */
  get received(): number {
    return this.#received;
  }

  /** The bytes that wait to be read. */
  get queued(): number {
    return this.#queued;
  }

  read(): Promise<Uint8Array | undefined> {
    this.#isTouched = true;
    if (this.#content.isAwaited) return this.#content.read(undefined);
    const chunk = this.#queued > 0 ? this.#queue.take() : undefined;
    this.#queued -= chunk?.length ?? 0;
    const reading = this.#content.read(chunk);
    if (chunk !== undefined || this.#content.isAwaited) this.#listener.onWanted();
    return reading;
  }

  cancel(): void {
    this.#clear();
    if (this.#content.outcome !== undefined) return;
    this.#content.giveUp(() =>
      new Http1Error("closed", "Cannot read the trailers: the content was given up")
    );
    this.#content.deliverEnd();
    this.#listener.onUnwanted();
  }

  /** Takes bytes, at least one, which belong to the content from now on. */
  deliver(chunk: Uint8Array): void {
    this.#received += chunk.length;
    if (this.#content.isAwaited) return this.#content.deliver(chunk);
    if (this.#content.outcome !== undefined) return;
    this.#queue.push([chunk], chunk.length);
    this.#queued += chunk.length;
  }

  /** Takes note of the end. */
  end(trailers: readonly Field[]): void {
    this.#content.end(trailers);
    this.#content.deliverEnd();
  }

  /** Takes note that the rest does not come. */
  fail(reason: unknown): void {
    this.#content.fail(reason);
    this.#content.deliverEnd();
  }

  #clear(): void {
    this.#queue.clear();
    this.#queued = 0;
  }
}
