/** `--explain` as a process with no more permissions than it needs, against a server of its own and OpenSSL's. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { ROOT } from "../support/checkout.ts";
import { serveConnections } from "../support/listening.ts";
import { installed, startOpenssl, startServe } from "../support/peers.ts";
import { run, type RunResult } from "../support/run.ts";

const MOD = new URL("cli/mod.ts", ROOT).href;
const AUTHORITY = await mintAuthority({ commonName: "An authority" });

/** `deno run FLAGS cli/mod.ts ARGS`, never asking for a permission. */
function ductile(args: readonly string[], ...flags: string[]): Promise<RunResult> {
  return run("deno", ["run", "--no-prompt", "-N", ...flags, MOD, ...args]);
}

Deno.test("cli: --explain explains the handshake on standard error, with nothing but net", async () => {
  const certificate = await mintCertificate(AUTHORITY, { names: ["localhost"] });
  await using server = startServe(() => new Response("hello"), certificate);
  const { code, stdout, stderr } = await ductile(["--explain", "-ks", `https://localhost:${server.port}/`]);
  assertEquals({ code, stdout }, { code: 0, stdout: "hello" }, stderr);
  assertMatch(stderr, /client -> server {2}ClientHello, \d+ bytes in record 1, in the clear\n/);
  assertMatch(stderr, /\* application protocol: ALPN chooses "h2"\n/);
  assertStringIncludes(stderr, "The config says dangerAcceptInvalidCerts");
  assertStringIncludes(stderr, "CLIENT_TRAFFIC_SECRET_0 is derived; a key log shows it");
  assertStringIncludes(stderr, "done      The handshake is done");
});

Deno.test("cli: --explain=FILE.html writes a page, and asks for the permission before it connects", async () => {
  const certificate = await mintCertificate(AUTHORITY, { names: ["localhost"] });
  await using server = startServe(() => new Response("hello"), certificate);
  const url = `https://localhost:${server.port}/`;
  const folder = await Deno.makeTempDir();
  try {
    const page = `${folder}/page.html`;
    const refused = await ductile([`--explain=${page}`, "-ks", url]);
    assertEquals(refused.code, 23);
    assertStringIncludes(refused.stderr, `--allow-write=${page}`);
    const { code, stdout, stderr } = await ductile(
      [`--explain=${page}`, "-ks", url],
      `--allow-write=${page}`,
    );
    assertEquals({ code, stdout, stderr }, { code: 0, stdout: "hello", stderr: "" });
    const html = await Deno.readTextFile(page);
    assertStringIncludes(html, `<title>TLS handshake with localhost:${server.port}</title>`);
    assertStringIncludes(html, "EncryptedExtensions");
    assertEquals(/<script|https?:\/\//i.test(html), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("cli: --explain explains a refused certificate, beside the certificate and before the error", async () => {
  const certificate = await mintCertificate(AUTHORITY, { names: ["other.test"] });
  await using server = startServe(() => new Response("hello"), certificate);
  const { code, stdout, stderr } = await ductile(["--explain", "-s", `https://localhost:${server.port}/`]);
  assertEquals({ code, stdout }, { code: 60, stdout: "" }, stderr);
  assertMatch(stderr, /server {2}Certificate, [^]*\* certificate: Cannot accept certificate/);
  assertMatch(stderr, /failed {4}Cannot accept certificate[^]* {6}code: certificate_unknown_issuer\n/);
  assertMatch(stderr, /\* alert: The client ends the connection: unknown_ca \(48\)\nductile: Cannot/);
});

Deno.test("cli: --explain shows the first bytes of a port that does not speak TLS", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using server = serveConnections(listener, async (io) => {
    await io.write(new TextEncoder().encode("220 mail.example at your service\r\n"));
    await io.read(new Uint8Array(1_000));
  });
  const { code, stderr } = await ductile(["--explain", "-ks", `https://localhost:${server.port}/`]);
  assertEquals(code, 35, stderr);
  assertStringIncludes(stderr, 'as text: "220 mail.example at your service\\x0d\\x0a"\n');
  assertStringIncludes(stderr, "code: not_tls\n");
});

for (const version of ["1_2", "1_3"] as const) {
  Deno.test({
    name: `cli: --explain reads every message of OpenSSL's server with TLS ${version.replace("_", ".")}`,
    ignore: !installed("openssl"),
    async fn() {
      const certificate = await mintCertificate(AUTHORITY, { names: ["localhost"] });
      await using server = await startOpenssl({ certificate, args: ["-WWW", `-tls${version}`] });
      const { code, stderr } = await ductile([
        "--explain",
        "-ks",
        `https://localhost:${server.port}/cert.pem`,
      ]);
      assertEquals(code, 0, stderr);
      assertStringIncludes(stderr, `The server chose TLS ${version.replace("_", ".")} (`);
      assertStringIncludes(stderr, "client <- server  Finished");
      // Nothing that cannot be read, and nothing that is unknown.
      assertEquals(/^ +!|unknown \(|unread/m.test(stderr), false, stderr);
    },
  });
}

Deno.test({
  name: "cli: --explain shows the alert of a server that has no cipher suite in common",
  ignore: !installed("openssl"),
  async fn() {
    const certificate = await mintCertificate(AUTHORITY, { names: ["localhost"] });
    const args = ["-WWW", "-cipher", "AES128-SHA", "-tls1_2"];
    await using server = await startOpenssl({ certificate, args });
    const { code, stderr } = await ductile(["--explain", "-ks", `https://localhost:${server.port}/cert.pem`]);
    assertEquals(code, 35, stderr);
    assertStringIncludes(stderr, "* alert: The server ends the connection: handshake_failure (40)");
    assertStringIncludes(stderr, "code: handshake_failed");
  },
});

Deno.test("cli: --explain shows secrets beside --key-log, and not because of SSLKEYLOGFILE", async () => {
  const certificate = await mintCertificate(AUTHORITY, { names: ["localhost"] });
  await using server = startServe(() => new Response("hello"), certificate);
  const args = ["--explain", "-ks", `https://localhost:${server.port}/`];
  const folder = await Deno.makeTempDir();
  try {
    const log = `${folder}/keys.log`;
    const mayWrite = `--allow-write=${log}`;
    const env = { SSLKEYLOGFILE: log };
    const command = ["run", "--no-prompt", "-N", "--allow-env=SSLKEYLOGFILE", mayWrite, MOD, ...args];
    const quiet = await run("deno", command, { env });
    const [, , secret = ""] = (await Deno.readTextFile(log)).split("\n")[0]?.split(" ") ?? [];
    assertEquals(secret.length >= 64, true, quiet.stderr);
    assertEquals(quiet.stderr.replaceAll(" ", "").includes(secret.trim()), false);
    await Deno.remove(log);
    const loud = await ductile(["--key-log", log, ...args], mayWrite);
    const [, , shown = ""] = (await Deno.readTextFile(log)).split("\n")[0]?.split(" ") ?? [];
    assertStringIncludes(loud.stderr.replaceAll(" ", ""), shown.trim());
    assertStringIncludes(loud.stderr, "* WARNING: the explanation shows the secrets of the connection\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
