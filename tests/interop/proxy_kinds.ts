/**
 * Kinds of real proxies, and origins behind them.
 *
 * @module
 */

import type { ProxyServer } from "../../mod.ts";
import { mintAuthority, mintCertificate, type Minted } from "../support/certificates.ts";
import { type Peer, startServe } from "../support/peers.ts";
import {
  PROXY_PASSWORD,
  PROXY_USER,
  startDante,
  startMicrosocks,
  startNghttpx,
  startNodeHttp2Proxy,
  startSocks4a,
  startSquid,
  startTinyproxy,
} from "../support/proxies.ts";

/** Everything that a test needs, started as it is asked for, and ended together. */
export class ProxySite implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  /** The authority that signed the certificates of the origin and the proxies. */
  readonly authority: Minted;
  /** The certificate of the origin and the proxies. */
  readonly certificate: Minted;
  /** The port of the origin without TLS: it tells which fields of proxies it got, and sends back the messages of WebSockets. */
  readonly http: number;
  /** The port of the origin with TLS. */
  readonly https: number;

  private constructor(authority: Minted, certificate: Minted) {
    this.authority = authority;
    this.certificate = certificate;
    const answer = (request: Request) => {
      const { headers } = request;
      if (headers.get("upgrade") !== "websocket") {
        return Response.json([headers.get("proxy-authorization"), headers.get("proxy-connection")]);
      }
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onmessage = ({ data }) => socket.send(data);
      return response;
    };
    this.http = this.#stack.use(startServe(answer)).port;
    this.https = this.#stack.use(startServe(answer, certificate)).port;
  }

  /** Starts the origins. */
  static async start(): Promise<ProxySite> {
    const authority = await mintAuthority();
    return new ProxySite(
      authority,
      await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] }),
    );
  }

  /** The URL of a proxy that is started for it. */
  async proxy(kind: Kind): Promise<ProxyServer> {
    const { start, scheme, asksForCredentials = false, tunnel = false }: KindOfProxy = KINDS[kind];
    const peer = this.#stack.use(await start(this.certificate, asksForCredentials));
    const userinfo = asksForCredentials ? `${PROXY_USER}:${PROXY_PASSWORD}@` : "";
    const port = scheme === "https" && "tlsPort" in peer ? peer.tlsPort : peer.port;
    const url = `${scheme}://${userinfo}localhost:${port}`;
    if (scheme !== "https") return url;
    return { url, tls: { caCerts: this.authority.certPem }, tunnel };
  }

  /** Ends everything. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** A kind of proxy. */
export interface KindOfProxy {
  /** The program that must be installed. */
  readonly program: string;
  /** The scheme of its URL. */
  readonly scheme: string;
  /** Whether it asks for credentials. */
  readonly asksForCredentials?: boolean;
  /** Whether it does nothing but open tunnels. */
  readonly tunnel?: boolean;
  /** Whether tunnels are streams of one connection. */
  readonly isHttp2?: boolean;
  /** The host by which origins are reached through it; `localhost` by default. */
  readonly host?: string;
  /** Starts it. */
  readonly start: (
    certificate: Minted,
    asksForCredentials: boolean,
  ) => Promise<Peer & { readonly tlsPort?: number }>;
}

const tinyproxy = {
  program: "tinyproxy",
  scheme: "http",
  start: (_: unknown, asksForCredentials: boolean) => startTinyproxy({ asksForCredentials }),
};
const squid = {
  program: "squid",
  start: (certificate: Minted, asksForCredentials: boolean) =>
    startSquid(certificate, { asksForCredentials }),
};
const microsocks = {
  program: "microsocks",
  start: (_: unknown, asksForCredentials: boolean) => startMicrosocks({ asksForCredentials }),
};
/** In front of tinyproxy, which opens the tunnels. */
const nghttpx = {
  program: "nghttpx",
  scheme: "https",
  isHttp2: true,
  start: async (certificate: Minted) => {
    const behind = await startTinyproxy();
    const peer = await startNghttpx(certificate, behind.port);
    const end = peer[Symbol.asyncDispose].bind(peer);
    return Object.assign(peer, {
      async [Symbol.asyncDispose](): Promise<void> {
        await end();
        await behind[Symbol.asyncDispose]();
      },
    });
  },
};
const node = {
  program: "node",
  scheme: "https",
  isHttp2: true,
  tunnel: true,
  start: (certificate: Minted, asksForCredentials: boolean) =>
    startNodeHttp2Proxy(certificate, { asksForCredentials }),
};
const dante = { program: "danted", start: () => startDante() };

/** The name of a kind. */
export type Kind =
  | "tinyproxy"
  | "tinyproxy with credentials"
  | "squid"
  | "squid with credentials"
  | "squid under TLS"
  | "squid under TLS with credentials"
  | "nghttpx over HTTP/2"
  | "Node over HTTP/2 with credentials"
  | "microsocks, names looked up here"
  | "microsocks, names looked up there"
  | "microsocks with credentials"
  | "Dante, SOCKS5"
  | "a proxy that looks names up, SOCKS4a"
  | "Dante, SOCKS4a";

/** The kinds of proxies, by their names in tests. */
export const KINDS: Readonly<Record<Kind, KindOfProxy>> = {
  "tinyproxy": tinyproxy,
  "tinyproxy with credentials": { ...tinyproxy, asksForCredentials: true },
  "squid": { ...squid, scheme: "http" },
  "squid with credentials": { ...squid, scheme: "http", asksForCredentials: true },
  "squid under TLS": { ...squid, scheme: "https" },
  "squid under TLS with credentials": { ...squid, scheme: "https", asksForCredentials: true },
  "nghttpx over HTTP/2": nghttpx,
  "Node over HTTP/2 with credentials": { ...node, asksForCredentials: true },
  "microsocks, names looked up here": { ...microsocks, scheme: "socks5" },
  "microsocks, names looked up there": { ...microsocks, scheme: "socks5h" },
  "microsocks with credentials": { ...microsocks, scheme: "socks5h", asksForCredentials: true },
  "Dante, SOCKS5": { ...dante, scheme: "socks5h" },
  // Dante 1.4 takes no names in SOCKS4, from curl neither.
  "a proxy that looks names up, SOCKS4a": { program: "node", scheme: "socks4a", start: () => startSocks4a() },
  "Dante, SOCKS4a": { ...dante, scheme: "socks4a", host: "127.0.0.1" },
};
