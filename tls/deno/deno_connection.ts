/**
 * The facts of a connection of Deno's TLS, as far as Deno has an API for them.
 *
 * @module
 */

/** Facts of a connection of Deno's TLS. Deno has no API for the version and the cipher suite. */
export interface DenoTlsConnection {
  /** Application protocol that ALPN selected, or `null` when it selected none. */
  readonly alpnProtocol: string | null;
  /** Name that was asked for and verified: in lower case, an IPv6 address without brackets. */
  readonly serverName: string;
  /**
   * The server's own certificate, DER, without those above it.
   *
   * It comes from an undocumented API of Deno. It is `undefined` where the runtime lacks that, and when it is first
   * read after the connection was closed.
   */
  readonly peerCertificate: Uint8Array | undefined;
}

/**
 * Describes a connection whose handshake is done.
 *
 * @param conn The runtime's connection.
 * @param serverName The name that was verified.
 * @param alpnProtocol Protocol that ALPN selected.
 */
export function describeConnection(
  conn: object,
  serverName: string,
  alpnProtocol: string | null,
): DenoTlsConnection {
  let certificate: Uint8Array | undefined;
  return {
    alpnProtocol,
    serverName,
    // Read only on demand: the runtime takes a quarter of a millisecond to parse a certificate.
    get peerCertificate(): Uint8Array | undefined {
      return certificate ??= peerCertificateOf(conn);
    },
  };
}

/** Calls the method of the runtime's Node layer, which is on the connection's prototype under a private symbol. */
function peerCertificateOf(conn: object): Uint8Array | undefined {
  try {
    const prototype: Record<symbol, unknown> = Object.getPrototypeOf(conn);
    const symbols = Object.getOwnPropertySymbols(prototype);
    const symbol = symbols.find((each) => each.description === "getPeerCertificate");
    const method = symbol === undefined ? undefined : prototype[symbol];
    const raw: unknown = typeof method === "function" ? method.call(conn)?.raw : undefined;
    return raw instanceof Uint8Array ? raw : undefined;
  } catch {
    return undefined; // closed, or not what it was when this was written
  }
}
