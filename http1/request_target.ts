/**
 * Request targets (RFC 9112 §3.2): those that may be sent, and those that a server takes.
 *
 * @module
 */

import { readAuthority } from "../http/authority.ts";
import { Http1Error } from "./error.ts";

/**
 * Whether `target` may stand in a request line with `method`.
 *
 * ```
 * request-target = origin-form / absolute-form / authority-form / asterisk-form
 * ```
 * Visible ASCII only, as in every URI. `authority-form` is for CONNECT alone, `*` for OPTIONS (RFC 9112 §3.2).
 */
export function isRequestTarget(method: string, target: string): boolean {
  if (!/^[\x21-\x7e]+$/.test(target)) return false;
  if (method === "CONNECT") return /^(?:\[[0-9A-Fa-f:.]+\]|[^/?#@\\[\]:]+):[0-9]{1,5}$/.test(target);
  if (target === "*") return method === "OPTIONS";
  // A fragment is never sent (RFC 9110 §7.1).
  return !target.includes("#") &&
    (target.startsWith("/") || /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]/.test(target));
}

/**
 * The authority that a received target names: all of it for CONNECT, that of a whole URL (absolute-form), otherwise
 * `undefined`.
 *
 * @throws {Http1Error} `bad_request_line` for a target that a server does not take.
 */
export function targetAuthority(method: string, target: string): string | undefined {
  if (!isRequestTarget(method, target)) throw badTarget("it is not valid");
  if (method === "CONNECT") return checkTunnelTarget(target);
  if (target.startsWith("/") || target === "*") return undefined;
  const schemeEnd = target.indexOf("://");
  const scheme = target.slice(0, schemeEnd).toLowerCase();
  if (scheme !== "http" && scheme !== "https") throw badTarget("its scheme is neither http nor https");
  const authority = target.slice(schemeEnd + 3, authorityEnd(target, schemeEnd + 3));
  // "Before making use of an "http" or "https" URI reference received from an untrusted source, a recipient SHOULD parse
  // for userinfo and treat its presence as an error" (RFC 9110 §4.2.4).
  if (readAuthority(authority) === undefined) throw badTarget("its authority is not a host and port");
  return authority;
}

/**
 * "A server MUST reject a CONNECT request that targets an empty or invalid port number, typically by responding with a 400
 * (Bad Request) status code." (RFC 9110 §9.3.6)
 */
function checkTunnelTarget(target: string): string {
  if ((readAuthority(target)?.port ?? 0) === 0) throw badTarget("it is not a host and port to connect to");
  return target;
}

function authorityEnd(url: string, start: number): number {
  let at = start;
  while (at < url.length && url[at] !== "/" && url[at] !== "?") at++;
  return at;
}

function badTarget(reason: string): Http1Error {
  return new Http1Error("bad_request_line", `Cannot read the request target: ${reason}`);
}
