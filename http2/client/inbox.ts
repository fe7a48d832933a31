/**
 * The content of one response, between the connection and its reader.
 *
 * Content arrives as views of the connection's read buffer. The end of each batch of reads copies them, once,
 * into one chunk that belongs to the reader. WINDOW_UPDATE lets the peer send more when the reader has taken it,
 * so that at most one window of unread content is kept for each stream.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { Field } from "../../http/fields.ts";
import type { IncomingBody } from "../../http/message.ts";
import { PendingContent } from "../../http/pending_content.ts";
import { Http2Error } from "../error.ts";
import { MAX_JOINED_CHUNK_BYTES } from "../limits.ts";

/** Told by an inbox what its reader does. */
export interface InboxListener {
  /** The reader took `count` bytes. */
  onConsumed(count: number): void;
  /** The reader wants no more. */
  onGivenUp(reason: unknown): void;
}

/** The source of a response's content. */
export class Inbox implements IncomingBody {
  readonly length?: number;
  readonly #listener: InboxListener;
  /** Views of what arrived in this batch. */
  #fresh: Uint8Array[] = [];
  #freshLength = 0;
  #received = 0;
  /** Chunks of the batches before, which belong to the reader. */
  #queue: Uint8Array[] = [];
  readonly #content = new PendingContent();

  /**
   * @param listener The exchange.
   * @param length The value of content-length.
   */
  constructor(listener: InboxListener, length: number | undefined) {
    this.#listener = listener;
    if (length !== undefined) this.length = length;
  }

  /** Whether all content arrived. */
  get ended(): boolean {
    return this.#content.outcome === "ended";
  }

  /** Whether no more content arrives: it has ended, failed or been given up. */
  get isOver(): boolean {
    return this.#content.outcome !== undefined;
  }

  /** Whether as much content arrived as content-length says. */
  get isComplete(): boolean {
    return this.#received === this.length;
  }

  /** Takes a view of content that arrived; it need not outlive the batch. */
  push(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.#fresh.push(bytes);
    this.#received += bytes.length;
    this.#freshLength += bytes.length;
  }

  /** Ends the content, with the trailers. */
  end(trailers: readonly Field[] = NO_FIELDS): void {
    this.#content.end(trailers);
  }

  /** Fails the content: its end does not come. What arrived can still be read. */
  fail(reason: unknown): void {
    this.#content.fail(reason);
  }

  /** Fails the content, and drops what arrived and was not read. */
  abort(reason: unknown): void {
    const isUnread = this.#queue.length > 0 || this.#freshLength > 0;
    if (this.ended && !isUnread) return; // all of it was read
    this.#clear();
    if (this.ended) this.#content.failAfterEnd(reason);
    else this.#content.fail(reason);
    this.flushBatch();
  }

  /** Ends the batch: copies what arrived in it for the reader, and answers a read that waits. */
  flushBatch(): void {
    if (this.#freshLength > 0) this.#queue.push(this.takeFresh());
    if (!this.#content.isAwaited) return;
    if (this.#queue.length > 0) this.#content.deliver(this.#takeQueued());
    else this.#content.deliverEnd();
  }

  /** Takes what arrived in this batch, copied into one chunk that belongs to the caller. */
  takeFresh(): Uint8Array {
    const fresh = this.#fresh;
    const [first] = fresh;
    if (first === undefined) return NOTHING;
    const chunk = new Uint8Array(this.#freshLength);
    let at = 0;
    for (const view of fresh) {
      chunk.set(view, at);
      at += view.length;
    }
    this.#fresh = [];
    this.#freshLength = 0;
    return chunk;
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#content.isAwaited) return this.#content.read(undefined);
    if (this.#freshLength > 0) this.#queue.push(this.takeFresh());
    return this.#content.read(this.#queue.length > 0 ? this.#takeQueued() : undefined);
  }

  /** Takes the first chunk, joined with those behind it as long as they are small together. */
  #takeQueued(): Uint8Array {
    const queue = this.#queue;
    let length = queue[0]?.length ?? 0;
    let count = 1;
    for (; count < queue.length; count++) {
      const next = queue[count]?.length ?? 0;
      if (length + next > MAX_JOINED_CHUNK_BYTES) break;
      length += next;
    }
    const taken = queue.splice(0, count);
    this.#listener.onConsumed(length);
    return count === 1 ? taken[0] ?? NOTHING : concat(taken);
  }

  cancel(reason?: unknown): void {
    this.#clear();
    const wasComing = !this.isOver;
    this.#content.giveUp(trailersGivenUp);
    this.flushBatch(); // reading on gives the end, as with any source that was given up
    if (wasComing) this.#listener.onGivenUp(reason);
  }

  /** The trailers, once the content has ended. */
  get trailers(): Promise<readonly Field[]> {
    return this.#content.trailers;
  }

  #clear(): void {
    this.#queue = [];
    this.#fresh = [];
    this.#freshLength = 0;
  }
}

function trailersGivenUp(): Http2Error {
  return new Http2Error("CANCEL", "Cannot read the trailers: the content was given up", { scope: "stream" });
}

const NOTHING = new Uint8Array(0);
const NO_FIELDS: readonly Field[] = [];
