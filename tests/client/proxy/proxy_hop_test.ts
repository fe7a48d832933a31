/** What a proxy is made of: its address, its fields, which connections serve which, and what is refused, one a row. */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { MAX_PROXY_HOPS } from "../../../client/defaults.ts";
import { ProxyParser } from "../../../client/proxy/proxy_hop.ts";
import { ProxySelector } from "../../../client/proxy/proxy_selector.ts";
import { parseTarget } from "../../../client/request/target.ts";
import { ClientError, type ProxyOptions, type ProxyServer } from "../../../mod.ts";
import { DenoTls, RootCertStore, TlsConnector } from "../../../tls/mod.ts";
import { mintAuthority } from "../../support/certificates.ts";

/** A URL, and the scheme, host name, port and authority that it gives. */
const ADDRESSES:
  readonly (readonly [url: string, scheme: string, hostname: string, port: number, authority: string])[] = [
    ["http://proxy.test", "http", "proxy.test", 80, "proxy.test:80"],
    ["http://PROXY.test:3128/", "http", "proxy.test", 3128, "proxy.test:3128"],
    ["https://proxy.test", "https", "proxy.test", 443, "proxy.test:443"],
    ["https://proxy.test:80", "https", "proxy.test", 80, "proxy.test:80"],
    ["socks4a://proxy.test", "socks4a", "proxy.test", 1080, "proxy.test:1080"],
    ["socks5://proxy.test", "socks5", "proxy.test", 1080, "proxy.test:1080"],
    ["socks5h://PROXY.test", "socks5h", "proxy.test", 1080, "proxy.test:1080"],
    ["socks5h://proxy.test:1/", "socks5h", "proxy.test", 1, "proxy.test:1"],
    ["http://[FD00::1]", "http", "fd00::1", 80, "[fd00::1]:80"],
    ["socks5h://[FD00::1]:9", "socks5h", "fd00::1", 9, "[fd00::1]:9"],
    ["socks5h://127.1:9", "socks5h", "127.0.0.1", 9, "127.0.0.1:9"],
  ];

for (const [url, scheme, hostname, port, authority] of ADDRESSES) {
  Deno.test(`proxy: ${url} is ${authority}`, () => {
    const hop = new ProxyParser().parse(url);
    assertEquals(
      [hop.scheme, hop.hostname, hop.port, hop.authority, hop.name],
      [scheme, hostname, port, authority, `${scheme}://${authority}`],
    );
    assertEquals([hop.tls !== undefined, hop.tunnel, hop.credentials], [
      scheme === "https",
      false,
      undefined,
    ]);
    assertEquals(new ProxyParser().parse(new URL(url)).key, hop.key);
  });
}

const URL_OF_ONE = "http://proxy.test";

/** What is refused as a proxy, and a part of the message. */
const REFUSED: readonly (readonly [name: string, proxy: unknown, says: string])[] = [
  ["nothing", null, "it is neither a URL nor an object with one"],
  ["a number", 3128, "it is neither a URL nor an object with one"],
  ["an object without a URL", {}, "it is neither a URL nor an object with one"],
  ["an option that a proxy does not have", { url: URL_OF_ONE, user: "me" }, '"user" is not an option'],
  ["a user name that is no text", { url: URL_OF_ONE, username: 1 }, '"username" is no text'],
  ["a password that is no text", { url: URL_OF_ONE, username: "a", password: 1 }, '"password" is no text'],
  ["a tunnel that is a text", { url: URL_OF_ONE, tunnel: "no" }, '"tunnel" is neither true nor false'],
  ["a tunnel for SOCKS", { url: "socks5://proxy.test", tunnel: true }, "for http: and https: proxies"],
  ["TLS for SOCKS", { url: "socks5://proxy.test", tls: {} }, '"tls" is for https: proxies'],
  ["TLS that is no object", { url: "https://proxy.test", tls: null }, '"tls" is no object'],
  ["TLS that is a text", { url: "https://proxy.test", tls: "deno" }, '"tls" is no object'],
  ["no TLS", { url: "https://proxy.test", tls: false }, '"tls" is no object'],
  [
    "an option that TLS does not have",
    { url: "https://proxy.test", tls: { ca: "" } },
    '"tls.ca" is not an option',
  ],
  ["a query", "http://proxy.test/?a", "more than a scheme, userinfo, a host and a port"],
  ["a fragment", "http://proxy.test/#a", "more than a scheme, userinfo, a host and a port"],
  ["a path of SOCKS", "socks5://proxy.test/a", "more than a scheme, userinfo, a host and a port"],
  ["port 0", "http://proxy.test:0", "no host, or port 0"],
  [
    "a te field",
    { url: URL_OF_ONE, headers: { te: "trailers" } },
    "a field of the message or of the connection",
  ],
  ["a length of content", { url: URL_OF_ONE, headers: { "content-length": "0" } }, "a field of the message"],
];

for (const [name, proxy, says] of REFUSED) {
  Deno.test(`proxy: ${name} is refused`, () => {
    const error = assertThrows(() => new ProxyParser().parse(proxy as ProxyServer), ClientError, says);
    assertEquals(error.code, "unsupported_option");
  });
}

Deno.test("proxy: Basic credentials that cannot be sent are refused before a byte", () => {
  for (
    const [proxy, says] of [
      [{ url: URL_OF_ONE, username: "a:b" }, "the user name contains a colon"],
      ["http://a%3Ab@proxy.test", "the user name contains a colon"],
      [{ url: URL_OF_ONE, username: "a", password: "b\n" }, "it contains a control character"],
      ["http://a%7f@proxy.test", "it contains a control character"],
    ] as const
  ) {
    const error = assertThrows(() => new ProxyParser().parse(proxy), ClientError, says);
    assertEquals(error.code, "invalid_request");
  }
});

Deno.test("proxy: userinfo is decoded, and a password alone has an empty user name", () => {
  const texts = (url: string) => {
    const { credentials } = new ProxyParser().parse(url);
    return credentials &&
      [credentials.username, credentials.password].map((bytes) => new TextDecoder().decode(bytes));
  };
  assertEquals(texts("http://us%65r:p%40ss@proxy.test"), ["user", "p@ss"]);
  assertEquals(texts("http://:secret@proxy.test"), ["", "secret"]);
  assertEquals(texts("http://user@proxy.test"), ["user", ""]);
  assertEquals(texts("http://proxy.test"), undefined);
});

Deno.test("proxy: texts of 255 bytes fit into SOCKS, a NUL in SOCKS5, and a user name into SOCKS4a", () => {
  const longest = "x".repeat(255);
  for (
    const proxy of [
      { url: "socks5://proxy.test", username: longest, password: longest },
      { url: "socks5://proxy.test", username: "a\0b" },
      { url: "socks4a://proxy.test", username: longest },
    ]
  ) assert(new ProxyParser().parse(proxy).credentials !== undefined);
});

/** Proxies of which no two may share connections. */
const DIFFERENT: readonly ProxyServer[] = [
  URL_OF_ONE,
  "http://proxy.test:81",
  "http://other.test",
  "https://proxy.test:80",
  "socks5://proxy.test",
  "socks5h://proxy.test",
  "socks5h://me@proxy.test",
  "socks5h://me:a@proxy.test",
  "socks5h://me:b@proxy.test",
  { url: URL_OF_ONE, tunnel: true },
  { url: URL_OF_ONE, headers: { x: "1" } },
  { url: URL_OF_ONE, username: "me" },
  { url: URL_OF_ONE, username: "me", password: "a" },
  { url: "https://proxy.test:80", tls: {} },
  { url: "https://proxy.test:80", tls: {} },
];

Deno.test("proxy: connections are shared by equal proxies, and by no others", () => {
  const parser = new ProxyParser();
  const keys = DIFFERENT.map((server) => parser.parse(server).key);
  assertEquals(new Set(keys).size, DIFFERENT.length);
  assertEquals(DIFFERENT.map((server) => parser.parse(server).key), keys);
});

Deno.test("proxy: the TLS of an https: proxy is a connector of the caller's, or is made of options", () => {
  const paths = (tls: ProxyOptions["tls"]) =>
    new ProxyParser().parse({ url: "https://proxy.test", ...(tls !== undefined && { tls }) }).tls?.path;
  assertEquals(paths(new TlsConnector({ dangerAcceptInvalidCerts: true })), "ductile");
  assertEquals(paths(new DenoTls()), "deno");
  assertEquals(paths(undefined), "transport");
  assertEquals(paths({}), "transport");
  assertEquals(paths({ dangerAcceptInvalidCerts: true }), "ductile");
});

Deno.test("proxy: roots of an https: proxy take no more anchors, which its connections would not know", async () => {
  const { certPem } = await mintAuthority();
  const roots = RootCertStore.fromPem(certPem);
  new ProxyParser().parse({ url: "https://proxy.test", tls: { roots } });
  assertThrows(() => roots.addAnchors(RootCertStore.fromPem(certPem)));
});

Deno.test("proxy: a chain has as many proxies as its limit, and a function may give one, many or none", async () => {
  const chain = Array.from({ length: MAX_PROXY_HOPS }, (_, index) => `http://proxy${index}.test`);
  const names = chain.map((url) => `${url}:80`);
  const target = parseTarget("http://origin.test/path?query");
  const seen: string[] = [];
  const given = [chain, chain[0], new URL(chain[1] ?? ""), { url: chain[2] ?? "" }, undefined];
  const selector = new ProxySelector((url) => {
    seen.push(url.href);
    return given.shift();
  }, {});
  const routes = [];
  for (let i = 0; i < 5; i++) routes.push((await selector.routeTo(target, false))?.proxies);
  assertEquals(routes, [names, names.slice(0, 1), names.slice(1, 2), names.slice(2, 3), undefined]);
  assertEquals(seen, Array(5).fill("http://origin.test/path?query"));
  assertEquals((await new ProxySelector(chain, {}).routeTo(target, false))?.proxies, names);
});

/** A chain, a target, whether it must be a tunnel, and whether requests go to the last proxy in absolute-form. */
const FORWARDS:
  readonly (readonly [chain: ProxyServer[], url: string, mustTunnel: boolean, isForwarding: boolean])[] = [
    [[URL_OF_ONE], "http://origin.test/", false, true],
    [["https://proxy.test"], "http://origin.test/", false, true],
    [["socks5://a.test", URL_OF_ONE], "http://origin.test/", false, true],
    [[URL_OF_ONE, "socks5://a.test"], "http://origin.test/", false, false],
    [[URL_OF_ONE], "http://origin.test/", true, false],
    [[URL_OF_ONE], "https://origin.test/", false, false],
    [[{ url: URL_OF_ONE, tunnel: true }], "http://origin.test/", false, false],
    [[{ url: URL_OF_ONE, tunnel: true }, "http://a.test"], "http://origin.test/", false, true],
    [["socks4a://proxy.test"], "http://origin.test/", false, false],
  ];

for (const [chain, url, mustTunnel, isForwarding] of FORWARDS) {
  const names = chain.map((server) => typeof server === "string" ? server : "one for tunnels").join(
    ", then ",
  );
  Deno.test(`proxy: ${url} through ${names}${mustTunnel ? " with an upgrade" : ""}: ${isForwarding ? "absolute-form" : "a tunnel"}`, async () => {
    const selector = new ProxySelector(chain, {});
    const [route, other] = [
      await selector.routeTo(parseTarget(url), mustTunnel),
      await selector.routeTo(parseTarget(url.replace("origin", "other")), mustTunnel),
    ];
    assertEquals(route?.isForwarding, isForwarding);
    (isForwarding ? assertEquals : assertNotEquals)(route?.key, other?.key);
  });
}

Deno.test("proxy: each proxy of a chain is asked for the next alone: SOCKS4a for no IPv6 address, SOCKS for no long name", async () => {
  const target = parseTarget("http://origin.test/");
  const long = `http://${`${"a".repeat(63)}.`.repeat(4)}test`;
  const refusal = (...chain: ProxyServer[]) =>
    new ProxySelector(chain, {}).routeTo(target, false).then(() => undefined, (error) => error.code);
  assertEquals(await refusal("socks4a://a.test", "http://[::1]"), "unsupported_option");
  assertEquals(await refusal("http://[::1]", "socks4a://a.test"), undefined);
  assertEquals(await refusal("socks5://a.test", "http://[::1]"), undefined);
  assertEquals(await refusal("socks5h://a.test", long), "invalid_request");
  assertEquals(await refusal("http://a.test", long), undefined);
});
