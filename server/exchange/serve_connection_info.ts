/**
 * The facts of a connection, as a handler gets them.
 *
 * @module
 */

import type { PeerCertificate, TlsConnectionFacts } from "../../tls/mod.ts";
import type { ServeAddress } from "../runtime.ts";

/**
 * The facts of a connection's TLS. Deno's TLS tells no version, no cipher suite and no name: the optional properties are
 * there with Ductile's TLS (`implementation: "ductile"`) alone.
 */
export interface ServeTls extends Partial<Omit<TlsConnectionFacts, "alpnProtocol" | "peerCertificates">> {
  /** The implementation: Deno's TLS, or Ductile's TLS (the module `./tls`). */
  readonly implementation: "deno" | "ductile";
  /** The protocol that was chosen by ALPN; `null` when none was. */
  readonly alpnProtocol: string | null;
  /**
   * The client's certificates as it sent them, end entity first; empty when it was not asked for one, or has none. They
   * were verified as `clientAuth` demands.
   */
  readonly peerCertificates: readonly PeerCertificate[];
}

/** The facts of a connection. */
export interface ServeConnection {
  /** The address of the client, or of the proxy before it; absent where the transport has none. */
  readonly remoteAddr?: ServeAddress;
  /** The address of this end; absent where the transport has none. */
  readonly localAddr?: ServeAddress;
  /** The facts of TLS; absent on a plain connection. */
  readonly tls?: ServeTls;
}

/** The authority of requests that name none: the address of this end. */
export function authorityOf({ localAddr, tls }: ServeConnection): string {
  if (localAddr?.transport !== "tcp") return "localhost";
  const { hostname, port } = localAddr;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return port === (tls === undefined ? 80 : 443) ? host : `${host}:${port}`;
}
