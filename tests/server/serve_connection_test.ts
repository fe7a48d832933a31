/** `serveConnection` over other transports than sockets. */

import { assertEquals, assertThrows } from "@std/assert";
import { Http1Client } from "../../http1/client/http1_client.ts";
import { Http2Client } from "../../http2/client/http2_client.ts";
import type { Duplex } from "../../io/duplex.ts";
import { serveConnection } from "../../server/serve_connection.ts";
import { RootCertStore, TlsAcceptor, TlsConnector } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { memoryDuplexPair } from "../support/memory_duplex.ts";

const authority = await mintAuthority();
const own = await mintCertificate(authority, { names: ["localhost"] });
const roots = RootCertStore.fromPem(authority.certPem);

/** Asks by either version, and closes. */
async function ask(io: Duplex, version: "h2" | "http/1.1"): Promise<string> {
  const client = version === "h2" ? new Http2Client(io) : new Http1Client(io);
  const request = { method: "GET", scheme: "https", authority: "localhost", target: "/a", fields: [] };
  const { body } = await client.request(request);
  const bytes = body instanceof Uint8Array ? body : await body.read();
  client.close();
  return new TextDecoder().decode(bytes);
}

for (const version of ["h2", "http/1.1"] as const) {
  Deno.test(`serveConnection: a pair in memory, over ${version}`, async () => {
    const [client, server] = memoryDuplexPair();
    const connection = serveConnection(server, (request) => new Response(request.url));
    assertEquals(await ask(client, version), "http://localhost/a");
    await connection.finished;
  });

  Deno.test(`serveConnection: a stream of Ductile's TLS tells its ALPN and facts, over ${version}`, async () => {
    const [client, server] = memoryDuplexPair();
    const identity = { chain: own.chainPem, key: own.keyPem };
    const [secured, stream] = await Promise.all([
      new TlsConnector({ roots, alpnProtocols: [version] }).connect("localhost", client),
      new TlsAcceptor({ identity, alpnProtocols: [version] }).accept(server),
    ]);
    const connection = serveConnection(stream, (request, { connection: { tls } }) => {
      return new Response([request.url, tls?.implementation, tls?.serverName, tls?.protocolVersion].join());
    });
    assertEquals(await ask(secured, version), "https://localhost/a,ductile,localhost,TLSv1.3");
    await connection.finished;
  });

  Deno.test(`serveConnection: a connection of Deno.listenTls tells its ALPN, over ${version}`, async () => {
    using listener = Deno.listenTls({
      port: 0,
      cert: own.chainPem,
      key: own.keyPem,
      alpnProtocols: ["h2", "http/1.1"],
    });
    const { port } = listener.addr;
    const accepted = listener.accept();
    const io = await Deno.connect({ port });
    const secured = new TlsConnector({ roots, alpnProtocols: [version] }).connect("localhost", io);
    const connection = serveConnection(await accepted, (request, info) => {
      return new Response([request.url, info.connection.tls?.alpnProtocol, info.localAddr.port].join());
    });
    assertEquals(await ask(await secured, version), `https://localhost/a,${version},${port}`);
    await connection.finished;
  });
}

Deno.test("serveConnection: facts of the caller go before those of the duplex", async () => {
  const [client, server] = memoryDuplexPair();
  const remoteAddr = { transport: "tcp", hostname: "192.0.2.1", port: 1 } as const;
  const connection = serveConnection(server, (_, info) => new Response(info.remoteAddr.hostname), {
    connection: { remoteAddr },
  });
  assertEquals(await ask(client, "http/1.1"), "192.0.2.1");
  await connection.finished;
});

Deno.test("serveConnection: what is no duplex, and an option that is none, are TypeErrors", () => {
  const [, server] = memoryDuplexPair();
  assertThrows(() => serveConnection({} as Duplex, () => new Response()), TypeError);
  assertThrows(() => serveConnection(server, () => new Response(), { port: 1 } as object), TypeError);
  assertThrows(() => serveConnection(server, undefined as unknown as () => Response), TypeError);
});
