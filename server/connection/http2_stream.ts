/**
 * One request and its response, on one stream of a server's connection.
 *
 * @module
 */

import { type Field, listMembers } from "../../http/fields.ts";
import type { Http2RequestEvent } from "../../http2/mod.ts";
import type { LeftHandlers } from "../exchange/left_handlers.ts";
import { ExchangePaces } from "./pace.ts";
import type { ServeTimeouts } from "../serve_timeouts.ts";
import type { Watch } from "../watch.ts";
import { Inbox } from "../../http2/driver/inbox.ts";
import type { StreamUpload, UploadListener } from "../../http2/driver/stream_upload.ts";
import type { Exchange, ExchangeListener } from "../exchange/exchange.ts";
import type { PreparedResponse } from "../exchange/prepared_response.ts";
import type { Upgrade } from "../exchange/upgrade.ts";
import type { ReceivedContent } from "../exchange/received_request.ts";

/** Told by a stream what its exchange does. */
export interface Http2StreamListener {
  /** The handler read `count` bytes of the content. */
  onConsumed(stream: Http2Stream, count: number): void;
  /** The handler wants no more of the content. */
  onUnwanted(stream: Http2Stream): void;
  /** Sends a 1xx response. */
  onInformational(stream: Http2Stream, status: number, fields: readonly Field[]): void;
  /** Sends the response. */
  onResponse(stream: Http2Stream, response: PreparedResponse): void;
  /** Sends the response that opens a tunnel. */
  onUpgrade(stream: Http2Stream, fields: Field[], upgrade: Upgrade): void;
  /** All of the response is in the machine. */
  onSent(stream: Http2Stream): void;
  /** The handlers of the connection that run on although their exchanges were given up. */
  readonly leftHandlers: LeftHandlers;
  /** No response can be sent, not even an error. */
  onUnanswerable(stream: Http2Stream): void;
  /** The source of the response's content failed. */
  onSourceFailed(stream: Http2Stream, reason: unknown): void;
}

/** One request and its response. */
export class Http2Stream implements ExchangeListener, UploadListener, ReceivedContent {
  /** The identifier of the stream. */
  readonly id: number;
  /** The head of the request. */
  readonly head: Http2RequestEvent;
  /** The declared length of the content, if there is one. */
  readonly length?: number;
  /** The exchange, once the handler was called. */
  exchange: Exchange | undefined;
  /** The content of the response, where that is sent piece by piece. */
  upload: StreamUpload | undefined;
  /** Whether all of the response is in the machine. */
  isSent = false;
  /** The switch of protocols that took place. */
  upgrade: Upgrade | undefined;
  /** Whether something came for it in this batch of reads. */
  isTouched = true;
  readonly #listener: Http2StreamListener;
  #inbox: Inbox | undefined;
  #isComplete = false;
  #completeTrailers: readonly Field[] = [];
  #isRead = false;
  #expectsContinue = false;
  #paces: ExchangePaces | undefined;
  #received = 0;

  /**
   * @param head The head of the request.
   * @param listener The driver.
   */
  constructor(head: Http2RequestEvent, listener: Http2StreamListener) {
    this.id = head.streamId;
    this.head = head;
    if (head.contentLength !== undefined) this.length = head.contentLength;
    this.#listener = listener;
  }

  /** Whether the content, or the rest of it, still comes, although the handler does not read it. */
  get hasUnreadContent(): boolean {
    return !this.#isComplete && !this.#isRead && this.upgrade === undefined;
  }

  /** What the client is too slow with, if anything. */
  look(watch: Watch, timeouts: Required<ServeTimeouts>): "content" | "response" | undefined {
    if (this.upgrade !== undefined) return undefined; // both ends of a tunnel may be silent
    this.#paces ??= new ExchangePaces(watch, timeouts);
    return this.#paces.look({
      awaitsContent: !this.#isComplete && (this.isSent || this.#inbox?.isAwaited === true),
      received: this.#received,
      awaitsRoom: this.upload?.isHolding === true,
      sent: this.upload?.sent ?? 0,
    });
  }

  /** Whether the client has ended its direction. */
  get ended(): boolean {
    return this.#isComplete;
  }

  /** The reason for which no protocol can be switched to: there is none. */
  get upgradeRefusal(): undefined {
    return undefined;
  }

  /** The handlers of the connection that run on although their exchanges were given up. */
  get leftHandlers(): LeftHandlers {
    return this.#listener.leftHandlers;
  }

  /** Whether both messages are over. */
  get isOver(): boolean {
    return this.isSent && this.#isComplete;
  }

  /** The members of the Expect field that are not understood; the one that is, is taken note of. */
  takeExpectations(): readonly string[] {
    const unknown: string[] = [];
    for (const [name, value] of this.head.fields) {
      if (name !== "expect") continue;
      for (const member of listMembers(value)) {
        if (member === "100-continue") this.#expectsContinue = true;
        else unknown.push(member);
      }
    }
    return unknown;
  }

  /** Takes a view of content that arrived. */
  onData(data: Uint8Array): void {
    this.#received += data.length;
    this.#expectsContinue = false;
    this.#openInbox().push(data);
  }

  /** Takes the end of the request, and its trailers. */
  onEnd(trailers: readonly Field[]): void {
    this.#isComplete = true;
    this.#completeTrailers = trailers;
    this.#inbox?.end(trailers);
  }

  /** The content, for the exchange: all of it where it has ended in the first batch. */
  takeContent(): { readonly body: Uint8Array | ReceivedContent | undefined; trailers?: readonly Field[] } {
    if (!this.#isComplete) {
      this.#openInbox();
      return { body: this };
    }
    return { body: this.#inbox?.takeFresh(), trailers: this.#completeTrailers };
  }

  /** Ends the batch: gives content to a read that waits. */
  flushBatch(): void {
    this.#inbox?.flushBatch();
  }

  /** Ends the exchange before its messages are over. */
  end(reason: unknown): void {
    this.upload?.stop(reason);
    this.#inbox?.fail(reason);
    this.#inbox?.flushBatch();
    this.exchange?.abandon(reason);
  }

  get trailers(): Promise<readonly Field[]> {
    return this.#openInbox().trailers;
  }

  read(): Promise<Uint8Array | undefined> {
    this.#isRead = true;
    if (this.#expectsContinue) {
      this.#expectsContinue = false;
      if (this.exchange?.isWaiting) this.#listener.onInformational(this, 100, []);
    }
    return this.#openInbox().read();
  }

  cancel(reason?: unknown): void {
    this.#isRead = false;
    this.#openInbox().cancel(reason);
  }

  onInformational(status: number, fields: readonly Field[]): void {
    this.#listener.onInformational(this, status, fields);
  }

  onResponse(response: PreparedResponse): void {
    this.#listener.onResponse(this, response);
  }

  onUnanswerable(reason: unknown): void {
    this.exchange?.abandon(reason);
    this.#listener.onUnanswerable(this);
  }

  onUpgrade(fields: Field[], upgrade: Upgrade): void {
    this.#listener.onUpgrade(this, fields, upgrade);
  }

  onUploaded(): void {
    this.#listener.onSent(this);
  }

  onUploadFailed(reason: unknown): void {
    this.#listener.onSourceFailed(this, reason);
  }

  #openInbox(): Inbox {
    return this.#inbox ??= new Inbox({
      onConsumed: (count) => this.#listener.onConsumed(this, count),
      onGivenUp: () => this.#listener.onUnwanted(this),
    }, this.head.contentLength);
  }
}
