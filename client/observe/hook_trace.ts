/**
 * The trace of a request, as hooks and a tracer are told of it.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { IncomingBody, IncomingResponse, OutgoingRequest } from "../../http/message.ts";
import { now as clock } from "../../io/timers.ts";
import type { ConnectionFacts, ConnectionInfo } from "../connection_info.ts";
import type {
  ContentHookEvent,
  InformationalHookEvent,
  RequestHookEvent,
  ResolvedHooks,
  ResponseHookEvent,
  UnredactedMessage,
} from "../hooks/client_hooks.ts";
import { redactFields, redactUrl } from "../hooks/redact.ts";
import type { ConnectTarget, RequestTrace } from "../hooks/request_trace.ts";
import type { PreparedRequest } from "../request/prepared_request.ts";
import { toHeaders } from "../request/headers.ts";
import { ConnectionTrace } from "./connection_trace.ts";
import { ObservedBody, observedUpload } from "./observed_content.ts";
import type { RequestSpans } from "./request_spans.ts";
import { tell, timesOfNow, withHidden } from "./tell.ts";

let lastRequestId = 0;

/** The trace of one request. */
export class HookTrace implements RequestTrace {
  readonly #hooks: ResolvedHooks;
  readonly #spans: RequestSpans | undefined;
  readonly #id = ++lastRequestId;
  #method: string;
  #url: string;
  #redirects = 0;
  #attempt = 0;
  /** When the attempt began, and when it had a connection. */
  #started = 0;
  #sentAt = 0;
  #connectionId: number | undefined;
  #sending = 0;
  #sentBytes = 0;
  #receivedBytes = 0;
  #isOver = false;

  /**
   * @param hooks The hooks to tell.
   * @param request The request.
   * @param spans The spans of its attempts, where a tracer is registered.
   */
  constructor(hooks: ResolvedHooks, { method, target }: PreparedRequest, spans: RequestSpans | undefined) {
    this.#hooks = hooks;
    this.#spans = spans;
    this.#method = method;
    this.#url = target.href;
  }

  /** A connection is being made for the request. */
  connecting(target: ConnectTarget, proxies: readonly string[] | undefined): ConnectionTrace {
    return new ConnectionTrace(this.#hooks, this.#id, target, proxies);
  }

  /** An attempt begins. */
  sending(message: OutgoingRequest): OutgoingRequest {
    this.#attempt++;
    this.#started = clock();
    this.#connectionId = undefined;
    this.#sending = 0;
    this.#sentBytes = 0;
    const fields = this.#spans?.begin(this.#method, this.#url, message.fields) ?? message.fields;
    tell(this.#hooks, "request", () =>
      withHidden<
        Omit<RequestHookEvent, "headers" | "dangerUnredacted">,
        Pick<RequestHookEvent, "headers" | "dangerUnredacted">
      >({
        type: "request",
        ...timesOfNow(),
        requestId: this.#id,
        attempt: this.#attempt,
        redirects: this.#redirects,
        method: this.#method,
        url: redactUrl(this.#url),
      }, this.#hidden(fields)));
    const { body } = message;
    if (body instanceof Uint8Array) this.#onSent(body);
    else if (body !== undefined) {
      const upload = observedUpload(body, {
        onBytes: (bytes) => this.#onSent(bytes),
        onEnd: () => this.#sending = Math.max(0, clock() - this.#sentAt),
      });
      return { ...message, fields, body: upload };
    }
    return fields === message.fields ? message : { ...message, fields };
  }

  /** The attempt has a connection. */
  sent(facts: ConnectionFacts): void {
    this.#sentAt = clock();
    this.#connectionId = facts.id;
    this.#spans?.sent(facts);
  }

  /** A 1xx response came. */
  informed(status: number, fields: readonly Field[]): void {
    tell(
      this.#hooks,
      "informational",
      () =>
        withHidden<Omit<InformationalHookEvent, "headers">, Pick<InformationalHookEvent, "headers">>({
          type: "informational",
          ...timesOfNow(),
          requestId: this.#id,
          connectionId: this.#connectionId ?? 0,
          status,
        }, { headers: () => toHeaders(redactFields(fields)) }),
    );
  }

  /** The head of a final response came. */
  responded(incoming: IncomingResponse, connection: () => ConnectionInfo): void {
    const { status, statusText, version, fields } = incoming;
    this.#spans?.responded(status, version);
    tell(this.#hooks, "response", () => {
      const info = connection();
      return withHidden<
        Omit<ResponseHookEvent, "headers" | "connection" | "dangerUnredacted">,
        Pick<ResponseHookEvent, "headers" | "connection" | "dangerUnredacted">
      >({
        type: "response",
        ...timesOfNow(),
        requestId: this.#id,
        connectionId: info.id,
        reused: info.reused,
        attempt: this.#attempt,
        redirects: this.#redirects,
        method: this.#method,
        url: redactUrl(this.#url),
        httpVersion: version,
        status,
        statusText,
        waiting: info.timings.waiting,
        sending: this.#sending,
      }, { ...this.#hidden(fields), connection: () => info });
    });
  }

  /** The attempt failed, and another follows. */
  retrying(reason: { readonly error: unknown } | { readonly status: number }, delay: number): void {
    if ("error" in reason) this.#spans?.failed(reason.error);
    tell(this.#hooks, "retry", () => ({
      type: "retry",
      ...timesOfNow(),
      requestId: this.#id,
      attempt: this.#attempt,
      ...this.#connection(),
      ...reason,
      delay,
    }));
  }

  /** A redirect is followed. */
  redirected(status: number, method: string, url: string): void {
    this.#redirects++;
    this.#attempt = 0;
    this.#method = method;
    this.#url = url;
    tell(this.#hooks, "redirect", () => ({
      type: "redirect",
      ...timesOfNow(),
      requestId: this.#id,
      status,
      method,
      url: redactUrl(url),
    }));
  }

  /** The content of the response, as it is received. */
  receiving(body: Uint8Array | IncomingBody): Uint8Array | IncomingBody {
    if (body instanceof Uint8Array) {
      this.#receivedBytes = body.length;
      return body;
    }
    return new ObservedBody(body, { onBytes: ({ length }) => this.#receivedBytes += length });
  }

  /** The content of the response, decoded. */
  decoded(body: Uint8Array | IncomingBody): Uint8Array | IncomingBody {
    if (body instanceof Uint8Array) {
      this.#tellContent("received", body);
      this.ended();
      return body;
    }
    return new ObservedBody(body, {
      onBytes: (bytes) => this.#tellContent("received", bytes),
      onEnd: () => this.ended(),
      onFailed: (error) => this.ended(error),
      onCancelled: () => this.#end({}, true),
    });
  }

  /** The request is over. */
  ended(error?: unknown): void {
    this.#end(error === undefined ? {} : { error }, false);
  }

  #end(outcome: { readonly error?: unknown }, cancelled: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if ("error" in outcome) this.#spans?.failed(outcome.error);
    tell(this.#hooks, "end", () => ({
      type: "end",
      ...timesOfNow(),
      requestId: this.#id,
      ...this.#connection(),
      ...outcome,
      cancelled,
      sentBytes: this.#sentBytes,
      receivedBytes: this.#receivedBytes,
    }));
  }

  #onSent(bytes: Uint8Array): void {
    this.#sentBytes += bytes.length;
    this.#tellContent("sent", bytes);
  }

  #tellContent(direction: "sent" | "received", bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    tell(this.#hooks, "content", () => {
      const copy = bytes.slice() as Uint8Array<ArrayBuffer>; // a copy is in a buffer of its own
      return withHidden<Omit<ContentHookEvent, "bytes">, Pick<ContentHookEvent, "bytes">>({
        type: "content",
        ...timesOfNow(),
        requestId: this.#id,
        direction,
        length: copy.length,
      }, { bytes: () => copy });
    });
  }

  /** The connection of the attempt, and the wait for it. */
  #connection(): { readonly connectionId?: number; readonly waiting?: number } {
    if (this.#connectionId === undefined) return {};
    return { connectionId: this.#connectionId, waiting: this.#sentAt - this.#started };
  }

  #hidden(fields: readonly Field[]): { headers: () => Headers; dangerUnredacted: () => UnredactedMessage } {
    const url = this.#url;
    return {
      headers: () => toHeaders(redactFields(fields)),
      dangerUnredacted: () => ({ url, headers: toHeaders(fields) }),
    };
  }
}
