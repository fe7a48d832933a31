/**
 * What Deno reveals of a TLS connection, which is little.
 *
 * @module
 */

/** What Deno tells about a TLS connection; the version and the cipher suite it does not tell. */
export interface DenoTlsConnection {
  /** What the server chose of the protocols that ALPN offered, or `null` when it chose none. */
  readonly alpnProtocol: string | null;
  /** The name that was asked for and verified: lower-case, an IPv6 address without brackets. */
  readonly serverName: string;
  /**
   * The server's own certificate, DER, without those above it.
   *
   * Best effort: Deno has no documented way to it. It is `undefined` where the runtime lacks the undocumented
   * one, and when it is asked for the first time after the connection was closed.
   */
  readonly peerCertificate: Uint8Array | undefined;
}

/**
 * Describes a connection whose handshake is done.
 *
 * @param conn The runtime's connection.
 * @param serverName The name that was verified.
 * @param alpnProtocol What ALPN chose.
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
    // Only when it is wanted: the runtime takes a quarter of a millisecond to take a certificate apart.
    get peerCertificate(): Uint8Array | undefined {
      return certificate ??= peerCertificateOf(conn);
    },
  };
}

/** The runtime's Node layer has a method on the connection's prototype, under a symbol that it keeps to itself. */
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
