/** `serve` over both TLSs: ALPN, client certificates, and the exchange of an identity. */

import { delay } from "@std/async/delay";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client } from "../../mod.ts";
import { serve } from "../../server/serve.ts";
import type { HttpServer } from "../../server/http_server.ts";
import type { ServeTlsOptions } from "../../server/serve_options.ts";
import { RootCertStore, TlsAcceptor, TlsConnector, TlsError } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate, type Minted } from "../support/certificates.ts";
import { installed } from "../support/peers.ts";

const authority = await mintAuthority();
const own = await mintCertificate(authority, { names: ["localhost"] });
const guest = await mintCertificate(authority, { commonName: "a guest", eku: ["clientAuth"] });
const roots = RootCertStore.fromPem(authority.certPem);
const CERT_AND_KEY = { cert: own.chainPem, key: own.keyPem };
const IDENTITY = { chain: own.chainPem, key: own.keyPem };

const SERVERS: Readonly<
  Record<string, { readonly tls: ServeTlsOptions | TlsAcceptor; readonly by: string }>
> = {
  "a cert and a key": { tls: CERT_AND_KEY, by: "deno" },
  "an identity": { tls: { identity: IDENTITY }, by: "ductile" },
  "a cert, a key and another option": { tls: { ...CERT_AND_KEY, sendTickets: 0 }, by: "ductile" },
  "an acceptor": {
    tls: new TlsAcceptor({ identity: IDENTITY, alpnProtocols: ["h2", "http/1.1"] }),
    by: "ductile",
  },
};
for (const [name, { tls, by }] of Object.entries(SERVERS)) {
  Deno.test(`serve: TLS by ${name} runs on ${by}'s, over both versions of HTTP`, async () => {
    await using server = serve({ port: 0, onListen() {}, tls }, (request, { httpVersion, connection }) => {
      return Response.json([
        httpVersion,
        request.url,
        connection.tls?.implementation,
        connection.tls?.alpnProtocol,
      ]);
    });
    const url = `https://localhost:${server.addr.port}/`;
    for (const [protocol, version] of [["h2", "HTTP/2"], ["http/1.1", "HTTP/1.1"]] as const) {
      using client = new Client({ roots, protocols: [protocol] });
      assertEquals(await (await client.get(url)).json(), [version, url, by, protocol]);
    }
  });
}

const AES_FIRST = ["TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"] as const;
const ORDERS: readonly (readonly [name: string, tls: ServeTlsOptions, suite: string])[] = [
  ["the server's order decides by default", { identity: IDENTITY }, AES_FIRST[1]],
  [
    "the client's order decides where it is to",
    { identity: IDENTITY, preferServerOrder: false },
    AES_FIRST[0],
  ],
];
for (const [name, tls, suite] of ORDERS) {
  Deno.test(`serve: ${name}, over Ductile's TLS`, async () => {
    await using server = serve(
      { port: 0, onListen() {}, tls },
      (_, info) => new Response(info.connection.tls?.cipherSuite),
    );
    const io = await Deno.connect({ port: server.addr.port });
    await using stream = await new TlsConnector({ roots, cipherSuites: AES_FIRST }).connect("localhost", io);
    assertEquals(stream.connection.cipherSuite, suite);
  });
}

Deno.test("serve: cert and key as Deno.serve takes them", async () => {
  await using server = serve({ port: 0, onListen() {}, ...CERT_AND_KEY }, () => new Response("over TLS"));
  using client = new Client({ roots });
  assertEquals(await (await client.get(`https://localhost:${server.addr.port}/`)).text(), "over TLS");
});

Deno.test("serve: without ALPN a TLS connection speaks HTTP/1.1", async () => {
  await using server = serve(
    { port: 0, onListen() {}, tls: CERT_AND_KEY },
    (_, info) => new Response(info.httpVersion),
  );
  const io = await Deno.connect({ port: server.addr.port });
  await using stream = await new TlsConnector({ roots, alpnProtocols: [] }).connect("localhost", io);
  await stream.write(new TextEncoder().encode("GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"));
  const into = new Uint8Array(1000);
  const count = await stream.read(into);
  assert(new TextDecoder().decode(into.subarray(0, count ?? 0)).endsWith("HTTP/1.1"));
});

Deno.test("serve: a client certificate is asked for, verified and shown to the handler", async () => {
  await using server = serve(
    { port: 0, onListen() {}, tls: { ...CERT_AND_KEY, clientAuth: { roots } } },
    (_, info) => new Response(info.connection.tls?.peerCertificates[0]?.subject),
  );
  const url = `https://localhost:${server.addr.port}/`;
  for (const protocol of ["h2", "http/1.1"] as const) {
    using client = new Client({
      protocols: [protocol],
      tls: new TlsConnector({ roots, identity: { chain: guest.chainPem, key: guest.keyPem } }),
    });
    assertEquals(await (await client.get(url)).text(), "CN=a guest");
    using stranger = new Client({ roots, protocols: [protocol] });
    await assertRejects(() => stranger.get(url), TypeError);
  }
});

Deno.test({
  name: "serve: a client certificate, before curl over both versions of HTTP",
  ignore: !installed("curl"),
  fn: async () => {
    await using server = serve(
      { port: 0, onListen() {}, tls: { ...CERT_AND_KEY, clientAuth: { roots } } },
      (_, info) => new Response(info.connection.tls?.peerCertificates[0]?.subject),
    );
    const folder = await Deno.makeTempDir();
    const write = async (name: string, text: string) => {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      return `${folder}/${name}`;
    };
    const common = ["-sS", "--max-time", "10", "--cacert", await write("ca.pem", authority.certPem)];
    const identity = [
      "--cert",
      await write("c.pem", guest.chainPem),
      "--key",
      await write("k.pem", guest.keyPem),
    ];
    const url = `https://localhost:${server.addr.port}/`;
    for (const version of ["--http2", "--http1.1"]) {
      const known = await new Deno.Command("curl", { args: [...common, version, ...identity, url] }).output();
      assertEquals(new TextDecoder().decode(known.stdout), "CN=a guest");
      const unknown = await new Deno.Command("curl", { args: [...common, version, url] }).output();
      assertEquals([unknown.success, unknown.stdout.length], [false, 0]);
    }
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("serve: stalled handshakes hold up neither other clients nor a shutdown", async () => {
  for (const tls of [CERT_AND_KEY, { identity: IDENTITY }]) {
    const server = serve({ port: 0, onListen() {}, tls }, () => new Response("served"));
    const stalled = await Promise.all(
      Array.from({ length: 5 }, () => Deno.connect({ port: server.addr.port })),
    );
    await stalled[0]?.write(Uint8Array.of(0x16, 3, 1, 1));
    {
      using client = new Client({ roots });
      assertEquals(await (await client.get(`https://localhost:${server.addr.port}/`)).text(), "served");
    }
    await server.shutdown();
    for (const io of stalled) io.close();
  }
});

Deno.test("serve: a handshake that fails is no error of the server", async () => {
  for (const tls of [CERT_AND_KEY, { identity: IDENTITY }]) {
    await using server = serve({ port: 0, onListen() {}, tls }, () => new Response("served"));
    const io = await Deno.connect({ port: server.addr.port });
    await io.write(new TextEncoder().encode("GET / HTTP/1.1\r\nhost: h\r\n\r\n"));
    await new Response(io.readable).text().catch(() => {});
    using client = new Client({ roots });
    assertEquals(await (await client.get(`https://localhost:${server.addr.port}/`)).text(), "served");
  }
});

Deno.test("serve: options of TLS that cannot be used end the server, and finished rejects", async () => {
  const server = serve({
    port: 0,
    onListen() {},
    tls: { identity: { chain: "no certificate", key: "no key" } },
  }, () => new Response());
  const error = await assertRejects(() => server.finished, TlsError);
  assertEquals(error.code, "bad_certificate_pem");
});

async function fingerprintOf(server: HttpServer): Promise<string | undefined> {
  using client = new Client({ tls: new TlsConnector({ roots, sessions: false }) });
  const response = await client.get(`https://localhost:${server.addr.port}/`);
  await response.body?.cancel();
  return response.connection.tls?.peerCertificates?.[0]?.fingerprint;
}

const RENEWED: Readonly<
  Record<string, { readonly tls: ServeTlsOptions; renew(to: Minted): ServeTlsOptions }>
> = {
  "Deno's TLS": { tls: CERT_AND_KEY, renew: (to) => ({ cert: to.chainPem, key: to.keyPem }) },
  "Ductile's TLS": {
    tls: { ...CERT_AND_KEY, sendTickets: 1 },
    renew: (to) => ({ identity: { chain: to.chainPem, key: to.keyPem } }),
  },
};
for (const [name, { tls, renew }] of Object.entries(RENEWED)) {
  Deno.test(`serve: over ${name} another identity is shown from the next handshake on`, async () => {
    const renewed = await mintCertificate(authority, { names: ["localhost"] });
    await using server = serve({ port: 0, onListen() {}, tls }, () => new Response("served"));
    using kept = new Client({ roots });
    const url = `https://localhost:${server.addr.port}/`;
    await (await kept.get(url)).text();
    const before = await fingerprintOf(server);
    await server.setIdentity(renew(renewed));
    const after = await fingerprintOf(server);
    assert(before !== undefined && after !== undefined && before !== after);
    const response = await kept.get(url);
    assertEquals([response.connection.reused, await response.text()], [true, "served"]);
  });

  Deno.test(`serve: over ${name} an identity that cannot be used is refused, and the one before stays`, async () => {
    await using server = serve({ port: 0, onListen() {}, tls }, () => new Response("served"));
    const before = await fingerprintOf(server);
    await assertRejects(() => server.setIdentity({ cert: "no certificate", key: "no key" }));
    assertEquals(await fingerprintOf(server), before);
  });
}

Deno.test("serve: over Deno's TLS another identity is shown although no place is free, and none becomes free by it", async () => {
  const renewed = await mintCertificate(authority, { names: ["localhost"] });
  await using server = serve(
    { port: 0, onListen() {}, tls: CERT_AND_KEY, maxConnections: 1 },
    () => new Response("served"),
  );
  const url = `https://localhost:${server.addr.port}/`;
  using waiting = new Client({ roots });
  {
    using kept = new Client({ roots });
    await (await kept.get(url)).text();
    await server.setIdentity({ cert: renewed.chainPem, key: renewed.keyPem });
    let isServed = false;
    const response = waiting.get(url).then((response) => {
      isServed = true;
      return response.body?.cancel();
    });
    await delay(50);
    assertEquals(isServed, false);
    kept.close();
    await response;
  }
});

Deno.test("serve: TLS on a Unix socket is Ductile's, whatever its options", async () => {
  const path = `${await Deno.makeTempDir()}/s`;
  for (const options of [CERT_AND_KEY, { tls: CERT_AND_KEY }, { tls: { identity: IDENTITY } }]) {
    const server = serve(
      { path, onListen() {}, ...options },
      (_, { connection }) => new Response(connection.tls?.implementation),
    );
    using client = new Client({ roots, unixSocket: path });
    assertEquals(await (await client.get("https://localhost/")).text(), "ductile");
    client.close();
    await server.shutdown();
  }
});

Deno.test("serve: a server without TLS, or with an acceptor, has no identity to exchange", async () => {
  const acceptor = new TlsAcceptor({ identity: IDENTITY });
  for (const options of [{}, { tls: acceptor }]) {
    await using server = serve({ port: 0, onListen() {}, ...options }, () => new Response());
    await assertRejects(() => server.setIdentity(CERT_AND_KEY), TypeError);
  }
});
