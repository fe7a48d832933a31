/** The client with Ductile's TLS: trust of every kind, and the facts of its connections. */

import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { Client, ClientError, type ClientErrorCode, type ClientOptions, type Duplex } from "../../mod.ts";
import { keyLogWriter, type PeerCertificate, RootCertStore, TlsConnector } from "../../tls/mod.ts";
import {
  type CertificateOptions,
  mintAuthority,
  mintCertificate,
  type Minted,
  mintSelfSigned,
} from "../support/certificates.ts";
import { withoutWrapper } from "../../client/error/client_error.ts";
import { installed, type Served, startOpenssl, startServe } from "../support/peers.ts";
import { scriptedServer } from "../support/scripted_server.ts";

const LOCALHOST: CertificateOptions = { names: ["localhost"], ips: ["127.0.0.1"] };
const HOUR = 3_600_000;

const AUTHORITY = await mintAuthority();
const CERTIFICATE = await mintCertificate(AUTHORITY, LOCALHOST);
const STORE = RootCertStore.fromPem(AUTHORITY.certPem);
const STRANGERS = RootCertStore.fromPem((await mintAuthority()).certPem);

function serve(certificate: Minted = CERTIFICATE): Served & { readonly url: string } {
  const served = startServe(() => new Response("hello"), certificate);
  return { ...served, url: `https://localhost:${served.port}/` };
}

async function pinOf(minted: Minted): Promise<string> {
  return `sha256/${encodeBase64(await crypto.subtle.digest("SHA-256", minted.key.spki))}`;
}

async function rejectsWith(code: ClientErrorCode, call: () => Promise<unknown>): Promise<ClientError> {
  const error = await assertRejects(call);
  assertInstanceOf(error, ClientError);
  assertEquals(error.code, code, error.message);
  return error;
}

const PIN = await pinOf(CERTIFICATE);
const AUTHORITY_PIN = await pinOf(AUTHORITY);
const OTHER_PIN = await pinOf(await mintAuthority());
const SELF_SIGNED = await mintSelfSigned(LOCALHOST);
const EXPIRED = await mintCertificate(AUTHORITY, { ...LOCALHOST, notAfter: new Date(Date.now() - HOUR / 2) });
const WRONG_NAME = await mintCertificate(AUTHORITY, { names: ["other.test"] });

function refuse(): void {
  throw new Error("the application does not like it");
}

function accept(): void {}

/** What a client is told, whom it meets, and how it ends. */
const TRUST: readonly {
  readonly name: string;
  readonly options: ClientOptions;
  readonly certificate?: Minted;
  /** Why it is refused; absent where it is not. */
  readonly code?: ClientErrorCode;
}[] = [
  { name: "these roots", options: { roots: STORE } },
  { name: "a function for roots", options: { roots: () => Promise.resolve(STORE) } },
  {
    name: "roots that others have signed for",
    options: { roots: STRANGERS },
    code: "certificate_unknown_issuer",
  },
  {
    name: "strange roots, and one authority more",
    options: { roots: STRANGERS, caCerts: AUTHORITY.certPem },
  },
  { name: "Mozilla's roots", options: { roots: "mozilla" }, code: "certificate_unknown_issuer" },
  { name: "Mozilla's roots, and one more", options: { roots: "mozilla", caCerts: [AUTHORITY.certPem] } },
  {
    name: "these roots, of an expired one",
    options: { roots: STORE },
    certificate: EXPIRED,
    code: "certificate_expired",
  },
  {
    name: "these roots, of one for another name",
    options: { roots: STORE },
    certificate: WRONG_NAME,
    code: "certificate_wrong_name",
  },
  {
    name: "any name, of one for another",
    options: { roots: STORE, dangerAcceptInvalidHostnames: true },
    certificate: WRONG_NAME,
  },
  {
    name: "any name, of an expired one",
    options: { roots: STORE, dangerAcceptInvalidHostnames: true },
    certificate: EXPIRED,
    code: "certificate_expired",
  },
  {
    name: "any name, of one that signed itself",
    options: { dangerAcceptInvalidHostnames: true },
    certificate: SELF_SIGNED,
    code: "certificate_unknown_issuer",
  },
  {
    name: "any server, with a self-signed certificate",
    options: { dangerAcceptInvalidCerts: true },
    certificate: SELF_SIGNED,
  },
  {
    name: "any server, with an expired certificate",
    options: { dangerAcceptInvalidCerts: true },
    certificate: EXPIRED,
  },
  {
    name: "any server, with a certificate for another name",
    options: { dangerAcceptInvalidCerts: true },
    certificate: WRONG_NAME,
  },
  { name: "the server's key", options: { roots: STORE, pins: [OTHER_PIN, PIN] } },
  { name: "the authority's key", options: { roots: STORE, pins: [AUTHORITY_PIN] } },
  { name: "another key", options: { roots: STORE, pins: [OTHER_PIN] }, code: "pin_mismatch" },
  {
    name: "the server's key by a pin alone",
    options: { dangerAcceptInvalidCerts: true, pins: [PIN] },
  },
  {
    name: "another key by a pin alone",
    options: { dangerAcceptInvalidCerts: true, pins: [OTHER_PIN] },
    certificate: SELF_SIGNED,
    code: "pin_mismatch",
  },
  {
    name: "a pinned key whose certificate the roots did not issue",
    options: { roots: STRANGERS, pins: [PIN] },
    code: "certificate_unknown_issuer",
  },
  { name: "a verifier alone that accepts", options: { verifier: accept }, certificate: SELF_SIGNED },
  { name: "a verifier alone that refuses", options: { verifier: refuse }, code: "certificate_rejected" },
  {
    name: "a verifier that rejects",
    options: { verifier: () => Promise.reject(new Error("no")) },
    code: "certificate_rejected",
  },
  { name: "a verifier beside roots", options: { verifier: accept, roots: STORE } },
  {
    name: "a verifier beside roots that do not have it",
    options: { verifier: accept, roots: STRANGERS },
    code: "certificate_unknown_issuer",
  },
  {
    name: "a verifier beside Deno's roots that do not have it",
    options: { verifier: accept, roots: "deno" },
    code: "certificate_unknown_issuer",
  },
  { name: "a verifier beside one more authority", options: { verifier: accept, caCerts: AUTHORITY.certPem } },
  {
    name: "a verifier that refuses beside roots",
    options: { verifier: refuse, roots: STORE },
    code: "certificate_rejected",
  },
];

for (const { name, options, certificate, code } of TRUST) {
  Deno.test(`Client: trusting ${name}: ${code ?? "accepted"}`, async () => {
    await using server = serve(certificate);
    using client = new Client(options);
    if (code !== undefined) {
      const error = await rejectsWith(code, () => client.get(server.url));
      assertInstanceOf(error.cause, Error);
      assertEquals(client.stats().connections, 0);
      return;
    }
    const response = await client.get(server.url);
    assertEquals(await response.text(), "hello");
    assertEquals(response.connection.tls?.implementation, "ductile");
  });
}

Deno.test("Client: a connection of Ductile's TLS has all facts", async () => {
  const between = await mintAuthority({ issuer: AUTHORITY, commonName: "in between" });
  const certificate = await mintCertificate(between, LOCALHOST);
  await using server = serve(certificate);
  using client = new Client({ roots: STORE });
  const response = await client.get(server.url);
  await response.text();
  const { tls, remoteAddress, timings } = response.connection;
  assert(tls !== undefined);
  assertEquals(remoteAddress, { hostname: "127.0.0.1", port: server.port });
  assert((timings.connect ?? 0) > 0 && (timings.handshake ?? 0) > 0);
  assertEquals([response.httpVersion, tls.alpnProtocol, tls.serverName], ["HTTP/2", "h2", "localhost"]);
  assertEquals([tls.protocolVersion, tls.handshakeKind, tls.resumed], ["TLSv1.3", "full", false]);
  assertMatch(tls.cipherSuite ?? "", /^TLS_/);
  assert((tls.keyExchangeGroup ?? "").length > 0);
  assertEquals(tls.peerSignatureScheme, "ecdsa_secp256r1_sha256");
  assertEquals(tls.peerCertificate, certificate.certDer);
  const [own, above, ...more] = tls.peerCertificates ?? [];
  assertEquals([own?.dnsNames, own?.ipAddresses, more.length], [["localhost"], ["127.0.0.1"], 0]);
  assertEquals([own?.issuer, above?.subject], ["CN=in between", "CN=in between"]);
});

for (const protocols of [["h2"], ["http/1.1"]] as const) {
  Deno.test(`Client: ${protocols[0]}: a second connection resumes the first one's session`, async () => {
    await using server = serve();
    using client = new Client({ roots: STORE, pins: [PIN], protocols, pool: { maxIdlePerOrigin: 0 } });
    const resumed: (boolean | undefined)[] = [];
    const chains: (readonly PeerCertificate[] | undefined)[] = [];
    for (let i = 0; i < 2; i++) {
      const response = await client.get(server.url);
      assertEquals([await response.text(), response.connection.reused], ["hello", false]);
      resumed.push(response.connection.tls?.resumed);
      chains.push(response.connection.tls?.peerCertificates);
    }
    assertEquals(resumed, [false, true]);
    for (const chain of chains) assertEquals(chain?.[0]?.der, CERTIFICATE.certDer);
  });
}

Deno.test("Client: a client does not resume another client's session", async () => {
  await using server = serve();
  using careless = new Client({ dangerAcceptInvalidCerts: true, pool: { maxIdlePerOrigin: 0 } });
  for (let i = 0; i < 2; i++) await (await careless.get(server.url)).text();
  using careful = new Client({ roots: STRANGERS });
  await rejectsWith("certificate_unknown_issuer", () => careful.get(server.url));
});

Deno.test("Client: a key log gets the secrets of each connection", async () => {
  await using server = serve();
  let log = "";
  using client = new Client({ roots: STORE, keyLog: keyLogWriter((line) => log += line) });
  await (await client.get(server.url)).text();
  const labels = log.trimEnd().split("\n").map((line) =>
    /^([A-Z_0-9]+) [0-9a-f]{64} [0-9a-f]{64,96}$/.exec(line)?.[1]
  );
  assertEquals(labels.toSorted(), [
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",
    "EXPORTER_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_TRAFFIC_SECRET_0",
  ]);
});

Deno.test("Client: a TlsConnector is used as it is, with its ALPN protocols", async () => {
  await using server = serve();
  const tls = new TlsConnector({ roots: STORE, alpnProtocols: ["http/1.1"] });
  for (
    const [options, version] of [[{ tls }, "HTTP/1.1"], [
      { tls: new TlsConnector({ roots: STORE }) },
      "HTTP/2",
    ]] as const
  ) {
    using client = new Client(options);
    const response = await client.get(server.url);
    await response.text();
    assertEquals([response.httpVersion, response.connection.tls?.implementation], [version, "ductile"]);
  }
});

Deno.test("Client: roots are loaded once for all connections, with the first", async () => {
  await using server = serve();
  let asked = 0;
  using client = new Client({
    protocols: ["http/1.1"],
    roots: async () => {
      asked++;
      await Promise.resolve();
      return STORE;
    },
  });
  assertEquals(asked, 0);
  const texts = await Promise.all(
    Array.from({ length: 5 }, async () => await (await client.get(server.url)).text()),
  );
  assertEquals([texts, asked], [Array(5).fill("hello"), 1]);
});

Deno.test("Client: a failure to load roots is an error, and is tried again by the next connection", async () => {
  await using server = serve();
  let asked = 0;
  const cause = new Error("the disk is gone");
  using client = new Client({ roots: () => asked++ === 0 ? Promise.reject(cause) : Promise.resolve(STORE) });
  const error = await rejectsWith("roots_unavailable", () => client.get(server.url));
  assertEquals(withoutWrapper(error).cause, cause);
  assertEquals(await (await client.get(server.url)).text(), "hello");
  assertEquals(asked, 2);
});

Deno.test("Client: roots that never load end with the request", async () => {
  const alive = setInterval(() => {}, 1_000); // the client's own timers do not keep a process
  try {
    using client = new Client({ roots: () => new Promise(() => {}) });
    const url = "https://localhost:8443/";
    await rejectsWith("total_timeout", () => client.get(url, { timeouts: { total: 50 } }));
    const reason = new Error("enough");
    const stop = new AbortController();
    const asking = client.get(url, { signal: stop.signal }).catch((error) => error);
    stop.abort(reason);
    assertEquals(await asking, reason);
  } finally {
    clearInterval(alive);
  }
});

/** What a function may give instead of roots. */
for (
  const [what, roots] of [["nothing", undefined], ["an empty store", RootCertStore.fromDer([])]] as const
) {
  Deno.test(`Client: a function that gives ${what} for roots trusts no server, and says so`, async () => {
    await using server = serve();
    using client = new Client({ roots: () => Promise.resolve(roots as RootCertStore) });
    await rejectsWith("unsupported_option", () => client.get(server.url));
  });
}

Deno.test("Client: over a TCP connection that dial returns, TLS is Deno's; over any other duplex, Ductile's", async () => {
  await using server = serve();
  const tcp = (): Promise<Deno.TcpConn> => Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const seen: string[] = [];
  for (const dial of [tcp, async () => wrapped(await tcp())]) {
    using client = new Client({ dial, caCerts: AUTHORITY.certPem });
    const response = await client.get("https://localhost/");
    assertEquals(await response.text(), "hello");
    seen.push(response.connection.tls?.implementation ?? "");
  }
  assertEquals(seen, ["deno", "ductile"]);
});

Deno.test({
  name: "Client: TLS over a Unix socket",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using server = serve();
    const folder = await Deno.makeTempDir();
    const path = `${folder}/socket`;
    const listener = Deno.listen({ transport: "unix", path });
    const relaying = (async () => {
      using near = await listener.accept();
      using far = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
      await Promise.all([
        near.readable.pipeTo(far.writable).catch(() => {}),
        far.readable.pipeTo(near.writable).catch(() => {}),
      ]);
    })();
    try {
      using client = new Client({ dial: () => Deno.connect({ transport: "unix", path }), roots: STORE });
      const response = await client.get("https://localhost/");
      assertEquals([await response.text(), response.httpVersion], ["hello", "HTTP/2"]);
    } finally {
      listener.close();
      await relaying.catch(() => {}); // the pipes have closed what they were given
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** A duplex that hides that it is a socket. */
function wrapped(io: Duplex): Duplex {
  return {
    read: (into) => io.read(into),
    write: (bytes) => io.write(bytes),
    close: () => io.close(),
  };
}

Deno.test({
  name: "Client: a client certificate is sent on a connection that dial returns (openssl)",
  ignore: !installed("openssl"),
  async fn() {
    const own = await mintCertificate(AUTHORITY, { commonName: "a test client", eku: ["clientAuth"] });
    await using server = await startOpenssl({
      certificate: CERTIFICATE,
      clientAuthorities: AUTHORITY.certPem,
      args: ["-WWW", "-Verify", "2", "-verify_return_error", "-CAfile", "authorities.pem"],
    });
    using client = new Client({
      dial: () => Deno.connect({ hostname: "127.0.0.1", port: server.port }),
      caCerts: AUTHORITY.certPem,
      cert: own.chainPem,
      key: own.keyPem,
    });
    assertEquals(await (await client.get("https://localhost/cert.pem")).text(), CERTIFICATE.chainPem);
  },
});

Deno.test({
  name:
    "Client: a server that speaks TLS 1.2 at most is reached with every option of Ductile's TLS (openssl)",
  ignore: !installed("openssl"),
  async fn() {
    await using server = await startOpenssl({ certificate: CERTIFICATE, args: ["-WWW", "-tls1_2"] });
    const url = `https://localhost:${server.port}/cert.pem`;
    const own = await mintCertificate(AUTHORITY, { commonName: "client" });
    const options: readonly ClientOptions[] = [
      { roots: STORE },
      { roots: STORE, pins: [PIN] },
      { verifier: () => {} },
      { dangerAcceptInvalidCerts: true },
      { roots: STORE, cert: own.chainPem, key: own.keyPem },
    ];
    for (const each of options) {
      using client = new Client(each);
      const response = await client.get(url);
      assertEquals(response.connection?.tls?.protocolVersion, "TLSv1.2");
      assertEquals(await response.text(), CERTIFICATE.chainPem);
    }
    using distrusting = new Client({ roots: STORE, pins: [OTHER_PIN] });
    await rejectsWith("pin_mismatch", () => distrusting.get(url));
  },
});

Deno.test("Client: a handshake that is not answered takes as long as it may, or until it is given up", async () => {
  await using server = scriptedServer((peer) => peer.untilClosed());
  const url = `https://127.0.0.1:${server.port}/`;
  using hasty = new Client({ roots: STORE, timeouts: { handshake: 50 } });
  await rejectsWith("handshake_timeout", () => hasty.get(url));
  assertEquals(hasty.stats().connections, 0);

  using client = new Client({ roots: STORE });
  const stop = new AbortController();
  const reason = new Error("enough");
  setTimeout(() => stop.abort(reason), 50);
  assertEquals(await client.get(url, { signal: stop.signal }).catch((error) => error), reason);

  const closing = client.get(url);
  client.close();
  await rejectsWith("client_closed", () => closing);
});

Deno.test("Client: a port that does not speak TLS is a failed handshake with a hint", async () => {
  await using server = scriptedServer((peer) => peer.send("220 mail.example at your service\r\n"));
  using client = new Client({ roots: STORE });
  const error = await rejectsWith("handshake_failed", () => client.get(`https://127.0.0.1:${server.port}/`));
  assert(error.hint !== undefined, error.message);
});
