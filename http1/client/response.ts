/**
 * A response of the driver, and its content while that arrives.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { IncomingBody, IncomingResponse } from "../../http/message.ts";
import { PendingContent } from "../../http/pending_content.ts";
import type { Duplex } from "../../io/duplex.ts";
import { Http1Error } from "../error.ts";
import type { ResponseEvent, SwitchedEvent } from "../events.ts";
import type { Http1Version } from "../start_line.ts";

const EMPTY = new Uint8Array();
const NO_TRAILERS: Promise<readonly Field[]> = Promise.resolve(Object.freeze([]));

/** A response that {@linkcode Http1Client} received. */
export class Http1Response implements IncomingResponse {
  /** Three digits, 101 or 200 to 999. */
  readonly status: number;
  /** The reason phrase; empty when it is missing or not ASCII. */
  readonly statusText: string;
  /** The version of the response. */
  readonly version: Http1Version;
  /** The fields as received, names lower-case, repeated ones kept apart. */
  readonly fields: readonly Field[];
  /** All the content, where it came with the head or is empty; otherwise its source. */
  readonly body: Uint8Array | IncomingBody;
  /** The raw connection after a 101, or a 2xx to CONNECT. */
  readonly upgraded?: Duplex;
  readonly #trailers: readonly Field[] | undefined;

  /**
   * @param head The event of its head.
   * @param body The content, or its source; empty by default.
   * @param trailers The trailer fields, if the content is complete and has some.
   * @param upgraded The connection, if the response switches protocols.
   */
  constructor(
    head: ResponseEvent | SwitchedEvent,
    body: Uint8Array | ResponseContent | undefined,
    trailers: readonly Field[] | undefined,
    upgraded?: Duplex,
  ) {
    this.status = head.status;
    this.statusText = head.statusText;
    this.version = head.version;
    this.fields = head.fields;
    this.body = body ?? EMPTY;
    this.#trailers = trailers;
    if (upgraded !== undefined) this.upgraded = upgraded;
  }

  /**
   * The trailer fields, once the content has ended; an empty list when there are none. Rejects when the content is cut
   * short; the rejection is marked as handled.
   */
  get trailers(): Promise<readonly Field[]> {
    if (this.body instanceof ResponseContent) return this.body.trailers;
    return this.#trailers === undefined ? NO_TRAILERS : Promise.resolve(this.#trailers);
  }
}

/** The driver, as the content uses it. */
export interface ContentSource {
  /** Reads until there is content, its end or a failure. */
  pull(): void;
  /** Cancels the rest of the content, and closes the connection. */
  abandon(reason: unknown): void;
}

/** Content that has not all arrived. It keeps the bytes of one read at most. */
export class ResponseContent implements IncomingBody {
  /** The length that the peer declared, if it did. */
  readonly length?: number;
  readonly #source: ContentSource;
  #chunk: Uint8Array | undefined;
  #takesView = false;
  readonly #content = new PendingContent();

  /**
   * @param source The driver.
   * @param length The declared length, if there is one.
   */
  constructor(source: ContentSource, length: number | undefined) {
    this.#source = source;
    if (length !== undefined) this.length = length;
  }

  /**
   * Reads the next bytes, which belong to the caller; `undefined` at the end. After content that is cut short or
   * malformed, every read rejects.
   */
  read(): Promise<Uint8Array | undefined> {
    return this.#read(false);
  }

  /** Reads like {@linkcode read}; the next read may overwrite what it gives. */
  readView(): Promise<Uint8Array | undefined> {
    return this.#read(true);
  }

  #read(takesView: boolean): Promise<Uint8Array | undefined> {
    if (this.#content.isAwaited) return this.#content.read(undefined);
    this.#takesView = takesView;
    const chunk = this.#chunk;
    this.#chunk = undefined;
    const reading = this.#content.read(chunk);
    if (this.#content.isAwaited) this.#source.pull();
    return reading;
  }

  /** Cancels the rest; the connection is closed, because HTTP/1.1 has no other way to stop a response. */
  cancel(reason?: unknown): void {
    this.discard();
    if (this.#content.outcome === undefined) {
      this.#source.abandon(
        reason ?? new Http1Error("closed", "Cannot read the content: the rest of it was cancelled"),
      );
    }
  }

  /** The trailer fields, once the content has ended. */
  get trailers(): Promise<readonly Field[]> {
    return this.#content.trailers;
  }

  /** Whether a read waits. */
  get wanted(): boolean {
    return this.#content.isAwaited;
  }

  /** Whether the read that waits takes a view. */
  get takesView(): boolean {
    return this.#takesView;
  }

  /** Drops what has arrived and was not read, as after a cancellation: reads then give the end alone. */
  discard(): void {
    this.#chunk = undefined;
  }

  /** Whether the end has come. */
  get ended(): boolean {
    return this.#content.outcome !== undefined;
  }

  /**
   * Takes bytes, at least one. The bytes before must have been read.
   *
   * @param chunk The bytes.
   * @param isView Whether they are the driver's, which will overwrite them.
   */
  deliver(chunk: Uint8Array, isView: boolean): void {
    if (this.#content.isAwaited) this.#content.deliver(isView && !this.#takesView ? chunk.slice() : chunk);
    else this.#chunk = isView ? chunk.slice() : chunk;
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
}
