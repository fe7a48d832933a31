/** Client certificates, against servers that ask for them. */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { DenoTls, TlsError } from "../../../tls/mod.ts";
import { mintAuthority, mintCertificate, type Minted } from "../../support/certificates.ts";
import type { KeyType } from "../../support/keys.ts";
import { installed, type OpensslOptions, type Peer, startNginx, startOpenssl } from "../../support/peers.ts";
import { encodePem } from "../../../io/pem_writer.ts";
import { run } from "../../support/run.ts";

const authority = await mintAuthority();
const caCerts = authority.certPem;
const certificate = await mintCertificate(authority, { names: ["localhost", "other.test"] });
const client = await mintCertificate(authority, { commonName: "the client" });
const between = await mintAuthority({ issuer: authority });
const stranger = await mintCertificate(await mintAuthority(), { commonName: "a stranger" });
const ignore = !installed("openssl");

const identityOf = (minted: Minted): { cert: string; key: string } => ({
  cert: minted.chainPem,
  key: minted.keyPem,
});

/** A server that asks for certificates, and sends lines back reversed. */
function startServer(version: "-tls1_2" | "-tls1_3", options: Partial<OpensslOptions> = {}): Promise<Peer> {
  const args = ["-Verify", "2", "-verify_return_error", "-rev", version];
  return startOpenssl({
    certificate,
    clientAuthorities: caCerts,
    args: [...args, "-CAfile", "authorities.pem"],
    ...options,
  });
}

/** Sends a line, and gives what comes back. */
async function reverse(tls: DenoTls, port: number, serverName?: string): Promise<string> {
  const target = { hostname: "localhost", port, ...(serverName !== undefined && { serverName }) };
  using io = await tls.dial(target, { alpnProtocols: [] });
  await io.write(new TextEncoder().encode("draw a wire\n"));
  const into = new Uint8Array(64);
  try {
    const length = await io.read(into) ?? 0;
    return new TextDecoder().decode(into.subarray(0, length));
  } catch (error) {
    throw io.explain(error);
  }
}

for (const version of ["-tls1_2", "-tls1_3"] as const) {
  for (const keyType of ["p256", "p384", "rsa", "ed25519"] satisfies KeyType[]) {
    Deno.test({
      name: `a client certificate with a ${keyType} key is accepted (openssl ${version})`,
      ignore,
      async fn() {
        await using server = await startServer(version);
        const minted = await mintCertificate(authority, { commonName: "a client", keyType });
        assertEquals(
          await reverse(new DenoTls({ caCerts, ...identityOf(minted) }), server.port),
          "eriw a ward\n",
        );
      },
    });
  }

  Deno.test({
    name: `a client certificate is sent with the authority in between (openssl ${version})`,
    ignore,
    async fn() {
      await using server = await startServer(version);
      const minted = await mintCertificate(between, { commonName: "a client" });
      assertEquals(
        await reverse(new DenoTls({ caCerts, ...identityOf(minted) }), server.port),
        "eriw a ward\n",
      );
    },
  });

  Deno.test({
    name: `a client certificate goes with another server name than the dialled one (openssl ${version})`,
    ignore,
    async fn() {
      await using server = await startServer(version);
      const tls = new DenoTls({ caCerts, ...identityOf(client) });
      assertEquals(await reverse(tls, server.port, "other.test"), "eriw a ward\n");
      const error = await assertRejects(() => reverse(tls, server.port, "stranger.test"), TlsError);
      assertEquals(error.code, "certificate_wrong_name");
    },
  });

  Deno.test({
    name: `a server that wants a client certificate and gets none refuses with a hint (openssl ${version})`,
    ignore,
    async fn() {
      await using server = await startServer(version);
      const error = await assertRejects(() => reverse(new DenoTls({ caCerts }), server.port), TlsError);
      assertEquals(error.code, version === "-tls1_2" ? "handshake_failed" : "certificate_required");
      // TLS 1.2 has no alert of its own for it (RFC 5246 §7.4.6), TLS 1.3 has (RFC 9846 §4.5.2).
      assertEquals(error.alert, version === "-tls1_2" ? "handshake_failure" : "certificate_required");
      assert(error.hint?.includes("client certificate"), error.hint);
    },
  });

  Deno.test({
    name: `a server that does not know the client's authority refuses with a hint (openssl ${version})`,
    ignore,
    async fn() {
      await using server = await startServer(version);
      const tls = new DenoTls({ caCerts, ...identityOf(stranger) });
      const error = await assertRejects(() => reverse(tls, server.port), TlsError);
      assertEquals(error.code, "handshake_failed");
      assertEquals(error.alert, "unknown_ca");
      assertEquals(
        error.hint,
        "The server refuses the client's certificate, or that there is none; check cert and key.",
      );
    },
  });
}

Deno.test({
  name: "a client certificate does not weaken the check of the server's (openssl)",
  ignore,
  async fn() {
    await using server = await startServer("-tls1_3");
    const error = await assertRejects(() => reverse(new DenoTls(identityOf(client)), server.port), TlsError);
    assertEquals(error.code, "certificate_unknown_issuer");
  },
});

for (const [label, conversion] of [["EC PRIVATE KEY", "ec"], ["RSA PRIVATE KEY", "rsa"]] as const) {
  Deno.test({
    name: `a key in the old form "${label}" is taken (openssl)`,
    ignore,
    async fn() {
      const minted = await mintCertificate(authority, { keyType: conversion === "ec" ? "p256" : "rsa" });
      const traditional = conversion === "rsa" ? ["-traditional"] : [];
      const { stdout: key } = await run("openssl", [conversion, ...traditional], { stdin: minted.keyPem });
      assert(key.includes(label), "openssl writes the old form");
      await using server = await startServer("-tls1_3");
      assertEquals(
        await reverse(new DenoTls({ caCerts, cert: minted.certPem, key }), server.port),
        "eriw a ward\n",
      );
    },
  });
}

Deno.test({
  name: "a client certificate shows in what nginx says of the client (nginx)",
  ignore: !installed("nginx"),
  async fn() {
    await using nginx = await startNginx({ certificate, clientAuthorities: caCerts });
    const tls = new DenoTls({ caCerts, ...identityOf(client) });
    using io = await tls.dial({ hostname: "localhost", port: nginx.https1 });
    assertEquals(io.connection.alpnProtocol, "http/1.1");
    await io.write(
      new TextEncoder().encode("GET /client HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
    );
    const into = new Uint8Array(4096);
    let answer = "";
    for (let length = await io.read(into); length !== null; length = await io.read(into)) {
      answer += new TextDecoder().decode(into.subarray(0, length));
    }
    assert(answer.endsWith("CN=the client\n"), answer);
    using h2 = await tls.dial({ hostname: "localhost", port: nginx.https });
    assertEquals(h2.connection.alpnProtocol, "h2");
  },
});

const UNUSABLE = [
  {
    name: "a key that belongs to another certificate",
    identity: { cert: client.certPem, key: stranger.keyPem },
    code: "bad_key_pem",
    reason: "the key does not belong to the certificate",
  },
  {
    name: "a key that is none",
    identity: { cert: client.certPem, key: encodePem("PRIVATE KEY", new Uint8Array(30)) },
    code: "bad_key_pem",
    reason: "the key cannot be read",
  },
  {
    name: "a certificate that is none",
    identity: { cert: encodePem("CERTIFICATE", new Uint8Array(30)), key: client.keyPem },
    code: "bad_certificate_pem",
    reason: "Deno does not take a certificate of the options",
  },
] as const;

for (const { name, identity, code, reason } of UNUSABLE) {
  Deno.test(`${name} is ${code} when it is first used`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const tls = new DenoTls({ caCerts, ...identity });
    const target = { hostname: "127.0.0.1", port: listener.addr.port };
    const error = await assertRejects(() => tls.dial(target, { handshakeTimeout: 5_000 }), TlsError);
    assertEquals(error.code, code);
    assertEquals(error.message, `Cannot set up TLS: ${reason}`);
    assertInstanceOf(error.cause, Error);
    const [, secret = ""] = identity.key.split("\n");
    assertEquals(Deno.inspect(error).includes(secret), false);
    listener.close();
  });
}

Deno.test("a runtime whose connectTls cannot verify another name is found out, and refused", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connectTls = Deno.connectTls;
  let asked = 0;
  // A runtime that does not know the undocumented option: it never looks at it.
  Deno.connectTls = ({ hostname, port }) => {
    asked++;
    return connectTls({ ...(hostname !== undefined && { hostname }), port });
  };
  try {
    const tls = new DenoTls({ caCerts, ...identityOf(client) });
    const target = { hostname: "127.0.0.1", port: listener.addr.port, serverName: "other.test" };
    const error = await assertRejects(() => tls.dial(target), TlsError);
    assertEquals(error.code, "unsupported_option");
    assertEquals(asked, 1);
    (await listener.accept()).close();
  } finally {
    Deno.connectTls = connectTls;
    listener.close();
  }
});

/** Hosts of a runtime without an option for the server name, and whether they can be dialled with an identity. */
for (
  const [hostname, serverName, can] of [
    ["localhost", undefined, true],
    ["localhost.", undefined, true],
    ["LOCALHOST", "localhost", true],
    ["localhost", "other.test", false],
  ] as const
) {
  Deno.test(`where Deno.connectTls has no option for the name, ${hostname} as ${serverName ?? "itself"} is ${can ? "dialled" : "refused"}`, async () => {
    const real = Deno.connectTls;
    Deno.connectTls = () => Promise.reject(new Error("dialled"));
    try {
      const tls = new DenoTls(identityOf(stranger));
      const target = { hostname, port: 443, ...(serverName !== undefined && { serverName }) };
      const error = await assertRejects(() => tls.dial(target), Error);
      assertEquals(error.message === "dialled", can, error.message);
    } finally {
      Deno.connectTls = real;
    }
  });
}
