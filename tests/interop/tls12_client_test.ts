/** `Client` and the command line before servers that have nothing newer than TLS 1.2, as a new user meets them. */

import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { Client, ClientError, type ClientOptions } from "../../mod.ts";
import { RootCertStore } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { ROOT } from "../support/checkout.ts";
import { installed, startNginx, startOpenssl } from "../support/peers.ts";
import { run } from "../support/run.ts";

const authority = await mintAuthority();
const certificate = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
const ownAuthority = await mintAuthority();
const own = await mintCertificate(ownAuthority, { commonName: "a client", eku: ["clientAuth"] });
const roots = RootCertStore.fromPem(authority.certPem);
const digest = await crypto.subtle.digest("SHA-256", certificate.key.spki);

interface Server extends AsyncDisposable {
  readonly port: number;
}

/** Servers of TLS 1.2 alone, with a path and what is there; one asks for a certificate of the client's. */
const SERVERS: readonly {
  readonly program: string;
  readonly start: (asks: boolean) => Promise<Server>;
  readonly path: string;
  readonly content: string;
}[] = [
  {
    program: "openssl",
    start: (asks) =>
      startOpenssl({
        certificate,
        clientAuthorities: ownAuthority.certPem,
        args: [
          ...["-tls1_2", "-WWW"],
          ...(asks ? ["-Verify", "2", "-verify_return_error", "-CAfile", "authorities.pem"] : []),
        ],
      }),
    path: "cert.pem",
    content: certificate.chainPem,
  },
  {
    program: "nginx",
    start: (asks) =>
      startNginx({
        certificate,
        protocols: "TLSv1.2",
        ...(asks && { clientAuthorities: ownAuthority.certPem }),
      }),
    path: "",
    content: "hello from nginx\n",
  },
];

/** Options that Deno's TLS cannot honour, and which therefore choose Ductile's. */
const OPTIONS: readonly {
  readonly name: string;
  readonly options: ClientOptions;
  /** Whether the server asks for a certificate. */
  readonly asks?: boolean;
}[] = [
  { name: "pins", options: { pins: [`sha256/${encodeBase64(digest)}`], roots } },
  {
    name: "pins and caCerts",
    options: { pins: [`sha256/${encodeBase64(digest)}`], caCerts: authority.certPem },
  },
  { name: "verifier", options: { verifier: () => {} } },
  { name: "roots", options: { roots } },
  { name: "dangerAcceptInvalidCerts", options: { dangerAcceptInvalidCerts: true } },
  { name: "dangerAcceptInvalidHostnames", options: { dangerAcceptInvalidHostnames: true, roots } },
  { name: "keyLog", options: { keyLog: () => {}, roots } },
  { name: "cert and key", options: { cert: own.chainPem, key: own.keyPem, roots }, asks: true },
];

for (const { program, start, path, content } of SERVERS) {
  for (const { name, options, asks = false } of OPTIONS) {
    Deno.test({
      name: `a client with ${name} reaches ${program} by TLS 1.2, and says so`,
      ignore: !installed(program),
      async fn() {
        await using server = await start(asks);
        using client = new Client(options);
        const response = await client.fetch(`https://localhost:${server.port}/${path}`);
        assertEquals(await response.text(), content);
        const { tls } = response.connection;
        assertEquals([tls?.implementation, tls?.protocolVersion], ["ductile", "TLSv1.2"]);
      },
    });
  }

  Deno.test({
    name: `a client with cert, key and caCerts shows its certificate to ${program} by Deno's TLS`,
    ignore: !installed(program),
    async fn() {
      await using server = await start(true);
      using client = new Client({ cert: own.chainPem, key: own.keyPem, caCerts: authority.certPem });
      const response = await client.fetch(`https://localhost:${server.port}/${path}`);
      assertEquals(await response.text(), content);
      assertEquals(response.connection.tls?.implementation, "deno");
    },
  });

  Deno.test({
    name:
      `a client is refused by ${program} of TLS 1.2, or told so by HTTP, without the certificate that it wants`,
    ignore: !installed(program),
    async fn() {
      await using server = await start(true);
      using client = new Client({ roots });
      const request = client.fetch(`https://localhost:${server.port}/${path}`);
      if (program === "nginx") return assertEquals(await statusOf(request), 400);
      const error = await assertRejects(() => request, ClientError);
      assertEquals(error.code, "handshake_failed");
      assertStringIncludes(error.hint ?? "", "client certificate");
    },
  });

  Deno.test({
    name: `cli: -k reaches ${program} by TLS 1.2, and -v says so`,
    ignore: !installed(program),
    async fn() {
      await using server = await start(false);
      const { code, stdout, stderr } = await ductile("-kv", `https://localhost:${server.port}/${path}`);
      assertEquals({ code, stdout }, { code: 0, stdout: content }, stderr);
      assertMatch(
        stderr,
        /\n\* TLS handshake with "localhost" in .* ALPN .*; TLSv1\.2, TLS_ECDHE_ECDSA_\w+, \w+\n/,
      );
    },
  });
}

async function statusOf(request: ReturnType<Client["fetch"]>): Promise<number> {
  const response = await request;
  await response.body?.cancel();
  return response.status;
}

const MOD = new URL("cli/mod.ts", ROOT).href;

function ductile(...args: string[]): ReturnType<typeof run> {
  return run("deno", ["run", "--no-prompt", "--allow-net", MOD, ...args]);
}

/** Servers whose TLS is too old, with what the client says of them. */
const TOO_OLD: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly code: string;
  readonly says: RegExp;
}[] = [
  {
    name: "TLS 1.1",
    args: ["-tls1_1", "-cipher", "ALL@SECLEVEL=0"],
    code: "handshake_failed",
    says: /nothing newer than TLS 1\.1/,
  },
  {
    name: "TLS 1.0",
    args: ["-tls1", "-cipher", "ALL@SECLEVEL=0"],
    code: "handshake_failed",
    says: /nothing newer than TLS 1\.1/,
  },
  {
    name: "suites of CBC alone",
    args: ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
    code: "handshake_failed",
    says: /ECDHE with AES-GCM or ChaCha20-Poly1305/,
  },
];

for (const { name, args, code, says } of TOO_OLD) {
  Deno.test({
    name: `a server of ${name} is refused with a hint, by client and command line`,
    ignore: !installed("openssl"),
    async fn() {
      await using server = await startOpenssl({ certificate, args });
      const url = `https://localhost:${server.port}/`;
      using client = new Client({ dangerAcceptInvalidCerts: true });
      const error = await assertRejects(() => client.fetch(url), ClientError);
      assertEquals(error.code, code);
      assertMatch(error.hint ?? "", says);
      const { code: exit, stderr } = await ductile("-ks", url);
      assertEquals(exit, 35);
      assertMatch(stderr, says);
    },
  });
}
