/** Handshakes that succeed: names, addresses, protocols, and what is known of the connection afterwards. */

import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { DenoTls, type DenoTlsOptions, DenoTlsStream, type DenoTlsTarget } from "../../../tls/mod.ts";
import { mintAuthority, mintCertificate, type Minted, mintSelfSigned } from "../../support/certificates.ts";
import type { KeyType } from "../../support/keys.ts";
import { drain, type Listening, serveConnections } from "../../support/listening.ts";

const authority = await mintAuthority();
const caCerts = authority.certPem;
const everyName = await mintCertificate(authority, {
  names: ["localhost", "other.test", "*.wild.test", "under_score.test", "xn--bcher-kva.test"],
  ips: ["127.0.0.1", "::1"],
});

function listen(
  certificate: Minted,
  options: { hostname?: string; alpnProtocols?: string[] } = {},
): Listening {
  const { hostname = "127.0.0.1", alpnProtocols = [] } = options;
  const { chainPem: cert, keyPem: key } = certificate;
  return serveConnections(Deno.listenTls({ hostname, port: 0, cert, key, alpnProtocols }), drain);
}

interface NameRow {
  readonly name: string;
  readonly target: Omit<DenoTlsTarget, "port">;
  readonly options?: DenoTlsOptions;
  readonly serverName: string;
}

const NAMES: readonly NameRow[] = [
  { name: "a host name", target: { hostname: "localhost" }, serverName: "localhost" },
  { name: "a host name in capitals", target: { hostname: "LOCALHOST" }, serverName: "localhost" },
  {
    name: "an IPv4 address, by the certificate's IP address",
    target: { hostname: "127.0.0.1" },
    serverName: "127.0.0.1",
  },
  {
    name: "another name than the dialled one, of this connection",
    target: { hostname: "127.0.0.1", serverName: "other.test" },
    serverName: "other.test",
  },
  {
    name: "another name than the dialled one, of all connections",
    target: { hostname: "127.0.0.1" },
    options: { serverName: "other.test" },
    serverName: "other.test",
  },
  {
    name: "the name of the connection where both are given",
    target: { hostname: "127.0.0.1", serverName: "localhost" },
    options: { serverName: "elsewhere.test" },
    serverName: "localhost",
  },
  {
    name: "a name with the dot of the root",
    target: { hostname: "127.0.0.1", serverName: "localhost." },
    serverName: "localhost",
  },
  {
    name: "a name under a wildcard",
    target: { hostname: "127.0.0.1", serverName: "a.wild.test" },
    serverName: "a.wild.test",
  },
  {
    name: "a name with an underscore",
    target: { hostname: "127.0.0.1", serverName: "under_score.test" },
    serverName: "under_score.test",
  },
  {
    name: "a name in Punycode",
    target: { hostname: "127.0.0.1", serverName: "xn--bcher-kva.test" },
    serverName: "xn--bcher-kva.test",
  },
  {
    name: "an IPv6 address as the name only",
    target: { hostname: "127.0.0.1", serverName: "[::1]" },
    serverName: "::1",
  },
  {
    name: "a name that the certificate has not, with dangerAcceptInvalidHostnames",
    target: { hostname: "127.0.0.1", serverName: "stranger.test" },
    options: { dangerAcceptInvalidHostnames: true },
    serverName: "stranger.test",
  },
];

for (const { name, target, options, serverName } of NAMES) {
  Deno.test(`dial verifies ${name}`, async () => {
    await using server = listen(everyName);
    using io = await new DenoTls({ caCerts, ...options }).dial({ ...target, port: server.port });
    assertEquals(io.connection.serverName, serverName);
  });
}

for (const hostname of ["::1", "[::1]"]) {
  Deno.test({
    name: `dial reaches and verifies the IPv6 address ${hostname} (needs IPv6 on loopback)`,
    ignore: !hasIpv6(),
    async fn() {
      await using server = listen(everyName, { hostname: "::1" });
      using io = await new DenoTls({ caCerts }).dial({ hostname, port: server.port });
      assertEquals(io.connection.serverName, "::1");
      assertEquals(io.remoteAddr.hostname, "::1");
    },
  });
}

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

const ALPN = [
  {
    name: "the server's choice of the defaults",
    offered: undefined,
    spoken: ["h2", "http/1.1"],
    chosen: "h2",
  },
  {
    name: "HTTP/1.1 where the server has no HTTP/2",
    offered: undefined,
    spoken: ["http/1.1"],
    chosen: "http/1.1",
  },
  {
    name: "what this connection offers",
    offered: ["http/1.1"],
    spoken: ["h2", "http/1.1"],
    chosen: "http/1.1",
  },
  {
    name: "a protocol of the caller's own",
    offered: ["acme-tls/1"],
    spoken: ["acme-tls/1"],
    chosen: "acme-tls/1",
  },
  { name: "nothing where the server knows no ALPN", offered: undefined, spoken: [], chosen: null },
  { name: "nothing where nothing is offered", offered: [], spoken: ["h2"], chosen: null },
] as const;

for (const { name, offered, spoken, chosen } of ALPN) {
  Deno.test(`ALPN gives ${name}`, async () => {
    await using server = listen(everyName, { alpnProtocols: [...spoken] });
    const options = offered === undefined ? {} : { alpnProtocols: offered };
    using io = await new DenoTls({ caCerts }).dial({ hostname: "localhost", port: server.port }, options);
    assertEquals(io.connection.alpnProtocol, chosen);
    using again = await new DenoTls({ caCerts, ...options }).dial({
      hostname: "localhost",
      port: server.port,
    });
    assertEquals(again.connection.alpnProtocol, chosen);
  });
}

for (const keyType of ["p256", "p384", "rsa", "ed25519"] satisfies KeyType[]) {
  Deno.test(`a chain of ${keyType} keys with an authority in between is verified`, async () => {
    const root = await mintAuthority({ keyType });
    const between = await mintAuthority({ keyType, issuer: root, pathLength: 0 });
    const leaf = await mintCertificate(between, { keyType, names: ["localhost"] });
    await using server = listen(leaf);
    using io = await new DenoTls({ caCerts: root.certPem }).dial({
      hostname: "localhost",
      port: server.port,
    });
    assertEquals(io.connection.serverName, "localhost");
  });
}

Deno.test("a certificate that signed itself and is no authority may be trusted by itself", async () => {
  const device = await mintSelfSigned({ names: ["localhost"] });
  await using server = listen(device);
  using io = await new DenoTls({ caCerts: device.certPem }).dial({
    hostname: "localhost",
    port: server.port,
  });
  assertEquals(io.connection.serverName, "localhost");
});

Deno.test("each of several caCerts is trusted", async () => {
  const others = await Promise.all([mintAuthority(), mintAuthority()]);
  const leaves = await Promise.all(others.map((other) => mintCertificate(other, { names: ["localhost"] })));
  const tls = new DenoTls({ caCerts: others.map((other) => other.certPem) });
  for (const leaf of leaves) {
    await using server = listen(leaf);
    using io = await tls.dial({ hostname: "localhost", port: server.port });
    assertEquals(io.connection.serverName, "localhost");
  }
});

Deno.test("connect adds TLS to a connection that was dialled before, and forwards what was said on it", async () => {
  const echo = async (conn: Deno.TlsConn): Promise<void> => {
    const into = new Uint8Array(64);
    const length = await conn.read(into) ?? 0;
    await conn.write(into.subarray(0, length));
  };
  const { chainPem: cert, keyPem: key } = everyName;
  await using server = serveConnections(Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }), echo);
  const tcp = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  using io = await new DenoTls({ caCerts }).connect("other.test", tcp);
  assertInstanceOf(io, DenoTlsStream);
  assertEquals(io.connection.serverName, "other.test");
  assertEquals(io.timings.connect, 0);
  assertEquals(await io.write(new TextEncoder().encode("over TLS")), 8);
  const into = new Uint8Array(64);
  assertEquals(await io.read(into), 8);
  assertEquals(new TextDecoder().decode(into.subarray(0, 8)), "over TLS");
});

Deno.test("Nagle's algorithm is off on a connection that TLS is added to", async () => {
  await using server = listen(everyName);
  const tcp = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const delays: (boolean | undefined)[] = [];
  const setNoDelay = tcp.setNoDelay.bind(tcp);
  tcp.setNoDelay = (on) => {
    delays.push(on);
    setNoDelay(on);
  };
  using _io = await new DenoTls({ caCerts }).connect("other.test", tcp);
  assertEquals(delays, [true]);
});

Deno.test("the server name of all connections is that of connect, too", async () => {
  await using server = listen(everyName);
  const tcp = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  using io = await new DenoTls({ caCerts, serverName: "other.test" }).connect("stranger.test", tcp);
  assertEquals(io.connection.serverName, "other.test");
});

Deno.test("a connection knows its two ends and how long it took", async () => {
  await using server = listen(everyName);
  using io = await new DenoTls({ caCerts }).dial({ hostname: "127.0.0.1", port: server.port });
  assertEquals(io.remoteAddr.hostname, "127.0.0.1");
  assertEquals(io.remoteAddr.port, server.port);
  assertEquals(io.localAddr.hostname, "127.0.0.1");
  assert(io.timings.connect > 0);
  assert(io.timings.handshake > 0);
});

Deno.test("a connection knows the server's certificate, as far as the runtime tells", async () => {
  await using server = listen(everyName);
  using io = await new DenoTls({ caCerts }).dial({ hostname: "127.0.0.1", port: server.port });
  // If this fails with `undefined`, the runtime has withdrawn its undocumented way, and the documentation is to say so.
  assertEquals(io.connection.peerCertificate, everyName.certDer);
  io.close();
  assertStrictEquals(io.connection.peerCertificate, io.connection.peerCertificate);
});

Deno.test("the server's certificate cannot be had once the connection is closed", async () => {
  await using server = listen(everyName);
  using io = await new DenoTls({ caCerts }).dial({ hostname: "127.0.0.1", port: server.port });
  io.close();
  assertEquals(io.connection.peerCertificate, undefined);
});

Deno.test("a hundred connections at once do not get in each other's way", async () => {
  await using server = listen(everyName, { alpnProtocols: ["h2"] });
  const tls = new DenoTls({ caCerts });
  const dialled = await Promise.all(
    Array.from({ length: 100 }, () => tls.dial({ hostname: "127.0.0.1", port: server.port })),
  );
  assertEquals(dialled.map((io) => io.connection.alpnProtocol), Array(100).fill("h2"));
  for (const io of dialled) io.close();
});
