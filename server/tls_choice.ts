/**
 * The TLS of a server: none, Deno's or Ductile's, by its options.
 *
 * @module
 */

import type { ServerConfigOptions, TlsAcceptor } from "../tls/mod.ts";
import type { ServeOptions, ServeTlsOptions } from "./serve_options.ts";

/** The identity of a server, as its options have it. */
export type ServeIdentity = Pick<ServeTlsOptions, "cert" | "key" | "identity">;

/** A certificate chain and its key (PEM), as Deno's TLS takes them. */
export interface CertAndKey {
  /** The certificate chain, end entity first. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

/** The TLS of a server, with its options. */
export type TlsChoice =
  | { readonly name: "none" }
  | { readonly name: "deno"; readonly certAndKey: CertAndKey }
  | { readonly name: "ductile"; readonly tls: ServeTlsOptions | TlsAcceptor };

/**
 * Chooses the TLS of a server: Deno's for a certificate and key alone, Ductile's for any further option, and on a Unix socket,
 * where Deno's has no listener.
 *
 * @throws {TypeError} If options are missing, or exclude each other.
 */
export function chooseTls(
  { cert, key, tls, path }: Pick<ServeOptions, "cert" | "key" | "tls"> & { readonly path?: string },
): TlsChoice {
  if (cert !== undefined || key !== undefined) {
    if (tls !== undefined) throw new TypeError('Cannot serve: "cert" and "key" are also options of "tls"');
    const certAndKey = certAndKeyOf({ ...(cert && { cert }), ...(key && { key }) });
    return path === undefined ? { name: "deno", certAndKey } : { name: "ductile", tls: certAndKey };
  }
  if (tls === undefined) return { name: "none" };
  if (isAcceptor(tls)) return { name: "ductile", tls };
  identityOf(tls); // throws
  const { cert: _, key: own, ...others } = tls;
  const isAlone = path === undefined && typeof own === "string" &&
    Object.values(others).every((value) => value === undefined);
  return isAlone ? { name: "deno", certAndKey: certAndKeyOf(tls) } : { name: "ductile", tls };
}

/**
 * The certificate and key of an identity for Deno's TLS.
 *
 * @throws {TypeError} If it is another kind of identity.
 */
export function certAndKeyOf({ cert, key, identity }: ServeIdentity): CertAndKey {
  if (identity === undefined && typeof cert === "string" && typeof key === "string") return { cert, key };
  throw oneAlone();
}

/**
 * The identity for Ductile's TLS.
 *
 * @throws {TypeError} If there is none, or there are two.
 */
export function identityOf({ cert, key, identity }: ServeIdentity): ServerConfigOptions["identity"] {
  if (identity !== undefined) {
    if (cert === undefined && key === undefined) return identity;
    throw new TypeError('Cannot serve: there is an "identity", and "cert" or "key" beside it');
  }
  if (cert === undefined || key === undefined) throw oneAlone();
  return { chain: cert, key };
}

/** Whether the option is an acceptor. */
export function isAcceptor(tls: ServeTlsOptions | TlsAcceptor): tls is TlsAcceptor {
  return "accept" in tls && typeof tls.accept === "function";
}

function oneAlone(): TypeError {
  return new TypeError('Cannot serve: TLS needs both "cert" and "key", and Deno\'s TLS as PEM text');
}
