/**
 * What `fetch` takes as its second argument, and what is refused of it.
 *
 * @module
 */

import { isToken } from "../../http/fields.ts";
import { ClientError } from "../error/client_error.ts";
import { parseTarget, type Target } from "./target.ts";
import type { Timeouts } from "../time/timeouts.ts";

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

/**
 * Refuses what is malformed, and what would be ignored to the caller's harm.
 *
 * @throws {ClientError} `invalid_request` or `unsupported_option`.
 */
export function refuseUnsupported(
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
      "Cannot make a request: this client does not check integrity",
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
 * A redirect mode.
 *
 * @throws {ClientError} `invalid_request`: there is no such mode.
 */
export function checkedRedirect(redirect: string): RequestRedirect {
  if (redirect === "follow" || redirect === "manual" || redirect === "error") return redirect;
  throw refused('redirect must be "follow", "manual" or "error"');
}

/**
 * Another host, in its normal form. It must not be more than a host, whatever the URL parser would make of it.
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
 * A number of redirects.
 *
 * @throws {RangeError} It is none.
 */
export function checkedCount(count: number): number {
  if (count === Infinity || (Number.isSafeInteger(count) && count >= 0)) return count;
  throw new RangeError(
    `Cannot make a request: maxRedirects must be a whole number of at least 0: ${String(count)}`,
  );
}

/** The error for arguments that are no request. */
export function refused(reason: string): ClientError {
  return new ClientError("invalid_request", `Cannot make a request: ${reason}`);
}
