/**
 * Certificates for servers that are started on the spot.
 *
 * @module
 */

import { DEFAULT_CERTIFICATE_LIFETIME_MS, MAX_CLOCK_SKEW_MS } from "./limits.ts";

/** Options of {@linkcode generateSelfSigned}. */
export interface GenerateSelfSignedOptions {
  /** Start of validity. Default: an hour ago, because clocks of clients may be behind. */
  readonly notBefore?: Date;
  /** End of validity. Default: in 90 days. */
  readonly notAfter?: Date;
}

/** A certificate and its private key, as `tls` of a server takes them. */
export interface GeneratedIdentity {
  /** Certificate, PEM; clients that trust it have it in `caCerts`. */
  readonly cert: string;
  /** Private key, PEM. */
  readonly key: string;
}

/**
 * Makes a P-256 key and a certificate that it signs itself, for tests and for servers whose clients know the certificate.
 * The certificate is for servers alone: a server that asks clients for certificates refuses it as one.
 *
 * @param names Host names and IP addresses of the server, at least one. A host name may begin with `*.`.
 * @param options The validity.
 * @returns The certificate and its key, each as PEM text. Nothing is kept, or written to a file.
 * @throws {TypeError} (as a rejection) When there is no name, or one is neither a host name nor an IP address; for an unknown option.
 * @throws {RangeError} (as a rejection) When the validity ends before it begins.
 *
 * @example A server and a client that trusts it
 * ```ts
 * import { generateSelfSigned, serve } from "@ductile/ductile/server";
 * import { Client } from "@ductile/ductile";
 * import { assertEquals } from "@std/assert";
 *
 * const tls = await generateSelfSigned(["localhost"]);
 * await using server = serve({ port: 0, tls, onListen() {} }, () => new Response("hello"));
 * using client = new Client({ caCerts: [tls.cert] });
 * const response = await client.fetch(`https://localhost:${server.addr.port}/`);
 * assertEquals(await response.text(), "hello");
 * ```
 */
export async function generateSelfSigned(
  names: readonly string[],
  options: GenerateSelfSignedOptions = {},
): Promise<GeneratedIdentity> {
  if (!Array.isArray(names)) throw new TypeError("Cannot make a certificate: the names are no array");
  const now = Date.now();
  const {
    notBefore = new Date(now - MAX_CLOCK_SKEW_MS),
    notAfter = new Date(now + DEFAULT_CERTIFICATE_LIFETIME_MS),
    ...others
  } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new TypeError(`Cannot make a certificate: there is no option "${unknown}"`);
  }
  const { selfSigned } = await import("../tls/config/self_signed.ts");
  const { cert, key } = await selfSigned({ names, notBefore, notAfter });
  return { cert, key };
}
