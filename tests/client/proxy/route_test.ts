/** Requests through proxies: which way each takes, what it carries there, and which connections serve it. */

import { assertEquals, assertMatch, assertNotMatch, assertRejects, assertThrows } from "@std/assert";
import { Client, ClientError, type ClientOptions, type ProxyServer } from "../../../mod.ts";
import type { Duplex } from "../../../io/duplex.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { startServe } from "../../support/peers.ts";
import { type Peer, type ScriptedServer, scriptedServer } from "../../support/scripted_server.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
const ESTABLISHED = "HTTP/1.1 200 OK\r\n\r\n";

/** A proxy that opens every tunnel, and answers every other request itself; `heads` are all that it read. */
function answering(heads: string[], answer: (head: string) => string = () => OK): ScriptedServer {
  return scriptedServer(async (peer: Peer) => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      heads.push(head);
      await peer.send(head.startsWith("CONNECT ") ? ESTABLISHED : answer(head));
    }
  });
}

async function get(client: Client, url: string): Promise<string> {
  return await (await client.get(url)).text();
}

Deno.test("proxy: Q-32, D-14: a request in absolute-form has no userinfo and no fragment; its host is the origin", async () => {
  const heads: string[] = [];
  await using proxy = answering(heads);
  using client = new Client({
    proxy: { url: proxy.url, username: "me", password: "pw", headers: { "x-connect": "1" } },
  });
  const response = await client.get("http://u:p@origin.test:8080/a?b#c");
  assertEquals(await response.text(), "hello");
  assertMatch(
    heads[0] ?? "",
    /^GET http:\/\/origin\.test:8080\/a\?b HTTP\/1\.1\r\nhost: origin\.test:8080\r\n/,
  );
  assertMatch(heads[0] ?? "", /\r\nproxy-authorization: Basic bWU6cHc=\r\n/);
  assertNotMatch(heads[0] ?? "", /x-connect/);
  assertEquals(response.connection.proxies, [`http://127.0.0.1:${proxy.port}`]);
});

Deno.test("proxy: requests in absolute-form share connections, whatever their origin", async () => {
  const heads: string[] = [];
  await using proxy = answering(heads);
  using client = new Client({ proxy: proxy.url });
  for (const host of ["a.test", "b.test", "a.test:81"]) {
    assertEquals(await get(client, `http://${host}/`), "hello");
  }
  assertEquals(proxy.connections, 1);
  assertEquals(Object.keys(client.stats().origins), [`http: via http://127.0.0.1:${proxy.port}`]);
});

Deno.test("proxy: tunnels have a pool for each origin", async () => {
  const heads: string[] = [];
  await using proxy = answering(heads);
  using client = new Client({ proxy: { url: proxy.url, tunnel: true } });
  for (const host of ["a.test", "b.test", "a.test"]) {
    assertEquals(await get(client, `http://${host}/`), "hello");
  }
  assertEquals(proxy.connections, 2);
  assertEquals(heads.map((head) => head.split(" HTTP", 1)[0]), [
    ...["CONNECT a.test:80", "GET /", "CONNECT b.test:80", "GET /", "GET /"],
  ]);
});

Deno.test("proxy: D-13, D-31: a CONNECT has a port, its own fields and credentials, the origin none of them", async () => {
  const heads: string[] = [];
  await using proxy = answering(heads);
  using client = new Client({
    proxy: { url: proxy.url, username: "me", headers: { "X-Session": "7" }, tunnel: true },
    headers: { "x-own": "1" },
  });
  await get(client, "http://u:p@[fd00::1]/");
  const [connect = "", request = ""] = heads;
  assertEquals(
    connect,
    "CONNECT [fd00::1]:80 HTTP/1.1\r\nhost: [fd00::1]:80\r\nx-session: 7\r\nproxy-authorization: Basic bWU6\r\n\r\n",
  );
  assertMatch(request, /\r\nauthorization: Basic dTpw\r\n/);
  assertNotMatch(request, /proxy-|x-session/i);
});

Deno.test("proxy: credentials and TLS options make different pools, of one name that shows neither", async () => {
  const heads: string[] = [];
  await using proxy = answering(heads);
  const url = `http://127.0.0.1:${proxy.port}`;
  const servers: ProxyServer[] = [url, { url, username: "a" }, { url, username: "b" }, {
    url,
    headers: { x: "1" },
  }, url];
  using client = new Client({ proxy: () => servers.shift() });
  for (let i = 0; i < 5; i++) await get(client, "http://a.test/");
  assertEquals(proxy.connections, 4);
  assertEquals(Object.keys(client.stats().origins), [`http: via ${url}`]);
  assertEquals(client.stats().origins[`http: via ${url}`]?.connections, 4);
});

Deno.test("proxy: Q-31: a 502 in absolute-form is a response, a 407 an error", async () => {
  const heads: string[] = [];
  await using proxy = answering(
    heads,
    (head) =>
      head.includes("/502")
        ? "HTTP/1.1 502 Bad\r\ncontent-length: 0\r\n\r\n"
        : "HTTP/1.1 407 No\r\nproxy-authenticate: Basic realm=x\r\ncontent-length: 3\r\n\r\nno!",
  );
  using client = new Client({ proxy: `http://a:hidden@127.0.0.1:${proxy.port}` });
  assertEquals((await client.get("http://origin.test/502")).status, 502);
  const error = await assertRejects(() => client.get("http://origin.test/"), ClientError);
  assertEquals(error.code, "proxy_auth_required");
  assertMatch(
    error.detail,
    /Cannot use the proxy "127\.0\.0\.1:\d+": it refused the credentials with status 407 \(Basic\)/,
  );
  assertNotMatch(Deno.inspect(error), /hidden|aGlkZGVu|YTpo/);
});

Deno.test("proxy: Q-34: a redirect chooses its way anew, and takes no credentials along", async () => {
  const direct: string[] = [];
  await using origin = scriptedServer(async (peer) => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      direct.push(head);
      await peer.send(
        head.startsWith("GET /back ")
          ? "HTTP/1.1 302 Found\r\nlocation: http://origin.test/end\r\ncontent-length: 0\r\n\r\n"
          : OK,
      );
    }
  });
  const heads: string[] = [];
  await using proxy = answering(
    heads,
    (head) =>
      head.includes("/end")
        ? OK
        : `HTTP/1.1 302 Found\r\nlocation: ${origin.url}back\r\ncontent-length: 0\r\n\r\n`,
  );
  using client = new Client({
    proxy: ({ hostname }) =>
      hostname === "127.0.0.1" ? undefined : { url: proxy.url, username: "me", password: "pw" },
  });
  const response = await client.get("http://origin.test/start");
  assertEquals([response.url, await response.text()], ["http://origin.test/end", "hello"]);
  assertEquals(heads.map((head) => /proxy-authorization/.test(head)), [true, true]);
  assertEquals(direct.length, 1);
  assertMatch(direct[0] ?? "", /^GET \/back HTTP/);
  assertNotMatch(direct[0] ?? "", /proxy-authorization/);
});

Deno.test("proxy: Q-33: of a chain, the error names the proxy that refused, and each gets its own credentials", async () => {
  const heads: string[] = [];
  // One server plays all: it sees the tunnel through itself to itself.
  await using proxy = scriptedServer(async (peer) => {
    heads.push(await peer.readHead() ?? "");
    await peer.send(ESTABLISHED);
    heads.push(await peer.readHead() ?? "");
    await peer.send("HTTP/1.1 403 No\r\n\r\n");
  });
  using client = new Client({
    proxy: [`http://one:1@127.0.0.1:${proxy.port}`, "http://two:2@second.test:3128"],
  });
  const error = await assertRejects(() => client.get("https://origin.test/"), ClientError);
  assertMatch(
    error.detail,
    /Cannot connect to "origin\.test:443" through the proxy "second\.test:3128": .* 403/,
  );
  assertEquals(heads, [
    `CONNECT second.test:3128 HTTP/1.1\r\nhost: second.test:3128\r\nproxy-authorization: Basic ${
      btoa("one:1")
    }\r\n\r\n`,
    `CONNECT origin.test:443 HTTP/1.1\r\nhost: origin.test:443\r\nproxy-authorization: Basic ${
      btoa("two:2")
    }\r\n\r\n`,
  ]);
});

Deno.test("proxy: a request's own proxy-authorization is refused: a tunnel would carry it to the origin", async () => {
  using client = new Client({ proxy: "http://127.0.0.1:1" });
  const headers = { "Proxy-Authorization": "Basic c2VjcmV0" };
  for (const url of ["http://origin.test/", "https://origin.test/"]) {
    const error = await assertRejects(() => client.get(url, { headers }), ClientError);
    assertEquals(error.code, "invalid_request");
    assertNotMatch(Deno.inspect(error), /c2VjcmV0/);
  }
});

Deno.test("proxy: Q-14: a proxy that cannot be reached is named as one", async () => {
  using client = new Client({ proxy: "http://u:p@127.0.0.1:1" });
  const error = await assertRejects(() => client.get("http://origin.test/"), ClientError);
  assertEquals([error.code, error.detail], [
    "connection_refused",
    'Cannot connect to the proxy "127.0.0.1:1": nothing listens there',
  ]);
});

const REFUSED: Readonly<Record<string, ClientOptions["proxy"]>> = {
  "a URL without a scheme": "proxy.test:3128",
  "an unknown scheme": "ftp://proxy.test",
  "socks4:": "socks4://proxy.test",
  "a path": "http://proxy.test/path",
  "an empty list": [],
  "nine proxies": Array.from({ length: 9 }, () => "http://proxy.test"),
  "two sources of credentials": { url: "http://a:b@proxy.test", username: "c" },
  "a password without a user name": { url: "http://proxy.test", password: "c" },
  "fields for SOCKS": { url: "socks5://proxy.test", headers: {} },
  "TLS for http:": { url: "http://proxy.test", tls: {} },
  "a field of the connection": { url: "http://proxy.test", headers: { connection: "x" } },
  "a host field": { url: "http://proxy.test", headers: { host: "x" } },
  "two proxy-authorizations": { url: "http://a@proxy.test", headers: { "proxy-authorization": "Bearer x" } },
  "no roots": { url: "https://proxy.test", tls: { dangerAcceptInvalidCerts: true, caCerts: [] } },
};

for (const [name, proxy] of Object.entries(REFUSED)) {
  Deno.test(`proxy: ${name} is refused when the client is built`, () => {
    const error = assertThrows(() => new Client({ ...(proxy !== undefined && { proxy }) }), ClientError);
    assertEquals(error.code, "unsupported_option", error.message);
  });
}

Deno.test("proxy: Q-27: the certificate of an https: proxy is judged by its own options, and named as the proxy's", async () => {
  const authority = await mintAuthority();
  const certificate = await mintCertificate(authority, { names: ["localhost"] });
  await using proxy = startServe(() => new Response("from the proxy"), certificate);
  const url = `https://localhost:${proxy.port}`;
  // The origin's trust is not the proxy's.
  using origins = new Client({ proxy: url, caCerts: authority.certPem });
  const error = await assertRejects(() => origins.get("http://origin.test/"), ClientError);
  assertEquals(error.code, "certificate_unknown_issuer", error.detail);
  assertMatch(error.detail, /^Cannot connect to the proxy "localhost:\d+": /);
  using own = new Client({ proxy: { url, tls: { caCerts: authority.certPem } } });
  assertEquals(await get(own, "http://origin.test/"), "from the proxy");
  using ductile = new Client({
    proxy: { url, tls: { caCerts: authority.certPem, pins: [`sha256/${"A".repeat(43)}=`] } },
  });
  assertEquals(
    (await assertRejects(() => ductile.get("http://origin.test/"), ClientError)).code,
    "pin_mismatch",
  );
  using other = new Client({
    proxy: { url: `https://127.0.0.1:${proxy.port}`, tls: { caCerts: authority.certPem } },
  });
  assertEquals(
    (await assertRejects(() => other.get("http://origin.test/"), ClientError)).code,
    "certificate_wrong_name",
  );
});

Deno.test("proxy: Q-26: a connection that comes after its time is closed, also where Deno's TLS has taken it over", async () => {
  const authority = await mintAuthority();
  const { chainPem, keyPem } = await mintCertificate(authority, { names: ["localhost"] });
  using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: chainPem, key: keyPem });
  const ended = (async () => {
    using conn = await listener.accept();
    for (const into = new Uint8Array(1_024); await conn.read(into).catch(() => null) !== null;); // and no reply
  })();
  using silent = new Client({
    proxy: { url: `https://localhost:${listener.addr.port}`, tls: { caCerts: authority.certPem } },
    timeouts: { connect: 500 },
  });
  const error = await assertRejects(() => silent.get("https://origin.test/"), ClientError);
  assertEquals(error.code, "connect_timeout");
  await ended;

  const late = Promise.withResolvers<Duplex>();
  const closed = Promise.withResolvers<void>();
  using client = new Client({
    proxy: "http://proxy.test",
    dial: () => late.promise,
    timeouts: { connect: 10 },
  });
  await assertRejects(() => client.get("https://origin.test/"), ClientError, "fetch failed");
  const never = () => new Promise<never>(() => {});
  late.resolve({ read: never, write: never, close: closed.resolve });
  await closed.promise;
});

for (const roots of ["deno", "mozilla"] as const) {
  Deno.test(`proxy: Q-12: a tunnel that ends at once fails the handshake, and the hint names the proxy: roots of ${roots}`, async () => {
    await using proxy = scriptedServer(async (peer) => {
      await peer.readHead();
      await peer.send(ESTABLISHED);
    });
    using client = new Client({ proxy: proxy.url, roots });
    const error = await assertRejects(() => client.get("https://origin.test/"), ClientError);
    assertEquals(error.code, "handshake_failed", error.detail);
    assertMatch(error.hint ?? "", /The proxy may have closed the tunnel/);
  });
}

Deno.test("proxy: an upgrade goes through a tunnel, for an http: URL as well", async () => {
  const heads: string[] = [];
  await using proxy = answering(
    heads,
    () => "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: greeting\r\n\r\nhello",
  );
  using client = new Client({ proxy: `http://me:pw@127.0.0.1:${proxy.port}` });
  using tunnel = await client.upgrade("http://origin.test/chat", { protocol: "greeting" });
  const into = new Uint8Array(8);
  const count = await tunnel.read(into);
  assertEquals(new TextDecoder().decode(into.subarray(0, count ?? 0)), "hello");
  const [connect = "", upgrade = ""] = heads;
  assertMatch(connect, /^CONNECT origin\.test:80 HTTP\/1\.1\r\n/);
  assertMatch(upgrade, /^GET \/chat HTTP\/1\.1\r\nhost: origin\.test\r\n/);
  assertNotMatch(upgrade, /proxy-/);
});
