/** Real proxies: every kind, with both kinds of origins, in chains, and with curl beside them. */

import { assertEquals, assertMatch, assertNotMatch, assertRejects } from "@std/assert";
import { Client, ClientError } from "../../mod.ts";
import { installed, startServe } from "../support/peers.ts";
import { PROXY_PASSWORD } from "../support/proxies.ts";
import { run } from "../support/run.ts";
import { type Kind, KINDS, ProxySite } from "./proxy_kinds.ts";

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
      await using site = await ProxySite.start();
      const proxy = await Promise.all(kinds.map((kind) => site.proxy(kind)));
      using client = new Client({ proxy, caCerts: site.authority.certPem });
      const { host = "localhost" } = KINDS[kinds.at(-1) ?? "squid"];
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
          kinds.filter((kind) => KINDS[kind].isHttp2).map(() => 1),
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
      await using site = await ProxySite.start();
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
    await using site = await ProxySite.start();
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
  name: "proxies: curl goes the same way: SOCKS4a with a name",
  ignore: !installed("node") || !installed("curl"),
  fn: async () => {
    await using site = await ProxySite.start();
    const proxy = String(await site.proxy("a proxy that looks names up, SOCKS4a"));
    const { stdout, stderr } = await run("curl", [
      ...["-sS", "--noproxy", "", "-x", proxy, `http://localhost:${site.http}/`] as const,
    ]);
    assertEquals(stdout, "[null,null]", stderr);
  },
});

Deno.test({
  name: "proxies: Node over HTTP/2: tunnels that are not read hold up no other, and content arrives whole",
  ignore: !installed("node"),
  fn: async () => {
    const size = 4 * 1024 * 1024; // more than the window of a stream; four are more than that of the connection
    await using site = await ProxySite.start();
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
