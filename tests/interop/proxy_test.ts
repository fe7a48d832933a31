/** Real proxies: every kind, with both kinds of origins, in chains, and with curl beside them. */

import { assertEquals, assertMatch, assertNotMatch, assertRejects } from "@std/assert";
import { Client, ClientError, type ProxyServer } from "../../mod.ts";
import { mintAuthority, mintCertificate, type Minted } from "../support/certificates.ts";
import { installed, type Peer, startServe } from "../support/peers.ts";
import {
  PROXY_PASSWORD,
  PROXY_USER,
  startDante,
  startMicrosocks,
  startNghttpx,
  startNodeHttp2Proxy,
  startSquid,
  startTinyproxy,
} from "../support/proxies.ts";
import { run } from "../support/run.ts";

/** Everything that a test needs, started as it is asked for, and ended together. */
class Site implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly authority: Minted;
  readonly #certificate: Minted;
  readonly http: number;
  readonly https: number;

  private constructor(authority: Minted, certificate: Minted) {
    this.authority = authority;
    this.#certificate = certificate;
    const answer = (request: Request) =>
      Response.json([request.headers.get("proxy-authorization"), request.headers.get("proxy-connection")]);
    this.http = this.#stack.use(startServe(answer)).port;
    this.https = this.#stack.use(startServe(answer, certificate)).port;
  }

  static async start(): Promise<Site> {
    const authority = await mintAuthority();
    return new Site(
      authority,
      await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] }),
    );
  }

  /** The URL of a proxy that is started for it. */
  async proxy(kind: Kind): Promise<ProxyServer> {
    const { start, scheme, asksForCredentials = false, tunnel = false }: KindOfProxy = KINDS[kind];
    const peer = this.#stack.use(await start(this.#certificate, asksForCredentials));
    const userinfo = asksForCredentials ? `${PROXY_USER}:${PROXY_PASSWORD}@` : "";
    const port = scheme === "https" && "tlsPort" in peer ? peer.tlsPort : peer.port;
    const url = `${scheme}://${userinfo}localhost:${port}`;
    if (scheme !== "https") return url;
    return { url, tls: { caCerts: this.authority.certPem }, tunnel };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** A kind of proxy. */
interface KindOfProxy {
  readonly program: string;
  readonly scheme: string;
  readonly asksForCredentials?: boolean;
  /** Whether it does nothing but open tunnels. */
  readonly tunnel?: boolean;
  /** Whether tunnels are streams of one connection. */
  readonly isHttp2?: boolean;
  /** The host by which origins are reached through it; `localhost` by default. */
  readonly host?: string;
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

const KINDS = {
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
  "Dante, SOCKS4a": { ...dante, scheme: "socks4a", host: "127.0.0.1" },
} as const satisfies Readonly<Record<string, KindOfProxy>>;
type Kind = keyof typeof KINDS;

/** One proxy each, and chains. */
const WAYS: readonly (readonly Kind[])[] = [
  ...(Object.keys(KINDS) as Kind[]).map((kind) => [kind]), // the keys of a literal
  ["tinyproxy with credentials", "microsocks with credentials"],
  ["microsocks, names looked up there", "squid under TLS"],
  ["squid under TLS with credentials", "tinyproxy"],
  ["Dante, SOCKS5", "squid under TLS", "microsocks with credentials"],
  ["squid under TLS", "squid under TLS with credentials", "tinyproxy with credentials"],
  ["nghttpx over HTTP/2", "Node over HTTP/2 with credentials", "nghttpx over HTTP/2"],
  ["Node over HTTP/2 with credentials", "squid under TLS with credentials"],
];

for (const kinds of WAYS) {
  Deno.test({
    name: `proxies: ${kinds.join(", then ")}: http: and https: origins, no credentials at either`,
    ignore: kinds.some((kind) => !installed(KINDS[kind].program)),
    fn: async () => {
      await using site = await Site.start();
      const proxy = await Promise.all(kinds.map((kind) => site.proxy(kind)));
      using client = new Client({ proxy, caCerts: site.authority.certPem });
      const { host = "localhost" }: KindOfProxy = KINDS[kinds.at(-1) ?? "squid"];
      for (let i = 0; i < 2; i++) {
        const plain = await client.get(`http://${host}:${site.http}/`);
        const [authorization] = await plain.json();
        assertEquals([plain.status, authorization], [200, null]);
        const secure = await client.get(`https://${host}:${site.https}/`);
        assertEquals([secure.status, await secure.json()], [200, [null, null]]);
        assertEquals(secure.httpVersion, "HTTP/2");
        assertEquals(secure.connection.proxies?.length, kinds.length);
        assertEquals(secure.connection.reused, i > 0);
        const isInTls = kinds.some((kind) => KINDS[kind].scheme === "https");
        assertEquals(secure.connection.tls?.implementation, isInTls ? "ductile" : "deno");
        const shared = Object.entries(client.stats().origins).filter(([name]) => name.startsWith("CONNECT "));
        assertEquals(
          shared.map(([, { connections }]) => connections),
          kinds.filter((kind) => "isHttp2" in KINDS[kind]).map(() => 1),
        );
      }
    },
  });
}

const REFUSALS: Readonly<
  Record<string, readonly [Kind, code: string, target: "closed" | "open", wrong?: true]>
> = {
  // tinyproxy 1.11 has 407 for none, and 401 for wrong ones.
  "tinyproxy refuses credentials": ["tinyproxy with credentials", "proxy_refused", "open", true],
  "squid refuses credentials": ["squid with credentials", "proxy_auth_required", "open", true],
  "squid under TLS refuses credentials": [
    "squid under TLS with credentials",
    "proxy_auth_required",
    "open",
    true,
  ],
  "Node refuses credentials over HTTP/2": [
    "Node over HTTP/2 with credentials",
    "proxy_auth_required",
    "open",
    true,
  ],
  "microsocks refuses credentials": ["microsocks with credentials", "proxy_auth_failed", "open", true],
  "tinyproxy reaches nothing": ["tinyproxy", "proxy_refused", "closed"],
  "squid reaches nothing": ["squid", "proxy_refused", "closed"],
  "nghttpx reaches nothing over HTTP/2": ["nghttpx over HTTP/2", "proxy_refused", "closed"],
  "Node reaches nothing over HTTP/2": ["Node over HTTP/2 with credentials", "proxy_refused", "closed"],
  "microsocks reaches nothing": ["microsocks, names looked up there", "connection_refused", "closed"],
  "Dante reaches nothing": ["Dante, SOCKS5", "connection_refused", "closed"],
};

for (const [name, [kind, code, target, wrong]] of Object.entries(REFUSALS)) {
  Deno.test({
    name: `proxies: ${name}: the error says so, without credentials`,
    ignore: !installed(KINDS[kind].program),
    fn: async () => {
      await using site = await Site.start();
      let proxy = await site.proxy(kind);
      if (wrong) {
        const spoilt = (url: string | URL) => String(url).replace(`:${PROXY_PASSWORD}@`, ":mistaken@");
        proxy = typeof proxy === "string" || proxy instanceof URL
          ? spoilt(proxy)
          : { ...proxy, url: spoilt(proxy.url) };
      }
      using client = new Client({ proxy, caCerts: site.authority.certPem });
      const url = `https://localhost:${target === "open" ? site.https : 1}/`;
      // Port 1 is one that fetch blocks; 2 is as closed.
      const error = await assertRejects(() => client.get(url.replace(":1/", ":2/")), ClientError);
      assertEquals(error.code, code, error.detail);
      assertMatch(error.detail, /through the proxy "localhost:\d+": /);
      assertNotMatch(Deno.inspect(error), /mistaken/);
    },
  });
}

Deno.test({
  name: "proxies: curl goes the same ways: squid with credentials, under TLS and not",
  ignore: !installed("squid") || !installed("curl"),
  fn: async () => {
    await using site = await Site.start();
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/ca.pem`, site.authority.certPem);
      for (const kind of ["squid under TLS with credentials", "squid with credentials"] as const) {
        const proxy = await site.proxy(kind);
        const url = typeof proxy === "object" && "url" in proxy ? String(proxy.url) : String(proxy);
        const { stdout, stderr } = await run("curl", [
          ...[
            "-sS",
            "--noproxy",
            "",
            "--cacert",
            `${folder}/ca.pem`,
            "--proxy-cacert",
            `${folder}/ca.pem`,
          ] as const,
          ...["-x", url, `https://localhost:${site.https}/`],
        ]);
        assertEquals(stdout, "[null,null]", stderr);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "proxies: Node over HTTP/2: tunnels that are not read hold up no other, and content arrives whole",
  ignore: !installed("node"),
  fn: async () => {
    const size = 4 * 1024 * 1024; // more than the window of a stream; four are more than that of the connection
    await using site = await Site.start();
    await using big = startServe(() => new Response(new Uint8Array(size).map((_, i) => i * 7)));
    using client = new Client({
      proxy: await site.proxy("Node over HTTP/2 with credentials"),
      caCerts: site.authority.certPem,
      protocols: ["http/1.1"], // a tunnel for each request
    });
    const unread = await Promise.all(
      Array.from({ length: 4 }, () => client.get(`http://localhost:${big.port}/`)),
    );
    const other = await client.get(`https://localhost:${site.https}/`);
    assertEquals(await other.json(), [null, null]);
    const bodies = await Promise.all(unread.map((response) => response.bytes()));
    for (const body of bodies) {
      assertEquals([body.length, body[1], body.at(-1)], [size, 7, (size - 1) * 7 % 256]);
    }
    const shared = Object.entries(client.stats().origins).find(([name]) => name.startsWith("CONNECT "));
    assertEquals(shared?.[1].connections, 1);
  },
});
