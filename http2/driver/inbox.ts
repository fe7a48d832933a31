/**
 * The content of one response, between the connection and its reader.
 *
 * Content arrives as views of the connection's read buffer. The end of each batch of reads copies them for the
 * reader: into one chunk when a read waits for it, and otherwise to what waits to be read. WINDOW_UPDATE lets the
 * peer send more when the reader has taken it, so that at most one window of unread content is kept for each stream.
 * A reader that copies what it gets takes views of memory that is used again.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { IncomingBody } from "../../http/message.ts";
import { MAX_SHARED_BYTES, sharedMemory } from "../../http/slab.ts";
import { PendingContent } from "../../http/pending_content.ts";
import { Http2Error } from "../error.ts";
import { ChunkQueue, copy } from "./chunk_queue.ts";

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
  /** Content of the batches before. */
  readonly #queue = new ChunkQueue();
  readonly #content = new PendingContent();
  #takesView = false;
  /** Memory for reads that take a view. */
  #memory: Uint8Array = NOTHING;

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

  /** Whether a read waits. */
  get isAwaited(): boolean {
    return this.#content.isAwaited;
  }

  /** Whether content waits, or will wait, for a read. */
  get isUnread(): boolean {
    return !this.isOver && !this.#content.isAwaited;
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
    const isUnread = !this.#queue.isEmpty || this.#freshLength > 0;
    if (this.ended && !isUnread) return; // all of it was read
    this.#clear();
    if (this.ended) this.#content.failAfterEnd(reason);
    else this.#content.fail(reason);
    this.flushBatch();
  }

  /** Ends the batch: copies what arrived in it for the reader, and answers a read that waits. */
  flushBatch(): void {
    if (!this.#content.isAwaited) return this.#keepFresh();
    if (!this.#queue.isEmpty || this.#freshLength > 0) this.#content.deliver(this.#take());
    else this.#content.deliverEnd();
  }

  /**
   * Takes what arrived in this batch, copied into one chunk that belongs to the caller.
   *
   * @param sharesMemory Whether a small chunk may be a view of a buffer that holds others.
   */
  takeFresh(sharesMemory = false): Uint8Array {
    const length = this.#freshLength;
    if (length === 0) return NOTHING;
    const isShared = sharesMemory && length <= MAX_SHARED_BYTES;
    return this.#copyFresh(isShared ? sharedMemory(length) : new Uint8Array(length));
  }

  #viewOfFresh(): Uint8Array {
    const length = this.#freshLength;
    if (length > this.#memory.length) {
      this.#memory = new Uint8Array(Math.max(length, 2 * this.#memory.length));
    }
    return this.#copyFresh(this.#memory.subarray(0, length));
  }

  #copyFresh(into: Uint8Array): Uint8Array {
    const chunk = copy(this.#fresh, into, 0);
    this.#fresh = [];
    this.#freshLength = 0;
    return chunk;
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#read(false);
  }

  readView(): Promise<Uint8Array | undefined> {
    return this.#read(true);
  }

  #read(takesView: boolean): Promise<Uint8Array | undefined> {
    if (this.#content.isAwaited) return this.#content.read(undefined);
    this.#takesView = takesView;
    // What came in this batch is delivered at its end, a few microtasks away, in one chunk with the rest of it.
    const isReady = !this.#queue.isEmpty || (this.#freshLength > 0 && this.isOver);
    return this.#content.read(isReady ? this.#take() : undefined);
  }

  #keepFresh(): void {
    if (this.#freshLength === 0) return;
    this.#queue.push(this.#fresh, this.#freshLength);
    this.#fresh = [];
    this.#freshLength = 0;
  }

  /** Takes what is read next: all that came in this batch, or content that waits. */
  #take(): Uint8Array {
    if (!this.#queue.isEmpty) this.#keepFresh();
    const chunk = !this.#queue.isEmpty
      ? this.#queue.take()
      : this.#takesView
      ? this.#viewOfFresh()
      : this.takeFresh();
    this.#listener.onConsumed(chunk.length);
    return chunk;
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
    this.#queue.clear();
    this.#fresh = [];
    this.#freshLength = 0;
  }
}

function trailersGivenUp(): Http2Error {
  return new Http2Error("CANCEL", "Cannot read the trailers: the content was given up", { scope: "stream" });
}

const NOTHING = new Uint8Array(0);
const NO_FIELDS: readonly Field[] = [];
