/** Handshakes with servers of other makes, and what they do not agree to. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { DenoTls, TlsError } from "../../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import {
  installed,
  startNghttpd,
  startNginx,
  startOpenssl,
  startScript,
  startServe,
} from "../../support/peers.ts";

const authority = await mintAuthority();
const certificate = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });
const tls = new DenoTls({ caCerts: authority.certPem });

/** Asks for `/` in HTTP/1.1, and gives the status line. */
async function statusLine(port: number): Promise<string> {
  using io = await tls.dial({ hostname: "127.0.0.1", port }, { alpnProtocols: ["http/1.1"] });
  assertEquals(io.connection.alpnProtocol, "http/1.1");
  await io.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  const into = new Uint8Array(4096);
  const length = await io.read(into) ?? 0;
  return new TextDecoder().decode(into.subarray(0, length)).split("\r\n", 1)[0] ?? "";
}

async function chosen(port: number, alpnProtocols?: readonly string[]): Promise<string | null> {
  using io = await tls.dial(
    { hostname: "127.0.0.1", port },
    alpnProtocols === undefined ? {} : { alpnProtocols },
  );
  return io.connection.alpnProtocol;
}

Deno.test({
  name: "nginx: HTTP/2 and HTTP/1.1, as ALPN says",
  ignore: !installed("nginx"),
  async fn() {
    await using nginx = await startNginx({ certificate });
    assertEquals(await chosen(nginx.https), "h2");
    assertEquals(await chosen(nginx.https1), "http/1.1");
    assertEquals(await statusLine(nginx.https), "HTTP/1.1 200 OK");
    assertEquals(await statusLine(nginx.https1), "HTTP/1.1 200 OK");
  },
});

Deno.test({
  name: "nginx: a restart on the same port is met by a new connection",
  ignore: !installed("nginx"),
  async fn() {
    await using nginx = await startNginx({ certificate });
    using before = await tls.dial({ hostname: "127.0.0.1", port: nginx.https1 });
    await nginx.restart();
    // nginx says goodbye properly, or the system does it for it: the connection is over in any case.
    const ended = await before.read(new Uint8Array(1)).catch((error: unknown) => error);
    assert(ended === null || ended instanceof Error);
    assertEquals(await statusLine(nginx.https1), "HTTP/1.1 200 OK");
  },
});

Deno.test({
  name: "nghttpd: HTTP/2",
  ignore: !installed("nghttpd"),
  async fn() {
    await using server = await startNghttpd({ certificate });
    assertEquals(await chosen(server.port), "h2");
  },
});

Deno.test({
  name: "node https: HTTP/1.1 alone",
  ignore: !installed("node"),
  async fn() {
    await using server = await startScript(
      "node",
      `import { readFileSync as read } from "node:fs";
      import { createServer } from "node:https";
      const server = createServer({ cert: read("cert.pem"), key: read("key.pem") }, (_, answer) => answer.end("node"));
      server.listen(process.env.PORT, "127.0.0.1");`,
      { certificate },
    );
    assertEquals(await chosen(server.port), "http/1.1");
    assertEquals(await statusLine(server.port), "HTTP/1.1 200 OK");
  },
});

Deno.test({
  name: "node http2: HTTP/2, and HTTP/1.1 where that is allowed",
  ignore: !installed("node"),
  async fn() {
    await using server = await startScript(
      "node",
      `import { readFileSync as read } from "node:fs";
      import { createSecureServer } from "node:http2";
      const options = { cert: read("cert.pem"), key: read("key.pem"), allowHTTP1: true };
      createSecureServer(options, (_, answer) => answer.end("node")).listen(process.env.PORT, "127.0.0.1");`,
      { certificate },
    );
    assertEquals(await chosen(server.port), "h2");
    assertEquals(await statusLine(server.port), "HTTP/1.1 200 OK");
  },
});

Deno.test("Deno.serve: HTTP/2 and HTTP/1.1", async () => {
  await using server = startServe(() => new Response("deno"), certificate);
  assertEquals(await chosen(server.port), "h2");
  assertEquals(await statusLine(server.port), "HTTP/1.1 200 OK");
});

const VERSIONS = [["-tls1_2", "TLS 1.2"], ["-tls1_3", "TLS 1.3"]] as const;
for (const [flag, version] of VERSIONS) {
  Deno.test({
    name: `openssl: ${version} alone, with and without ALPN`,
    ignore: !installed("openssl"),
    async fn() {
      await using server = await startOpenssl({ certificate, args: [flag, "-www", "-alpn", "http/1.1"] });
      assertEquals(await chosen(server.port), "http/1.1");
      assertEquals(await chosen(server.port, []), null);
    },
  });

  Deno.test({
    name: `openssl: no protocol in common is no_application_protocol (${version})`,
    ignore: !installed("openssl"),
    async fn() {
      await using server = await startOpenssl({ certificate, args: [flag, "-alpn", "foo"] });
      const error = await assertRejects(() => chosen(server.port), TlsError);
      assertEquals(error.code, "no_application_protocol");
      assertEquals(error.alert, "no_application_protocol");
      assertEquals(error.hint, "The server speaks none of the protocols that ALPN offers.");
    },
  });
}

const TOO_OLD = [
  { name: "TLS 1.1 alone", args: ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], alert: "protocol_version" },
  {
    name: "no cipher suite with forward secrecy",
    args: ["-tls1_2", "-cipher", "AES128-GCM-SHA256"],
    alert: "handshake_failure",
  },
] as const;

for (const { name, args, alert } of TOO_OLD) {
  Deno.test({
    name: `openssl: ${name} is handshake_failed, with a hint`,
    ignore: !installed("openssl"),
    async fn() {
      await using server = await startOpenssl({ certificate, args });
      const error = await assertRejects(() => chosen(server.port), TlsError);
      assertEquals(error.code, "handshake_failed");
      assertEquals(error.alert, alert);
      assert(error.hint?.includes("TLS 1.1 or older"), error.hint);
    },
  });
}

Deno.test({
  name: "openssl: a server that has no site of the name is handshake_failed (unrecognized_name)",
  ignore: !installed("openssl"),
  async fn() {
    const args = ["-servername", "known.test", "-servername_fatal", "-cert2", "cert.pem", "-key2", "key.pem"];
    await using server = await startOpenssl({ certificate, args });
    const target = { hostname: "127.0.0.1", port: server.port, serverName: "unknown.test" };
    const error = await assertRejects(() => tls.dial(target), TlsError);
    assertEquals(error.code, "handshake_failed");
    assertEquals(error.alert, "unrecognized_name");
  },
});

Deno.test({
  name: "openssl: a server that is killed in the middle of the connection is no proper end",
  ignore: !installed("openssl"),
  async fn() {
    await using server = await startOpenssl({ certificate, args: ["-tls1_3", "-rev"] });
    using io = await tls.dial({ hostname: "127.0.0.1", port: server.port }, { alpnProtocols: [] });
    await server.stop("SIGKILL");
    const error = io.explain(await assertRejects(() => io.read(new Uint8Array(64))));
    assert(error instanceof TlsError);
    assert(error.code === "unexpected_eof" || error.code === "connection_reset", error.code);
  },
});
