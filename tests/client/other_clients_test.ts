/** What other clients got wrong, as far as no other test is about it: rows `D-..` of the bad inputs. */

import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { Client, ClientError, type ClientOptions } from "../../mod.ts";
import { TlsConnector } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { scriptedServer } from "../support/scripted_server.ts";
import { startHttp2Proxy } from "./proxy/http2_proxy.ts";

const authority = await mintAuthority();
const certificate = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1", "::1"] });
const { chainPem: cert, keyPem: key } = certificate;
const caCerts = authority.certPem;

/** Each TLS, by an option that chooses it. */
const TLS: Readonly<Record<string, ClientOptions>> = {
  "Deno's TLS": { caCerts },
  "Ductile's TLS": { caCerts, roots: "mozilla" },
};

/** Whether this machine has the loopback address of IPv6. */
function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

for (const [tls, options] of Object.entries(TLS)) {
  Deno.test({
    name: `D-01: an https: URL with an IPv6 address is verified against the certificate's addresses: ${tls}`,
    ignore: !hasIpv6(),
    fn: async () => {
      await using server = Deno.serve(
        { hostname: "::1", port: 0, cert, key, onListen() {} },
        ({ url }) => new Response(new URL(url).host),
      );
      using client = new Client(options);
      const host = `[::1]:${server.addr.port}`;
      assertEquals(await (await client.get(`https://${host}/`)).text(), host);

      const other = await mintCertificate(authority, { names: ["localhost"], ips: ["::2"] });
      await using wrong = Deno.serve(
        { hostname: "::1", port: 0, cert: other.chainPem, key: other.keyPem, onListen() {} },
        () => new Response(),
      );
      const error = await assertRejects(
        () => client.get(`https://[::1]:${wrong.addr.port}/`),
        ClientError,
      );
      assertEquals(error.code, "certificate_wrong_name", error.detail);
    },
  });

  Deno.test(`D-02: the server gets an alert about a certificate that is not trusted: ${tls}`, async () => {
    using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
    const accepted = (async () => {
      using conn = await listener.accept();
      return await conn.handshake().then(() => "a handshake", String);
    })();
    const { caCerts: _, ...untrusting } = options;
    using client = new Client(untrusting);
    await assertRejects(() => client.get(`https://127.0.0.1:${listener.addr.port}/`), ClientError);
    assertMatch(await accepted, /received fatal alert: (UnknownC[aA]|BadCertificate)/);
  });

  Deno.test(`D-05: an upgrade of a new connection offers HTTP/1.1 alone: ${tls}`, async () => {
    using listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port: 0,
      cert,
      key,
      alpnProtocols: ["h2", "http/1.1"],
    });
    const accepted = (async () => {
      using conn = await listener.accept();
      const { alpnProtocol } = await conn.handshake();
      const into = new Uint8Array(4_096);
      const head = new TextDecoder().decode(into.subarray(0, await conn.read(into) ?? 0));
      await conn.write(
        new TextEncoder().encode(
          "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: greeting\r\n\r\nhello",
        ),
      );
      await conn.read(into); // until the other end closes
      return [alpnProtocol, head.split("\r\n", 1)[0]];
    })();
    using client = new Client(options);
    const tunnel = await client.upgrade(`https://localhost:${listener.addr.port}/chat`, {
      protocol: "greeting",
    });
    const into = new Uint8Array(8);
    assertEquals(await tunnel.read(into), 5);
    tunnel.close();
    assertEquals(await accepted, ["http/1.1", "GET /chat HTTP/1.1"]);
  });

  Deno.test(`D-15: over HTTP/2, :scheme and :authority are those of the URL, and there is no host: ${tls}`, async () => {
    await using server = startHttp2Proxy(certificate, (event, { machine }) => {
      if (event.type === "request") machine.sendResponse(event.streamId, 204, [], true);
    });
    using client = new Client(options);
    assertEquals((await client.get(`https://me:pw@localhost:${server.port}/a?b#c`)).status, 204);
    const [request] = server.requests;
    assertEquals([request?.scheme, request?.authority, request?.path], [
      "https",
      `localhost:${server.port}`,
      "/a?b",
    ]);
    assert(!request?.fields.some(([name]) => name === "host"));
  });
}

const EXCLUDING: Readonly<Record<string, ClientOptions>> = {
  "roots beside a connector": { tls: new TlsConnector({ dangerAcceptInvalidCerts: true }), roots: "mozilla" },
  "authorities beside a connector": { tls: new TlsConnector({ dangerAcceptInvalidCerts: true }), caCerts },
  "an identity beside a connector": { tls: new TlsConnector({ dangerAcceptInvalidCerts: true }), cert, key },
  "roots that are of no use": { dangerAcceptInvalidCerts: true, roots: "native" },
  "a certificate without its key": { cert },
  "a certificate that is none": { caCerts: "no PEM" },
};

for (const [name, options] of Object.entries(EXCLUDING)) {
  Deno.test(`D-07: ${name}: refused when the client is built, none is dropped`, () => {
    assertThrows(() => new Client(options), ClientError);
  });
}

Deno.test("D-07: roots, authorities, a pin and an identity hold together", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen() {} },
    () => new Response(),
  );
  const url = `https://localhost:${server.addr.port}/`;
  const pin = `sha256/${
    new Uint8Array(await crypto.subtle.digest("SHA-256", certificate.key.spki)).toBase64()
  }`;
  const all: ClientOptions = { roots: "mozilla", caCerts, pins: [pin], cert, key };
  using client = new Client(all);
  assertEquals((await client.get(url)).status, 200);
  const { caCerts: _, ...withoutAuthority } = all;
  for (
    const [options, code] of [
      [withoutAuthority, "certificate_unknown_issuer"],
      [{ ...all, pins: [`sha256/${"A".repeat(43)}=`] }, "pin_mismatch"],
    ] as const
  ) {
    using other = new Client(options);
    assertEquals((await assertRejects(() => other.get(url), ClientError)).code, code);
  }
});

Deno.test("D-11: a default field of several values is sent with all of them", async () => {
  await using server = scriptedServer(async (peer) => {
    const head = await peer.readHead() ?? "";
    assertMatch(head, /\r\nx-tag: one, two\r\n|\r\nx-tag: one\r\nx-tag: two\r\n/);
    await peer.send("HTTP/1.1 204 No\r\n\r\n");
    await peer.untilClosed();
  });
  using client = new Client({ headers: [["x-tag", "one"], ["x-tag", "two"]] });
  assertEquals((await client.get(server.url)).status, 204);
});

Deno.test("D-20: with an idle timeout of 0, a connection is closed after its request", async () => {
  let closed = 0;
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 204 No\r\n\r\n");
    await peer.untilClosed();
    closed++;
  });
  using client = new Client({ pool: { idleTimeout: 0 } });
  for (let i = 1; i <= 2; i++) {
    assertEquals((await client.get(server.url)).status, 204);
    await eventually("the connection is closed", () => closed === i);
  }
  assertEquals([server.connections, client.stats().connections], [2, 0]);
});

Deno.test("D-41: a POST and a PUT without content say so", async () => {
  const heads: string[] = [];
  await using server = scriptedServer(async (peer) => {
    for (let head = await peer.readHead(); head !== undefined; head = await peer.readHead()) {
      heads.push(head);
      await peer.send("HTTP/1.1 204 No\r\n\r\n");
    }
  });
  using client = new Client();
  await client.post(server.url);
  await client.put(server.url);
  await client.get(server.url);
  assertEquals(heads.map((head) => /\r\ncontent-length: 0\r\n/.test(head)), [true, true, false]);
});
