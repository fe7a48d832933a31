/**
 * What to do about a response that says "elsewhere" (Fetch §4.4, HTTP-redirect fetch; RFC 9110 §15.4).
 *
 * A server decides where the next request goes, so the next request is made with suspicion: it carries no
 * credentials to another origin, and since each is made from the one before, what was taken off on one hop is not
 * there to be put on again by the next.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import { ClientError, type ClientErrorCode } from "./error/client_error.ts";
import type { PreparedRequest } from "./request/prepared_request.ts";
import { parseTarget, requireHttps, type Target } from "./request/target.ts";

/**
 * The request that follows `request`, or `undefined` when the response is the answer.
 *
 * The response is the answer when its status is none of 301, 302, 303, 307 and 308, when it names no location, and
 * when the caller asked for redirects as they are (`redirect: "manual"`).
 *
 * @param request What was answered.
 * @param status The status of the answer.
 * @param fields The fields of the answer.
 * @throws {ClientError} The redirect must not be followed (`redirect_refused`, `too_many_redirects`,
 *   `https_required`, `unsupported_scheme`, `invalid_request`) or cannot be (`redirect_refused`).
 */
export function redirect(
  request: PreparedRequest,
  status: number,
  fields: readonly Field[],
): PreparedRequest | undefined {
  if (!REDIRECT_STATUSES.has(status) || request.redirect === "manual") return undefined;
  const from = request.target;
  if (request.redirect === "error") throw refused(from, 'redirect is "error"');
  const location = locationOf(fields, from);
  if (location === undefined) return undefined;
  const target = resolve(location, from);
  if (request.httpsOnly) requireHttps(target);
  if (request.redirects >= request.maxRedirects) {
    const code: ClientErrorCode = "too_many_redirects";
    throw new ClientError(
      code,
      `Cannot follow "${from.authority}": ${request.redirects} redirects were followed`,
      {
        hint: 'Raise maxRedirects, or set redirect: "manual" to see where they lead.',
      },
    );
  }
  const sameOrigin = target.origin === from.origin;
  // Only a browser's user could know what these credentials are for (Fetch §4.4, step 8).
  if (target.authorization !== undefined && !sameOrigin) {
    throw refused(from, "the location has credentials for another origin");
  }
  // "If internalResponse's status is not 303, request's body is non-null, and request's body's source is null, then
  // return a network error." (Fetch §4.4)
  if (status !== 303 && request.body !== undefined && !request.body.replayable) {
    throw refused(from, "the body is a stream, which cannot be sent again", {
      hint: "Give a string, a Uint8Array or a Blob as body.",
    });
  }
  const becomesGet = status === 303
    ? request.method !== "GET" && request.method !== "HEAD"
    : (status === 301 || status === 302) && request.method === "POST";
  const next = {
    ...request,
    target,
    host: sameOrigin ? request.host : undefined,
    fields: nextFields(request.fields, from, target, becomesGet),
    redirects: request.redirects + 1,
  };
  return becomesGet ? { ...next, method: "GET", body: undefined, trailers: undefined } : next;
}

/** Fetch §2.2.6. Others that begin with 3 say something else: 304 is no redirect, 300 gives a choice. */
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Fields that are for the eyes of one origin. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "cookie2",
  "proxy-authorization",
  "www-authenticate",
]);

/** Fields that speak of content, besides those whose name begins with `content-`. */
const CONTENT_FIELDS: ReadonlySet<string> = new Set([
  "digest",
  "expect",
  "repr-digest",
  "trailer",
  "transfer-encoding",
]);

function nextFields(
  fields: readonly Field[],
  from: Target,
  target: Target,
  becomesGet: boolean,
): readonly Field[] {
  const sameOrigin = target.origin === from.origin;
  const kept = fields.filter(([name]) => {
    if (CREDENTIALS.has(name)) {
      return sameOrigin && !(name === "authorization" && target.authorization !== undefined);
    }
    // "A user agent MUST NOT send a Referer header field in an unsecured HTTP request if the referring resource was
    // accessed with a secure protocol." (RFC 9110 §10.1.3)
    if (name === "referer") return !(from.scheme === "https" && target.scheme === "http");
    return !becomesGet || !(name.startsWith("content-") || CONTENT_FIELDS.has(name));
  });
  if (target.authorization !== undefined) kept.push(["authorization", target.authorization]);
  // The same list as before says "as before" to whoever keeps something by its identity.
  return kept.length === fields.length && target.authorization === undefined ? fields : kept;
}

/** The one location of a response. Two that differ are two answers to "where to", so there is none. */
function locationOf(fields: readonly Field[], from: Target): string | undefined {
  let location: string | undefined;
  for (const [name, value] of fields) {
    if (name !== "location") continue;
    if (location !== undefined && location !== value) throw refused(from, "the response has two locations");
    location = value;
  }
  return location;
}

function resolve(location: string, from: Target): Target {
  // A code unit is a byte here. Bytes beyond ASCII are almost always UTF-8: percent-encoded one by one, they reach
  // the URL parser as what they are, where as characters they would be encoded a second time.
  const encoded = location.replace(
    /[\x80-\xff]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  let target: Target;
  try {
    target = parseTarget(encoded, from.href);
  } catch (error) {
    if (error instanceof ClientError && error.code === "invalid_url") {
      throw refused(from, "the location cannot be parsed", { cause: error });
    }
    throw error;
  }
  // "If locationURL's fragment is null, then set locationURL's fragment to requestFragment." (Fetch §2.2.6)
  return target.fragment === undefined ? Object.freeze({ ...target, fragment: from.fragment }) : target;
}

function refused(from: Target, reason: string, options?: { hint?: string; cause?: unknown }): ClientError {
  return new ClientError(
    "redirect_refused",
    `Cannot follow the redirect of "${from.authority}": ${reason}`,
    options,
  );
}
