/** The command line's flags about TLS, as a process with no more permissions than it needs. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { ROOT } from "../support/checkout.ts";
import { startServe } from "../support/peers.ts";
import { run, type RunOptions, type RunResult } from "../support/run.ts";

const MOD = new URL("cli/mod.ts", ROOT).href;

/** `deno run FLAGS cli/mod.ts ARGS`, never asking for a permission. */
function ductile(args: readonly string[], flags = ["-N"], options: RunOptions = {}): Promise<RunResult> {
  return run("deno", ["run", "--no-prompt", ...flags, MOD, ...args], options);
}

/** An HTTPS server with a certificate whose authority is in no store, but in the file `ca.pem` of a folder. */
async function serveTls(
  names: readonly string[] = ["localhost"],
): Promise<
  AsyncDisposable & {
    readonly url: string;
    readonly ca: string;
    readonly folder: string;
    readonly pin: string;
  }
> {
  const authority = await mintAuthority({ commonName: "An authority" });
  const certificate = await mintCertificate(authority, { names });
  const server = startServe(() => new Response("hello"), certificate);
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/ca.pem`, authority.certPem);
  return {
    url: `https://localhost:${server.port}/`,
    ca: `${folder}/ca.pem`,
    folder,
    pin: `sha256//${encodeBase64(await crypto.subtle.digest("SHA-256", certificate.key.spki))}`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("cli: -k takes any certificate, with nothing but net, and warns of it", async () => {
  await using server = await serveTls(["other.test"]);
  const { code, stdout, stderr } = await ductile(["-kv", server.url]);
  assertEquals({ code, stdout }, { code: 0, stdout: "hello" }, stderr);
  assertMatch(stderr, /^\* WARNING: --insecure: .*\n\* Connected to /);
  assertMatch(
    stderr,
    /\n\* TLS handshake with "localhost" in .* ms, ALPN chose "h2"; TLSv1\.3, TLS_\w+, \w+\n/,
  );
  assertMatch(stderr, /\n\* {3}issuer: CN=An authority\n\* {3}names: other\.test\n/);
  const silent = await ductile(["-ks", server.url]);
  assertEquals(silent, { code: 0, stdout: "hello", stderr: "" });
});

Deno.test("cli: without -k the same certificate is refused with curl's code, by both kinds of TLS", async () => {
  await using server = await serveTls(["other.test"]);
  for (const args of [[], ["--tls", "deno"], ["--tls", "ductile"]]) {
    const { code, stdout, stderr } = await ductile([...args, server.url]);
    assertEquals({ code, stdout }, { code: 60, stdout: "" }, stderr);
    assertMatch(stderr, /^ductile: Cannot connect to "localhost:\d+": /);
  }
});

Deno.test("cli: roots may be a file, and no others are trusted then", async () => {
  await using server = await serveTls();
  const ductiles = await ductile(["-s", "--roots", server.ca, server.url], ["-N", `-R=${server.ca}`]);
  assertEquals(ductiles, { code: 0, stdout: "hello", stderr: "" });
  const mozilla = await ductile(["-s", "--roots", "mozilla", server.url]);
  assertEquals(mozilla.code, 60);
  assertStringIncludes(
    mozilla.stderr,
    "hint: Name the file with its authority's certificate: --cacert FILE.",
  );
  const both = await ductile(["-s", "--roots", "mozilla", "--cacert", server.ca, server.url], ["-N", "-R"]);
  assertEquals(both, { code: 0, stdout: "hello", stderr: "" });
});

Deno.test("cli: the system's roots are used as far as permissions reach", async () => {
  await using server = await serveTls();
  const env = { SSL_CERT_FILE: server.ca, SSL_CERT_DIR: "" };
  const flags = ["-N", "-E=SSL_CERT_FILE,SSL_CERT_DIR", `-R=${server.ca}`];
  for (const tls of ["deno", "ductile"]) {
    const args = ["-s", "--tls", tls, "--roots", "native", server.url];
    assertEquals(await ductile(args, flags, { env }), { code: 0, stdout: "hello", stderr: "" });
    const denied = await ductile(args, ["-N"], { env });
    assertEquals({ code: denied.code, stdout: denied.stdout }, { code: 77, stdout: "" }, denied.stderr);
    assertMatch(denied.stderr, /\n {2}hint: Run with --allow-.*\n$/);
  }
  const listed = await ductile(["--list-roots", "--roots", "native"], flags, { env });
  assertEquals(listed.code, 0, listed.stderr);
  assertMatch(listed.stdout, /^CN=An authority\n {2}key sha256\/\/.*\n {2}certificate SHA-256 .*\n$/);
  assertEquals(listed.stderr, `* ${server.ca}: 1 certificates\n`);
  const denied = await ductile(["--list-roots", "--roots", "native"], ["-N"], { env });
  assertEquals({ code: denied.code, stdout: denied.stdout }, { code: 77, stdout: "" }, denied.stderr);
});

Deno.test("cli: a pinned key is looked for, with curl's code where it is not found", async () => {
  await using server = await serveTls();
  const flags = ["-N", `-R=${server.ca}`];
  const other = `sha256//${"A".repeat(43)}=`;
  const good = await ductile([
    "-s",
    "--cacert",
    server.ca,
    "--pinnedpubkey",
    `${other};${server.pin}`,
    server.url,
  ], flags);
  assertEquals(good, { code: 0, stdout: "hello", stderr: "" });
  const bad = await ductile(["-s", "--cacert", server.ca, "--pinnedpubkey", other, server.url], flags);
  assertEquals({ code: bad.code, stdout: bad.stdout }, { code: 90, stdout: "" }, bad.stderr);
});

Deno.test("cli: the secrets are logged when asked for, by flag or by variable", async () => {
  await using server = await serveTls();
  const path = `${server.folder}/keys`;
  const flags = ["-N", `-W=${path}`];
  const warning = `* WARNING: the secrets go to "${path}": anyone who has it can read the connections\n`;
  const byFlag = await ductile(["-sk", "--key-log", path, server.url], flags);
  assertEquals(byFlag, { code: 0, stdout: "hello", stderr: warning });
  const env = { SSLKEYLOGFILE: path };
  const byVariable = await ductile(["-sk", server.url], [...flags, "-E=SSLKEYLOGFILE"], { env });
  assertEquals(byVariable, { code: 0, stdout: "hello", stderr: warning });
  const unseen = await ductile(["-sk", server.url], flags, { env });
  assertEquals(unseen, { code: 0, stdout: "hello", stderr: "" });
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
  assertEquals(lines.length, 10); // five each
  for (const line of lines) assertMatch(line, /^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]{64,96}$/);
});

Deno.test("cli: Ductile's TLS with every permission uses none but net and the variable of the key log", async () => {
  await using server = await serveTls();
  const audit = `${server.folder}/audit.jsonl`;
  const { code, stderr } = await ductile(["-k", server.url], ["-A"], {
    env: { DENO_AUDIT_PERMISSIONS: audit },
  });
  assertEquals(code, 0, stderr);
  assertEquals(await touched(audit), ["env", "net"]);
});

/** The permissions that an audit has recorded; loading modules is recorded too, and left out. */
async function touched(audit: string): Promise<string[]> {
  const lines = (await Deno.readTextFile(audit)).trim().split("\n");
  const permissions = new Set(lines.map((line): string => JSON.parse(line).permission));
  return [...permissions].filter((permission) => permission !== "import").sort();
}
