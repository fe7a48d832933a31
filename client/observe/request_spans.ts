/**
 * The client spans of a request, by OpenTelemetry's semantic conventions for HTTP: one for each attempt, redirects included,
 * which ends when the head of the response is there.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { HttpVersion } from "../../http/message.ts";
import type { ConnectionFacts } from "../connection_info.ts";
import { ClientError } from "../error/client_error.ts";
import type { OpenTelemetryScope, TelemetrySpan } from "../hooks/open_telemetry.ts";
import { redactUrl } from "../hooks/redact.ts";
import { fieldsOf, hasField, requestFields } from "../request/headers.ts";
import { VERSION } from "../version.ts";

/** The spans of one request. A tracer that throws harms no request. */
export class RequestSpans {
  readonly #scope: OpenTelemetryScope;
  readonly #signal: AbortSignal | undefined;
  #span: TelemetrySpan | undefined;
  /** How often the request was sent before. */
  #resendCount = -1;

  /**
   * @param scope The tracer and its context.
   * @param signal The signal of the request.
   */
  constructor(scope: OpenTelemetryScope, signal: AbortSignal | undefined) {
    this.#scope = scope;
    this.#signal = signal;
  }

  /**
   * Starts the span of an attempt.
   *
   * @returns The fields, with those that the propagator adds, such as `traceparent`.
   */
  begin(method: string, href: string, fields: readonly Field[]): readonly Field[] {
    this.#end();
    this.#resendCount++;
    try {
      const { api, context } = this.#scope;
      const tracer = api.trace.getTracer("@ductile/ductile", VERSION);
      const isKnown = METHODS.has(method);
      const span = tracer.startSpan(isKnown ? method : "HTTP", {
        kind: CLIENT,
        attributes: this.#attributes(method, href),
      }, context);
      this.#span = span;
      if (hasField(fields, "traceparent")) return fields;
      const carrier: Record<string, string> = {};
      const inside = context.setValue(SPAN_KEY, span);
      api.propagation?.inject(inside, carrier, { set: (into, name, value) => into[name] = value });
      const added = Object.entries(carrier).flatMap(sendable).filter(([name]) => !hasField(fields, name));
      return added.length === 0 ? fields : [...fields, ...added];
    } catch {
      return fields;
    }
  }

  /** The attempt has a connection. */
  sent({ remoteAddress }: ConnectionFacts): void {
    if (remoteAddress === undefined) return;
    this.#set("network.peer.address", remoteAddress.hostname);
    this.#set("network.peer.port", remoteAddress.port);
  }

  /** The head of a final response is there. */
  responded(status: number, version: HttpVersion): void {
    this.#set("http.response.status_code", status);
    this.#set("network.protocol.version", version.slice("HTTP/".length));
    if (status >= 400) this.#fail(String(status));
    this.#end();
  }

  /** The attempt failed. */
  failed(error: unknown): void {
    if (this.#span === undefined) return;
    if (!this.#isCancelled(error)) {
      this.#fail(error instanceof ClientError ? error.code : nameOf(error), textOf(error));
    }
    this.#end();
  }

  /**
   * Whether the caller gave the request up: by the semantic conventions for HTTP spans, no error, without status and
   * `error.type`. A signal that keeps a deadline tells of an error.
   */
  #isCancelled(error: unknown): boolean {
    const isReason = this.#signal?.aborted === true && error === this.#signal.reason;
    return isReason && !(error instanceof Error && error.name === "TimeoutError");
  }

  #attributes(method: string, href: string): Record<string, string | number> {
    const { hostname, port, protocol } = new URL(href);
    return {
      "http.request.method": METHODS.has(method) ? method : "_OTHER",
      ...(!METHODS.has(method) && { "http.request.method_original": method }),
      "server.address": hostname.replace(/^\[|\]$/g, ""),
      "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
      "url.full": redactUrl(href),
      ...(this.#resendCount > 0 && { "http.request.resend_count": this.#resendCount }),
    };
  }

  #set(name: string, value: string | number): void {
    try {
      this.#span?.setAttribute(name, value);
    } catch {
      // A tracer's fault.
    }
  }

  #fail(type: string, message?: string): void {
    this.#set("error.type", type);
    try {
      this.#span?.setStatus({ code: ERROR, ...(message !== undefined && { message }) });
    } catch {
      // A tracer's fault.
    }
  }

  #end(): void {
    const span = this.#span;
    this.#span = undefined;
    try {
      span?.end();
    } catch {
      // A tracer's fault.
    }
  }
}

/** A field of a propagator, which writes what callers put into its baggage; none where it cannot be sent. */
function sendable([name, value]: [name: string, value: string]): readonly Field[] {
  try {
    return requestFields(fieldsOf({ [name]: value })).fields;
  } catch {
    return [];
  }
}

/** A name of low cardinality for an error that is not the client's. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "_OTHER";
}

/** What an error of the client says: no credential, no query. That of another says anything. */
function textOf(error: unknown): string | undefined {
  return error instanceof ClientError ? error.detail : undefined;
}

/** `SpanKind.CLIENT`, and `SpanStatusCode.ERROR`. */
const CLIENT = 2;
const ERROR = 2;

/** The key of the present span in a context. */
const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");

/** The methods that a span names: those of RFC 9110, and PATCH. Any other is "_OTHER". */
const METHODS: ReadonlySet<string> = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "TRACE",
]);
