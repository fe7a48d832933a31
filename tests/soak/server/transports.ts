/**
 * What a server's connections run over in a soak, and the certificates for it.
 *
 * @module
 */

import { closeQuietly, type Duplex } from "../../../io/duplex.ts";
import type { ClientOptions } from "../../../mod.ts";
import type { ServeTlsOptions } from "../../../server/mod.ts";
import { RootCertStore, TlsConnector } from "../../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";

/** Plain TCP, Deno's TLS, and Ductile's with client certificates. */
export const TRANSPORTS = ["plain", "deno", "ductile"] as const;

/** One of them. */
export type TransportName = typeof TRANSPORTS[number];

/** PEM texts, which both processes get. */
export interface Certificates {
  /** The authority's certificate. */
  readonly authority: string;
  /** The server's certificate and key. */
  readonly server: { readonly cert: string; readonly key: string };
  /** The client's. */
  readonly client: { readonly cert: string; readonly key: string };
}

/** Mints certificates for `localhost`, valid for a day. */
export async function mintCertificates(): Promise<Certificates> {
  const authority = await mintAuthority();
  const [server, client] = await Promise.all([
    mintCertificate(authority, { names: ["localhost"] }),
    mintCertificate(authority, { commonName: "soak", eku: ["clientAuth"] }),
  ]);
  return {
    authority: authority.certPem,
    server: { cert: server.chainPem, key: server.keyPem },
    client: { cert: client.chainPem, key: client.keyPem },
  };
}

/** The server's option `tls`; `undefined` for plain TCP. */
export function serverTls(name: TransportName, certificates: Certificates): ServeTlsOptions | undefined {
  if (name === "plain") return undefined;
  const { server, authority } = certificates;
  if (name === "deno") return server;
  return { ...server, clientAuth: { roots: RootCertStore.fromPem(authority) } };
}

/** The client's options for one version of HTTP. */
export function clientOptions(
  name: TransportName,
  { authority, client }: Certificates,
  isHttp2: boolean,
): ClientOptions {
  if (name === "plain") return { http2PriorKnowledge: isHttp2 };
  return {
    caCerts: [authority],
    protocols: [isHttp2 ? "h2" : "http/1.1"],
    ...(name === "ductile" && client),
  };
}

/** Function that connects a rude client. Over TLS, half of them come without a handshake. */
export type RudeConnect = (protocol: "h2" | "http/1.1", isBare: boolean) => Promise<Duplex>;

/** Makes the function for a server. */
export function rudeConnect(
  name: TransportName,
  { authority, client }: Certificates,
  port: number,
): RudeConnect {
  const connectors = new Map(
    (["h2", "http/1.1"] as const).map((protocol) => [
      protocol,
      new TlsConnector({
        roots: RootCertStore.fromPem(authority),
        alpnProtocols: [protocol],
        identity: { chain: client.cert, key: client.key },
      }),
    ]),
  );
  return async (protocol, isBare) => {
    const io = await Deno.connect({ hostname: "127.0.0.1", port });
    const connector = connectors.get(protocol);
    if (name === "plain" || isBare || connector === undefined) return io;
    try {
      return await connector.connect("localhost", io);
    } catch (error) {
      closeQuietly(io);
      throw error;
    }
  };
}
