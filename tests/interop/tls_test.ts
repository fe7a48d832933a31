/**
 * Certificates and ALPN, as a user of the client meets them with real servers.
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { Client, ClientError, type ClientErrorCode, type ClientOptions } from "../../mod.ts";
import {
  type CertificateOptions,
  mintAuthority,
  mintCertificate,
  type Minted,
  mintSelfSigned,
} from "../support/certificates.ts";
import { installed, startNghttpd, startNginx, startOpenssl } from "../support/peers.ts";
import { startScriptedSite } from "./sites/scripts.ts";
import { byDuctileTls, trusting, WAYS } from "./site.ts";

const HOUR = 3_600_000;
const LOCALHOST: CertificateOptions = { names: ["localhost"], ips: ["127.0.0.1", "::1"] };

async function refused(code: ClientErrorCode, client: Client, url: string): Promise<ClientError> {
  const error = await assertRejects(() => client.get(url));
  assertInstanceOf(error, ClientError);
  assertEquals(error.code, code, error.message);
  // Nothing is left of the attempt, and the next one does not hang on it.
  assertEquals(client.stats(), { connections: 0, idle: 0, connecting: 0, waiting: 0, origins: {} });
  return error;
}

/** Certificates that must be refused. */
const REFUSED: readonly {
  readonly name: string;
  readonly code: ClientErrorCode;
  readonly mint: (authority: Minted) => Promise<Minted>;
  /** What the message must say. */
  readonly says?: string;
}[] = [
  {
    name: "a certificate of another authority",
    code: "certificate_unknown_issuer",
    mint: async () => await mintCertificate(await mintAuthority(), LOCALHOST),
  },
  {
    name: "a certificate that signed itself",
    code: "certificate_unknown_issuer",
    mint: () => mintSelfSigned(LOCALHOST),
  },
  {
    name: "a certificate for another name",
    code: "certificate_wrong_name",
    mint: (authority) => mintCertificate(authority, { names: ["other.test"] }),
    says: "other.test",
  },
  {
    name: "a certificate for the address, when the name is asked for",
    code: "certificate_wrong_name",
    mint: (authority) => mintCertificate(authority, { commonName: "localhost", ips: ["127.0.0.1"] }),
  },
  {
    name: "a certificate that has expired",
    code: "certificate_expired",
    mint: (authority) =>
      mintCertificate(authority, { ...LOCALHOST, notAfter: new Date(Date.now() - HOUR / 2) }),
  },
  {
    name: "a certificate that is not valid yet",
    code: "certificate_not_yet_valid",
    mint: (authority) => mintCertificate(authority, { ...LOCALHOST, notBefore: new Date(Date.now() + HOUR) }),
  },
  {
    name: "a certificate whose signature does not verify",
    code: "certificate_invalid",
    mint: (authority) => mintCertificate(authority, { ...LOCALHOST, corruptSignature: true }),
  },
  {
    name: "a certificate that is not for servers",
    code: "certificate_invalid",
    mint: (authority) => mintCertificate(authority, { ...LOCALHOST, eku: ["clientAuth"] }),
  },
];

const BOTH = [
  { name: "Deno's TLS", way: WAYS.https2 },
  { name: "Ductile's TLS", way: byDuctileTls(WAYS.https2) },
];

for (const { name: path, way } of BOTH) {
  for (const { name, code, mint, says } of REFUSED) {
    Deno.test({
      name: `${path}: ${name} is refused as ${code} (nginx)`,
      ignore: !installed("nginx"),
      async fn() {
        const authority = await mintAuthority();
        await using nginx = await startNginx({ certificate: await mint(authority) });
        for (const protocols of [["h2", "http/1.1"], ["http/1.1"]] as const) {
          using client = new Client({ ...trusting(way, authority.certPem), protocols });
          const error = await refused(code, client, `https://localhost:${nginx.https}/`);
          if (says !== undefined) assertStringIncludes(error.detail, says);
        }
      },
    });
  }

  Deno.test({
    name:
      `${path}: a certificate is accepted by name, by IPv4 and by IPv6 address, through an intermediate authority (node)`,
    ignore: !installed("node"),
    async fn() {
      const authority = await mintAuthority();
      const between = await mintAuthority({ issuer: authority });
      const certificate = await mintCertificate(between, LOCALHOST);
      for (const served of [WAYS.https1, WAYS.https2]) {
        await using site = await startScriptedSite("node", served, certificate);
        using client = new Client(trusting(way, authority.certPem));
        for (const host of ["localhost", "127.0.0.1", ...(hasIpv6() ? ["[::1]"] : [])]) {
          const response = await client.get(`https://${host}:${site.port}/`);
          assertEquals([response.status, await response.text()], [200, "hello from Node\n"]);
          const { tls, remoteAddress } = response.connection;
          assertEquals(tls?.serverName, host.replace(/[[\]]/g, ""));
          if (host !== "localhost") assertEquals(remoteAddress?.hostname, host.replace(/[[\]]/g, ""));
          const { peerCertificate } = tls ?? {};
          if (peerCertificate !== undefined) assertEquals(peerCertificate, certificate.certDer);
        }
      }
    },
  });

  Deno.test({
    name: `${path}: a client certificate is shown over HTTP/1.1 and HTTP/2, and its absence is told (nginx)`,
    ignore: !installed("nginx"),
    async fn() {
      const authority = await mintAuthority();
      const clients = await mintAuthority();
      const certificate = await mintCertificate(authority, LOCALHOST);
      const own = await mintCertificate(clients, { commonName: "a client", eku: ["clientAuth"] });
      await using nginx = await startNginx({ certificate, clientAuthorities: clients.certPem });
      const identity = { cert: own.chainPem, key: own.keyPem };
      for (const [port, version] of [[nginx.https, "HTTP/2"], [nginx.https1, "HTTP/1.1"]] as const) {
        using known = new Client({ ...trusting(way, authority.certPem), ...identity });
        const response = await known.get(`https://localhost:${port}/client`);
        assertEquals([response.httpVersion, await response.text()], [version, "CN=a client\n"]);
        using unknown = new Client(trusting(way, authority.certPem));
        const refusal = await unknown.get(`https://localhost:${port}/client`);
        assertEquals(refusal.status, 400); // nginx finishes the handshake, and says it in HTTP
        await refusal.body?.cancel();
      }
    },
  });

  Deno.test({
    name:
      `${path}: a server that ends TLS for want of a client certificate is a failed handshake with a hint (openssl)`,
    ignore: !installed("openssl"),
    async fn() {
      const authority = await mintAuthority();
      const certificate = await mintCertificate(authority, LOCALHOST);
      const own = await mintCertificate(authority, { commonName: "a client", eku: ["clientAuth"] });
      const stranger = await mintCertificate(await mintAuthority(), { commonName: "a stranger" });
      const args = ["-WWW", "-Verify", "2", "-verify_return_error", "-CAfile", "authorities.pem"];
      for (const version of ["-tls1_2", "-tls1_3"]) {
        await using server = await startOpenssl({
          certificate,
          clientAuthorities: authority.certPem,
          args: [...args, version],
        });
        const url = `https://localhost:${server.port}/cert.pem`;
        using known = new Client({
          ...trusting(way, authority.certPem),
          cert: own.chainPem,
          key: own.keyPem,
        });
        assertEquals(await (await known.get(url)).text(), certificate.chainPem);
        const identities: ClientOptions[] = [{}, { cert: stranger.chainPem, key: stranger.keyPem }];
        for (const identity of identities) {
          using unknown = new Client({ ...trusting(way, authority.certPem), ...identity });
          // An alert of its own for a certificate that is missing came with TLS 1.3.
          const isNamed = version === "-tls1_3" && identity.cert === undefined;
          const code = isNamed ? "client_certificate_required" : "handshake_failed";
          const error = await refused(code, unknown, url);
          assertStringIncludes(error.hint ?? "", "cert");
        }
      }
    },
  });
}

/** Servers that speak one protocol, or do not say which. */
const ALPN: readonly {
  readonly name: string;
  readonly program: string;
  readonly protocols?: ClientOptions["protocols"];
  readonly start: (certificate: Minted) => Promise<AsyncDisposable & { readonly port: number }>;
  readonly path?: string;
  /** What is spoken, and what ALPN chose; or how it fails. */
  readonly speaks?: readonly [version: string, alpn: string | null | undefined];
  readonly fails?: readonly ClientErrorCode[];
}[] = [
  {
    name: "a server without ALPN is spoken to in HTTP/1",
    program: "openssl",
    start: (certificate) => startOpenssl({ certificate, args: ["-WWW"] }),
    path: "/cert.pem",
    speaks: ["HTTP/1.0", null],
  },
  {
    name: "a server without ALPN and with TLS 1.2 at most is spoken to in HTTP/1",
    program: "openssl",
    start: (certificate) => startOpenssl({ certificate, args: ["-WWW", "-tls1_2"] }),
    path: "/cert.pem",
    speaks: ["HTTP/1.0", null],
  },
  {
    name: "a server without ALPN fails a client that only knows HTTP/2",
    program: "openssl",
    protocols: ["h2"],
    start: (certificate) => startOpenssl({ certificate, args: ["-WWW"] }),
    path: "/cert.pem",
    fails: ["handshake_failed"],
  },
  {
    name: "a server that only knows HTTP/2 gets it",
    program: "nghttpd",
    start: (certificate) => startNghttpd({ certificate, files: { "index.html": "hello" } }),
    speaks: ["HTTP/2", "h2"],
  },
  {
    name: "a server that only knows HTTP/1.1 gets it",
    program: "node",
    start: (certificate) => startScriptedSite("node", WAYS.https1, certificate),
    speaks: ["HTTP/1.1", "http/1.1"],
  },
  {
    name: "a server that knows both gets what is first in protocols",
    program: "deno",
    protocols: ["http/1.1"],
    start: (certificate) => startScriptedSite("deno", WAYS.https2, certificate),
    speaks: ["HTTP/1.1", "http/1.1"],
  },
  {
    name: "a server that only knows HTTP/2 fails a client that only knows HTTP/1.1",
    program: "node",
    protocols: ["http/1.1"],
    start: (certificate) => startScriptedSite("node", WAYS.https2, certificate),
    fails: ["handshake_failed", "connection_closed"],
  },
  {
    name: "a server that only knows HTTP/1.1 fails a client that only knows HTTP/2",
    program: "node",
    protocols: ["h2"],
    start: (certificate) => startScriptedSite("node", WAYS.https1, certificate),
    fails: ["handshake_failed"],
  },
];

for (const { name, program, protocols, start, path = "/", speaks, fails } of ALPN) {
  Deno.test({
    name: `${name} (${program})`,
    ignore: program !== "deno" && !installed(program),
    async fn() {
      const authority = await mintAuthority();
      await using server = await start(await mintCertificate(authority, LOCALHOST));
      using client = new Client({ caCerts: authority.certPem, ...(protocols && { protocols }) });
      const url = `https://localhost:${server.port}${path}`;
      if (fails !== undefined) {
        const error = await assertRejects(() => client.get(url), ClientError);
        assert(fails.includes(error.code), error.message);
        return;
      }
      const response = await client.get(url);
      await response.bytes();
      assertEquals(response.status, 200);
      assertEquals([response.httpVersion, response.connection.tls?.alpnProtocol], speaks);
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
