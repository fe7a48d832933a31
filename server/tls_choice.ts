/**
 * The TLS of a server: none, Deno's or Ductile's, by its options.
 *
 * @module
 */

import type { Duplex } from "../io/duplex.ts";
import type { ServerConfigOptions, ServerTlsStream, TlsAcceptor } from "../tls/mod.ts";
import type { Secure, Secured } from "./connection/served_connection.ts";
import { shakeHands } from "./runtime.ts";
import type { ServeOptions, ServeTlsOptions } from "./serve_options.ts";

/** The choice. */
export type TlsChoice =
  | { readonly name: "none" }
  | { readonly name: "deno"; readonly cert: string; readonly key: string }
  | { readonly name: "ductile"; readonly acceptor: () => Promise<TlsAcceptor> };

/**
 * Chooses.
 *
 * @throws {TypeError} If options are missing, or exclude each other.
 */
export function chooseTls({ cert, key, tls }: Pick<ServeOptions, "cert" | "key" | "tls">): TlsChoice {
  if (cert !== undefined || key !== undefined) {
    if (tls !== undefined) throw new TypeError('Cannot serve: "cert" and "key" are also options of "tls"');
    if (cert === undefined || key === undefined) throw oneAlone();
    return chooseTls({ tls: { cert, key } });
  }
  if (tls === undefined) return { name: "none" };
  if (isAcceptor(tls)) return { name: "ductile", acceptor: () => Promise.resolve(tls) };
  const { cert: chain, key: ownKey, identity, ...others } = tls;
  const isAlone = Object.values(others).every((value) => value === undefined);
  if (identity === undefined && (chain === undefined || ownKey === undefined)) throw oneAlone();
  if (identity !== undefined && (chain !== undefined || ownKey !== undefined)) {
    throw new TypeError('Cannot serve: "tls" has an "identity", and "cert" or "key" beside it');
  }
  if (isAlone && typeof chain === "string" && typeof ownKey === "string") {
    return { name: "deno", cert: chain, key: ownKey };
  }
  return { name: "ductile", acceptor: () => loadAcceptor(configOf(tls)) };
}

/** The options of Ductile's TLS that the options of a server stand for. */
export function configOf({ cert, key, identity, ...options }: ServeTlsOptions): ServerConfigOptions {
  const own = cert !== undefined && key !== undefined ? { chain: cert, key } : identity;
  if (own === undefined) throw oneAlone();
  return { alpnProtocols: [...ALPN_PROTOCOLS], ...options, identity: own };
}

/** Loads Ductile's TLS. */
export async function loadAcceptor(config: ServerConfigOptions): Promise<TlsAcceptor> {
  const { TlsAcceptor } = await import("../tls/mod.ts");
  return new TlsAcceptor(config);
}

/** Shakes hands by Ductile's TLS. */
export function secureByDuctile(acceptor: () => Promise<TlsAcceptor>): Secure {
  return async (io) => describe(await (await acceptor()).accept(io));
}

/** Shakes hands by Deno's TLS. */
export const secureByDeno: Secure = async (io: Duplex): Promise<Secured> => {
  const alpnProtocol = await shakeHands(io);
  return { io, tls: { implementation: "deno", alpnProtocol, peerCertificates: [] } };
};

/** Finds out what a connection tells of its TLS; `undefined` where it is plain. */
export function securedAlready(io: Duplex): Secure | undefined {
  if ("connection" in io && "isHandshaking" in io) return (io) => describe(io as ServerTlsStream); // no other has both
  return "handshake" in io && typeof io.handshake === "function" ? secureByDeno : undefined;
}

async function describe(io: ServerTlsStream): Promise<Secured> {
  await io.handshake(); // which may be under way, where data can be sent before its end
  return { io, tls: { implementation: "ductile", ...io.connection } };
}

function isAcceptor(tls: ServeTlsOptions | TlsAcceptor): tls is TlsAcceptor {
  return "accept" in tls && typeof tls.accept === "function";
}

function oneAlone(): TypeError {
  return new TypeError('Cannot serve: TLS needs both "cert" and "key", as PEM text');
}

/** What ALPN offers, in order of preference. */
export const ALPN_PROTOCOLS: readonly string[] = ["h2", "http/1.1"];
