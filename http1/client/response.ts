/**
 * A response as the driver hands it out, and its content on the way.
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
  /** The reason phrase; empty where it is missing or not ASCII. */
  readonly statusText: string;
  /** The version of the server. */
  readonly version: Http1Version;
  /** The fields as received, names lower-case, repeated ones kept apart. */
  readonly fields: readonly Field[];
  /** All the content, where it came with the head or there is none; otherwise its source. */
  readonly body: Uint8Array | IncomingBody;
  /** The raw connection after a 101, or a 2xx to CONNECT. */
  readonly upgraded?: Duplex;
  readonly #trailers: readonly Field[] | undefined;

  /**
   * @param head How it begins.
   * @param body The content, or the way to it; none where it is missing.
   * @param trailers The trailer fields, where the content is complete and has any.
   * @param upgraded The connection, where the response switches protocols.
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
   * The trailer fields, once the content has ended; an empty list when there are none.
   * Rejects, without being reported as unhandled, when the content is cut short.
   */
  get trailers(): Promise<readonly Field[]> {
    if (this.body instanceof ResponseContent) return this.body.trailers;
    return this.#trailers === undefined ? NO_TRAILERS : Promise.resolve(this.#trailers);
  }
}

/** What the content asks of its driver. */
export interface ContentSource {
  /** Reads on, until content, its end or a failure can be told. */
  pull(): void;
  /** Gives the rest of the content up, and the connection with it. */
  abandon(reason: unknown): void;
}

/** Content whose end has not come yet. At most what one read brought is held. */
export class ResponseContent implements IncomingBody {
  /** The length that the peer declared, where it did. */
  readonly length?: number;
  readonly #source: ContentSource;
  #chunk: Uint8Array | undefined;
  readonly #content = new PendingContent();

  /**
   * @param source The driver.
   * @param length The declared length.
   */
  constructor(source: ContentSource, length: number | undefined) {
    this.#source = source;
    if (length !== undefined) this.length = length;
  }

  /**
   * The next bytes, which belong to the caller, or `undefined` at the end.
   * Rejects when the content is cut short or malformed, and then for ever.
   */
  read(): Promise<Uint8Array | undefined> {
    if (this.#content.isAwaited) return this.#content.read(undefined);
    const chunk = this.#chunk;
    this.#chunk = undefined;
    const reading = this.#content.read(chunk);
    if (this.#content.isAwaited) this.#source.pull();
    return reading;
  }

  /** Gives the rest up; the connection is closed, as there is no other way to be rid of it. */
  cancel(reason?: unknown): void {
    this.#chunk = undefined;
    if (this.#content.outcome === undefined) {
      this.#source.abandon(
        reason ?? new Http1Error("closed", "Cannot read the content: the rest of it was given up"),
      );
    }
  }

  /** The trailer fields, once the content has ended. */
  get trailers(): Promise<readonly Field[]> {
    return this.#content.trailers;
  }

  /** Whether a reader waits. */
  get wanted(): boolean {
    return this.#content.isAwaited;
  }

  /** Takes content, of which there must be some; none may be held. */
  deliver(chunk: Uint8Array): void {
    if (this.#content.isAwaited) this.#content.deliver(chunk);
    else this.#chunk = chunk;
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
