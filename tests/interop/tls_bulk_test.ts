/** 100 MiB in each direction between Ductile's TLS and real peers; what arrived is compared by SHA-256. */

import { assertEquals, assertMatch } from "@std/assert";
import { writeAll } from "../../io/duplex.ts";
import type { Duplex, TlsStream } from "../../tls/mod.ts";
import { installed, startGnutls, startNginx, startOpenssl } from "../support/peers.ts";
import { content, contentStream, digestOf, digestOfContent } from "./content.ts";
import { connectorTo, dial, hear } from "./tls_client.ts";
import { folderWith, runProgram, sClient } from "./tls_program.ts";
import { type Outcome, serve } from "./tls_server.ts";
import { AUTHORITY, identityOf, mintIdentity } from "./tls_identities.ts";
import { VERSIONS } from "./tls_names.ts";
import { deno, node } from "./tls_peers.ts";

const p256 = await mintIdentity("p256");

const LENGTH = 100 << 20;

/** Sends it all, and leaves the connection open. */
async function sendContent(io: Duplex): Promise<void> {
  for (const piece of content(LENGTH)) await writeAll(io, piece);
}

/** What is read, until there is as much as was sent, or the end. */
async function* received(io: Duplex, length = LENGTH): AsyncGenerator<Uint8Array> {
  let left = length;
  while (left > 0) {
    const into = new Uint8Array(131_072);
    const count = await io.read(into);
    if (count === null) return;
    left -= count;
    yield into.subarray(0, count);
  }
}

/** Reads the head of HTTP, byte by byte, so that the body is left. */
async function readHead(stream: TlsStream): Promise<string> {
  let head = "";
  for (const byte = new Uint8Array(1); !head.endsWith("\r\n\r\n");) {
    if (await stream.read(byte) === null) break;
    head += String.fromCharCode(byte[0] ?? 0);
  }
  return head;
}

const encoder = new TextEncoder();

function assertOver({ error }: Outcome): void {
  if (error !== undefined) throw error;
}

/** Programs that send what they read. What gnutls-cli receives it writes byte by byte: 100 MiB would take minutes. */
const UPLOADS: readonly {
  readonly program: string;
  readonly command: (port: number) => readonly string[];
}[] = [
  { program: "openssl", command: (port) => sClient(port, "-quiet") },
  {
    program: "gnutls-cli",
    command: (port) => [
      ...["gnutls-cli", "127.0.0.1", "--port", `${port}`, "--x509cafile=ca.pem"],
      ...["--sni-hostname=localhost", "--verify-hostname=localhost"],
    ],
  },
];

function startProgram([program = "", ...args]: readonly string[], cwd: string): Deno.ChildProcess {
  return new Deno.Command(program, { args, cwd, stdin: "piped", stdout: "piped", stderr: "null" }).spawn();
}

/** Sends back what comes, and ends. */
async function echoContent(stream: TlsStream): Promise<void> {
  for await (const piece of received(stream)) await writeAll(stream, piece);
}

const GCM = {
  "TLSv1.3": "TLS_AES_128_GCM_SHA256",
  "TLSv1.2": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
} as const;

for (const version of VERSIONS) {
  Deno.test({
    name: `${version}: Ductile's client downloads 100 MiB from nginx and uploads them, by AES-GCM`,
    ignore: !installed("nginx"),
    async fn() {
      await using server = await startNginx({ certificate: p256 });
      await Deno.writeFile(`${server.folder}/files/there`, contentStream(LENGTH));
      // Elsewhere it is ChaCha20, which Ductile's client likes best here.
      const connector = connectorTo({ cipherSuites: [GCM[version]] });
      {
        await using stream = await dial(server.port, connector);
        await writeAll(stream, encoder.encode("GET /files/there HTTP/1.0\r\n\r\n"));
        assertMatch(await readHead(stream), / 200 /);
        assertEquals(await digestOf(received(stream, Infinity)), digestOfContent(LENGTH));
      }
      await using stream = await dial(server.port, connector);
      await writeAll(stream, encoder.encode(`PUT /put/back HTTP/1.0\r\nContent-Length: ${LENGTH}\r\n\r\n`));
      await sendContent(stream);
      await stream.flush();
      assertMatch(await hear(stream), / 201 /);
      using file = await Deno.open(`${server.folder}/files/back`);
      assertEquals(await digestOf(file.readable), digestOfContent(LENGTH));
    },
  });

  for (const [name, start] of [["node", node()], ["deno", deno()]] as const) {
    Deno.test({
      name: `${version}: Ductile's client sends 100 MiB to ${name}, and gets them back meanwhile`,
      ignore: name !== "deno" && !installed(name),
      async fn() {
        await using server = await start(p256);
        await using stream = await dial(server.port, connectorTo({ versions: [version] }));
        const [digest] = await Promise.all([
          digestOf(received(stream)),
          sendContent(stream).then(() => stream.flush()),
        ]);
        assertEquals(digest, digestOfContent(LENGTH));
      },
    });
  }

  Deno.test({
    name: `${version}: Ductile's client downloads 100 MiB from gnutls-serv`,
    ignore: !installed("gnutls-serv"),
    async fn() {
      await using folder = await folderWith();
      await Deno.writeFile(`${folder.path}/there`, contentStream(LENGTH));
      const args = ["--disable-client-cert", "--http", `--httpdata=${folder.path}/there`];
      await using server = await startGnutls({ certificate: p256, args });
      await using stream = await dial(server.port, connectorTo({ versions: [version] }));
      await writeAll(stream, encoder.encode("GET /there HTTP/1.0\r\n\r\n"));
      assertMatch(await readHead(stream), / 200 /);
      assertEquals(await digestOf(received(stream, Infinity)), digestOfContent(LENGTH));
    },
  });

  Deno.test({
    name: `${version}: Ductile's client downloads 100 MiB from openssl s_server`,
    ignore: !installed("openssl"),
    async fn() {
      await using server = await startOpenssl({ certificate: p256, args: ["-WWW", "-http_server_binmode"] });
      await Deno.writeFile(`${server.folder}/there`, contentStream(LENGTH));
      await using stream = await dial(server.port, connectorTo({ versions: [version] }));
      await writeAll(stream, encoder.encode("GET /there HTTP/1.0\r\n\r\n"));
      await readHead(stream);
      assertEquals(await digestOf(received(stream, Infinity)), digestOfContent(LENGTH));
    },
  });

  Deno.test({
    name: `${version}: openssl s_client downloads 100 MiB from Ductile's server`,
    ignore: !installed("openssl"),
    async fn() {
      await using folder = await folderWith();
      await using server = serve({ identity: identityOf(p256), versions: [version] }, sendContent);
      const client = startProgram(sClient(server.port, "-quiet"), folder.path);
      assertEquals(await digestOf(client.stdout), digestOfContent(LENGTH));
      await client.stdin.close();
      await client.status;
      assertOver(await server.outcome());
    },
  });

  for (const { program, command } of UPLOADS) {
    Deno.test({
      name: `${version}: ${program} uploads 100 MiB to Ductile's server`,
      ignore: !installed(program),
      async fn() {
        let uploaded: unknown;
        await using folder = await folderWith();
        await using server = serve({ identity: identityOf(p256), versions: [version] }, async (stream) => {
          uploaded = await digestOf(received(stream));
          await stream.shutdown();
        });
        const client = startProgram(command(server.port), folder.path);
        const reading = client.stdout.cancel();
        await contentStream(LENGTH).pipeTo(client.stdin, { preventClose: true });
        assertOver(await server.outcome());
        assertEquals(uploaded, digestOfContent(LENGTH));
        await client.stdin.close().catch(() => {}); // it may have gone by itself
        await Promise.all([reading, client.status]);
      },
    });
  }

  Deno.test({
    name: `${version}: curl downloads 100 MiB from Ductile's server, and uploads them`,
    ignore: !installed("curl"),
    async fn() {
      let uploaded: unknown;
      await using folder = await folderWith();
      await Deno.writeFile(`${folder.path}/there`, contentStream(LENGTH));
      await using server = serve({ identity: identityOf(p256), versions: [version] }, async (stream) => {
        if ((await readHead(stream)).startsWith("PUT")) uploaded = await digestOf(received(stream));
        await writeAll(stream, encoder.encode("HTTP/1.0 200 OK\r\n\r\n"));
        if (uploaded === undefined) await sendContent(stream);
      });
      const url = `https://localhost:${server.port}/`;
      const curl = async (...more: string[]): Promise<void> => {
        const args = [
          "-sS",
          "--cacert",
          "ca.pem",
          "--connect-to",
          `::127.0.0.1:${server.port}`,
          ...more,
          url,
        ];
        const { code, stderr } = await new Deno.Command("curl", { args, cwd: folder.path }).output();
        assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
        assertOver(await server.outcome());
      };
      await curl("--output", "here");
      using file = await Deno.open(`${folder.path}/here`);
      assertEquals(await digestOf(file.readable), digestOfContent(LENGTH));
      await curl("--upload-file", "there", "--header", "Expect:");
      assertEquals(uploaded, digestOfContent(LENGTH));
    },
  });

  Deno.test({
    name: `${version}: Node's tls.connect sends 100 MiB to Ductile's server, and gets them back meanwhile`,
    ignore: !installed("node"),
    async fn() {
      await using server = serve({ identity: identityOf(p256), versions: [version] }, echoContent);
      const script = `
      import { createHash } from "node:crypto";
      import { createReadStream, readFileSync } from "node:fs";
      import tls from "node:tls";
      const options = { host: "127.0.0.1", port: ${server.port}, servername: "localhost" };
      const socket = tls.connect({ ...options, ca: readFileSync("ca.pem") });
      createReadStream("there").pipe(socket, { end: false });
      const hash = createHash("sha256");
      let length = 0;
      for await (const piece of socket) {
        hash.update(piece);
        length += piece.length;
      }
      console.log(JSON.stringify({ length, sha256: hash.digest("hex") }));
    `;
      await using folder = await folderWith({ "client.mjs": script });
      await Deno.writeFile(`${folder.path}/there`, contentStream(LENGTH));
      const { output } = await runProgram(["node", "client.mjs"], { cwd: folder.path });
      assertEquals(JSON.parse(output), digestOfContent(LENGTH));
      assertOver(await server.outcome());
    },
  });

  Deno.test(`${version}: Deno.connectTls sends 100 MiB to Ductile's server, and gets them back meanwhile`, async () => {
    await using server = serve({ identity: identityOf(p256), versions: [version] }, echoContent);
    using conn = await Deno.connectTls({
      hostname: "localhost",
      port: server.port,
      caCerts: [AUTHORITY.certPem],
    });
    const [digest] = await Promise.all([digestOf(received(conn)), sendContent(conn)]);
    assertEquals(digest, digestOfContent(LENGTH));
    assertOver(await server.outcome());
  });
}
