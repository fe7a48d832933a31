/** The command that serves a folder, in a process that is played. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { denoFiles } from "../../../cli/serve/cli.ts";
import type { ListenOptions, ServeHost } from "../../../cli/serve/host.ts";
import { serveMain } from "../../../cli/serve/main.ts";
import { parsePemCertificates } from "../../../io/pem.ts";
import { PeerCertificate } from "../../../tls/x509/peer_certificate.ts";
import { mintSelfSigned } from "../../support/certificates.ts";
import { temporaryFolder } from "./folder/temporary_folder.ts";

const MINTED = await mintSelfSigned();

/** What a run of the command came to. */
interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly options: ListenOptions | undefined;
}

/** What is said about the process. */
interface World {
  /** What `serve` throws, by the name of the runtime's error. */
  readonly failure?: string;
  /** Files beside those of the disk. */
  readonly files?: Readonly<Record<string, string>>;
  /** A request that is answered before Ctrl-C; the handler can be made to fail by one without a path. */
  readonly request?: Request;
}

/** Runs the command until it has served one request, and then presses Ctrl-C. */
async function play(
  args: readonly string[],
  world: World = {},
): Promise<Run & { readonly response?: Response }> {
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  const seen: { out: string; err: string; options?: ListenOptions; response?: Response } = {
    out: "",
    err: "",
  };
  let interrupt = (): void => {};
  const host: ServeHost = {
    stdout: {
      isTerminal: false,
      write(bytes): Promise<void> {
        seen.out += new TextDecoder().decode(bytes);
        return Promise.resolve();
      },
    },
    stderr: { isTerminal: false, color: false, columns: () => 80, write: (text) => void (seen.err += text) },
    files: denoFiles(),
    readFile(path): Promise<Uint8Array> {
      const text = world.files?.[path];
      return text === undefined ? Deno.readFile(path) : Promise.resolve(new TextEncoder().encode(text));
    },
    now: () => Date.now(),
    onInterrupt(listener): () => void {
      interrupt = listener;
      return () => {};
    },
    serve(options, handler) {
      if (world.failure !== undefined) throw Object.assign(new Error("no"), { name: world.failure });
      seen.options = options;
      options.onListen();
      const answering = world.request === undefined
        ? Promise.resolve()
        : handler(world.request).catch(options.onError).then((response) => void (seen.response = response));
      answering.then(() => setTimeout(() => interrupt()));
      return { addr: { port: options.port || 12_345 }, finished, shutdown: () => Promise.resolve(finish()) };
    },
  };
  const code = await serveMain(args, host);
  return { code, options: undefined, ...seen };
}

Deno.test("serveMain: without flags it listens on this machine, with a certificate that clients can know", async () => {
  await using folder = await temporaryFolder({ "a.txt": "a" });
  const request = new Request("https://localhost:8443/a.txt");
  const { code, out, err, options, response } = await play([folder.root], { request });
  assertEquals([code, err, await response?.text()], [0, "", "a"]);
  assertEquals([options?.hostname, options?.port], ["127.0.0.1", 8443]);

  const [first, url, names, expiry, fingerprint, pin, caCerts, ...rest] = out.split("\n");
  assertEquals([first, url, rest], [`Serving ${folder.root}`, "  https://localhost:8443/", [""]]);
  assertEquals(names, "  names    localhost, 127.0.0.1, ::1");
  const [pem = ""]: string[] = JSON.parse(caCerts?.replace(/^ {2}caCerts: (.*),$/, "$1") ?? "");
  assertEquals(pem, options?.tls?.cert);
  const [der = new Uint8Array()] = parsePemCertificates(pem);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
  assertEquals(fingerprint?.replace("  SHA-256  ", "").replaceAll(":", "").toLowerCase(), sha256.toHex());
  const { publicKey, dnsNames, ipAddresses, notAfter } = new PeerCertificate(der, sha256);
  const key = await crypto.subtle.digest("SHA-256", publicKey.slice());
  assertEquals(pin, `  pin      sha256//${new Uint8Array(key).toBase64()}`);
  assertEquals(expiry, `  expires  ${notAfter.toISOString().slice(0, 10)}`);
  assertEquals([dnsNames, ipAddresses], [["localhost"], ["127.0.0.1", "::1"]]);
  assertEquals(out.includes("PRIVATE KEY"), false);
});

const NAMES: readonly (readonly [args: readonly string[], names: string, url: string])[] = [
  [["--host", "0.0.0.0"], "localhost, 127.0.0.1, ::1", "https://localhost:8443/"],
  [
    ["--host", "::", "--name", "a.example"],
    "localhost, 127.0.0.1, ::1, a.example",
    "https://localhost:8443/",
  ],
  [["--host", "192.0.2.1"], "localhost, 127.0.0.1, ::1, 192.0.2.1", "https://192.0.2.1:8443/"],
  [["--host", "::1", "-p0"], "localhost, 127.0.0.1, ::1", "https://[::1]:12345/"],
];
for (const [args, names, url] of NAMES) {
  Deno.test(`serveMain: ${args.join(" ")}: the certificate is for ${names}`, async () => {
    await using folder = await temporaryFolder({});
    const { code, out } = await play([...args, folder.root]);
    assertEquals(code, 0);
    assertEquals(out.split("\n").slice(1, 3), [`  ${url}`, `  names    ${names}`]);
  });
}

Deno.test("serveMain: --plain listens without TLS, and prints no certificate", async () => {
  await using folder = await temporaryFolder({});
  const { code, out, options } = await play(["--plain", folder.root]);
  assertEquals([code, options?.tls], [0, undefined]);
  assertEquals(out, `Serving ${folder.root}\n  http://localhost:8080/\n`);
});

Deno.test("serveMain: --cert and --key are served; the key is looked for beside the certificate", async () => {
  await using folder = await temporaryFolder({});
  const { certPem, keyPem } = MINTED;
  const files = { "c.pem": certPem, "k.pem": keyPem, "both.pem": certPem + keyPem };
  const two = await play(["--cert", "c.pem", "--key", "k.pem", folder.root], { files });
  assertEquals([two.code, two.options?.tls], [0, { cert: certPem, key: keyPem }]);
  assertMatch(two.out, /\n {2}SHA-256 {2}[0-9A-F]{2}(?::[0-9A-F]{2}){31}\n$/);
  const one = await play(["--cert", "both.pem", folder.root], { files });
  assertEquals([one.code, one.options?.tls?.key], [0, files["both.pem"]]);
});

for (
  const [args, status] of [[["--plain"], 421], [["--plain", "--name", "a.example"], 200], [[], 200]] as const
) {
  Deno.test(`F-11: serveMain: ${args.join(" ") || "with TLS"}: a request for another name: ${status}`, async () => {
    await using folder = await temporaryFolder({ "a.txt": "a" });
    const request = new Request("http://a.example:8080/a.txt");
    assertEquals((await play([...args, folder.root], { request })).response?.status, status);
  });
}

Deno.test("serveMain: --verbose prints each request, fit for a terminal", async () => {
  await using folder = await temporaryFolder({});
  const request = new Request("https://localhost/missing?\u202e", { method: "HEAD" });
  const { err } = await play(["-v", folder.root], { request });
  assertEquals(err, "HEAD /missing?%E2%80%AE 404\n");
});

Deno.test("serveMain: a failure of the system is printed, and told to no client", async () => {
  await using folder = await temporaryFolder({ "a.txt": "a" });
  const request = new Request("https://localhost/");
  Object.defineProperty(request, "url", {
    get: () => {
      throw new Error("\x1b[2Jinside");
    },
  });
  const { err, response } = await play([folder.root], { request });
  assertEquals([response?.status, await response?.text()], [500, "Internal server error\n"]);
  assertEquals(err, "ductile: Error: \\x1b[2Jinside\n");
});

const FAILURES:
  readonly (readonly [name: string, args: readonly string[], world: World, code: number, message: string])[] =
    [
      [
        "a folder that is not there",
        ["/missing/folder"],
        {},
        26,
        'Cannot serve "/missing/folder": it cannot be read',
      ],
      ["a file", ["README.md"], {}, 26, 'Cannot serve "README.md": it is no folder'],
      ["a port in use", ["."], { failure: "AddrInUse" }, 7, "Cannot listen on 127.0.0.1:8443: it is in use"],
      [
        "an address of another machine",
        ["--host", "::2", "."],
        { failure: "AddrNotAvailable" },
        7,
        "Cannot listen on [::2]:8443: this machine",
      ],
      ["no permission", ["."], { failure: "NotCapable" }, 7, "Run with --allow-net=127.0.0.1:8443."],
      [
        "a port that needs privileges",
        ["-p", "443", "."],
        { failure: "PermissionDenied" },
        7,
        "Choose a port from 1024 on",
      ],
      ["another failure", ["."], { failure: "Busy" }, 43, "Busy: no"],
      [
        "a certificate that is not there",
        ["--cert", "missing.pem", "."],
        {},
        58,
        'Cannot read the certificate: "missing.pem"',
      ],
      [
        "a certificate without a key",
        ["--cert", "c.pem", "."],
        { files: { "c.pem": "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----" } },
        58,
        '"c.pem": it holds no private key in PEM',
      ],
      [
        "a key that the runtime refuses",
        ["--cert", "both.pem", "."],
        { failure: "InvalidData", files: { "both.pem": MINTED.certPem + MINTED.keyPem } },
        58,
        "ductile: Cannot listen with the certificate and the key\n  cause: InvalidData: no\n",
      ],
      [
        "a name that is none",
        ["--name", "a/b", "."],
        {},
        2,
        'Cannot use --name: "a/b" is neither a host name nor an IP address',
      ],
      ["a flag that is not there", ["--cors"], {}, 2, "there is no such flag"],
    ];
for (const [name, args, world, code, message] of FAILURES) {
  Deno.test(`serveMain: ${name}: exit code ${code}`, async () => {
    const result = await play(args, world);
    assertEquals(result.code, code, result.err);
    assertStringIncludes(result.err, message);
    assertEquals(result.out, "");
  });
}

for (
  const [args, out] of [[["--help"], "Usage: deno run -N -R jsr:@ductile/ductile/server"], [
    ["--version"],
    "ductile ",
  ]] as const
) {
  Deno.test(`serveMain: ${args.join(" ")} prints to standard output, and serves nothing`, async () => {
    const result = await play(args);
    assertEquals([result.code, result.err, result.options], [0, "", undefined]);
    assertEquals(result.out.startsWith(out), true);
  });
}
