/**
 * From the arguments of `fetch` to a request that passed every check.
 *
 * Arguments that the global `fetch` refuses are refused here, before a connection is looked for, with an error that says
 * more. {@linkcode ClientRequestInit} lists what becomes of each option.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { resolveHooks } from "../hooks/resolve_hooks.ts";
import { checkTimeouts, type Timeouts } from "../time/timeouts.ts";
import { NO_CONTENT, prepareBody, type PreparedBody } from "./body.ts";
import { composeFields } from "./compose_fields.ts";
import { fieldsOf, hasField, type RequestFields, requestFields, trailerFieldsOf } from "./headers.ts";
import type { PreparedRequest } from "./prepared_request.ts";
import { requestBody } from "./request_body.ts";
import { resolveRetry } from "./retry_options.ts";
import { urlOf } from "./target.ts";
import type { RequestDefaults } from "./request_defaults.ts";
import {
  checkedCount,
  checkedHost,
  checkedInit,
  checkedRedirect,
  type ClientRequestInit,
  normalMethod,
  refused,
} from "./request_options.ts";

/**
 * Checks the arguments of `fetch` and makes a request of them.
 *
 * @param input The URL, or a request to start from.
 * @param init What differs from `input` and from the defaults.
 * @param defaults The client's defaults.
 * @throws {ClientError} The arguments cannot be made into a request; the code says why.
 * @throws {RangeError} `timeouts` or `maxRedirects` is out of range.
 * @throws The reason of a signal that was aborted before.
 */
export function prepare(
  input: Request | URL | string,
  init: ClientRequestInit | undefined,
  defaults: RequestDefaults,
): PreparedRequest {
  const request = input instanceof Request ? input : undefined;
  const plain = defaults.plain(urlOf(input));
  // Most calls are a URL alone; for a URL that was fetched before there is nothing left to do.
  if (init === undefined && request === undefined) return plain;
  const given = checkedInit(init, request, defaults.ignoreUnknown);
  const { target } = plain;
  const method = methodOf(given, request);
  const trailers = trailersOf(given);
  const own = announced(callerFields(given, request), trailers);
  const redirect = redirectOf(given, request);
  const maxRedirects = maxRedirectsOf(given, defaults);
  const timeouts = timeoutsOf(given, defaults);
  const signal = signalOf(given, request);
  const host = given.host === undefined ? undefined : checkedHost(given.host, target.scheme);
  const decode = given.decode ?? defaults.decode;
  // A library that passes its own options on has one of this name, and does what it says itself.
  const retry = defaults.ignoreUnknown ? defaults.retry : resolveRetry(given.retry, defaults.retry, refused);
  const hooks = resolveHooks(given.on, defaults.hooks, refused);
  // Last of the checks: it locks the caller's stream.
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
    trailers: trailers?.read,
    redirect,
    maxRedirects,
    redirects: 0,
    httpsOnly: defaults.httpsOnly,
    decode,
    timeouts,
    signal,
    onInformational: given.onInformational,
    retry,
    hooks,
  };
}

function methodOf({ method }: ClientRequestInit, request: Request | undefined): string {
  return method !== undefined ? normalMethod(String(method)) : request?.method ?? "GET";
}

function callerFields({ headers }: ClientRequestInit, request: Request | undefined): RequestFields {
  const given = headers !== undefined ? headers : request?.headers;
  return given === undefined ? NO_FIELDS : requestFields(fieldsOf(given));
}

const NO_FIELDS: RequestFields = { fields: [], declaredLength: undefined };

function redirectOf({ redirect }: ClientRequestInit, request: Request | undefined): RequestRedirect {
  return redirect !== undefined ? checkedRedirect(redirect) : request?.redirect ?? "follow";
}

function maxRedirectsOf({ maxRedirects }: ClientRequestInit, defaults: RequestDefaults): number {
  return maxRedirects === undefined ? defaults.maxRedirects : checkedCount(maxRedirects);
}

function timeoutsOf({ timeouts }: ClientRequestInit, defaults: RequestDefaults): Timeouts {
  return timeouts === undefined ? defaults.timeouts : { ...defaults.timeouts, ...checkTimeouts(timeouts) };
}

function signalOf(given: ClientRequestInit, request: Request | undefined): AbortSignal | undefined {
  const signal = (given.signal !== undefined ? given.signal : request?.signal) ?? undefined;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw refused("signal is no AbortSignal");
  return signal;
}

/** The trailers of a request. */
interface Trailers {
  /** Their names, where they are known before the content is sent. */
  readonly names: readonly string[];
  /** Gives them once the content has ended. */
  readonly read: () => Promise<readonly Field[]>;
}

function trailersOf({ trailers }: ClientRequestInit): Trailers | undefined {
  if (trailers === undefined) return undefined;
  if (typeof trailers === "function") {
    return { names: [], read: async () => trailerFieldsOf(await trailers()) };
  }
  const fields = trailerFieldsOf(trailers);
  return { names: [...new Set(fields.map(([name]) => name))], read: () => Promise.resolve(fields) };
}

/**
 * Adds a `trailer` field that lists the trailers whose names are known, unless the caller has one.
 *
 * "A sender that intends to generate one or more trailer fields in a message SHOULD generate a Trailer header field in
 * the header section of that message to indicate which fields might be present in the trailers." (RFC 9110 §6.6.2)
 */
function announced(own: RequestFields, trailers: Trailers | undefined): RequestFields {
  if (trailers === undefined || trailers.names.length === 0 || hasField(own.fields, "trailer")) return own;
  return { ...own, fields: [...own.fields, ["trailer", trailers.names.join(", ")]] };
}

/** Methods whose requests state a content length even where they have no content (RFC 9110 §8.6). */
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
    if (hasTrailers && (method === "GET" || method === "HEAD")) {
      throw refused(`${method} cannot have trailers`);
    }
    return hasTrailers || CONTENT_METHODS.has(method.toUpperCase()) ? NO_CONTENT : undefined;
  }
  if (method === "GET" || method === "HEAD") throw refused(`${method} cannot have a body`);
  if (inherited === undefined) return prepareBody(own as BodyInit, declaredLength); // one of the two is there
  return requestBody(request as Request, inherited, declaredLength); // it has the body that is inherited
}
