/**
 * One request and its response, on one stream of the client driver.
 *
 * @module
 */

import type { RequestProgress } from "../../http/error.ts";
import type { Field } from "../../http/fields.ts";
import type { IncomingBody, IncomingResponse, OutgoingRequest, RequestOptions } from "../../http/message.ts";
import type { Duplex } from "../../io/duplex.ts";
import { Http2Error } from "../error.ts";
import type { Http2InformationalEvent, Http2ResponseEvent } from "../events.ts";
import { Inbox, type InboxListener } from "../driver/inbox.ts";
import { StreamTunnel, TunnelContent } from "../driver/stream_tunnel.ts";
import { cancelSource, type StreamUpload, type UploadListener } from "../driver/stream_upload.ts";

/** Told by an exchange what the caller does with it. */
export interface ExchangeListener {
  /** The caller read `count` bytes of the response's content. */
  onConsumed(streamId: number, count: number): void;
  /** The caller gave up the exchange, or the rest of its content. */
  onGivenUp(exchange: StreamExchange, reason: unknown): void;
  /** The content of the request was sent. */
  onSent(exchange: StreamExchange): void;
  /** The tunnel of the exchange is to keep the process alive, or not. */
  onRef(exchange: StreamExchange, isReffed: boolean): void;
  /** The caller gives the response another priority. */
  onPriority(streamId: number, priority: string): void;
}

/** A request in flight, or one that waits for a stream. */
export class StreamExchange implements InboxListener, UploadListener {
  /** The request. */
  readonly request: OutgoingRequest;
  /** The stream; 0 while it has none. */
  streamId = 0;
  /** How many writes of the connection had begun when the head was given to the machine. */
  writesBefore = 0;
  /** The content of the request, once its head was sent. */
  upload: StreamUpload | undefined;
  /** The bytes that are written to its tunnel, where it asks for one. */
  readonly tunnel: TunnelContent | undefined;
  /** The response, once its head came. */
  readonly response: Promise<IncomingResponse>;
  /** Whether something came for it in this batch of reads. */
  isTouched = false;
  readonly #listener: ExchangeListener;
  readonly #sharesMemory: boolean;
  readonly #onInformational: RequestOptions["onInformational"];
  #resolve: (response: IncomingResponse) => void = () => {};
  #reject: (reason: unknown) => void = () => {};
  #head: Http2ResponseEvent | undefined;
  #inbox: Inbox | undefined;
  /** Whether a head came, be it a 1xx response's. */
  #answered = false;
  #isStopped = false;
  /** Whether `response` was resolved or rejected. */
  #delivered = false;

  /**
   * @param request The request.
   * @param options The callbacks for 1xx responses and for giving up.
   * @param listener The connection.
   * @param sharesMemory Whether a small content may share memory with others.
   */
  constructor(
    request: OutgoingRequest,
    options: RequestOptions | undefined,
    listener: ExchangeListener,
    sharesMemory = false,
  ) {
    this.request = request;
    this.#sharesMemory = sharesMemory;
    if (request.upgrade !== undefined || (request.method === "CONNECT" && request.body === undefined)) {
      this.tunnel = new TunnelContent();
    }
    this.#listener = listener;
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

  /** Whether the response is here, its content has not ended, and no read waits for that. */
  get isUnread(): boolean {
    return this.#delivered && this.#inbox?.isUnread === true;
  }

  /** Whether its response refuses the request, or is not about it: any but a 2xx. */
  get isRefused(): boolean {
    return this.#head !== undefined && this.#head.status >= 300;
  }

  /** Whether its stream is for a tunnel, whose directions end one by one. */
  get isTunnel(): boolean {
    return this.tunnel !== undefined || this.request.method === "CONNECT";
  }

  /** Whether all of the request was sent, or the rest will not be. */
  get isSent(): boolean {
    return this.upload === undefined || this.upload.isOver;
  }

  /**
   * How far the request got.
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
    } catch (error) { // a callback that throws fails its own exchange alone
      this.cancel(error);
    }
  }

  /** Takes the head of the response. */
  onResponse(event: Http2ResponseEvent): void {
    this.#answered = true;
    this.#head = event;
    // What follows a 2xx to CONNECT is a tunnel, whatever the head says of its length (RFC 9110 §9.3.6).
    this.#inbox = new Inbox(this, this.#opensTunnel(event) ? undefined : event.contentLength);
  }

  /** Takes content. */
  onData(data: Uint8Array): void {
    this.#inbox?.push(data);
  }

  /** Takes the end of the response, and its trailers. */
  onEnd(trailers: readonly Field[]): void {
    this.#inbox?.end(trailers);
  }

  /** Fails the exchange. Nothing happens to a response that has ended. */
  fail(reason: unknown): void {
    this.stopSending(reason);
    // A busy Node server resets a stream with NO_ERROR after the last of its content and before its end. Where the
    // length was declared, nothing is missing; where it was not, the response may be cut short, and it is a failure.
    const isWell = reason instanceof Http2Error && reason.code === "NO_ERROR" && this.#inbox?.isComplete;
    if (isWell) this.#inbox?.end();
    else this.#inbox?.fail(reason);
    if (this.#inbox === undefined) this.#rejectResponse(reason);
    else this.deliver();
  }

  /** Stops the upload, and cancels the source of the content. */
  stopSending(reason: unknown): void {
    const { body } = this.request;
    if (this.upload !== undefined) this.upload.stop(reason);
    else if (body !== undefined && !(body instanceof Uint8Array) && !this.#isStopped) {
      cancelSource(body, reason);
    }
    this.#isStopped = true;
  }

  /** Fails the exchange for the caller's reason, and resets its stream. */
  cancel(reason: unknown): void {
    this.#inbox?.abort(reason);
    this.#rejectResponse(reason);
    this.#listener.onGivenUp(this, reason);
  }

  /** Ends a batch of reads: hands out what came in it. */
  deliver(): void {
    const inbox = this.#inbox;
    const head = this.#head;
    if (inbox === undefined || head === undefined) return;
    if (this.#delivered) return inbox.flushBatch();
    this.#delivered = true;
    if (this.tunnel !== undefined && this.#opensTunnel(head)) {
      inbox.flushBatch();
      const tunnel = new StreamTunnel(inbox, this.tunnel, {
        onAbort: (reason) => this.cancel(reason),
        onRef: (isReffed) => this.#listener.onRef(this, isReffed),
      });
      this.#resolve(new Http2Response(head, NOTHING, inbox, tunnel));
    } else if (inbox.ended) {
      this.#resolve(new Http2Response(head, inbox.takeFresh(this.#sharesMemory), inbox));
    } else {
      inbox.flushBatch();
      const response = new Http2Response(head, inbox, inbox);
      response.reprioritize = (priority) => this.#listener.onPriority(this.streamId, priority);
      this.#resolve(response);
    }
  }

  onConsumed(count: number): void {
    this.#listener.onConsumed(this.streamId, count);
  }

  onGivenUp(reason: unknown): void {
    this.#listener.onGivenUp(this, reason);
  }

  onUploaded(): void {
    this.#listener.onSent(this);
  }

  onUploadFailed(cause: unknown): void {
    this.cancel(
      new Http2Error("request_body_failed", "Cannot send the request: its content cannot be read", {
        scope: "stream",
        cause,
      }),
    );
  }

  #opensTunnel({ status }: Http2ResponseEvent): boolean {
    return this.isTunnel && status < 300;
  }

  #rejectResponse(reason: unknown): void {
    if (this.#delivered) return;
    this.#delivered = true;
    this.#reject(reason);
  }
}

/** The response that the caller gets. */
class Http2Response implements IncomingResponse {
  readonly status: number;
  readonly statusText = "";
  readonly version = "HTTP/2";
  readonly fields: readonly Field[];
  readonly body: Uint8Array | IncomingBody;
  readonly upgraded?: Duplex;
  reprioritize?: (priority: string) => void;
  readonly #inbox: Inbox;

  constructor(head: Http2ResponseEvent, body: Uint8Array | IncomingBody, inbox: Inbox, upgraded?: Duplex) {
    this.status = head.status;
    this.fields = head.fields;
    this.body = body;
    this.#inbox = inbox;
    if (upgraded !== undefined) this.upgraded = upgraded;
  }

  get trailers(): Promise<readonly Field[]> {
    return this.#inbox.trailers;
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);
