/** Real clients against the server: openssl s_client, curl, gnutls-cli and Deno's TLS. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { nodeCrypto } from "../../../../tls/crypto/node.ts";
import { denoCrypto } from "../../../../tls/crypto/deno.ts";
import { webCrypto } from "../../../../tls/crypto/web.ts";
import { rotatingTicketer } from "../../../../tls/session/ticketer.ts";
import { RootCertStore } from "../../../../tls/x509/root_cert_store.ts";
import { mintCertificate } from "../../../support/certificates.ts";
import type { KeyType } from "../../../support/keys.ts";
import { installed } from "../../../support/peers.ts";
import { AUTHORITY, codeOf, CRYPTO, identityOf, SERVER, serverConfig } from "./server_fixture.ts";
import { listenTls } from "./tcp_server.ts";

/** A folder with the authority in `ca.pem`, a client in `client.pem` and `client.key`. */
async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ductile-" });
  try {
    const client = await mintCertificate(AUTHORITY, { commonName: "client" });
    await Deno.writeTextFile(`${folder}/ca.pem`, AUTHORITY.certPem);
    await Deno.writeTextFile(`${folder}/client.pem`, client.chainPem);
    await Deno.writeTextFile(`${folder}/client.key`, client.keyPem);
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Run {
  readonly success: boolean;
  readonly output: string;
}

/** Runs a client that is handed a line to say. */
async function run(folder: string, program: string, args: readonly string[], input = "ping\n"): Promise<Run> {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: folder,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).catch(() => {}); // it may be gone already
  const { success, stdout, stderr } = await child.output();
  await writer.close().catch(() => {});
  return { success, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

function sClient(port: number, ...more: string[]): string[] {
  return [
    ...["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "example.com", "-CAfile", "ca.pem"],
    ...["-verify_return_error", "-ign_eof", ...more],
  ];
}

const OPENSSL = { ignore: !installed("openssl") };

const KEY_TYPES: readonly KeyType[] = ["p256", "p384", "rsa", "ed25519"];
for (const crypto of [nodeCrypto(), webCrypto(), denoCrypto()]) {
  for (const keyType of KEY_TYPES) {
    Deno.test(
      `openssl s_client shakes hands with a server of ${crypto.name} and ${keyType}, and talks`,
      OPENSSL,
      () =>
        withFolder(async (folder) => {
          const minted = await mintCertificate(AUTHORITY, { names: ["example.com"], keyType });
          await using server = listenTls(serverConfig({ crypto, identity: identityOf(minted) }));
          const { output } = await run(folder, "openssl", sClient(server.port));
          assertMatch(output, /Verify return code: 0/);
          assertMatch(output, /\nping\n/);
          assertEquals(server.errors, []);
        }),
    );
  }
}

for (const { name } of CRYPTO.cipherSuites) {
  Deno.test(`openssl s_client shakes hands in ${name}`, OPENSSL, () =>
    withFolder(async (folder) => {
      await using server = listenTls(serverConfig());
      const { output } = await run(folder, "openssl", sClient(server.port, "-ciphersuites", name));
      assertMatch(output, /\nping\n/);
      assertEquals(server.connections.map(({ facts }) => facts?.cipherSuite), [name]);
    }));
}

const GROUPS = { x25519: "X25519", secp256r1: "P-256", secp384r1: "P-384", secp521r1: "P-521" } as const;
for (const { name } of CRYPTO.groups) {
  const known = Object.entries(GROUPS).find(([ours]) => ours === name)?.[1];
  if (known === undefined) continue;
  for (const first of ["itself", "another"]) {
    const retried = first === "another";
    const kind = retried ? "full_with_hello_retry_request" : "full";
    Deno.test(
      `openssl s_client shakes hands in ${name} when it sends a share for ${first}`,
      OPENSSL,
      () =>
        withFolder(async (folder) => {
          const other = name === "x25519" ? "P-256" : "X25519";
          const groups = retried ? `${other}:${known}` : known;
          await using server = listenTls(serverConfig({ groups: [name] }));
          const { output } = await run(folder, "openssl", sClient(server.port, "-groups", groups));
          assertMatch(output, /\nping\n/);
          const agreed = server.connections.map((
            each,
          ) => [each.facts?.keyExchangeGroup, each.facts?.handshakeKind]);
          assertEquals(agreed, [[name, kind]]);
        }),
    );
  }
}

for (const stateless of [false, true]) {
  Deno.test(
    `openssl s_client resumes ${stateless ? "with a ticketer" : "with a store"}`,
    OPENSSL,
    () =>
      withFolder(async (folder) => {
        const options = stateless ? { ticketer: rotatingTicketer(CRYPTO) } : {};
        await using server = listenTls(serverConfig({ ...options, alpnProtocols: ["h2"] }));
        const args = sClient(server.port, "-alpn", "h2");
        await run(folder, "openssl", [...args, "-sess_out", "session.pem"]);
        const { output } = await run(folder, "openssl", [...args, "-sess_in", "session.pem"]);
        assertMatch(output, /Reused, TLSv1.3/);
        assertMatch(output, /\nping\n/);
        const kinds = server.connections.map((each) => [each.facts?.handshakeKind, each.facts?.alpnProtocol]);
        assertEquals(kinds, [["full", "h2"], ["resumed", "h2"]]);
      }),
  );
}

Deno.test(
  "openssl s_client shows its certificate, and is asked again for nothing when it resumes",
  OPENSSL,
  () =>
    withFolder(async (folder) => {
      const roots = RootCertStore.fromPem(AUTHORITY.certPem);
      await using server = listenTls(serverConfig({ clientAuth: { roots } }));
      const args = sClient(server.port, "-cert", "client.pem", "-key", "client.key");
      await run(folder, "openssl", [...args, "-sess_out", "session.pem"]);
      const { output } = await run(folder, "openssl", [...args, "-sess_in", "session.pem"]);
      assertMatch(output, /\nping\n/);
      const clients = server.connections.map((
        each,
      ) => [each.facts?.handshakeKind, each.facts?.peerCertificates[0]?.subject]);
      assertEquals(clients, [["full", "CN=client"], ["resumed", "CN=client"]]);
    }),
);

Deno.test(
  "openssl s_client without a certificate is told that one is required",
  OPENSSL,
  () =>
    withFolder(async (folder) => {
      const roots = RootCertStore.fromPem(AUTHORITY.certPem);
      await using server = listenTls(serverConfig({ clientAuth: { roots } }));
      const { output } = await run(folder, "openssl", sClient(server.port));
      assertMatch(output, /certificate required/);
      assertEquals(server.errors.map(codeOf), ["certificate_required"]);
    }),
);

Deno.test(
  "openssl s_client of TLS 1.2 is told that its version is the wrong one, where only TLS 1.3 is enabled",
  OPENSSL,
  () =>
    withFolder(async (folder) => {
      await using server = listenTls(serverConfig({ versions: ["TLSv1.3"] }));
      const { output } = await run(folder, "openssl", sClient(server.port, "-tls1_2"));
      assertMatch(output, /alert protocol version/);
      assertEquals(server.errors.map(codeOf), ["unsupported_protocol_version"]);
    }),
);

Deno.test(
  "openssl s_client is handed the OCSP response that it asks for",
  OPENSSL,
  () =>
    withFolder(async (folder) => {
      const ocspResponse = Uint8Array.of(0x30, 3, 0x0a, 1, 6); // OCSPResponse of status unauthorized
      await using server = listenTls(serverConfig({ identity: identityOf(SERVER, ocspResponse) }));
      const { output } = await run(folder, "openssl", sClient(server.port, "-status"));
      assertMatch(output, /OCSP Response Status: unauthorized/);
    }),
);

Deno.test(
  "openssl s_client that has early data to send keeps it back, and talks",
  OPENSSL,
  () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/early.txt`, "early data\n");
      await using server = listenTls(serverConfig());
      const args = sClient(server.port);
      await run(folder, "openssl", [...args, "-sess_out", "session.pem"]);
      // The ticket allows no early data, and so s_client sends none; that it was asked to must do no harm.
      const { output } = await run(folder, "openssl", [
        ...args,
        ...["-sess_in", "session.pem", "-early_data", "early.txt"],
      ]);
      assertMatch(output, /\nping\n/);
    }),
);

const HTTP_ANSWER = new TextEncoder().encode(
  "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello",
);

Deno.test("curl fetches from the server", { ignore: !installed("curl") }, () =>
  withFolder(async (folder) => {
    await using server = listenTls(serverConfig({ alpnProtocols: ["http/1.1"] }), () => HTTP_ANSWER);
    const { success, output } = await run(folder, "curl", [
      ...["--silent", "--show-error", "--cacert", "ca.pem", "--http1.1", "--noproxy", "*"],
      ...["--resolve", `example.com:${server.port}:127.0.0.1`, `https://example.com:${server.port}/`],
    ]);
    assertEquals({ success, output }, { success: true, output: "hello" });
    const agreed = server.connections.map((each) => [each.facts?.alpnProtocol, each.facts?.serverName]);
    assertEquals(agreed, [["http/1.1", "example.com"]]);
  }));

Deno.test(
  "gnutls-cli shakes hands and talks",
  { ignore: !installed("gnutls-cli") },
  () =>
    withFolder(async (folder) => {
      await using server = listenTls(serverConfig());
      const { output } = await run(folder, "gnutls-cli", [
        ...["--x509cafile", "ca.pem", "--sni-hostname", "example.com", "--verify-hostname", "example.com"],
        ...["--port", `${server.port}`, "127.0.0.1"],
      ]);
      assertMatch(output, /Handshake was completed/);
      assertMatch(output, /\nping\n/);
    }),
);

Deno.test("Deno.connectTls shakes hands and talks", async () => {
  await using server = listenTls(serverConfig({ alpnProtocols: ["h2", "http/1.1"] }));
  const connection = await Deno.connectTls({
    hostname: "localhost",
    port: server.port,
    caCerts: [AUTHORITY.certPem],
    alpnProtocols: ["http/1.1", "h2"],
  });
  const { alpnProtocol } = await connection.handshake();
  await connection.write(new TextEncoder().encode("ping"));
  const buffer = new Uint8Array(16);
  const length = await connection.read(buffer);
  assertEquals(new TextDecoder().decode(buffer.subarray(0, length ?? 0)), "ping");
  assertEquals(await connection.read(buffer), null);
  connection.close();
  assertEquals(alpnProtocol, "h2");
  assertEquals(server.errors, []);
});

Deno.test("Deno.connectTls does not trust a server of another authority, and says so", async () => {
  await using server = listenTls(serverConfig());
  const connection = await Deno.connectTls({ hostname: "localhost", port: server.port });
  await assertRejects(() => connection.handshake());
  connection.close();
  for (let tries = 0; server.errors.length === 0 && tries < 1000; tries++) await delay(5);
  assertEquals(server.errors.map(codeOf), ["handshake_failed"]);
  assert(server.connections.every(({ isHandshaking }) => isHandshaking));
});
