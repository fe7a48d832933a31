/** The command line as a process: what a person types, and what comes back. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { type CertificateOptions, mintAuthority, mintCertificate } from "../support/certificates.ts";
import { ROOT } from "../support/checkout.ts";
import { run, type RunOptions, type RunResult } from "../support/run.ts";
import { scriptedServer } from "../support/scripted_server.ts";

const MOD = new URL("cli/mod.ts", ROOT).href;

/** `deno run FLAGS cli/mod.ts ARGS`, never asking for a permission. */
function ductile(args: readonly string[], flags = ["-N"], options: RunOptions = {}): Promise<RunResult> {
  return run("deno", ["run", "--no-prompt", ...flags, MOD, ...args], options);
}

/** The same, under way. */
function spawn(
  args: readonly string[],
  flags: readonly string[],
  stdout: "piped" | "null",
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...flags, MOD, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout,
    stderr: "piped",
  }).spawn();
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function serve(handler: Deno.ServeHandler): AsyncDisposable & { readonly url: string } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  return { url: `http://127.0.0.1:${server.addr.port}/`, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Waits until `path` has at least `length` bytes, or its writer has ended. */
async function grown(path: string, length: number, writer: Deno.ChildProcess): Promise<void> {
  let ended = false;
  writer.status.then(() => ended = true);
  while (!ended) {
    const size = await Deno.stat(path).then((file) => file.size, () => 0);
    if (size >= length) return;
    await delay(20);
  }
}

Deno.test("cli: a page is fetched with nothing but net", async () => {
  await using server = serve((request) =>
    new Response(`${request.method} ${new URL(request.url).pathname}\n`)
  );
  const { code, stdout, stderr } = await ductile([`${server.url}page?q`]);
  assertEquals({ code, stdout }, { code: 0, stdout: "GET /page\n" }, stderr);
  assertMatch(
    stderr,
    /^\* Connected to 127\.0\.0\.1 \(127\.0\.0\.1 port \d+\) from 127\.0\.0\.1 port \d+ in [\d.]+ ms\n/,
  );
  assertMatch(stderr, /\n< HTTP\/1\.1 200 OK\n(?:< .*\n)+<\n\* Waited .* ms for the head\n$/);
});

Deno.test("cli: allowed everything, it touches nothing but net", async () => {
  await using folder = await temporaryFolder();
  await using server = serve(() => new Response("hello"));
  const audit = `${folder.path}/audit.jsonl`;
  const { code, stdout, stderr } = await ductile(["-vL", server.url], ["-A"], {
    env: { DENO_AUDIT_PERMISSIONS: audit },
  });
  assertEquals({ code, stdout }, { code: 0, stdout: "hello" }, stderr);
  assertEquals(await touched(audit), ["net"]);
});

/** The permissions that an audit has recorded; loading modules is recorded too, and left out. */
async function touched(audit: string): Promise<unknown[]> {
  const lines = (await Deno.readTextFile(audit)).trim().split("\n");
  const permissions = new Set(lines.map((line): unknown => JSON.parse(line).permission));
  return [...permissions].filter((permission) => permission !== "import");
}

Deno.test("cli: without net it names the flag that is missing", async () => {
  const { code, stdout, stderr } = await ductile(["http://127.0.0.1:8000/"], []);
  assertEquals({ code, stdout }, { code: 7, stdout: "" });
  assertStringIncludes(stderr, "hint: Run with --allow-net=127.0.0.1:8000");
});

Deno.test("cli: data from standard input is sent", async () => {
  await using server = serve(async (request) =>
    new Response(`${request.headers.get("content-type")} ${await request.text()}`)
  );
  const { code, stdout, stderr } = await ductile(["-s", "--json", "@-", server.url], ["-N"], {
    stdin: '{"a":1}\n',
  });
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: 'application/json {"a":1}\n', stderr: "" });
});

Deno.test("cli: data from a file needs the permission to read it", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/data`, "a=1");
  await using server = serve(async (request) => new Response(await request.text()));
  const args = ["-s", "-d", `@${folder.path}/data`, server.url];
  const denied = await ductile(args);
  assertEquals({ code: denied.code, stdout: denied.stdout }, { code: 26, stdout: "" });
  assertStringIncludes(denied.stderr, `hint: Run with --allow-read=${folder.path}/data.`);
  const allowed = await ductile(args, ["-N", `-R=${folder.path}/data`]);
  assertEquals({ code: allowed.code, stdout: allowed.stdout }, { code: 0, stdout: "a=1" }, allowed.stderr);
});

Deno.test("cli: redirects are followed hop by hop when asked", async () => {
  await using server = serve((request) => {
    const { pathname } = new URL(request.url);
    return pathname === "/"
      ? new Response("go", { status: 303, headers: { location: "/there" } })
      : new Response(pathname);
  });
  const { code, stdout, stderr } = await ductile(["-vL", "-d", "x", server.url]);
  assertEquals({ code, stdout }, { code: 0, stdout: "/there" }, stderr);
  const heads = stderr.split("\n").filter((line) => /^[<>] (?:GET|POST|HTTP)/.test(line));
  assertEquals(heads, [
    "> POST / HTTP/1.1",
    "< HTTP/1.1 303 See Other",
    "> GET /there HTTP/1.1",
    "< HTTP/1.1 200 OK",
  ]);
  assertStringIncludes(stderr, "* Connection 1 to 127.0.0.1");
});

Deno.test("cli: a file gets the body", async () => {
  await using folder = await temporaryFolder();
  await using server = serve(() => new Response("hello"));
  const path = `${folder.path}/page`;
  await Deno.writeTextFile(path, "something longer that was there before");
  const { code, stdout, stderr } = await ductile(["-o", path, server.url], ["-N", `-W=${path}`]);
  assertEquals(
    { code, stdout, file: await Deno.readTextFile(path) },
    { code: 0, stdout: "", file: "hello" },
    stderr,
  );
  assertMatch(stderr, /\n\* Wrote ".*\/page": 5 bytes in .*\n$/);
});

Deno.test("cli: a file that must not be written to is named before anything is sent", async () => {
  let requests = 0;
  await using server = serve(() => new Response(String(++requests)));
  const { code, stderr } = await ductile(["-o", "/nowhere/page", server.url]);
  assertEquals({ code, requests }, { code: 23, requests: 0 });
  assertStringIncludes(stderr, "hint: Run with --allow-write=/nowhere/page.");
});

Deno.test("cli: a file that cannot be written to is a failure", async () => {
  await using folder = await temporaryFolder();
  await using server = serve(() => new Response("hello"));
  const { code, stderr } = await ductile(["-so", folder.path, server.url], ["-N", "-W"]);
  assertEquals(code, 23);
  assertMatch(stderr, /^ductile: Cannot write to ".*"\n {2}cause: .*directory/);
});

Deno.test("cli: a server that dies inside the body leaves what came", async () => {
  await using folder = await temporaryFolder();
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
  });
  const path = `${folder.path}/page`;
  const { code, stderr } = await ductile(["-so", path, server.url], ["-N", `-W=${path}`]);
  assertEquals({ code, file: await Deno.readTextFile(path) }, { code: 18, file: "hello" }, stderr);
  assertMatch(stderr, /^\* ".*\/page" is incomplete: it has 5 of 10 bytes\nductile: Cannot .*\n/);
});

Deno.test("cli: a server that says nothing has so much time", async () => {
  await using server = scriptedServer((peer) => peer.untilClosed());
  const { code, stderr } = await ductile(["-m", "0.3", server.url]);
  assertEquals(code, 28);
  assertStringIncludes(stderr, "hint: Allow more time with --max-time");
});

Deno.test("cli: a connection that is refused is a failure", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const { code, stdout, stderr } = await ductile([`http://me:s3cret@127.0.0.1:${port}/?s3cret`]);
  assertEquals({ code, stdout }, { code: 7, stdout: "" });
  assertStringIncludes(stderr, `ductile: Cannot connect to "127.0.0.1:${port}"`);
  assert(!stderr.includes("s3cret"), stderr);
});

Deno.test("cli: Ctrl-C ends a download and keeps what came", async () => {
  await using folder = await temporaryFolder();
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
    await peer.untilClosed();
  });
  const path = `${folder.path}/page`;
  const child = spawn(["-o", path, server.url], ["-N", `-W=${path}`], "null");
  const stderr = new Response(child.stderr).text();
  await grown(path, 5, child);
  child.kill("SIGINT");
  const { code } = await child.status;
  assertEquals({ code, file: await Deno.readTextFile(path) }, { code: 130, file: "hello" });
  assert(
    (await stderr).endsWith('/page" is incomplete: it has 5 of 10 bytes\nductile: Interrupted\n'),
    await stderr,
  );
});

Deno.test("cli: a reader that goes away ends the download", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 200 OK\r\n\r\n");
    // The client gives up before it has this.
    await peer.send("x".repeat(1_000_000)).catch(() => {});
  });
  const child = spawn(["-s", server.url], ["-N"], "piped");
  const stderr = new Response(child.stderr).text();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const { code } = await child.status;
  assertEquals(code, 23);
  assertStringIncludes(await stderr, "ductile: Cannot write the body to standard output\n");
});

// --- TLS

/** An HTTPS server with a certificate of its own, and the file with its authority's. */
async function serveTls(
  certificate: CertificateOptions = { ips: ["127.0.0.1"] },
): Promise<AsyncDisposable & { readonly url: string; readonly caFile: string }> {
  const folder = await temporaryFolder();
  const authority = await mintAuthority();
  const { chainPem, keyPem } = await mintCertificate(authority, certificate);
  const caFile = `${folder.path}/ca.pem`;
  await Deno.writeTextFile(caFile, authority.certPem);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: chainPem, key: keyPem, onListen() {} },
    async (request) => new Response(`${request.method} ${await request.text()}`),
  );
  return {
    url: `https://127.0.0.1:${server.addr.port}/`,
    caFile,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await folder[Symbol.asyncDispose]();
    },
  };
}

for (
  const [flags, protocol, version] of [
    [[], "h2", "HTTP/2"],
    [["--http2"], "h2", "HTTP/2"],
    [["--http1.1"], "http/1.1", "HTTP/1.1"],
  ] as const
) {
  Deno.test(`cli: with ${flags.join() || "no flag"} an https: URL is fetched over ${version}`, async () => {
    await using server = await serveTls();
    const args = [...flags, "-v", "-d", "hello", "--cacert", server.caFile, server.url];
    const { code, stdout, stderr } = await ductile(args, ["-N", `-R=${server.caFile}`]);
    assertEquals({ code, stdout }, { code: 0, stdout: "POST hello" }, stderr);
    assertStringIncludes(stderr, `ALPN chose "${protocol}"`);
    assertStringIncludes(stderr, `> POST / ${version}\n`);
    assertMatch(stderr, new RegExp(`\\n< ${version} 200(?: OK)?\\n`));
    assertMatch(stderr, /\n\* The certificate's SHA-256 is [0-9a-f]{64}\n|does not reveal the certificate\n/);
  });
}

const DAY = 86_400_000;

const CERTIFICATES: readonly {
  readonly name: string;
  readonly certificate: CertificateOptions;
  readonly says: RegExp;
}[] = [
  {
    name: "is past its time",
    certificate: {
      ips: ["127.0.0.1"],
      notBefore: new Date(Date.now() - 2 * DAY),
      notAfter: new Date(Date.now() - DAY),
    },
    says: /expired/,
  },
  { name: "is for another name", certificate: { names: ["other.example"] }, says: /"other\.example"/ },
];

for (const { name, certificate, says } of CERTIFICATES) {
  Deno.test(`cli: a certificate that ${name} is refused`, async () => {
    await using server = await serveTls(certificate);
    const { code, stdout, stderr } = await ductile(["--cacert", server.caFile, server.url], ["-N", "-R"]);
    assertEquals({ code, stdout }, { code: 60, stdout: "" }, stderr);
    assertMatch(stderr.split("\n")[0] ?? "", says);
  });
}

Deno.test("cli: a certificate of an unknown authority is refused, and accepted with Deno's own flag", async () => {
  await using server = await serveTls();
  const refused = await ductile([server.url]);
  assertEquals({ code: refused.code, stdout: refused.stdout }, { code: 60, stdout: "" });
  assertStringIncludes(
    refused.stderr,
    "hint: Name the file with its authority's certificate: --cacert FILE.\n",
  );
  const accepted = await ductile([server.url], ["-N", "--unsafely-ignore-certificate-errors=127.0.0.1"]);
  assertEquals(
    { code: accepted.code, stdout: accepted.stdout },
    { code: 0, stdout: "GET " },
    accepted.stderr,
  );
});

Deno.test("cli: a port that speaks no TLS fails the handshake", async () => {
  await using server = scriptedServer(async (peer) => {
    await peer.send("220 at your service\r\n");
    await peer.untilClosed();
  });
  const { code, stderr } = await ductile([`https://127.0.0.1:${server.port}/`]);
  assertEquals(code, 35, stderr);
});

Deno.test("cli: over TLS too, nothing but net is touched", async () => {
  await using folder = await temporaryFolder();
  await using server = await serveTls();
  const audit = `${folder.path}/audit.jsonl`;
  const flags = ["-A", "--unsafely-ignore-certificate-errors=127.0.0.1"];
  const { code, stderr } = await ductile(["-v", server.url], flags, {
    env: { DENO_AUDIT_PERMISSIONS: audit },
  });
  assertEquals(code, 0, stderr);
  assertEquals(await touched(audit), ["net"]);
});

const OPENSSL = await run("openssl", ["version"]).then(({ code }) => code === 0, () => false);

Deno.test({
  name: "cli: a certificate is shown to a server that asks for one (needs openssl)",
  ignore: !OPENSSL,
  async fn() {
    await using folder = await temporaryFolder();
    const authority = await mintAuthority();
    const server = await mintCertificate(authority, { ips: ["127.0.0.1"] });
    const client = await mintCertificate(authority, { commonName: "client" });
    const path = (name: string): string => `${folder.path}/${name}.pem`;
    await Deno.writeTextFile(path("ca"), authority.certPem);
    await Deno.writeTextFile(path("server"), server.chainPem + server.keyPem);
    await Deno.writeTextFile(path("client"), client.chainPem);
    await Deno.writeTextFile(path("key"), client.keyPem);
    const asks = ["-Verify", "1", "-verify_return_error", "-CAfile", path("ca")];
    const process = new Deno.Command("openssl", {
      args: ["s_server", "-accept", "127.0.0.1:0", "-cert", path("server"), "-www", ...asks],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let said = "";
    while (!/^ACCEPT .*:\d+$/m.test(said)) said += (await lines.read()).value ?? "ended\nACCEPT :0\n";
    const url = `https://127.0.0.1:${said.match(/^ACCEPT .*:(\d+)$/m)?.[1]}/`;

    const shown = await ductile(
      ["--cacert", path("ca"), "--cert", path("client"), "--key", path("key"), url],
      ["-N", "-R"],
    );
    const refused = await ductile(["--cacert", path("ca"), url], ["-N", "-R"]);

    process.kill("SIGTERM");
    await lines.cancel();
    await process.status;
    assertEquals(shown.code, 0, shown.stderr);
    assertStringIncludes(shown.stdout, "Client certificate");
    assert(refused.code !== 0, refused.stderr);
  },
});

// --- a terminal

/** Runs the command line on a terminal, as a person would; what the terminal showed is `stdout`. */
function onTerminal(
  args: readonly string[],
  flags: readonly string[],
  env: Record<string, string> = {},
): Promise<RunResult> {
  const command = [Deno.execPath(), "run", "--no-prompt", ...flags, MOD, ...args];
  const quoted = command.map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(" ");
  return run("script", ["--quiet", "--return", "--command", quoted, "/dev/null"], { env });
}

const SCRIPT = await run("script", ["--version"]).then(
  ({ stdout }) => stdout.includes("util-linux"),
  () => false,
);

Deno.test({
  name:
    "cli: a terminal sees a progress bar, and colours unless NO_COLOR forbids them (needs script of util-linux)",
  ignore: !SCRIPT,
  async fn() {
    await using folder = await temporaryFolder();
    await using server = serve(() => new Response("x".repeat(100_000)));
    const path = `${folder.path}/page`;
    const shown = await onTerminal(["-o", path, server.url], ["-N", `-W=${path}`], { NO_COLOR: "" });
    assertEquals(shown.code, 0, shown.stdout);
    assertMatch(shown.stdout, /\r {2}0% {2}0 B of 97\.7 KiB /);
    assertMatch(shown.stdout, /\r100% {2}97\.7 KiB of 97\.7 KiB .*\[#+\]/);
    assertStringIncludes(shown.stdout, "\x1b[1m< HTTP/1.1 200 OK\x1b[0m");
    assertEquals((await Deno.stat(path)).size, 100_000);
    const plain = await onTerminal(["-o", path, server.url], ["-N", `-W=${path}`]);
    assert(!plain.stdout.includes("\x1b["), plain.stdout);
  },
});

Deno.test({
  name: "cli: a terminal is spared binary content (needs script of util-linux)",
  ignore: !SCRIPT,
  async fn() {
    await using server = serve(() => new Response(Uint8Array.of(0, 1, 2)));
    const { code, stdout } = await onTerminal([server.url], ["-N"]);
    assertEquals(code, 23, stdout);
    assertStringIncludes(stdout, "Cannot write the body to the terminal: it is binary");
    assert(!stdout.includes("\x00\x01\x02"));
  },
});

// --- much

const MIB = 1_048_576;

Deno.test({
  name: "cli: a body of over a GiB passes through without being kept (needs Linux's /proc)",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const length = 1_100 * MIB;
    using server = bulkServer(length);
    const child = spawn(["-s", server.url], ["-N"], "piped");
    const stderr = new Response(child.stderr).text();
    let received = 0;
    let peak = 0;
    for await (const chunk of child.stdout) {
      received += chunk.length;
      // Near the end, but with so much to come that the process is still there.
      if (peak === 0 && received >= length - 50 * MIB) peak = await peakMemory(child.pid);
    }
    const { code } = await child.status;
    assertEquals({ code, received, stderr: await stderr }, { code: 0, received: length, stderr: "" });
    assert(peak > 0 && peak < length / 4, `${peak} bytes at the peak`);
  },
});

/** Serves one body of `length` bytes to one client, as fast as it takes them. */
function bulkServer(length: number): Disposable & { readonly url: string } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    using conn = await listener.accept();
    await conn.read(new Uint8Array(65_536));
    await conn.write(new TextEncoder().encode(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`));
    const piece = new Uint8Array(MIB);
    for (let left = length; left > 0;) left -= await conn.write(piece.subarray(0, left));
    await conn.read(piece); // until the client has it all
  })();
  serving.catch(() => {}); // the client tells what went wrong
  return { url: `http://127.0.0.1:${listener.addr.port}/`, [Symbol.dispose]: () => listener.close() };
}

/** The most memory that a process ever had, in bytes. */
async function peakMemory(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(status.match(/^VmHWM:\s+(\d+) kB$/m)?.[1] ?? 0) * 1_024;
}
