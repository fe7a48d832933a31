/**
 * From the arguments of `fetch` to a request that is known to be good.
 *
 * What the global `fetch` refuses is refused here, before a connection is looked for, with an error that says
 * more. What it accepts and ignores for want of a browser around it (`mode`, `cache`, `credentials`, `referrer`,
 * `keepalive`...) is accepted and ignored, malformed values excepted, which the platform itself refuses.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { OutgoingBody, OutgoingRequest } from "../../http/message.ts";
import { NO_CONTENT, prepareBody, type PreparedBody, TEXT_TYPE } from "./body.ts";
import { SourceWithTrailers } from "./body_source.ts";
import type { RequestDefaults } from "./defaults.ts";
import { fieldsOf, hasField, requestFields, trailerFieldsOf, withDefaults } from "./headers.ts";
import { RequestBody } from "./request_body.ts";
import {
  checkedCount,
  checkedHost,
  checkedRedirect,
  type ClientRequestInit,
  normalMethod,
  refused,
  refuseUnsupported,
} from "./request_options.ts";
import { parseTarget, requireHttps, type Target } from "./target.ts";
import { checkTimeouts, type Timeouts } from "../time/timeouts.ts";

export type { ClientRequestInit, Target };

/** A request that can be sent, and sent again after a redirect. */
export interface PreparedRequest {
  /** Where it goes. */
  readonly target: Target;
  /** The `host` field or `:authority`, where it is not the target's. */
  readonly host: string | undefined;
  /** The method, the six common ones in upper case. */
  readonly method: string;
  /** The fields, defaults included; without `host` and `content-length`. Frozen and shared where nothing is special. */
  readonly fields: readonly Field[];
  /** The content. */
  readonly body: PreparedBody | undefined;
  /** Asked for after the content. */
  readonly trailers: (() => Promise<readonly Field[]>) | undefined;
  /** What to do about a redirect. */
  readonly redirect: RequestRedirect;
  /** How many redirects may be followed. */
  readonly maxRedirects: number;
  /** How many were followed to come here. */
  readonly redirects: number;
  /** Whether only `https:` may be fetched, on every hop. */
  readonly httpsOnly: boolean;
  /** Whether the response's content is to be decoded. */
  readonly decode: boolean;
  /** How long the stages may take. */
  readonly timeouts: Timeouts;
  /** What may abort it. */
  readonly signal: AbortSignal | undefined;
  /** Called for each 1xx response. */
  readonly onInformational: ((status: number, headers: Headers) => void) | undefined;
}

/**
 * Makes a request out of what `fetch` was called with.
 *
 * @param input The URL, or a request to start from.
 * @param init What is to be different.
 * @param defaults The client's own wishes.
 * @throws {ClientError} What cannot be a request, by its code.
 * @throws {RangeError} `timeouts` or `maxRedirects` is out of range.
 * @throws The reason of a signal that was aborted before.
 */
export function prepare(
  input: Request | URL | string,
  init: ClientRequestInit | undefined,
  defaults: RequestDefaults,
): PreparedRequest {
  const request = input instanceof Request ? input : undefined;
  const plain = defaults.plain(
    input instanceof Request ? input.url : input instanceof URL ? input.href : String(input),
  );
  // A page of code calls fetch with nothing but a URL; for a URL that it calls again there is nothing left to do.
  if (init === undefined && request === undefined) return plain;
  const given = init ?? {}; // null is not in the type, but is what JavaScript passes on
  if (typeof given !== "object" && typeof given !== "function") {
    throw refused("the second argument must be an object");
  }
  refuseUnsupported(given, request);

  const { target } = plain;
  const method = given.method !== undefined ? normalMethod(String(given.method)) : request?.method ?? "GET";
  const headers = given.headers !== undefined ? given.headers : request?.headers;
  const own = headers === undefined ? NO_FIELDS : requestFields(fieldsOf(headers));
  const redirect = given.redirect !== undefined
    ? checkedRedirect(given.redirect)
    : request?.redirect ?? "follow";
  const decode = given.decode ?? defaults.decode;
  const maxRedirects = given.maxRedirects === undefined
    ? defaults.maxRedirects
    : checkedCount(given.maxRedirects);
  if (given.timeouts !== undefined) checkTimeouts(given.timeouts);
  const trailers = given.trailers === undefined ? undefined : trailerSource(given.trailers);
  const signal = (given.signal !== undefined ? given.signal : request?.signal) ?? undefined;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw refused("signal is no AbortSignal");
  const host = given.host === undefined ? undefined : checkedHost(given.host, target.scheme);
  // Last of all: from here on the caller's stream is ours.
  const body = takeBody(method, given, request, own.declaredLength, trailers !== undefined);
  if (signal?.aborted) {
    body?.discard(signal.reason);
    throw signal.reason;
  }
  return {
    target,
    host,
    method,
    fields: composeFields(own.fields, target, body, defaults.fields(decode)),
    body,
    trailers,
    redirect,
    maxRedirects,
    redirects: 0,
    httpsOnly: defaults.httpsOnly,
    decode,
    timeouts: given.timeouts === undefined ? defaults.timeouts : { ...defaults.timeouts, ...given.timeouts },
    signal,
    onInformational: given.onInformational,
  };
}

/**
 * A request as a driver takes it, for one sending.
 *
 * Adds the `content-length` that is known. A promise comes back only where content has to be looked at first.
 *
 * @throws {ClientError} `request_body_failed`: the content cannot be read, or not again.
 */
export function outgoing(request: PreparedRequest): OutgoingRequest | Promise<OutgoingRequest> {
  const { body } = request;
  if (body === undefined) return message(request, undefined);
  const content = body.open();
  return content instanceof Promise
    ? content.then((ready) => message(request, ready))
    : message(request, content);
}

/** The request that a URL alone stands for. */
export function plainRequest(url: string, defaults: RequestDefaults): PreparedRequest {
  const target = parseTarget(url);
  if (defaults.httpsOnly) requireHttps(target);
  return Object.freeze<PreparedRequest>({
    target,
    host: undefined,
    method: "GET",
    fields: composeFields([], target, undefined, defaults.fields(defaults.decode)),
    body: undefined,
    trailers: undefined,
    redirect: "follow",
    maxRedirects: defaults.maxRedirects,
    redirects: 0,
    httpsOnly: defaults.httpsOnly,
    decode: defaults.decode,
    timeouts: defaults.timeouts,
    signal: undefined,
    onInformational: undefined,
  });
}

function message(request: PreparedRequest, content: Uint8Array | OutgoingBody | undefined): OutgoingRequest {
  const { target, trailers, fields } = request;
  const head = {
    method: request.method,
    scheme: target.scheme,
    authority: request.host ?? target.authority,
    target: target.path,
  };
  if (content === undefined) return { ...head, fields };
  if (trailers !== undefined) return { ...head, fields, body: new SourceWithTrailers(content, trailers) };
  const { length } = content;
  if (length === undefined) return { ...head, fields, body: content };
  return { ...head, fields: [...fields, ["content-length", String(length)]], body: content };
}

const NO_FIELDS = { fields: [], declaredLength: undefined } as const;

/** The caller's fields, what the URL and the content add to them, and the defaults for the rest. */
function composeFields(
  own: readonly Field[],
  target: Target,
  body: PreparedBody | undefined,
  defaults: readonly Field[],
): readonly Field[] {
  let added = own;
  if (target.authorization !== undefined && !hasField(own, "authorization")) {
    added = [...added, ["authorization", target.authorization]];
  }
  const type = body?.type;
  // That a string is text is the least that can be said of it; a client that sends JSON all the time knows better.
  const isKnown = hasField(own, "content-type") || (type === TEXT_TYPE && hasField(defaults, "content-type"));
  if (type !== undefined && !isKnown) added = [...added, ["content-type", type]];
  if ((body === undefined || body.length === 0) && hasField(own, "expect")) {
    // "A client MUST NOT generate a 100-continue expectation in a request that does not include content."
    // (RFC 9110 §10.1.1)
    added = added.filter(([name]) => name !== "expect");
  }
  if (added.length === 0) return defaults;
  if (hasField(own, "range") && hasField(defaults, "accept-encoding") && !hasField(own, "accept-encoding")) {
    // A range of encoded content cannot be decoded (Fetch §4.6).
    added = [...added, ["accept-encoding", "identity"]];
  }
  return withDefaults(added, defaults);
}

/** Methods whose requests are expected to have content: without any they say so (RFC 9110 §8.6). */
const CONTENT_METHODS: ReadonlySet<string> = new Set(["PATCH", "POST", "PUT"]);

function takeBody(
  method: string,
  init: ClientRequestInit,
  request: Request | undefined,
  declaredLength: number | undefined,
  hasTrailers: boolean,
): PreparedBody | undefined {
  const own = init.body ?? undefined;
  const inherited = own === undefined ? request?.body ?? undefined : undefined;
  if (own === undefined && inherited === undefined) {
    if (declaredLength) throw refused("content-length declares content, but there is no body");
    if (hasTrailers && (method === "GET" || method === "HEAD")) {
      throw refused(`${method} cannot have trailers`);
    }
    return hasTrailers || CONTENT_METHODS.has(method.toUpperCase()) ? NO_CONTENT : undefined;
  }
  if (method === "GET" || method === "HEAD") throw refused(`${method} cannot have a body`);
  const body = inherited === undefined
    ? prepareBody(own as BodyInit, declaredLength) // one of the two is there
    : new RequestBody(inherited, declaredLength);
  if (declaredLength !== undefined && body.length !== declaredLength) {
    throw refused(`content-length declares ${declaredLength} bytes, but the body has ${body.length}`);
  }
  return body;
}

function trailerSource(
  trailers: Exclude<ClientRequestInit["trailers"], undefined>,
): () => Promise<readonly Field[]> {
  if (typeof trailers === "function") return async () => trailerFieldsOf(await trailers());
  const fields = trailerFieldsOf(trailers);
  return () => Promise.resolve(fields);
}
