/**
 * The second argument of `fetch`: its options and their checks.
 *
 * @module
 */

import { isToken } from "../../http/fields.ts";
import { ClientError } from "../error/client_error.ts";
import type { ClientHooks } from "../hooks/client_hooks.ts";
import type { RetryOptions } from "./retry_options.ts";
import { refuseUnknown } from "./unknown_option.ts";
import { parseTarget, type Target } from "./target.ts";
import type { Timeouts } from "../time/timeouts.ts";

/**
 * The second argument of `fetch`: the options of the global `fetch`, and those that only this client has.
 *
 * Of the options of the global `fetch`:
 *
 * | option | here |
 * |---|---|
 * | `method`, `headers`, `body`, `redirect`, `signal` | as in `fetch` |
 * | `cache`, `credentials`, `keepalive`, `mode`, `priority`, `referrer`, `referrerPolicy` | checked, and then without effect, as in Deno's `fetch`: there is no cache, no cookie jar, no document |
 * | `duplex` | `"half"` or absent; content may be sent and received at once in any case |
 * | `window` | `null` or absent |
 * | `integrity`, `client` (a `Deno.HttpClient`) | refused: ignored, an unchecked response would pass for a checked one, and a connection for one with that client's proxy or certificates |
 * | any other | refused by name, with a hint; with the client's `unknownRequestOptions: "ignore"`, ignored |
 *
 * `headers` that are not the caller's to set are left out (`host`, `connection` and the fields that it names,
 * `keep-alive`, `proxy-connection`, `upgrade`, `transfer-encoding: chunked`, `te` but for `trailers`), and so is a
 * `content-length` that is not that of the content. Beside a stream, whose length only the caller knows, a
 * `content-length` is sent, and the request fails if the stream has another length.
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
  /** Time limits of the stages; for those that are absent, the client's. */
  readonly timeouts?: Timeouts;
  /** Called for each 1xx response before the final one, such as `103 Early Hints`. */
  readonly onInformational?: (status: number, headers: Headers) => void;
  /**
   * The trailer fields, sent after the content, or a function that returns them once the content has ended. A `trailer`
   * header field announces the names; for a function they are not known before, so set that field in `headers`: some
   * servers drop trailers that were not announced.
   */
  readonly trailers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /**
   * Retries beyond those that cannot have an effect; a number is `attempts`. What is absent is the client's; 0 for none.
   * Ignored with the client's `unknownRequestOptions: "ignore"`: libraries have an option of this name, too.
   */
  readonly retry?: number | RetryOptions;
  /** Hooks that are told what happens to the request, and to connections that are made for it, behind the client's. */
  readonly on?: ClientHooks | readonly ClientHooks[];
  /** Whether the response's content is decoded as its `content-encoding` says; the client's `decode` by default. */
  readonly decode?: boolean;
  /** Required by `fetch` beside a stream as body; here content may be sent and received at once in any case. */
  readonly duplex?: "half";
  /** Redirects that are followed; the client's `maxRedirects` by default. */
  readonly maxRedirects?: number;
  /** The value of the `host` field or `:authority`; the URL's host by default. The connection goes to the URL's host. */
  readonly host?: string;
}

/**
 * Checks the second argument of `fetch`, as far as it can be without the rest.
 *
 * @param init The argument.
 * @param request The first argument, if it is a request.
 * @param ignoreUnknown Whether options that do not exist are ignored.
 * @returns The argument; an empty one for none.
 * @throws {ClientError} `invalid_request` or `unsupported_option`.
 */
export function checkedInit(
  init: ClientRequestInit | undefined,
  request: Request | undefined,
  ignoreUnknown: boolean,
): ClientRequestInit {
  const given = init ?? {}; // null is not in the type, but JavaScript callers pass it
  if (typeof given !== "object" && typeof given !== "function") {
    throw refused("the second argument must be an object");
  }
  if (!ignoreUnknown) refuseUnknown(given, NAMES);
  refuseUnsupported(given, request);
  return given;
}

const NAMES: ReadonlySet<string> = new Set<keyof ClientRequestInit | "client" | "window">([
  "body",
  "cache",
  "client",
  "credentials",
  "decode",
  "duplex",
  "headers",
  "host",
  "integrity",
  "keepalive",
  "maxRedirects",
  "method",
  "mode",
  "on",
  "onInformational",
  "priority",
  "redirect",
  "referrer",
  "referrerPolicy",
  "retry",
  "signal",
  "timeouts",
  "trailers",
  "window",
]);

/**
 * Refuses options that are malformed, and those that the caller would be harmed by if they were ignored.
 *
 * @throws {ClientError} `invalid_request` or `unsupported_option`.
 */
function refuseUnsupported(
  init: ClientRequestInit & { client?: unknown; duplex?: unknown; window?: unknown },
  request: Request | undefined,
): void {
  if (init.client) {
    throw new ClientError(
      "unsupported_option",
      "Cannot make a request: a Deno.HttpClient cannot be used",
      {
        hint: "Give the options to this client's constructor instead.",
      },
    );
  }
  // A response without the check would pass for one whose content was verified.
  if (init.integrity || (init.integrity === undefined && request?.integrity)) {
    throw new ClientError(
      "unsupported_option",
      "Cannot make a request: this client does not check integrity",
      {
        hint: "Hash the content with crypto.subtle.digest() and compare.",
      },
    );
  }
  if (init.window !== undefined && init.window !== null) throw refused("window must be null");
  if (init.duplex !== undefined && init.duplex !== "half") throw refused('duplex must be "half"');
  let unused: RequestInit | undefined;
  for (const name of UNUSED) {
    if (init[name] !== undefined) unused = { ...unused, [name]: init[name] };
  }
  if (unused === undefined) return;
  try {
    new Request("http://localhost/", unused); // throws where a value is malformed
  } catch (cause) {
    throw new ClientError("invalid_request", "Cannot make a request: the platform refuses an option", {
      cause,
    });
  }
}

/** Members of `RequestInit` that this client ignores once the platform has checked them. */
const UNUSED = [
  "cache",
  "credentials",
  "keepalive",
  "mode",
  "priority",
  "referrer",
  "referrerPolicy",
] as const;

/**
 * The method as `fetch` has it: six in upper case, three refused, the rest as given (Fetch §2.2.1).
 *
 * @throws {ClientError} `invalid_request`.
 */
export function normalMethod(method: string): string {
  if (COMMON_METHODS.has(method)) return method;
  if (!isToken(method)) throw refused("the method is no token");
  const upper = method.toUpperCase();
  if (FORBIDDEN_METHODS.has(upper)) throw refused(`method ${upper} is forbidden, as in fetch`);
  return COMMON_METHODS.has(upper) ? upper : method;
}

const COMMON_METHODS: ReadonlySet<string> = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/**
 * The redirect mode.
 *
 * @throws {ClientError} `invalid_request`: there is no such mode.
 */
export function checkedRedirect(redirect: string): RequestRedirect {
  if (redirect === "follow" || redirect === "manual" || redirect === "error") return redirect;
  throw refused('redirect must be "follow", "manual" or "error"');
}

/**
 * The `host` option in its normal form. It must be a host and nothing more, whatever else the URL parser would accept.
 *
 * @throws {ClientError} `invalid_request`.
 */
export function checkedHost(host: string, scheme: Target["scheme"]): string {
  try {
    if (!/[/?#@\\\s]/.test(host)) return parseTarget(`${scheme}://${host}`).authority;
  } catch { /* refused as well */ }
  throw refused("host must be a host name, with a port where needed");
}

/**
 * The `maxRedirects` option.
 *
 * @throws {RangeError} It is no whole number of at least 0.
 */
export function checkedCount(count: number): number {
  if (count === Infinity || (Number.isSafeInteger(count) && count >= 0)) return count;
  throw new RangeError(
    `Cannot make a request: maxRedirects must be a whole number of at least 0: ${String(count)}`,
  );
}

/** The error of arguments that cannot be made into a request. */
export function refused(reason: string): ClientError {
  return new ClientError("invalid_request", `Cannot make a request: ${reason}`);
}
