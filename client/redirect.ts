/**
 * Redirects: the request that follows a response (Fetch §4.4, HTTP-redirect fetch; RFC 9110 §15.4).
 *
 * The server chooses where the next request goes, so that request carries no credentials to another origin. Each is made
 * from the one before: credentials that one hop removed do not return with the next.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import { ClientError, type ClientErrorCode } from "./error/client_error.ts";
import type { PreparedRequest } from "./request/prepared_request.ts";
import { parseTarget, requireHttps, type Target } from "./request/target.ts";

/**
 * The request that follows a redirect; `undefined` where the response is final.
 *
 * The response is final when its status is none of 301, 302, 303, 307 and 308, when it has no location, and with
 * `redirect: "manual"`.
 *
 * @param request The request of the response.
 * @param status The status of the response.
 * @param fields The fields of the response.
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

/** The redirect statuses (Fetch §2.2.3). Of the others, 304 is no redirect, and 300 offers a choice. */
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Fields that are sent to one origin only. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "cookie2",
  "proxy-authorization",
  "www-authenticate",
]);

/** Fields about content, besides those whose names begin with `content-`. */
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
  // An unchanged list keeps its identity, by which a driver recognises a list that it has checked.
  return kept.length === fields.length && target.authorization === undefined ? fields : kept;
}

/** The location of a response; two that differ are refused. */
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
  // A code unit is a byte here, and bytes beyond ASCII are almost always UTF-8. Percent-encoded one by one they keep
  // their meaning; as characters the URL parser would encode them a second time.
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
