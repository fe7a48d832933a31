/** `--scan` in front of Ductile's acceptor, OpenSSL, and servers that are none of TLS. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ExitCode } from "../../../cli/error.ts";
import type { ScanReport } from "../../../cli/scan/report.ts";
import { type ServerConfigOptions, TlsAcceptor } from "../../../tls/mod.ts";
import { mintAuthority, mintCertificate, type Minted } from "../../support/certificates.ts";
import { installed, Program } from "../../support/process.ts";
import { type Listening, serveConnections } from "../../support/listening.ts";
import { runMain } from "../run_main.ts";

const authority = await mintAuthority();
const identity = await mintCertificate(authority, { names: ["localhost"] });
const other = await mintCertificate(authority, { names: ["other.test"] });
const files = { "ca.pem": authority.certPem };

function chainOf({ chainPem, keyPem }: Minted) {
  return { chain: chainPem, key: keyPem };
}

/** A server with Ductile's TLS, which says nothing. */
function accepting(options: Partial<ServerConfigOptions> = {}): Listening {
  const acceptor = new TlsAcceptor({ identity: chainOf(identity), ...options });
  return serveConnections(Deno.listen({ hostname: "localhost", port: 0 }), async (io) => {
    // The listener closes the connection.
    const owned = { read: io.read.bind(io), write: io.write.bind(io), close() {} };
    await using stream = await acceptor.accept(owned);
    await stream.flush();
    await stream.read(new Uint8Array(16));
  });
}

async function scanned(port: number, ...flags: string[]): Promise<{ code: number; report: ScanReport }> {
  const { code, host } = await runMain(["--scan=json", ...flags, `localhost:${port}`], { files });
  assertEquals(host.said, "");
  return { code, report: JSON.parse(host.outputText) };
}

interface Row {
  readonly name: string;
  readonly options: Partial<ServerConfigOptions>;
  readonly found: (report: ScanReport) => unknown;
  readonly expected: unknown;
}

const ROWS: readonly Row[] = [
  {
    name: "a server with all versions and suites",
    options: {},
    found: (
      { versions },
    ) => [versions["TLSv1.3"]?.cipherSuites.length, versions["TLSv1.2"]?.cipherSuites.length],
    expected: [3, 3],
  },
  {
    name: "a server of TLS 1.3 alone",
    options: { versions: ["TLSv1.3"] },
    found: ({ versions, extendedMainSecret }) => [Object.keys(versions), extendedMainSecret],
    expected: [["TLSv1.3"], undefined],
  },
  {
    name: "a server of TLS 1.2 alone",
    options: { versions: ["TLSv1.2"] },
    found: ({ versions, extendedMainSecret, chosen }) => [
      Object.keys(versions),
      extendedMainSecret,
      chosen.protocolVersion,
    ],
    expected: [["TLSv1.2"], true, "TLSv1.2"],
  },
  {
    name: "a server with one suite has no order",
    options: { versions: ["TLSv1.3"], cipherSuites: ["TLS_AES_128_GCM_SHA256"] },
    found: ({ versions }) => versions["TLSv1.3"],
    expected: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] },
  },
  {
    name: "a server that takes the client's order",
    options: { versions: ["TLSv1.3"], preferServerOrder: false },
    found: ({ versions }) => versions["TLSv1.3"]?.order,
    expected: "client",
  },
  {
    name: "a server with an order of its own",
    options: { versions: ["TLSv1.3"], preferServerOrder: true },
    found: ({ versions }) => versions["TLSv1.3"]?.order,
    expected: "server",
  },
  {
    name: "groups are those that the server accepts alone",
    options: { groups: ["secp256r1", "x25519"] },
    found: ({ groups }) => groups,
    expected: ["x25519", "secp256r1"],
  },
  {
    name: "ALPN protocols are those that the server chooses",
    options: { alpnProtocols: ["http/1.1"] },
    found: ({ alpn }) => alpn,
    expected: ["http/1.1"],
  },
  {
    name: "a server without ALPN chooses none",
    options: {},
    found: ({ alpn }) => alpn,
    expected: [],
  },
  {
    name: "versions before TLS 1.2 are refused",
    options: {},
    found: ({ oldVersions }) => oldVersions,
    expected: { "TLSv1.1": false, "TLSv1.0": false, "SSLv3": false },
  },
  {
    name: "a server without sessions",
    options: { sessions: false },
    found: ({ resumption }) => resumption,
    expected: { offered: false, maxEarlyDataSize: 0 },
  },
  {
    name: "a server that resumes, with early data",
    options: { maxEarlyDataSize: 1000 },
    found: ({ resumption }) => resumption,
    expected: { offered: true, accepted: true, maxEarlyDataSize: 1000 },
  },
  {
    name: "a server that shows another certificate to a client without a name",
    options: { identity: ({ serverName }) => chainOf(serverName === undefined ? other : identity) },
    found: ({ withoutName }) => withoutName,
    expected: "other",
  },
  {
    name: "a stapled OCSP response",
    options: {
      identity: { ...chainOf(identity), ocspResponse: Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x01) },
    },
    found: ({ ocspStapled }) => ocspStapled,
    expected: true,
  },
];

for (const { name, options, found, expected } of ROWS) {
  Deno.test(`--scan: ${name}`, async () => {
    await using server = accepting(options);
    const { code, report } = await scanned(server.port, "--cacert", "ca.pem");
    assertEquals([code, found(report)], [ExitCode.ok, expected]);
    assertEquals(report.trust, { trusted: true });
    assertEquals(report.certificates.map(({ names, keyType }) => [names, keyType]), [[
      ["localhost"],
      "P-256",
    ]]);
  });
}

Deno.test("--scan: a chain that is not trusted exits with 60, and with --insecure with 0", async () => {
  await using server = accepting();
  const refused = await scanned(server.port);
  assertEquals(refused.code, ExitCode.certificate);
  assertEquals(!refused.report.trust.trusted && refused.report.trust.code, "certificate_unknown_issuer");
  assertEquals((await scanned(server.port, "--insecure")).code, ExitCode.ok);
});

Deno.test("--scan: --expires-within exits with 60 as soon as fewer days are left", async () => {
  await using server = accepting(); // valid for 23 hours: no whole day
  const flags = ["--cacert", "ca.pem", "--expires-within"];
  assertEquals((await scanned(server.port, ...flags, "0")).code, ExitCode.ok);
  assertEquals((await scanned(server.port, ...flags, "1")).code, ExitCode.certificate);
});

Deno.test("--scan: an expired certificate exits with 60, with --insecure as well", async () => {
  const hour = 3_600_000;
  const expired = await mintCertificate(authority, {
    names: ["localhost"],
    notBefore: new Date(Date.now() - 2 * hour),
    notAfter: new Date(Date.now() - hour),
  });
  await using server = accepting({ identity: chainOf(expired) });
  const { code, report } = await scanned(server.port, "--insecure");
  assertEquals([code, report.certificates[0]?.daysLeft], [ExitCode.certificate, -1]);
  assertEquals(!report.trust.trusted && report.trust.code, "certificate_expired");
});

Deno.test("--scan: as text, each finding has its name in front", async () => {
  await using server = accepting({ alpnProtocols: ["h2"] });
  const { host } = await runMain(["--scan", "--cacert", "ca.pem", `https://localhost:${server.port}/path`], {
    files,
  });
  const [first = "", ...lines] = host.outputText.trimEnd().split("\n");
  assertEquals(first, `localhost:${server.port}`);
  assertStringIncludes(host.outputText, "  trust        trusted\n  1 of 1       CN=localhost\n");
  assertStringIncludes(host.outputText, "  ALPN         h2\n");
  assertMatch(host.outputText, / {2}TLSv1\.3 {6}yes: TLS_AES_256_GCM_SHA384, .*, in the server's order\n/);
  assertEquals(lines.every((line) => line.startsWith("  ")), true);
});

interface Failure {
  readonly name: string;
  readonly script: (io: Deno.TcpConn) => Promise<void>;
  readonly code: ExitCode;
  readonly flags?: readonly string[];
}

const FAILURES: readonly Failure[] = [
  {
    name: "a server that speaks first, and no TLS",
    script: async (io) => {
      await io.write(new TextEncoder().encode("220 mail.example at your service\r\n"));
      await io.read(new Uint8Array(1024));
    },
    code: ExitCode.handshake,
  },
  { name: "a server that hangs up", script: () => Promise.resolve(), code: ExitCode.handshake },
  {
    name: "a server that says nothing",
    script: async (io) => {
      while (await io.read(new Uint8Array(1024)) !== null);
    },
    code: ExitCode.timeout,
    flags: ["--connect-timeout", "0.2"],
  },
];

for (const { name, script, code, flags = [] } of FAILURES) {
  Deno.test(`--scan: ${name}`, async () => {
    await using server = serveConnections(Deno.listen({ hostname: "localhost", port: 0 }), script);
    await using fine = accepting();
    const hosts = [`localhost:${server.port}`, `localhost:${fine.port}`];
    const { code: got, host } = await runMain(["--scan", "--cacert", "ca.pem", ...flags, ...hosts], {
      files,
    });
    assertEquals(got, code, host.said);
    // The others are scanned all the same.
    assertStringIncludes(host.outputText, `localhost:${fine.port}\n`);
    assertMatch(host.said, /^ductile: Cannot /);
  });
}

/** A server that answers some connections, and is silent to the others. */
function silentTo(isSilent: (count: number) => boolean): Listening {
  const acceptor = new TlsAcceptor({ identity: chainOf(identity) });
  let count = 0;
  return serveConnections(Deno.listen({ hostname: "localhost", port: 0 }), async (io) => {
    if (isSilent(++count)) { while (await io.read(new Uint8Array(1024)) !== null); }
    const owned = { read: io.read.bind(io), write: io.write.bind(io), close() {} };
    await using stream = await acceptor.accept(owned);
    await stream.flush();
    await stream.read(new Uint8Array(16));
  });
}

Deno.test("--scan: a question without an answer is counted, and not taken for a refusal", async () => {
  await using server = silentTo((count) => count === 2);
  const { code, report } = await scanned(server.port, "--cacert", "ca.pem", "--connect-timeout", "0.5");
  assertEquals([code, report.unanswered], [ExitCode.ok, 1]);
  assertEquals(report.trust, { trusted: true });
});

Deno.test("--scan: a server that falls silent is given up after four questions", async () => {
  let connections = 0;
  await using server = silentTo((count) => (connections = count) > 1);
  const { code, host } = await runMain(
    ["--scan", "--insecure", "--connect-timeout", "0.2", "--url", `localhost:${server.port}`],
  );
  assertEquals([code, connections, host.outputText], [ExitCode.timeout, 5, ""]);
  assertMatch(host.said, /^ductile: Cannot /);
});

const USAGE: readonly (readonly [args: readonly string[], message: string])[] = [
  [["--scan"], "Cannot scan: there is no host"],
  [["--scan", "--request", "PUT", "a.test"], "Cannot use --scan with --request: nothing is fetched"],
  [["--scan=xml", "a.test"], "Cannot use --scan: its value can be json alone"],
  [
    ["--scan", "http://a.test"],
    "Cannot scan: a host is neither a name, an address, HOST:PORT nor an https: URL",
  ],
  [["--scan", "a.test:x"], "Cannot scan: a host is neither a name, an address, HOST:PORT nor an https: URL"],
];

for (const [args, message] of USAGE) {
  Deno.test(`--scan: ${args.join(" ")}: ${message}`, async () => {
    const { code, host } = await runMain(args);
    assertEquals(code, ExitCode.usage);
    assertStringIncludes(host.said, message);
  });
}

const ignore = !installed("openssl");

Deno.test({
  name: `--scan: OpenSSL with all that is old${ignore ? " (openssl is not there)" : ""}`,
  ignore,
}, async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/cert.pem`, identity.chainPem);
  await Deno.writeTextFile(`${folder}/key.pem`, identity.keyPem);
  const port = freePort();
  const old = ["-cipher", "ALL@SECLEVEL=0", "-min_protocol", "TLSv1", "-serverpref"];
  {
    await using _server = await Program.start({
      command: ["openssl", "s_server", "-accept", `${port}`, "-cert", "cert.pem", "-key", "key.pem", ...old],
      cwd: folder,
      ready: (output) => output.includes("ACCEPT"),
    });
    const { code, report } = await scanned(port, "--cacert", "ca.pem");
    assertEquals([code, report.trust.trusted], [ExitCode.ok, true]);
    assertEquals(report.oldVersions, { "TLSv1.1": true, "TLSv1.0": true, "SSLv3": false });
    assertEquals([report.versions["TLSv1.2"]?.order, report.resumption.accepted], ["server", true]);
  }
  await Deno.remove(folder, { recursive: true });
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
