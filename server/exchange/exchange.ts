/**
 * One request and its response, whatever the version of HTTP: the handler is called, and its response read.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { ignoreRejection } from "../../io/script.ts";
import { withResolvers } from "../../io/with_resolvers.ts";
import { MAX_GATHER_MS } from "../limits.ts";
import type { ServeConnection } from "./serve_connection_info.ts";
import type { Service } from "./service.ts";
import { ExchangeInfo, type InfoSource } from "./exchange_info.ts";
import { internalServerError } from "./internal_server_error.ts";
import type { LeftHandlers } from "./left_handlers.ts";
import { LimitedContent } from "./limited_content.ts";
import type { PreparedResponse } from "./prepared_response.ts";
import type { ReceivedRequest } from "./received_request.ts";
import { beginContent, type ResponseContent } from "./response_content.ts";
import { responseFields } from "./response_fields.ts";
import { withTrailers } from "./response_trailers.ts";
import { loadWebSocket } from "./web_socket_loader.ts";
import { offeredProtocols, Upgrade } from "./upgrade.ts";
import type { ServeTrailers } from "./serve_info.ts";
import { ServerRequest } from "./server_request.ts";

/** Told by an exchange what to send. */
export interface ExchangeListener {
  /**
   * Sends a 1xx response.
   *
   * @throws {TypeError} When it is not valid, or may not be sent any more.
   */
  onInformational(status: number, fields: readonly Field[]): void;
  /**
   * Sends the response.
   *
   * @throws {TypeError} When it is not valid; then nothing is sent.
   */
  onResponse(response: PreparedResponse): void;
  /** The handlers of the connection that run on although their exchanges were given up. */
  readonly leftHandlers: LeftHandlers;
  /** Gives up: not even an error can be sent. */
  onUnanswerable(reason: unknown): void;
  /** The reason for which no protocol can be switched to; `undefined` where one can. */
  readonly upgradeRefusal: string | undefined;
  /** Sends the response that switches protocols, and hands the transport over. */
  onUpgrade(fields: Field[], upgrade: Upgrade): void;
}

/** One request and its response. */
export class Exchange implements InfoSource {
  /** The request. */
  readonly received: ReceivedRequest;
  /** The facts of the connection. */
  readonly connection: ServeConnection;
  /** Function that gives the response's trailer fields. */
  trailers: ServeTrailers | undefined;
  readonly #service: Service;
  readonly #listener: ExchangeListener;
  #stage: "waiting" | "reading" | "sending" | "over" = "waiting";
  /** The failures so far: of the handler, of `onError`, of the last resort. */
  #failures = 0;
  #controller: AbortController | undefined;
  /** The stream of the response, until its content is in other hands. */
  #stream: ReadableStream<Uint8Array> | undefined;
  #completion: PromiseWithResolvers<void> | undefined;
  #failure: { readonly reason: unknown } | undefined;
  /** The content, where its length is not declared and limited. */
  #limited: LimitedContent | undefined;
  #isRunning = false;
  /** Whether the handler runs on although the exchange is over. */
  #isLeft = false;
  /** The switch of protocols that the handler has asked for. */
  #upgrade: Upgrade | undefined;

  /**
   * @param service The handler, and how errors are treated.
   * @param connection The facts of the connection.
   * @param received The request.
   * @param listener The driver, which sends.
   */
  constructor(
    service: Service,
    connection: ServeConnection,
    received: ReceivedRequest,
    listener: ExchangeListener,
  ) {
    this.#service = service;
    this.connection = connection;
    this.received = received;
    this.#listener = listener;
  }

  /** Whether the response may still be chosen: nothing of it was sent. */
  get isWaiting(): boolean {
    return this.#stage === "waiting" || this.#stage === "reading";
  }

  /** Signal that is aborted when the client leaves, or the response fails. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#failure !== undefined) this.#controller.abort(this.#failure.reason);
    }
    return this.#controller.signal;
  }

  /** Resolves when the response was sent; rejects when it was not. */
  get completed(): Promise<void> {
    if (this.#completion === undefined) {
      this.#completion = withResolvers();
      ignoreRejection(this.#completion.promise);
      if (this.#failure !== undefined) this.#completion.reject(this.#failure.reason);
      else if (this.#stage === "over") this.#completion.resolve();
    }
    return this.#completion.promise;
  }

  /** Calls the handler. */
  start(): void {
    const { method, url, fields } = this.received;
    const body = this.#limit(this.received.body);
    if (body === "too_long") return this.#respond(contentTooLarge());
    const info = new ExchangeInfo(this);
    const request = new ServerRequest({
      method,
      url,
      fields,
      body: hasNoContent(method) ? undefined : body,
      signal: () => this.signal,
      info,
    });
    const call = () => this.#service.handler(request, info);
    const loading = loadWebSocket(this.received);
    if (loading === undefined) return this.#ask(call);
    loading.then(() => {
      if (this.#stage !== "over") this.#ask(call);
    }, (error) => this.#onFailed(error));
  }

  #limit(body: ReceivedRequest["body"]): ReceivedRequest["body"] | "too_long" {
    const { maxBodySize } = this.#service;
    if (body === undefined || maxBodySize === Infinity) return body;
    if (body.length !== undefined) return body.length > maxBodySize ? "too_long" : body;
    if (body instanceof Uint8Array) return body;
    return this.#limited = new LimitedContent(body, maxBodySize);
  }

  /** Sends a 1xx response. */
  inform(status: number, fields: readonly Field[]): void {
    if (!this.isWaiting) {
      throw new TypeError("Cannot send an informational response: the final one has begun");
    }
    this.#listener.onInformational(status, fields);
  }

  /**
   * Begins a switch of protocols, which the handler's response has to complete.
   *
   * @throws {TypeError} When there cannot be one.
   */
  upgrade(
    protocol: string | undefined,
    headers: HeadersInit | undefined,
    fields: readonly Field[] | Promise<readonly Field[]> = [],
  ): Upgrade {
    if (this.#stage !== "waiting") throw cannotUpgrade("the response has begun");
    if (this.#upgrade !== undefined) throw cannotUpgrade("it was asked for before");
    const offered = offeredProtocols(this.received);
    const chosen = protocol === undefined
      ? offered[0]
      : offered.find((each) => each === protocol.toLowerCase());
    if (chosen === undefined) {
      throw cannotUpgrade(
        `the request does not offer ${protocol === undefined ? "a protocol" : `"${protocol}"`}`,
      );
    }
    const refusal = this.#listener.upgradeRefusal;
    if (refusal !== undefined) throw cannotUpgrade(refusal);
    return this.#upgrade = new Upgrade(chosen, headers, fields);
  }

  /** Takes note that all of the response was written. */
  finish(): void {
    if (this.#stage === "over") return;
    this.#stage = "over";
    this.#completion?.resolve();
  }

  /**
   * Gives the exchange up: the client has left, or the connection has failed. The source of the content, where the
   * driver has it, is the driver's to cancel.
   */
  abandon(reason: unknown): void {
    if (this.#stage === "over") return;
    this.#stage = "over";
    this.#failure = { reason };
    if (this.#isRunning) {
      this.#isLeft = true;
      this.#listener.leftHandlers.add();
    }
    this.#controller?.abort(reason);
    this.#completion?.reject(reason);
    this.#upgrade?.fail(reason);
    cancel(this.#stream, reason);
    this.#stream = undefined;
  }

  /** Gives the exchange up because the source of the response's content failed, and tells the application. */
  fail(reason: unknown): void {
    if (this.#stage === "over") return;
    this.abandon(reason);
    try {
      ignoreRejection(this.#service.onError(reason));
    } catch {
      // It was told, and there is nothing more to send.
    }
  }

  #ask(call: () => Response | Promise<Response>): void {
    let answer: Response | PromiseLike<Response>;
    this.#isRunning = true;
    try {
      answer = call();
    } catch (error) {
      return this.#onFailed(error);
    }
    if (answer instanceof Response) return this.#respond(answer);
    Promise.resolve(answer).then((response) => this.#respond(response)).catch((error) =>
      this.#onFailed(error)
    );
  }

  #onAnswered(): void {
    this.#isRunning = false;
    if (!this.#isLeft) return;
    this.#isLeft = false;
    this.#listener.leftHandlers.delete();
  }

  #respond(response: Response): void {
    this.#onAnswered();
    if (this.#stage === "over") {
      if (response instanceof Response && !response.bodyUsed) cancel(response.body, this.#failure?.reason);
      return;
    }
    try {
      this.#prepare(response);
    } catch (error) {
      this.#onFailed(error);
    }
  }

  #prepare(response: Response): void {
    // Middleware may have put the response into another one.
    if (response instanceof Response && response.status === 101 && this.#upgrade !== undefined) {
      return this.#switch(this.#upgrade, response.headers);
    }
    this.#upgrade?.fail(cannotUpgrade("the handler returned another response"));
    checkResponse(response);
    const { status, body } = response;
    const { fields, declaredLength, closes } = responseFields(response.headers);
    const head = { status, statusText: response.statusText, fields, closes };
    const hasContent = status !== 204 && status !== 205 && status !== 304;
    if (body === null || !hasContent) {
      cancel(body, undefined);
      const isHead = this.received.method === "HEAD";
      // "A server MAY send a Content-Length header field in a response to a HEAD request (Section 9.3.2); a server MUST
      // NOT send Content-Length in such a response unless its field value equals the decimal number of octets that would
      // have been sent in the content of a response if the same request had used the GET method." (RFC 9110 §8.6)
      // Frameworks answer HEAD with what they would answer GET, less its content.
      const length = status === 204 || status === 304 ? undefined : isHead ? declaredLength : 0;
      const content = length === undefined || isHead ? undefined : withTrailers(EMPTY, this);
      return this.#send({
        ...head,
        content,
        length: content instanceof Uint8Array || isHead ? length : undefined,
      });
    }
    this.#stage = "reading";
    this.#stream = body;
    const milliseconds = this.connection.tls?.implementation === "deno" ? MAX_GATHER_MS : 0;
    beginContent(
      body,
      declaredLength,
      milliseconds,
      (content) => this.#sendContent(head, content, declaredLength),
    );
  }

  #switch(upgrade: Upgrade, headers: Headers): void {
    this.#stage = "reading";
    // The protocol was chosen with the switch.
    const fields = responseFields(headers).fields.filter(([name]) =>
      name !== "upgrade" && name !== "connection"
    );
    Promise.resolve(upgrade.fields).then((own) => {
      if (this.#stage === "over") return;
      this.#stage = "sending";
      this.#listener.onUpgrade([...own, ...fields], upgrade);
    }).catch((error) => {
      if (this.#stage === "over") return;
      this.#stage = "waiting";
      upgrade.fail(error);
      this.#onFailed(error);
    });
  }

  #sendContent(head: ResponseStart, content: ResponseContent, declaredLength: number | undefined): void {
    if (this.#stage === "over") {
      if (!(content instanceof Uint8Array)) content.cancel(this.#failure?.reason);
      return;
    }
    this.#stream = undefined;
    const isWhole = content instanceof Uint8Array;
    try {
      if (this.received.method === "HEAD") {
        if (!isWhole) content.cancel(new TypeError("Cannot send content: the request is a HEAD"));
        const length = declaredLength ?? (isWhole ? content.length : undefined);
        return this.#send({ ...head, content: undefined, length });
      }
      // A length that the handler declared wrongly is corrected where the content is at hand.
      const outgoing = withTrailers(content, this);
      const length = outgoing instanceof Uint8Array ? outgoing.length : isWhole ? undefined : declaredLength;
      this.#send({ ...head, content: outgoing, length });
    } catch (error) {
      if (!isWhole) content.cancel(error);
      this.#onFailed(error);
    }
  }

  #send(response: PreparedResponse): void {
    this.#listener.onResponse(response);
    if (this.#stage !== "over") this.#stage = "sending";
  }

  #onFailed(error: unknown): void {
    this.#onAnswered();
    if (!this.isWaiting) return;
    this.#stage = "waiting";
    this.trailers = undefined;
    this.#failures++;
    // The handler failed because the client sent too much, which is no error of the application's.
    if (this.#failures === 1 && this.#limited?.isTooLong) return this.#respond(contentTooLarge());
    if (this.#failures === 1) this.#ask(() => this.#service.onError(error));
    else if (this.#failures === 2) this.#respond(internalServerError());
    else this.#listener.onUnanswerable(error);
  }
}

/** Whether a `Request` of this method has no content; what came of it is read and dropped (RFC 9110 §9.3.1). */
function hasNoContent(method: string): boolean {
  return method === "GET" || method === "HEAD" || /^(?:get|head)$/i.test(method);
}

/** The response to a request whose content is too long (RFC 9110 §15.5.14). */
function contentTooLarge(): Response {
  return new Response(null, { status: 413 });
}

type ResponseStart = Omit<PreparedResponse, "content" | "length">;

/** Refuses what cannot be sent as a response, with the messages of `Deno.serve`. */
function checkResponse(response: unknown): asserts response is Response {
  if (!(response instanceof Response)) {
    throw new TypeError(
      "Return value from serve handler must be a response or a promise resolving to a response",
    );
  }
  if (response.type === "error") {
    throw new TypeError(
      "Return value from serve handler must not be an error response (like Response.error())",
    );
  }
  if (response.status === 101) {
    throw new TypeError(
      "Cannot send the response: it switches protocols, and was not made by info.upgrade() or info.upgradeWebSocket() " +
        "of this request; Deno.upgradeWebSocket() knows only requests of Deno.serve()",
    );
  }
  if (response.bodyUsed) {
    throw new TypeError(
      "The body of the Response returned from the serve handler has already been consumed",
    );
  }
  if (response.body?.locked) throw new TypeError("ReadableStream is locked");
}

function cannotUpgrade(reason: string): TypeError {
  return new TypeError(`Cannot upgrade: ${reason}`);
}

function cancel(stream: ReadableStream<Uint8Array> | null | undefined, reason: unknown): void {
  if (stream && !stream.locked) stream.cancel(reason).catch(() => {}); // no one waits for it
}

const EMPTY = new Uint8Array();
