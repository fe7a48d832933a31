/**
 * A route: the proxies between the client and a target, and what the last of them is asked for.
 *
 * A request for an `http:` URL goes to an HTTP proxy in absolute-form, over a connection to that proxy which serves every
 * origin. Anything else goes through a tunnel to its origin.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { Duplex } from "../../io/duplex.ts";
import type { ConnectRoute } from "../connect/resolved_connect_options.ts";
import { MAX_SOCKS_TEXT_BYTES } from "../defaults.ts";
import { ClientError } from "../error/client_error.ts";
import type { Dial, DialTarget, Http1Options } from "../options.ts";
import type { PreparedRequest } from "../request/prepared_request.ts";
import { hasField } from "../request/headers.ts";
import type { Target } from "../request/target.ts";
import type { ProxyHop } from "./proxy_hop.ts";
import type { ProxyPools } from "./proxy_pools.ts";

/** Options of a {@linkcode Route}. */
export interface RouteOptions {
  /** Whether the last proxy is asked for a tunnel in any case. */
  readonly mustTunnel: boolean;
  /** Options of HTTP/1.1, whose limits hold for the responses of proxies. */
  readonly http1: Http1Options;
  /** The connections to `https:` proxies that speak HTTP/2. */
  readonly pools: ProxyPools;
}

/** The proxies between the client and a target. */
export class Route implements ConnectRoute {
  /** Equal for two requests exactly if a connection for one serves the other. It has credentials: never shown. */
  readonly key: string;
  /** The name of its connections in the statistics, such as `https://example.com:443 via http://proxy.example:3128`. */
  readonly name: string;
  /** The proxies, in order, such as `http://proxy.example:3128`. */
  readonly proxies: readonly string[];
  /** Whether requests go to the last proxy in absolute-form. */
  readonly isForwarding: boolean;
  readonly #hops: readonly ProxyHop[];
  readonly #options: RouteOptions;

  /**
   * Checks that the proxies can reach the target.
   *
   * @param hops The proxies, in order, one at least.
   * @param target The target of a request.
   * @throws {ClientError} `invalid_request` or `unsupported_option`: a SOCKS proxy cannot be asked for the host.
   */
  constructor(hops: readonly ProxyHop[], target: Target, options: RouteOptions) {
    const last = hops.at(-1);
    this.#hops = hops;
    this.#options = options;
    this.proxies = hops.map(({ name }) => name);
    this.isForwarding = target.scheme === "http" && !options.mustTunnel && last !== undefined &&
      !last.tunnel &&
      (last.scheme === "http" || last.protocols.includes("http/1.1"));
    const served = this.isForwarding ? "http:" : target.origin;
    this.key = `${served} via ${hops.map(({ key }) => key).join()}`;
    this.name = `${served} via ${this.proxies.join(", ")}`;
    for (const [index, hop] of hops.entries()) checkReach(hop, hops[index + 1] ?? target);
  }

  /** Connects to `target` through the proxies, or to the last proxy where requests go to it in absolute-form. */
  async open(target: DialTarget, dial: Dial, onStage: (stage: string) => void): Promise<Duplex> {
    const { openTunnel } = await import("./tunnel.ts");
    return await openTunnel(this.#hops, target, {
      dial,
      onStage,
      isForwarding: this.isForwarding,
      http1: this.#options.http1,
      pools: this.#options.pools,
    });
  }

  /**
   * The request as it is sent on this route.
   *
   * @throws {ClientError} `invalid_request`: it has a `proxy-authorization` of its own, which a tunnel would carry to the
   * origin.
   */
  apply(request: PreparedRequest): PreparedRequest {
    if (hasField(request.fields, "proxy-authorization")) {
      throw new ClientError(
        "invalid_request",
        'Cannot make a request: "proxy-authorization" is the proxy\'s',
        {
          hint: "Give the proxy a username and password, or headers.",
        },
      );
    }
    if (!this.isForwarding) return request;
    return { ...request, fields: [...request.fields, ...this.#authorization], isAbsoluteForm: true };
  }

  get #authorization(): readonly Field[] {
    return this.#hops.at(-1)?.fields.filter(([name]) => name === "proxy-authorization") ?? [];
  }

  /**
   * The error for a 407 to a request in absolute-form.
   *
   * @param fields The fields of the response.
   */
  async authRequired(fields: readonly Field[]): Promise<ClientError> {
    const { ProxyFailure } = await import("./proxy_failure.ts");
    const hop = this.#hops.at(-1);
    return new ProxyFailure(hop?.authority ?? "", undefined)
      .unauthorized(fields, this.#authorization.length > 0);
  }
}

/** Checks that a SOCKS proxy can be asked for the host of the next hop or of the target. */
function checkReach({ scheme, authority }: ProxyHop, { hostname }: { readonly hostname: string }): void {
  if (scheme === "http" || scheme === "https") return;
  if (scheme === "socks4a" && hostname.includes(":")) {
    throw new ClientError(
      "unsupported_option",
      `Cannot connect to "[${hostname}]" through the proxy "${authority}": SOCKS4a has no IPv6 addresses`,
      { hint: "Use socks5h:, if the proxy speaks it." },
    );
  }
  if (hostname.length > MAX_SOCKS_TEXT_BYTES) {
    throw new ClientError(
      "invalid_request",
      `Cannot connect through the proxy "${authority}": the host name is longer than ${MAX_SOCKS_TEXT_BYTES} bytes`,
    );
  }
}
