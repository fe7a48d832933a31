/**
 * The client driver: requests over one duplex, one at a time.
 *
 * It moves bytes between an {@linkcode Http1Connection} and a {@linkcode Duplex}, and turns events into a promise
 * and a body. The reading half is a circle of callbacks, which an `async` loop is measurably slower than: read, deliver
 * the events, read again unless no reader waits. The writing half is {@linkcode MessageSender}. Small exchanges are what
 * the driver is made for: one write with head and content, and one read that stays pending while the connection is idle,
 * so that its end, or bytes without a request, are noticed at once.
 *
 * @module
 */

import type { RequestProgress } from "../../http/error.ts";
import type { Field } from "../../http/fields.ts";
import type { IncomingResponse, OutgoingRequest, RequestOptions } from "../../http/message.ts";
import type { Duplex } from "../../io/duplex.ts";
import { clearTimeout, setTimeout } from "../../io/timers.ts";
import { Http1Connection } from "../connection.ts";
import { controlFields, expectsContinue } from "../control_fields.ts";
import { Http1Error, type Http1ErrorCode } from "../error.ts";
import type { EndOfMessageEvent, ResponseEvent, SwitchedEvent } from "../events.ts";
import { DEFAULT_CONTINUE_TIMEOUT_MS, type Http1ConnectionOptions, MAX_LINGER_MS } from "../limits.ts";
import { type KeepAlive, KeepAliveHints } from "./keep_alive.ts";
import { BulkReader } from "../driver/bulk_reader.ts";
import { ReadMemory } from "../driver/read_memory.ts";
import { MessageSender } from "../driver/message_sender.ts";
import { contentLength, isSource, withUpgrade } from "./outgoing_request.ts";
import { type ContentSource, Http1Response, ResponseContent } from "./response.ts";
import { withRest } from "../../io/with_rest.ts";
import { bodyOf } from "../driver/upload.ts";

const UPLOAD_FAILED = "Cannot send the content: its source failed, or gave another length than it said";

/** Options of {@linkcode Http1Client}. */
export interface Http1ClientOptions extends Http1ConnectionOptions {
  /** Called whenever an exchange is over and the connection can take another request. */
  readonly onIdle?: () => void;
  /** Called once, when the connection can never again take a request. */
  readonly onClose?: () => void;
  /**
   * The time for which content is held back for a 100 (Continue), in milliseconds, when the request has the field
   * `expect: 100-continue`; 1000 by default. Then the content is sent without it.
   */
  readonly continueTimeout?: number;
  /**
   * Whether small bodies that come with their head may be views of one larger buffer, which saves an allocation a
   * response; `false` by default. The `buffer` of such a body holds bodies of other responses: copy a body before it
   * goes to code that must not see those.
   */
  readonly shareMemory?: boolean;
}

/** One request, until its response's content has ended. */
interface Exchange {
  readonly resolve: (response: IncomingResponse) => void;
  readonly reject: (reason: unknown) => void;
  readonly onInformational: RequestOptions["onInformational"];
  /** The progress that errors report. */
  progress: RequestProgress;
  /** Content on its way to the caller. */
  body: ResponseContent | undefined;
  /** Whether the response is no 2xx, so that its end makes the rest of the request pointless. */
  isRefused: boolean;
  /** Whether the response has ended. */
  isAnswered: boolean;
}

/**
 * Sends requests over a connection that speaks HTTP/1.1.
 *
 * - **One at a time**: `request` while another exchange is in progress is a `TypeError`.
 * - **Back-pressure**: content is read from the duplex while a reader waits for it, and one read further at most; it is
 *   taken from its source only when what came before is written.
 * - **No error is survived**: after any error the connection is closed.
 *
 * @example Over anything that reads, writes and closes
 * ```ts
 * import { Http1Client } from "@ductile/ductile/http1";
 * import { assertEquals } from "@std/assert";
 *
 * const answer = new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
 * let asked = () => {};
 * const request = new Promise<void>((resolve) => asked = resolve);
 * const client = new Http1Client({
 *   async read(into) {
 *     await request;
 *     into.set(answer);
 *     return answer.length;
 *   },
 *   write(bytes) {
 *     asked();
 *     return Promise.resolve(bytes.length);
 *   },
 *   close() {},
 * });
 * const response = await client.request({
 *   method: "GET",
 *   scheme: "http",
 *   authority: "example.com",
 *   target: "/",
 *   fields: [],
 * });
 * assertEquals(response.status, 200);
 * assertEquals(response.body, new TextEncoder().encode("hello"));
 * client.close();
 * ```
 */
export class Http1Client {
  readonly #io: Duplex;
  readonly #options: Http1ClientOptions;
  readonly #machine: Http1Connection;
  readonly #memory: ReadMemory;
  readonly #bulk: BulkReader;
  readonly #sender: MessageSender;
  readonly #source: ContentSource;
  #exchange: Exchange | undefined;
  #closed = false;
  /** The error of the transport, which may come before the first request: a server refuses a client certificate so. */
  #transportError: unknown;
  readonly #keepAlive = new KeepAliveHints();
  /** Whether the last response was of HTTP/1.0. */
  #isHttp10 = false;
  #isReading = false;
  /** The buffer of the last read. */
  #into: Uint8Array;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Takes over a connection on which nothing was sent or received.
   *
   * @param io The connection. Only the driver uses it from now on.
   * @param options Limits and callbacks.
   * @throws {RangeError} If a limit is not a positive integer.
   */
  constructor(io: Duplex, options: Http1ClientOptions = {}) {
    this.#io = io;
    this.#options = options;
    this.#machine = new Http1Connection("client", options);
    this.#memory = new ReadMemory(options.shareMemory ?? false);
    this.#bulk = new BulkReader(io);
    this.#into = this.#memory.head;
    this.#source = {
      pull: () => this.#read(),
      abandon: (reason) => this.#fail(reason),
    };
    this.#sender = new MessageSender(this.#machine, io, {
      onFlushed: () => this.#finish(),
      onWriteFailed: (cause) => this.#onWriteFailed(cause),
      onUploadFailed: (cause) => this.#fail(this.#error("request_body_failed", UPLOAD_FAILED, cause)),
      onTransportFailed: (cause) => this.#fail(this.#ended(cause)),
    });
    io.unref?.();
    this.#read();
  }

  /** Whether a request may be sent now. */
  get idle(): boolean {
    return this.#exchange === undefined && !this.#closed;
  }

  /** The number of requests that may be sent now: 1 or 0. */
  get capacity(): number {
    return this.idle ? 1 : 0;
  }

  /** How many responses are here whose content has not ended and which no read waits for: 1 or 0. */
  get unreadResponses(): number {
    const exchange = this.#exchange;
    return exchange?.body === undefined || exchange.isAnswered || exchange.body.wanted ? 0 : 1;
  }

  /** The server's hints about keeping the connection open. */
  get keepAlive(): KeepAlive {
    return this.#keepAlive;
  }

  /** Whether no request can ever be sent again. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends a request.
   *
   * @param request The request; its `scheme` is not used.
   * @returns The final response, as soon as its head has arrived. Its content may still be arriving.
   * Rejects with an {@linkcode Http1Error} whose `progress` says whether the request may be sent again, with what
   * `onInformational` throws, or with the reason of a cancellation.
   * @throws {TypeError} If an exchange is in progress, or the request is not one that may be sent; the connection and
   * the content are as they were.
   */
  request(request: OutgoingRequest, options: RequestOptions = {}): Promise<IncomingResponse> {
    const { body } = request;
    const content = contentLength(body);
    if (this.#exchange !== undefined) {
      throw new TypeError("Cannot send a request: an exchange is in progress");
    }
    // "A client MUST NOT send a request containing Transfer-Encoding unless it knows the server will handle HTTP/1.1
    // requests (or later minor revisions)" (RFC 9112 §6.1). A new connection is assumed to; this one is known not to.
    if (this.#isHttp10 && content === "unknown") this.close();
    if (this.#closed) {
      const error = new Http1Error("connection_closed", "Cannot send a request: the connection is closed", {
        progress: "unsent",
        cause: this.#transportError,
      });
      if (isSource(body)) body.cancel(error);
      return Promise.reject(error);
    }
    const machine = this.#machine;
    machine.sendRequest(withUpgrade(request), content);
    const waits = content !== 0 && expectsContinue(controlFields(request.fields));
    const source = isSource(body) ? body : waits && body !== undefined ? bodyOf(body) : undefined;
    if (source === undefined) {
      if (body instanceof Uint8Array) machine.sendData(body);
      machine.sendEnd();
    }
    return new Promise((resolve, reject) => {
      const exchange: Exchange = {
        resolve,
        reject,
        onInformational: options.onInformational,
        progress: "unsent",
        body: undefined,
        isRefused: false,
        isAnswered: false,
      };
      this.#exchange = exchange;
      this.#sender.take(source);
      try {
        options.onCancel?.((reason) => {
          if (this.#exchange !== exchange) return;
          exchange.body?.discard();
          this.#fail(reason);
        });
      } catch (error) {
        this.#fail(error);
      }
      if (this.#closed) return;
      this.#io.ref?.();
      if (waits) {
        this.#startTimer(
          this.#options.continueTimeout ?? DEFAULT_CONTINUE_TIMEOUT_MS,
          () => this.#releaseContent(),
        );
      }
      exchange.progress = "no_response";
      this.#sender.start(waits);
    });
  }

  /** Closes the connection. An exchange in progress rejects with the code `closed`. */
  close(): void {
    // Without an exchange no error is needed, which costs more than all the rest.
    if (this.#exchange === undefined) return this.#shut();
    this.#fail(this.#error("closed", "Cannot go on with the exchange: this end closed the connection"));
  }

  /** Begins a read, unless one is pending, or content waits for its reader. */
  #read(): void {
    if (this.#isReading || this.#closed) return;
    const body = this.#exchange?.body;
    const left = this.#machine.contentAhead;
    if (body === undefined || body.ended) this.#into = this.#memory.head;
    else if (!body.wanted) return;
    else if (!this.#bulk.takes(left, body.takesView)) {
      this.#into = this.#memory.forContent(left);
    } else {
      this.#isReading = true;
      this.#bulk.read(left).then(this.#onBulkRead, this.#onReadFailed);
      return;
    }
    this.#isReading = true;
    try {
      this.#io.read(this.#into).then(this.#onRead, this.#onReadFailed);
    } catch (cause) {
      // Not at once: `read` may throw while the constructor runs, which calls no listener.
      Promise.reject(cause).catch(this.#onReadFailed);
    }
  }

  /** Delivers the events of a read, and begins the next. */
  readonly #onRead = (count: number | null): void => {
    this.#isReading = false;
    if (this.#closed) return;
    this.#receive(count, this.#into);
    this.#read();
  };

  readonly #onBulkRead = (view: Uint8Array | null): void => {
    if (view !== null) this.#into = view;
    this.#onRead(view && view.length);
  };

  readonly #onReadFailed = (cause: unknown): void => {
    this.#isReading = false;
    if (this.#closed) return;
    this.#transportError = cause;
    // TLS reports an end without close_notify as an error, so it is never taken for the end of content that has no
    // other end: "A client that receives an incomplete response message, which can occur when a connection is closed
    // prematurely [...], MUST record the message as incomplete." (RFC 9112 §8)
    this.#fail(this.#ended(cause));
  };

  /** Feeds what one read brought to the machine, and delivers its events. */
  #receive(count: number | null, into: Uint8Array): void {
    const machine = this.#machine;
    if (count === null) {
      machine.receiveEnd();
    } else if (count > 0 && count <= into.length) {
      if (this.#exchange !== undefined) this.#exchange.progress = "responding";
      machine.receive(count === into.length ? into : into.subarray(0, count));
      if (into !== this.#memory.head && !this.#bulk.owns(into)) {
        this.#memory.filled(into, count);
        this.#bulk.filled(into.length, count);
      }
    } else {
      return this.#fail(this.#ended(new TypeError(`The transport claims to have read ${count} bytes`)));
    }
    let head: ResponseEvent | undefined;
    let pieces: Uint8Array[] | undefined;
    let end: EndOfMessageEvent | undefined;
    let failure: { readonly reason: unknown } | undefined;
    try {
      while (end === undefined) {
        const event = machine.next();
        if (event === undefined) break;
        if (event.type === "data") (pieces ??= []).push(event.data);
        else if (event.type === "end_of_message") end = event;
        else if (event.type === "response") head = event;
        else if (event.type === "informational") this.#inform(event.status, event.fields);
        else if (event.type === "switched") return this.#switch(event);
        else if (event.type === "connection_closed") return this.#shut();
        if (this.#closed) return;
      }
    } catch (error) {
      failure = { reason: error };
    }
    // Content whose length is known, which alone is read in bulk, comes as one piece a read.
    const view = this.#bulk.owns(into) ? pieces?.[0] : undefined;
    const chunk = view ??
      (pieces && this.#memory.give(pieces, into, head !== undefined && end !== undefined));
    this.#deliver(head, chunk, end, view !== undefined);
    if (failure !== undefined) this.#fail(failure.reason);
    else if (end !== undefined) this.#onAnswered();
  }

  /** Gives the caller the head, content and end that one read brought. */
  #deliver(
    head: ResponseEvent | undefined,
    chunk: Uint8Array | undefined,
    end: EndOfMessageEvent | undefined,
    isView: boolean,
  ): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    if (head !== undefined) {
      this.#stopTimer();
      this.#isHttp10 = head.version === "HTTP/1.0";
      this.#keepAlive.onResponse(head.fields);
      exchange.isRefused = head.status >= 300;
      if (this.#sender.held || (exchange.isRefused && !this.#machine.persistent)) this.#ceaseSending(end);
      if (end !== undefined) {
        exchange.resolve(new Http1Response(head, chunk, end.trailers));
        return;
      }
      exchange.body = new ResponseContent(this.#source, head.length);
      exchange.resolve(new Http1Response(head, exchange.body, undefined));
    }
    if (chunk !== undefined) exchange.body?.deliver(chunk, isView);
    if (end !== undefined) exchange.body?.end(end.trailers);
  }

  /**
   * Gives up the rest of the request before the response has ended.
   *
   * "If the client sees a response that indicates the server does not wish to receive the message body and is closing
   * the connection, the client SHOULD immediately cease transmitting the body and close its side of the connection."
   * (RFC 9112 §9.5) Of these two conditions, a 2xx does not meet the first: the server may be answering as it reads. A
   * response that lets the connection persist does not meet the second: its server reads the rest. The writing side is
   * closed a moment later, because some servers take the end inside a request for an abort, and drop their response.
   */
  #ceaseSending(end: EndOfMessageEvent | undefined): void {
    this.#sender.abandon();
    if (end !== undefined || !this.#sender.abandoned) return;
    // A server that reads on would wait for the rest of the content without end.
    this.#startTimer(MAX_LINGER_MS, () => this.#io.closeWrite?.().catch(() => {}));
  }

  /** Takes note of the response's end: the connection is free if the request has ended as well. */
  #onAnswered(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    exchange.isAnswered = true;
    // With every announced byte sent, only the source has yet to report its end.
    const isUnwanted = exchange.isRefused || this.#sender.held;
    if (isUnwanted && !this.#sender.ended && this.#machine.contentLeft !== 0) this.#sender.abandon();
    this.#finish();
    // The caller has all that it waits for.
    if (this.#exchange === exchange && !this.#sender.ended) this.#io.unref?.();
  }

  /** Ends the exchange once both of its messages have. */
  #finish(): void {
    if (this.#exchange?.isAnswered !== true) return;
    const { reusable } = this.#machine;
    if (this.#sender.abandoned || (!reusable && this.#sender.ended)) return this.#shut();
    if (!reusable || !this.#sender.written) return;
    this.#exchange = undefined;
    this.#machine.startNextCycle();
    this.#memory.release();
    this.#bulk.release();
    this.#io.unref?.();
    this.#options.onIdle?.();
    this.#read(); // not before: a pool may close the connection at once, and a pending read would be a failure to report
  }

  #inform(status: number, fields: readonly Field[]): void {
    if (status === 100) this.#releaseContent();
    this.#exchange?.onInformational?.(status, fields);
  }

  /** Hands the connection over to another protocol (RFC 9110 §7.8), or to the tunnel of a CONNECT. */
  #switch(event: SwitchedEvent): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#stopTimer();
    this.#closed = true;
    exchange?.resolve(
      new Http1Response(event, undefined, undefined, withRest(this.#io, this.#machine.takeRest())),
    );
    this.#options.onClose?.();
  }

  /** Stops sending. A server that has responded and closed refuses further bytes; its response may still be read. */
  #onWriteFailed(cause: unknown): void {
    this.#sender.abandon(cause);
    if (this.#exchange?.isAnswered === true) this.#shut();
    else if (this.#exchange?.body === undefined) {
      this.#startTimer(MAX_LINGER_MS, () => this.#fail(this.#ended(cause)));
    }
  }

  /** Sends the content that was held back: a 100 (Continue) came, or did not come in time. */
  #releaseContent(): void {
    if (!this.#sender.held) return;
    this.#stopTimer();
    this.#sender.release();
  }

  #ended(cause: unknown): Http1Error {
    return this.#exchange?.progress === "responding"
      ? this.#error("truncated", "Cannot read the response to its end: the connection failed", cause)
      : this.#error("connection_closed", "Cannot get a response: the connection failed", cause);
  }

  #error(code: Http1ErrorCode, message: string, cause?: unknown): Http1Error {
    const progress = this.#exchange?.progress ?? "unsent";
    return new Http1Error(code, message, cause === undefined ? { progress } : { progress, cause });
  }

  /** Ends the exchange for `reason`, and the connection with it. */
  #fail(reason: unknown): void {
    const exchange = this.#exchange;
    if (exchange?.body === undefined) exchange?.reject(reason);
    else exchange.body.fail(reason);
    this.#shut(reason);
  }

  #shut(reason?: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#exchange = undefined;
    this.#stopTimer();
    this.#memory.release();
    this.#bulk.release();
    try {
      this.#io.close();
    } catch {
      // The transport is closed already.
    }
    // The listeners are called last, when no state changes any more.
    this.#sender.stop(reason);
    this.#options.onClose?.();
  }

  #startTimer(milliseconds: number, expired: () => void): void {
    this.#stopTimer();
    this.#timer = setTimeout(expired, milliseconds);
  }

  #stopTimer(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
