/**
 * One request and its response, as the client driver sees them.
 *
 * @module
 */

import type { RequestProgress } from "../../http/error.ts";
import type { Field } from "../../http/fields.ts";
import type { IncomingBody, IncomingResponse, OutgoingRequest, RequestOptions } from "../../http/message.ts";
import { Http2Error } from "../error.ts";
import type { Http2InformationalEvent, Http2ResponseEvent } from "../events.ts";
import { Inbox, type InboxOwner } from "./inbox.ts";
import { cancelSource, type Upload, type UploadOwner } from "./upload.ts";

/** What an exchange needs of its connection. */
export interface ExchangeHost {
  /** Lets the peer send more on a stream. */
  consume(streamId: number, count: number): void;
  /** Ends the stream of an exchange that is given up before it is over. */
  abandon(exchange: Exchange, reason: unknown): void;
  /** Takes note that an exchange may be over. */
  settle(exchange: Exchange): void;
}

/** A request in flight, or one that waits to be. */
export class Exchange implements InboxOwner, UploadOwner {
  /** What is asked. */
  readonly request: OutgoingRequest;
  /** The stream; 0 while it has none. */
  streamId = 0;
  /** How many writes of the connection had begun when its head was ready. */
  writesBefore = 0;
  /** Its content on the way out. */
  upload: Upload | undefined;
  /** Settles with the response. */
  readonly response: Promise<IncomingResponse>;
  /** Whether it is on the list of those that something came for in this batch. */
  isTouched = false;
  readonly #host: ExchangeHost;
  readonly #onInformational: RequestOptions["onInformational"];
  #resolve: (response: IncomingResponse) => void = () => {};
  #reject: (reason: unknown) => void = () => {};
  #head: Http2ResponseEvent | undefined;
  #inbox: Inbox | undefined;
  /** Whether anything of an answer came. */
  #answered = false;
  #isStopped = false;
  /** Whether `response` was settled. */
  #delivered = false;

  /**
   * @param request What is asked.
   * @param options Whom to tell of 1xx responses, and who may give it up.
   * @param host The connection.
   */
  constructor(request: OutgoingRequest, options: RequestOptions | undefined, host: ExchangeHost) {
    this.request = request;
    this.#host = host;
    this.#onInformational = options?.onInformational;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    options?.onCancel?.((reason) => this.cancel(reason));
  }

  /** Whether the response has ended, well or not. */
  get isAnswered(): boolean {
    return this.#inbox !== undefined ? this.#inbox.isOver : this.#delivered;
  }

  /** Whether nothing more is sent. */
  get isSent(): boolean {
    return this.upload === undefined || this.upload.isOver;
  }

  /**
   * How far it got.
   *
   * @param writes How many writes of the connection have begun.
   */
  progress(writes: number): RequestProgress {
    if (this.#answered) return "responding";
    return this.streamId === 0 || this.writesBefore === writes ? "unsent" : "no_response";
  }

  /** Takes a 1xx response. */
  onInformation({ status, fields }: Http2InformationalEvent): void {
    this.#answered = true;
    try {
      this.#onInformational?.(status, fields);
    } catch (error) { // the caller's own mistake ends the caller's own exchange
      this.cancel(error);
    }
  }

  /** Takes the head of the response. */
  onResponse(event: Http2ResponseEvent): void {
    this.#answered = true;
    this.#head = event;
    this.#inbox = new Inbox(this, event.contentLength);
  }

  /** Takes content. */
  onData(data: Uint8Array): void {
    this.#inbox?.push(data);
  }

  /** Takes the end of the response, and its trailers. */
  onEnd(trailers: readonly Field[]): void {
    this.#inbox?.end(trailers);
  }

  /** Takes note that nothing more comes. Nothing happens to a response that has ended. */
  fail(reason: unknown): void {
    this.stopSending(reason);
    // A busy Node server resets a stream with NO_ERROR after the last of its content and before its end. Where the
    // length was declared, nothing is missing; where it was not, nobody can tell, and it stays a failure.
    const isWell = reason instanceof Http2Error && reason.code === "NO_ERROR" && this.#inbox?.isComplete;
    if (isWell) this.#inbox?.end();
    else this.#inbox?.fail(reason);
    if (this.#inbox === undefined) this.#rejectResponse(reason);
    else this.deliver();
  }

  /** Tells the source of the content, if there is one, that no more is wanted. */
  stopSending(reason: unknown): void {
    const { body } = this.request;
    if (this.upload !== undefined) this.upload.stop(reason);
    else if (body !== undefined && !(body instanceof Uint8Array) && !this.#isStopped) {
      cancelSource(body, reason);
    }
    this.#isStopped = true;
  }

  /** Gives it up, wherever it is. */
  cancel(reason: unknown): void {
    this.#inbox?.abort(reason);
    this.#rejectResponse(reason);
    this.#host.abandon(this, reason);
  }

  /** Ends a batch: hands out what came in it. */
  deliver(): void {
    const inbox = this.#inbox;
    const head = this.#head;
    if (inbox === undefined || head === undefined) return;
    if (this.#delivered) return inbox.settle();
    this.#delivered = true;
    if (inbox.ended) {
      this.#resolve(new Http2Response(head, inbox.takeFresh(), inbox));
    } else {
      inbox.settle();
      this.#resolve(new Http2Response(head, inbox, inbox));
    }
  }

  onConsumed(count: number): void {
    this.#host.consume(this.streamId, count);
  }

  onGivenUp(reason: unknown): void {
    this.#host.abandon(this, reason);
  }

  onUploaded(): void {
    this.#host.settle(this);
  }

  onUploadFailed(cause: unknown): void {
    this.cancel(
      new Http2Error("request_body_failed", "Cannot send the request: its content cannot be had", {
        scope: "stream",
        cause,
      }),
    );
  }

  #rejectResponse(reason: unknown): void {
    if (this.#delivered) return;
    this.#delivered = true;
    this.#reject(reason);
  }
}

/** The response as the caller gets it. */
class Http2Response implements IncomingResponse {
  readonly status: number;
  readonly statusText = "";
  readonly version = "HTTP/2";
  readonly fields: readonly Field[];
  readonly body: Uint8Array | IncomingBody;
  readonly #inbox: Inbox;

  constructor(head: Http2ResponseEvent, body: Uint8Array | IncomingBody, inbox: Inbox) {
    this.status = head.status;
    this.fields = head.fields;
    this.body = body;
    this.#inbox = inbox;
  }

  get trailers(): Promise<readonly Field[]> {
    return this.#inbox.trailers;
  }
}
