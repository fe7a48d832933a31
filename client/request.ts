/**
 * From the arguments of `fetch` to a request that is known to be good.
 *
 * What the global `fetch` refuses is refused here, before a connection is looked for, with an error that says
 * more. What it accepts and ignores for want of a browser around it (`mode`, `cache`, `credentials`, `referrer`,
 * `keepalive`...) is accepted and ignored, malformed values excepted, which the platform itself refuses.
 *
 * @module
 */

import { type Field, isToken } from "../http/fields.ts";
import type { OutgoingBody, OutgoingRequest } from "../http/message.ts";
import { NO_CONTENT, prepareBody, type PreparedBody } from "./body.ts";
import { SourceWithTrailers } from "./body_source.ts";
import type { RequestDefaults } from "./defaults.ts";
import { ClientError } from "./error.ts";
import { fieldsOf, hasField, requestFields, trailerFieldsOf, withDefaults } from "./headers.ts";
import { RequestBody } from "./request_body.ts";
import { parseTarget, requireHttps, type Target } from "./target.ts";
import { checkTimeouts, type Timeouts } from "./timeouts.ts";

export type { Target };

/**
 * What `fetch` takes as its second argument, and what only this client knows.
 *
 * Differences from the global `fetch`: an `integrity` or a Deno `client` is refused rather than ignored, and of
 * `headers`, those are left out that are not the caller's to set (`host`, `connection` and what it names,
 * `keep-alive`, `proxy-connection`, `upgrade`, `transfer-encoding: chunked`, `te` but for `trailers`). A
 * `content-length` is a promise that the content is held to.
 *
 * @example
 * ```ts
 * import { Client, type ClientRequestInit } from "@ductile/ductile";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ port: 0, onListen() {} }, async (request) => new Response(await request.text()));
 * using client = new Client();
 * const init: ClientRequestInit = { method: "POST", body: "hello", timeouts: { headers: 5_000 } };
 * const response = await client.fetch(`http://localhost:${server.addr.port}/`, init);
 * assertEquals(await response.text(), "hello");
 * ```
 */
export interface ClientRequestInit extends RequestInit {
  /** How long the stages may take; what is absent here is as the client has it. */
  readonly timeouts?: Timeouts;
  /** Called for each 1xx response before the final one, such as `103 Early Hints`. */
  readonly onInformational?: (status: number, headers: Headers) => void;
  /** Fields to send after the content, or what gives them once the content has ended. */
  readonly trailers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /** Whether the response's content is decoded as its `content-encoding` says; as the client has it by default. */
  readonly decode?: boolean;
  /** Streams may go both ways at once whatever stands here; `fetch` asks for it beside a stream as body. */
  readonly duplex?: "half";
  /** How many redirects are followed; as the client has it by default. */
  readonly maxRedirects?: number;
  /** The `host` field or `:authority`, where it is not to be the URL's host. The connection still goes to the URL's. */
  readonly host?: string;
}

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
    maxRedirects: given.maxRedirects === undefined ? defaults.maxRedirects : checkedCount(given.maxRedirects),
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
  if (body === undefined) {
    // "A client MUST NOT generate a 100-continue expectation in a request that does not include content." (RFC 9110 §10.1.1)
    if (hasField(own, "expect")) added = added.filter(([name]) => name !== "expect");
  } else if (body.type !== undefined && !hasField(own, "content-type")) {
    added = [...added, ["content-type", body.type]];
  }
  if (added.length === 0) return defaults;
  if (hasField(own, "range") && hasField(defaults, "accept-encoding") && !hasField(own, "accept-encoding")) {
    // A range of encoded content cannot be decoded (Fetch §4.6).
    added = [...added, ["accept-encoding", "identity"]];
  }
  return withDefaults(added, defaults);
}

const COMMON_METHODS: ReadonlySet<string> = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);
/** Methods whose requests are expected to have content: without any they say so (RFC 9110 §8.6). */
const CONTENT_METHODS: ReadonlySet<string> = new Set(["PATCH", "POST", "PUT"]);

/** As `fetch` has it: six methods in upper case, three refused, the rest as given (Fetch §2.2.1). */
function normalMethod(method: string): string {
  if (COMMON_METHODS.has(method)) return method;
  if (!isToken(method)) throw refused("the method is no token");
  const upper = method.toUpperCase();
  if (FORBIDDEN_METHODS.has(upper)) throw refused(`method ${upper} is forbidden, as in fetch`);
  return COMMON_METHODS.has(upper) ? upper : method;
}

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

/** Members of `RequestInit` that this client has no use for, and only has checked. */
const UNUSED = [
  "cache",
  "credentials",
  "keepalive",
  "mode",
  "priority",
  "referrer",
  "referrerPolicy",
] as const;

function refuseUnsupported(
  init: ClientRequestInit & { client?: unknown },
  request: Request | undefined,
): void {
  if (init.client) {
    throw new ClientError(
      "unsupported_option",
      "Cannot make a request: a Deno.HttpClient is of no use here",
      {
        hint: "Give the options to this client's constructor instead.",
      },
    );
  }
  // Going on without the check would tell the caller that the content is what it was promised to be.
  if (init.integrity || (init.integrity === undefined && request?.integrity)) {
    throw new ClientError(
      "unsupported_option",
      "Cannot make a request: integrity is not checked by this client",
      {
        hint: "Hash the content with crypto.subtle.digest() and compare.",
      },
    );
  }
  let unused: RequestInit | undefined;
  for (const name of UNUSED) {
    if (init[name] !== undefined) unused = { ...unused, [name]: init[name] };
  }
  if (unused === undefined) return;
  try {
    new Request("http://localhost/", unused); // the platform refuses what is malformed
  } catch (cause) {
    throw new ClientError("invalid_request", "Cannot make a request: the platform refuses an option", {
      cause,
    });
  }
}

function checkedRedirect(redirect: string): RequestRedirect {
  if (redirect === "follow" || redirect === "manual" || redirect === "error") return redirect;
  throw refused('redirect must be "follow", "manual" or "error"');
}

/** Another host, in its normal form. It must not be more than a host, whatever the URL parser would make of it. */
function checkedHost(host: string, scheme: string): string {
  try {
    if (!/[/?#@\\\s]/.test(host)) return parseTarget(`${scheme}://${host}`).authority;
  } catch { /* refused as well */ }
  throw refused("host must be a host name, with a port where needed");
}

function checkedCount(count: number): number {
  if (count === Infinity || (Number.isSafeInteger(count) && count >= 0)) return count;
  throw new RangeError(
    `Cannot make a request: maxRedirects must be a whole number of at least 0: ${String(count)}`,
  );
}

function refused(reason: string): ClientError {
  return new ClientError("invalid_request", `Cannot make a request: ${reason}`);
}
