/** The command line's flags about TLS: what the client is made with, and what is said of the connection. */

import { assert, assertEquals, assertInstanceOf, assertMatch, assertStringIncludes } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { main } from "../../cli/main.ts";
import type { TlsInfo } from "../../client/connection_info.ts";
import type { ClientOptions } from "../../client/options.ts";
import { chooseTls } from "../../client/connect/tls_choice.ts";
import { PeerCertificate, RootCertStore } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { FakeHost, type FakeWorld, respond } from "./fake_host.ts";

const URL_ = "https://example.com/";
const PIN = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const AUTHORITY = await mintAuthority({ commonName: "An authority" });
const FILES = { "ca.pem": AUTHORITY.certPem, "nothing.pem": "no certificate" };

async function run(
  args: readonly string[],
  world: FakeWorld = {},
): Promise<{ code: number; host: FakeHost }> {
  const host = new FakeHost({ files: FILES, ...world });
  const code = await main(args, host);
  assertEquals([host.open.size, host.closed], [0, host.options !== undefined]);
  return { code, host };
}

/** What is asked for, and what the client is made with. */
const MADE: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly options: ClientOptions;
  readonly path: "deno" | "ductile";
}[] = [
  { name: "nothing", args: [], options: {}, path: "deno" },
  { name: "Deno's TLS", args: ["--tls", "deno"], options: {}, path: "deno" },
  { name: "Ductile's TLS", args: ["--tls", "ductile"], options: { roots: "mozilla" }, path: "ductile" },
  {
    name: "Ductile's TLS, and any certificate",
    args: ["--tls", "ductile", "-k"],
    options: { dangerAcceptInvalidCerts: true },
    path: "ductile",
  },
  { name: "any certificate", args: ["-k"], options: { dangerAcceptInvalidCerts: true }, path: "ductile" },
  { name: "a pin", args: ["--pinnedpubkey", PIN], options: { pins: [PIN] }, path: "ductile" },
  { name: "Deno's roots", args: ["--roots", "deno"], options: { roots: "deno" }, path: "deno" },
  { name: "the system's roots", args: ["--roots", "native"], options: { roots: "native" }, path: "deno" },
  { name: "Mozilla's roots", args: ["--roots", "mozilla"], options: { roots: "mozilla" }, path: "ductile" },
  {
    name: "Ductile's TLS, Deno's roots and one more",
    args: ["--tls", "ductile", "--roots", "deno", "--cacert", "ca.pem"],
    options: { roots: "mozilla", caCerts: AUTHORITY.certPem },
    path: "ductile",
  },
];

for (const { name, args, options, path } of MADE) {
  Deno.test(`main: asked for ${name}, the client is made with no less and no more`, async () => {
    const { code, host } = await run(["-s", ...args, URL_]);
    assertEquals(code, 0, host.said);
    assertEquals(host.options, { ...options, decode: false });
    assertEquals(chooseTls(host.options ?? {}).path, path);
  });
}

Deno.test("main: the system's roots alone are a function, where Ductile's TLS is asked for", async () => {
  const { host } = await run(["-s", "--tls", "ductile", "--roots", "native", URL_]);
  assertEquals(typeof host.options?.roots, "function");
});

Deno.test("main: a file of roots is a store", async () => {
  const { code, host } = await run(["-s", "--roots", "ca.pem", URL_]);
  assertEquals(code, 0, host.said);
  const { roots } = host.options ?? {};
  assertInstanceOf(roots, RootCertStore);
  assertEquals(roots.size, 1);
});

Deno.test("main: roots that cannot be read end it with curl's code", async () => {
  for (const file of ["nothing.pem", "missing.pem"]) {
    for (const flag of ["--roots", "--cacert"]) {
      const { code, host } = await run([flag, file, URL_]);
      assertEquals([code, host.options], [77, undefined]);
      assertStringIncludes(host.said, file);
    }
  }
});

Deno.test("main: --insecure is warned of, unless it is to be silent", async () => {
  const { host } = await run(["-k", URL_]);
  assertEquals(host.said.split("\n")[0]?.startsWith("* WARNING: --insecure: "), true, host.said);
  const silent = await run(["-sk", URL_]);
  assertEquals(silent.host.said, "");
});

Deno.test("main: a key log is opened, spoken of even in silence, filled and closed", async () => {
  const entry = {
    label: "EXPORTER_SECRET",
    clientRandom: Uint8Array.of(1),
    secret: Uint8Array.of(2),
  } as const;
  const { code, host } = await run(["-s", "--key-log", "keys", URL_], {
    answer(_, world) {
      world.options?.keyLog?.(entry);
      return respond();
    },
  });
  assertEquals(code, 0);
  assertEquals(host.written, { keys: "EXPORTER_SECRET 01 02\n" });
  assertMatch(host.said, /^\* WARNING: the secrets go to "keys": [^\n]*\n$/);
});

Deno.test("main: a key log that is full is told of once, and ends nothing", async () => {
  const entry = {
    label: "EXPORTER_SECRET",
    clientRandom: Uint8Array.of(1),
    secret: Uint8Array.of(2),
  } as const;
  const { code, host } = await run(["-s", "--key-log", "keys", URL_], {
    room: 3,
    answer(_, world) {
      for (let i = 0; i < 3; i++) world.options?.keyLog?.(entry);
      return respond();
    },
  });
  assertEquals(code, 0);
  assertEquals(host.said.match(/The key log is incomplete: .*No space left/g)?.length, 1);
});

Deno.test("main: a key log that must not or cannot be written ends it", async () => {
  const forbidden = await run(["--key-log", "keys", URL_], { forbidden: ["keys"] });
  assertEquals([forbidden.code, forbidden.host.options], [23, undefined]);
  assertStringIncludes(forbidden.host.said, "hint: Run with --allow-write=keys.");
  const unopenable = await run(["--key-log", "keys", URL_], { unopenable: ["keys"] });
  assertEquals([unopenable.code, unopenable.host.options], [23, undefined]);
});

Deno.test("main: SSLKEYLOGFILE counts where Ductile's TLS is used, and changes nothing elsewhere", async () => {
  const env = { SSLKEYLOGFILE: "keys" };
  const deno = await run(["-s", URL_], { env });
  assertEquals([deno.host.options?.keyLog, deno.host.said], [undefined, ""]);
  const ductiles = await run(["-s", "--tls", "ductile", URL_], { env });
  assertEquals(typeof ductiles.host.options?.keyLog, "function");
  assertStringIncludes(ductiles.host.said, 'WARNING: the secrets go to "keys"');
  const forbidden = await run(["-s", "--tls", "ductile", URL_], { env, forbidden: ["keys"] });
  assertEquals([forbidden.code, forbidden.host.options?.keyLog], [0, undefined]);
  assertEquals(forbidden.host.said, "* SSLKEYLOGFILE is ignored: it needs --allow-write=keys\n");
});

/** The facts of a connection over Ductile's TLS. */
async function infoOf(
  ders: readonly Uint8Array<ArrayBuffer>[],
  more: Partial<TlsInfo> = {},
): Promise<TlsInfo> {
  return {
    implementation: "ductile",
    alpnProtocol: "h2",
    serverName: "example.com",
    peerCertificate: ders[0],
    protocolVersion: "TLSv1.3",
    cipherSuite: "TLS_AES_128_GCM_SHA256",
    keyExchangeGroup: "x25519",
    peerCertificates: await Promise.all(ders.map(certificateOf)),
    handshakeKind: "full",
    resumed: false,
    ...more,
  };
}

async function certificateOf(der: Uint8Array<ArrayBuffer>): Promise<PeerCertificate> {
  return new PeerCertificate(der, new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
}

async function saidOf(tls: TlsInfo, args: readonly string[] = ["-v"]): Promise<string> {
  const connection = () => ({
    id: 1,
    reused: false,
    tls,
    timings: { handshake: 20, waiting: 20, headers: 3 },
  });
  const { code, host } = await run([...args, URL_], { answer: () => respond({ connection }) });
  assertEquals(code, 0);
  return host.said;
}

Deno.test("main: verbose tells version, suite, group and each certificate", async () => {
  const notBefore = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 60_000);
  const certificate = await mintCertificate(AUTHORITY, {
    commonName: "a server",
    names: ["example.com", "*.example.com"],
    ips: ["192.0.2.1"],
    notBefore,
  });
  const info = await infoOf([certificate.certDer, AUTHORITY.certDer]);
  const key = encodeBase64(await crypto.subtle.digest("SHA-256", certificate.key.spki));
  const said = await saidOf(info);
  assertStringIncludes(
    said,
    `* TLS handshake with "example.com" in 20 ms, ALPN chose "h2"; TLSv1.3, TLS_AES_128_GCM_SHA256, x25519
* Certificate 1 of 2:
*   subject: CN=a server
*   issuer: CN=An authority
*   names: example.com, *.example.com, 192.0.2.1
*   valid: ${notBefore.toISOString().slice(0, 19).replace("T", " ")} UTC to `,
  );
  assertStringIncludes(
    said,
    ` UTC\n*   key: sha256//${key}\n*   SHA-256: ${
      info.peerCertificates?.[0]?.fingerprint
    }\n* Certificate 2 of 2:\n`,
  );
  const brief = await saidOf(info, []);
  assertStringIncludes(brief, "TLSv1.3, TLS_AES_128_GCM_SHA256, x25519\n");
  assert(!brief.includes("Certificate"), brief);
});

Deno.test("main: verbose tells that a session was resumed", async () => {
  const said = await saidOf(await infoOf([AUTHORITY.certDer], { handshakeKind: "resumed", resumed: true }));
  assertStringIncludes(said, ", x25519, resumed\n* Certificate 1 of 1 of the resumed session:\n");
});

Deno.test("main: certificates that cannot be read, or are many, or have many names, take a few lines", async () => {
  const names = Array.from({ length: 500 }, (_, i) => `n${i}.example`);
  const certificate = await mintCertificate(AUTHORITY, { names });
  const ders = [Uint8Array.of(0x30, 0x00), certificate.certDer, ...Array(40).fill(AUTHORITY.certDer)];
  const said = await saidOf(await infoOf(ders));
  assertMatch(said, /\n\* Certificate 1 of 42:\n\* {3}unreadable: [^\n]+\n\* {3}SHA-256: [0-9a-f]{64}\n/);
  assertMatch(said, /\n\* {3}names: n0\.example, [^\n]*n19\.example and 480 more\n/);
  assertStringIncludes(said, "\n* and 36 more certificates, not shown\n");
  assertEquals(said.match(/\n\* Certificate /g)?.length, 6);
});

Deno.test("main: a name in a certificate cannot move the cursor", async () => {
  const certificate = await mintCertificate(AUTHORITY, {
    commonName: "\x1b[2Jx",
    names: ["\x1b[2J.example"],
  });
  const said = await saidOf(await infoOf([certificate.certDer]));
  assert(!said.includes("\x1b"), said);
});

Deno.test("main: --list-roots prints names, keys and restrictions", async () => {
  const { code, host } = await run(["--list-roots", "--roots", "mozilla"]);
  assertEquals([code, host.said], [0, ""]);
  const roots = host.outputText.trimEnd().split(/\n(?! )/);
  assert(roots.length > 100);
  for (const root of roots) {
    assertMatch(root, /^[^ \n][^\n]*\n {2}key sha256\/\/[A-Za-z0-9+/]{43}=(\n {2}.*)*$/);
  }
  assertEquals(roots.map((root) => root.split("\n")[0]), roots.map((root) => root.split("\n")[0]).toSorted());

  const deno = await run(["--list-roots"]);
  assertMatch(deno.host.said, /^\* Deno does not show its roots: [^\n]*\n$/);
  assertEquals(deno.host.outputText, host.outputText);
});

Deno.test("main: --list-roots prints a file's roots with their fingerprints", async () => {
  const { code, host } = await run(["--list-roots", "--roots", "ca.pem"]);
  const { fingerprint } = await certificateOf(AUTHORITY.certDer);
  const key = encodeBase64(await crypto.subtle.digest("SHA-256", AUTHORITY.key.spki));
  assertEquals([code, host.said], [0, ""]);
  assertEquals(
    host.outputText,
    `CN=An authority\n  key sha256//${key}\n  certificate SHA-256 ${fingerprint}\n`,
  );
  const more = await run(["--list-roots", "--roots", "mozilla", "--cacert", "ca.pem"]);
  assert(more.host.outputText.endsWith(host.outputText));
});
