/**
 * The URL of a request, made of its target, its authority and the connection's scheme (RFC 9112 §3.3).
 *
 * It is made once, by concatenation and never by resolving the target against a base, which would read a host out of
 * `//evil/x`. Whatever its parts are, the result is the serialization of a URL whose host is that of the request.
 *
 * @module
 */

/** Makes the URLs of the requests on one connection. */
export class RequestUrls {
  readonly #scheme: "http" | "https";
  readonly #fallback: string;
  #authority: string | undefined;
  /** The scheme and authority of the last request, without a path; `undefined` where they make no URL. */
  #origin: string | undefined;

  /**
   * @param scheme The connection's scheme.
   * @param fallback The authority of requests that have none, in HTTP/1.0.
   */
  constructor(scheme: "http" | "https", fallback: string) {
    this.#scheme = scheme;
    this.#fallback = fallback;
  }

  /**
   * Makes a URL.
   *
   * @param target The request target: a path and query, an absolute URL, or `*`.
   * @param authority The value of Host, or `:authority`.
   * @returns The URL; `undefined` where target or authority are not valid, or name another scheme.
   */
  of(target: string, authority: string): string | undefined {
    if (target.charCodeAt(0) === SLASH || target === "*") {
      const origin = this.#originOf(authority);
      if (origin === undefined) return undefined;
      if (SIMPLE_TARGET.test(target)) return origin + target;
      return target === "*" ? `${origin}/*` : normalized(origin + target);
    }
    // "When an origin server receives a
    // request with an absolute-form of request-target, the origin server MUST ignore the received Host header field (if
    // any) and instead use the host information of the request-target." (RFC 9112 §3.2.2)
    const scheme = `${this.#scheme}://`;
    if (target.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
    const rest = target.slice(scheme.length);
    const end = rest.search(/[/?#]/);
    const named = end === -1 ? rest : rest.slice(0, end);
    const origin = named === "" ? undefined : this.#originOf(named);
    if (origin === undefined) return undefined;
    return normalized(origin + rest.slice(named.length));
  }

  #originOf(authority: string): string | undefined {
    if (authority !== this.#authority) {
      this.#authority = authority;
      this.#origin = originOf(this.#scheme, authority === "" ? this.#fallback : authority);
    }
    return this.#origin;
  }
}

function originOf(scheme: string, authority: string): string | undefined {
  // A host and perhaps a port: no userinfo, no path, nothing that is encoded (RFC 9110 §7.2, §4.2.4).
  if (!AUTHORITY.test(authority)) return undefined;
  try {
    return new URL(`${scheme}://${authority}`).origin;
  } catch {
    return undefined; // a port above 65535, or an IP address that is none
  }
}

function normalized(url: string): string | undefined {
  try {
    const parsed = new URL(url);
    parsed.hash = "";
    return parsed.href;
  } catch {
    return undefined;
  }
}

const SLASH = 0x2f;

/** A path and query that a URL parser leaves as they are: no dot segment is among them, nothing to be encoded. */
const SIMPLE_TARGET =
  /^\/(?:[A-Za-z0-9_~!$&()*+,;=:@/-]|(?<!\/)\.|%(?!2[eE]))*(?:\?[A-Za-z0-9_~!$&()*+,;=:@%/?.-]*)?$/;

/**
 * ```
 * uri-host [ ":" port ]
 * ```
 */
const AUTHORITY = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+;=-]+)(?::[0-9]{0,5})?$/;
