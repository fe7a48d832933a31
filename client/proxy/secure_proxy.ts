/**
 * TLS to an `https:` proxy, with trust of its own.
 *
 * @module
 */

import { abortable } from "@std/async/abortable";
import type { Duplex } from "../../io/duplex.ts";
import type { ClientTlsStream } from "../../tls/mod.ts";
import type { PlatformTlsStream } from "../connect/tls_loader.ts";
import type { Protocol } from "../options.ts";
import { isTcpConn } from "../runtime.ts";
import { ProxyFailure } from "./proxy_failure.ts";
import { type ProxyHop, refused } from "./proxy_hop.ts";

/** A connection to a proxy, with its TLS. */
export interface SecuredProxy {
  /** The bytes inside TLS. */
  readonly io: Duplex;
  /** The version of HTTP that the proxy speaks. */
  readonly protocol: Protocol;
}

/**
 * Adds TLS to the connection to a proxy: Deno's TLS over TCP, unless an option needs Ductile's TLS, and that over anything
 * else.
 *
 * @param io The connection, of TCP or through other proxies.
 * @param hop The proxy.
 * @param signal Ends the handshake.
 * @param protocols The protocols that ALPN offers, in order of preference. A proxy that chooses none speaks HTTP/1.1.
 * @throws {ClientError} The code of the handshake's failure, with a message that names the proxy; `unsupported_option` for
 * a `DenoTls` over something else than TCP.
 */
export async function secureProxy(
  io: Duplex,
  { tls, hostname, authority }: ProxyHop,
  signal: AbortSignal,
  protocols: readonly Protocol[],
): Promise<SecuredProxy> {
  const options = { signal, alpnProtocols: protocols };
  if (tls === undefined) throw refused("it has no TLS"); // an https: proxy always has
  const failure = new ProxyFailure(authority, undefined);
  if (tls.path === "deno" && !isTcpConn(io)) {
    throw failure.error(
      "unsupported_option",
      "Deno's TLS runs over TCP alone, and another proxy is in between",
      {
        hint: "Give the proxy TLS options, or a TlsConnector, instead of a DenoTls.",
      },
    );
  }
  try {
    if (tls.path !== "ductile" && isTcpConn(io)) {
      return secured(await (await abortable(tls.deno(), signal)).connect(hostname, io, options));
    }
    if (tls.path === "deno") throw refused("it has no TLS for this transport"); // refused above
    return secured(await (await abortable(tls.ductile(), signal)).connect(hostname, io, options));
  } catch (error) {
    throw failure.unreached(error);
  }
}

function secured(io: ClientTlsStream | PlatformTlsStream): SecuredProxy {
  return { io, protocol: io.connection.alpnProtocol === "h2" ? "h2" : "http/1.1" };
}
