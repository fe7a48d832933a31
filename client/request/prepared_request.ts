/**
 * A request that passed every check, and its form for a driver.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { OutgoingBody, OutgoingRequest } from "../../http/message.ts";
import type { ResolvedHooks } from "../hooks/client_hooks.ts";
import type { RequestTrace } from "../hooks/request_trace.ts";
import type { Timeouts } from "../time/timeouts.ts";
import type { PreparedBody } from "./body.ts";
import { SourceWithTrailers } from "./body_source.ts";
import type { ResolvedRetry } from "./retry_options.ts";
import type { Target } from "./target.ts";

/** A request that passed every check: it can be sent, retried and redirected. */
export interface PreparedRequest {
  /** The URL, taken apart. */
  readonly target: Target;
  /** The `host` field or `:authority`, where it differs from the target's. */
  readonly host: string | undefined;
  /** The method, the six common ones in upper case. */
  readonly method: string;
  /** The fields, defaults included; without `host` and `content-length`. Frozen and shared where nothing is special. */
  readonly fields: readonly Field[];
  /** The content. */
  readonly body: PreparedBody | undefined;
  /** Gives the trailer fields once the content has ended. */
  readonly trailers: (() => Promise<readonly Field[]>) | undefined;
  /** Whether redirects are followed, returned or refused. */
  readonly redirect: RequestRedirect;
  /** Redirects that may be followed. */
  readonly maxRedirects: number;
  /** Redirects that led to this request. */
  readonly redirects: number;
  /** Whether `http:` URLs are refused, on every hop. */
  readonly httpsOnly: boolean;
  /** Whether the response's content is decoded. */
  readonly decode: boolean;
  /** The time limits of the stages. */
  readonly timeouts: Timeouts;
  /** The protocol to switch to; absent: none. */
  readonly upgrade?: string;
  /** Fields that are sent over HTTP/1.1 alone. */
  readonly http1Fields?: readonly Field[];
  /** The caller's abort signal. */
  readonly signal: AbortSignal | undefined;
  /** Whether the request line has the whole URL, as a proxy needs it (RFC 9112 §3.2.2); absent: it has not. */
  readonly isAbsoluteForm?: true;
  /** Called for each 1xx response. */
  readonly onInformational: ((status: number, headers: Headers) => void) | undefined;
  /** Which responses and failures it is sent again after; `undefined`: only those that cannot have had an effect. */
  readonly retry: ResolvedRetry | undefined;
  /** The hooks of the client, and of the request. */
  readonly hooks: ResolvedHooks | undefined;
  /** Told what happens to it; absent where there is neither a hook nor a tracer. */
  readonly trace?: RequestTrace;
}

/**
 * A request in the form that a driver takes, for one sending, with the `content-length` where it is known.
 *
 * @returns A promise only where the content has to be read first.
 * @throws {ClientError} `request_body_failed`: the content cannot be read, or was a stream that was read before.
 */
export function toOutgoing(request: PreparedRequest): OutgoingRequest | Promise<OutgoingRequest> {
  const { body } = request;
  if (body === undefined) return message(request, undefined);
  const content = body.open();
  return content instanceof Promise
    ? content.then((ready) => message(request, ready))
    : message(request, content);
}

function message(request: PreparedRequest, content: Uint8Array | OutgoingBody | undefined): OutgoingRequest {
  const { target, trailers, fields, upgrade, http1Fields } = request;
  const head = {
    method: request.method,
    scheme: target.scheme,
    authority: request.host ?? target.authority,
    target: request.isAbsoluteForm ? target.href : target.path,
  };
  if (upgrade !== undefined) return { ...head, fields, upgrade, ...(http1Fields && { http1Fields }) };
  if (content === undefined) return { ...head, fields };
  if (trailers !== undefined) return { ...head, fields, body: new SourceWithTrailers(content, trailers) };
  const { length } = content;
  if (length === undefined) return { ...head, fields, body: content };
  return { ...head, fields: [...fields, ["content-length", String(length)]], body: content };
}
