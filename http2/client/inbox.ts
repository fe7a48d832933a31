/**
 * The content of one response, between the connection and its reader.
 *
 * What comes is first a view of the connection's read buffer. At the end of each batch of reads it is made the
 * reader's own, by the one copy that there is, into one chunk. The peer may send more when the reader has taken it,
 * so that at most one window of unread content is kept for each stream.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { Field } from "../../http/fields.ts";
import type { IncomingBody } from "../../http/message.ts";
import { PendingContent } from "../../http/pending_content.ts";
import { Http2Error } from "../error.ts";

/** Whom an inbox tells what its reader does. */
export interface InboxOwner {
  /** `count` bytes were taken. */
  onConsumed(count: number): void;
  /** The rest is not wanted. */
  onGivenUp(reason: unknown): void;
}

/** The source of a response's content. */
export class Inbox implements IncomingBody {
  readonly length?: number;
  readonly #owner: InboxOwner;
  /** What came in this batch: views. */
  #fresh: Uint8Array[] = [];
  #freshLength = 0;
  #received = 0;
  /** What came before: the reader's. */
  #queue: Uint8Array[] = [];
  readonly #content = new PendingContent();

  /**
   * @param owner Whom to tell.
   * @param length What Content-Length says.
   */
  constructor(owner: InboxOwner, length: number | undefined) {
    this.#owner = owner;
    if (length !== undefined) this.length = length;
  }

  /** Whether all of it came. */
  get ended(): boolean {
    return this.#content.outcome === "ended";
  }

  /** Whether nothing more comes, for whatever reason. */
  get isOver(): boolean {
    return this.#content.outcome !== undefined;
  }

  /** Whether as much came as was declared. */
  get isComplete(): boolean {
    return this.#received === this.length;
  }

  /** Takes a view of bytes that came; it need not outlive the batch. */
  push(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.#fresh.push(bytes);
    this.#received += bytes.length;
    this.#freshLength += bytes.length;
  }

  /** Takes note of the end, and of the trailers. */
  end(trailers: readonly Field[] = NO_FIELDS): void {
    this.#content.end(trailers);
  }

  /** Takes note that nothing more comes, though it is not the end. What came can still be read. */
  fail(reason: unknown): void {
    this.#content.fail(reason);
  }

  /** Breaks off, and drops what came and was not read. */
  abort(reason: unknown): void {
    const isUnread = this.#queue.length > 0 || this.#freshLength > 0;
    if (this.ended && !isUnread) return; // there is nothing to break off
    this.#clear();
    if (this.ended) this.#content.failAfterEnd(reason);
    else this.#content.fail(reason);
    this.settle();
  }

  /** Ends the batch: what came in it is made the reader's own, and handed to whoever waits. */
  settle(): void {
    if (this.#freshLength > 0) this.#queue.push(this.takeFresh());
    if (!this.#content.isAwaited) return;
    if (this.#queue.length > 0) this.#content.deliver(this.#takeQueued());
    else this.#content.deliverEnd();
  }

  /** What came in this batch, in one chunk that belongs to whoever gets it. */
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

  /** The first chunk, with those behind it as long as they are small together. */
  #takeQueued(): Uint8Array {
    const queue = this.#queue;
    let length = queue[0]?.length ?? 0;
    let count = 1;
    for (; count < queue.length; count++) {
      const next = queue[count]?.length ?? 0;
      if (length + next > WORTH_JOINING) break;
      length += next;
    }
    const taken = queue.splice(0, count);
    this.#owner.onConsumed(length);
    return count === 1 ? taken[0] ?? NOTHING : concat(taken);
  }

  cancel(reason?: unknown): void {
    this.#clear();
    const wasComing = !this.isOver;
    this.#content.giveUp(trailersGivenUp);
    this.settle(); // reading on gives the end, as with any source that was given up
    if (wasComing) this.#owner.onGivenUp(reason);
  }

  /** The trailers, when they are there. */
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

/** Chunks up to this size are joined to what is before them; copying larger ones costs more than a read saves. */
const WORTH_JOINING = 64 * 1024;
