/**
 * The target of a request: its URL, taken apart once.
 *
 * The `host` field, the pool's key, the name that TLS verifies and the address that is dialled all come from this one
 * value, so that no two of them can read `https://a\@b` differently.
 *
 * @module
 */

import { MAX_SHOWN_SCHEME_CHARS } from "../defaults.ts";
import { ClientError } from "../error/client_error.ts";
import { basicCredentials, credentialsFault, percentDecode } from "./basic_credentials.ts";

/** The target of a request: its URL, taken apart. */
export interface Target {
  /** The URL in its normal form, without userinfo and fragment, as `Response.url` has it. */
  readonly href: string;
  /** The fragment after the `#`, which is never sent; `undefined` without one. A redirect inherits it. */
  readonly fragment: string | undefined;
  /** The scheme, `http` or `https`. */
  readonly scheme: "http" | "https";
  /** The host name or IP address, lower-case, an IPv6 address without brackets. */
  readonly hostname: string;
  /** The port; where the URL has none, that of the scheme. */
  readonly port: number;
  /** The value of `host` and `:authority`: an IPv6 address in brackets, the port of the scheme left out. */
  readonly authority: string;
  /** The scheme, host and port, such as `https://example.com:443`: equal for two URLs exactly if they are same-origin. */
  readonly origin: string;
  /** The path and the query. */
  readonly path: string;
  /** The `authorization` of the URL's userinfo; `undefined` without one. */
  readonly authorization: string | undefined;
}

/**
 * Parses an absolute URL, or one relative to `base`.
 *
 * @param url The URL. Errors do not show it: it may hold credentials.
 * @param base The base of a relative URL.
 * @throws {ClientError} `invalid_url`, `unsupported_scheme` or `invalid_request` (a port that `fetch` blocks).
 */
export function parseTarget(url: string, base?: string): Target {
  const parsed = parse(url, base);
  const scheme = parsed.protocol === "https:" ? "https" : "http";
  if (scheme === "http" && parsed.protocol !== "http:") {
    const shown = parsed.protocol.slice(0, MAX_SHOWN_SCHEME_CHARS);
    throw new ClientError(
      "unsupported_scheme",
      `Cannot fetch a URL of scheme "${shown}": only http: and https: are`,
      {
        hint: parsed.protocol === "file:"
          ? "Read a file with Deno.readFile or Deno.open."
          : "Use a URL that begins with https:// or http://.",
      },
    );
  }
  const port = parsed.port === "" ? (scheme === "https" ? 443 : 80) : Number(parsed.port);
  if (BLOCKED_PORTS.has(port)) {
    throw new ClientError(
      "invalid_request",
      `Cannot fetch from "${parsed.host}": fetch blocks port ${port}`,
      {
        hint: "Ports of other protocols are blocked by the Fetch standard; serve HTTP on another one.",
      },
    );
  }
  const { host } = parsed;
  // The URL standard accepts these in a host; the `host` field does not (RFC 9110 §7.2, RFC 3986 §3.2.2).
  if (/["`{}]/.test(host)) {
    throw new ClientError("invalid_url", "Cannot use the URL: its host has a forbidden character");
  }
  // After userinfo, of which the URL parser has percent-encoded every slash, the path begins at the first slash.
  // It is cut from the whole URL because `search` does not tell an empty query from none.
  const whole = parsed.href;
  const hash = whole.indexOf("#");
  const end = hash < 0 ? whole.length : hash;
  const path = whole.slice(whole.indexOf("/", scheme.length + "://".length), end);
  return Object.freeze({
    href: `${scheme}://${host}${path}`,
    fragment: hash < 0 ? undefined : whole.slice(hash + 1),
    scheme,
    hostname: parsed.hostname.replace(/^\[|\]$/g, ""),
    port,
    authority: host,
    origin: `${scheme}://${parsed.hostname}:${port}`,
    path,
    authorization: basicAuthorization(parsed.username, parsed.password),
  });
}

/** The URL of a first argument of `fetch`. */
export function urlOf(input: Request | URL | string): string {
  if (input instanceof Request) return input.url;
  if (input === undefined) { // as the type says, it never is
    throw new ClientError("invalid_url", "Cannot fetch: there is no URL");
  }
  return input instanceof URL ? input.href : String(input);
}

/**
 * Refuses an `http:` URL where only `https:` is allowed.
 *
 * @throws {ClientError} `https_required`.
 */
export function requireHttps(target: Target): void {
  if (target.scheme === "https") return;
  throw new ClientError(
    "https_required",
    `Cannot fetch from "${target.authority}": httpsOnly allows no http: URL`,
    {
      hint: "Use an https: URL, or a client without httpsOnly.",
    },
  );
}

function parse(url: string, base: string | undefined): URL {
  try {
    return new URL(url, base);
  } catch {
    // The runtime's error is not kept as the cause: its message repeats the URL.
    throw new ClientError("invalid_url", "Cannot parse the URL", {
      hint:
        "Give an absolute URL that begins with https:// or http://, with a valid host; a relative one needs --location.",
    });
  }
}

/** The Basic credentials of a URL's userinfo. */
function basicAuthorization(username: string, password: string): string | undefined {
  if (username === "" && password === "") return undefined;
  const user = percentDecode(username);
  const pass = percentDecode(password);
  const fault = credentialsFault(user, pass);
  if (fault !== undefined) throw refusedUserinfo(fault);
  return basicCredentials(user, pass);
}

function refusedUserinfo(reason: string): ClientError {
  return new ClientError("invalid_url", `Cannot use the URL's userinfo: ${reason}`);
}

/** The ports of other protocols, which might read a request as their own commands (Fetch §2.9). */
const BLOCKED_PORTS: ReadonlySet<number> = new Set(
  [
    [0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101],
    [102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427],
    [465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990],
    [993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667],
    [6668, 6669, 6679, 6697, 10080],
  ].flat(),
);
