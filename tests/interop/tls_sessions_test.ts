/** Sessions that are resumed, by Ductile's client with real servers and by real clients with Ductile's server. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { rotatingTicketer, type ServerConfigOptions } from "../../tls/mod.ts";
import { installed, startOpenssl } from "../support/peers.ts";
import { eventually } from "../support/eventually.ts";
import { connectorTo, CRYPTO, dial, ROOTS, talk } from "./tls_client.ts";
import { folderWith, runProgram, sClient } from "./tls_program.ts";
import { answerOneRequest, echoLines, echoOneLine, type Outcome, serve } from "./tls_server.ts";
import { AUTHORITY, identityOf, mintIdentity } from "./tls_identities.ts";
import { deno, gnutls, nginx, node, openssl, type StartServer, VISITS } from "./tls_peers.ts";

const p256 = await mintIdentity("p256");

const SERVERS: readonly {
  readonly name: string;
  readonly program: string;
  readonly start: StartServer;
  readonly says?: string;
  /** What the server says of a session that was resumed; `undefined`: it does not tell. */
  readonly reused?: RegExp;
}[] = [
  { name: "openssl s_server", program: "openssl", start: openssl() },
  { name: "gnutls-serv", program: "gnutls-serv", start: gnutls() },
  {
    name: "nginx",
    program: "nginx",
    start: nginx(
      'location = /reused { return 200 "$ssl_session_reused\\n"; } ssl_session_cache shared:ductile:1m;',
    ),
    says: "GET /reused HTTP/1.0\r\n\r\n",
  },
  { name: "Node's tls.createServer", program: "node", start: node(), reused: /reused true/ },
  { name: "Deno.listenTls", program: "deno", start: deno() },
];

for (const { name, program, start, says = "ductile\n", reused } of SERVERS) {
  Deno.test({
    name: `Ductile's client resumes with ${name}, again and again, and keeps the certificates`,
    ignore: program !== "deno" && !installed(program),
    async fn() {
      await using server = await start(p256);
      const connector = connectorTo();
      for (const handshakeKind of ["full", "resumed", "resumed"]) {
        await using stream = await dial(server.port, connector);
        const { connection } = stream;
        assertEquals(connection.handshakeKind, handshakeKind);
        assertEquals(connection.peerCertificates[0]?.der, p256.certDer);
        const heard = await talk(stream, says, (heard) => heard.endsWith("\n"));
        if (program === "nginx") assertEquals(heard.at(-2), connection.resumed ? "r" : ".");
      }
      if (reused !== undefined) assertMatch(server.output, reused);
    },
  });
}

Deno.test({
  name: "Ductile's client resumes with Node's tls.createServer after a HelloRetryRequest",
  ignore: !installed("node"),
  async fn() {
    // After the first connection it prefers another group, and still knows its tickets.
    const change = `
      const keys = server.getTicketKeys();
      server.once("secureConnection", () => {
        server.setSecureContext({ ...options, ecdhCurve: "P-384" });
        server.setTicketKeys(keys);
      });
    `;
    await using server = await node('ecdhCurve: "X25519"', change)(p256);
    const connector = connectorTo({ groups: ["x25519", "secp384r1"] });
    for (const handshakeKind of ["full", "resumed_with_hello_retry_request"]) {
      await using stream = await dial(server.port, connector);
      assertEquals(stream.connection.handshakeKind, handshakeKind);
      assertEquals(await talk(stream, "ductile\n"), "ductile\n");
    }
    assertMatch(server.output, /reused true/);
  },
});

Deno.test({
  name: "Ductile's client gives a server whose keys are new its certificate's due: a full handshake",
  ignore: !installed("node"),
  async fn() {
    await using server = await node()(p256);
    const connector = connectorTo();
    for (let connections = 0; connections < 2; connections++) {
      await using stream = await dial(server.port, connector);
      assertEquals(await talk(stream, "ductile\n"), "ductile\n");
      assertEquals(stream.connection.handshakeKind, "full");
      await server.restart();
    }
  },
});

/** Both ways for Ductile's server to remember. */
const MEMORIES: readonly { readonly name: string; readonly config: () => Partial<ServerConfigOptions> }[] = [
  { name: "a store", config: () => ({}) },
  { name: "a ticketer", config: () => ({ ticketer: rotatingTicketer(CRYPTO) }) },
];

for (const { name, config } of MEMORIES) {
  Deno.test({
    name:
      `openssl s_client resumes a session of Ductile's server by ${name}, at once and after a HelloRetryRequest`,
    ignore: !installed("openssl"),
    async fn() {
      await using server = serve(
        { identity: identityOf(p256), groups: ["x25519"], ...config() },
        echoOneLine,
      );
      await using folder = await folderWith();
      const visit = async (...args: string[]): Promise<string> => {
        const { output } = await runProgram(sClient(server.port, ...args), {
          cwd: folder.path,
          input: "ductile\n",
        });
        assertStringIncludes(output, "ductile");
        return output;
      };
      const groups = ["-groups", "X25519"];
      const retry = ["-groups", "P-384:X25519"];
      assertMatch(await visit(...groups, "-sess_out", "session"), /^New, TLSv1.3/m);
      assertMatch(await visit(...groups, "-sess_in", "session", "-sess_out", "session"), /^Reused, TLSv1.3/m);
      assertMatch(await visit(...retry, "-sess_in", "session"), /^Reused, TLSv1.3/m);
      await eventually("all connections are over", () => server.outcomes.length === 3);
      assertEquals(kindsOf(server.outcomes), ["full", "resumed", "resumed_with_hello_retry_request"]);
    },
  });

  Deno.test({
    name: `gnutls-cli resumes a session of Ductile's server by ${name}`,
    ignore: !installed("gnutls-cli"),
    async fn() {
      await using server = serve({ identity: identityOf(p256), ...config() }, echoLines);
      // Both of its connections in one run; what it is handed to say goes to the second.
      const program = VISITS["gnutls-cli"](server.port, {
        args: ["--resume", "--waitresumption"],
        end: true,
      });
      const { output } = await program;
      assertMatch(output, /This is a resumed session/);
      await eventually("both connections are over", () => server.outcomes.length === 2);
      assertEquals(kindsOf(server.outcomes), ["full", "resumed"]);
    },
  });

  Deno.test({
    name: `curl resumes a session of Ductile's server by ${name}`,
    ignore: !installed("curl"),
    async fn() {
      await using server = serve({ identity: identityOf(p256), ...config() }, answerOneRequest);
      const args = [`https://localhost:${server.port}/`, `https://localhost:${server.port}/again`];
      const { code, output } = await VISITS.curl(server.port, { args, says: "" });
      assertEquals(code, 0, output);
      await eventually("all connections are over", () => server.outcomes.length === 3);
      assertEquals(kindsOf(server.outcomes), ["full", "resumed", "resumed"]);
    },
  });

  Deno.test({
    name: `Node's tls.connect resumes a session of Ductile's server by ${name}`,
    ignore: !installed("node"),
    async fn() {
      await using server = serve({ identity: identityOf(p256), ...config() }, echoLines);
      await using folder = await folderWith({ "client.mjs": nodeClient(server.port) });
      const { output } = await runProgram(["node", "client.mjs"], { cwd: folder.path });
      assertEquals(output.trim().split("\n"), ["reused false", "ductile", "reused true", "ductile"]);
      await eventually("both connections are over", () => server.outcomes.length === 2);
      assertEquals(kindsOf(server.outcomes), ["full", "resumed"]);
    },
  });
}

function kindsOf(outcomes: readonly Outcome[]): (string | undefined)[] {
  return outcomes.map(({ connection, error }) => {
    if (error !== undefined) throw error;
    return connection?.handshakeKind;
  });
}

/** Connects twice; the second time with the session of the first. */
function nodeClient(port: number): string {
  return `
    import { readFileSync } from "node:fs";
    import tls from "node:tls";
    const options = { host: "127.0.0.1", port: ${port}, servername: "localhost", ca: readFileSync("ca.pem") };
    let session;
    for (let connections = 0; connections < 2; connections++) {
      await new Promise((resolve) => {
        const socket = tls.connect({ ...options, session });
        const given = new Promise((resolve) => socket.on("session", resolve));
        socket.on("secureConnect", () => {
          console.log("reused", socket.isSessionReused());
          socket.write("ductile\\n");
        });
        socket.on("data", async (data) => {
          process.stdout.write(data);
          session = await given;
          socket.end();
        });
        socket.on("close", resolve);
      });
    }
  `;
}

for (
  const [groups, name] of [["X25519", "at once"], ["P-384:X25519", "after a HelloRetryRequest"]] as const
) {
  Deno.test({
    name:
      `openssl s_client sends early data with another server's session, and Ductile's server reads on behind it, ${name}`,
    ignore: !installed("openssl"),
    async fn() {
      await using folder = await folderWith({ early: "said too early ".repeat(500) });
      const visit = (port: number, ...args: string[]): Promise<{ output: string }> =>
        runProgram(sClient(port, "-groups", groups, ...args), { cwd: folder.path, input: "ductile\n" });
      {
        const args = ["-early_data", "-max_early_data", "16384"];
        await using other = await startOpenssl({ certificate: p256, args: ["-groups", "X25519", ...args] });
        const visiting = visit(other.port, "-sess_out", "session");
        await other.untilOutput(/^ductile$/m);
        await other.write("Q\n");
        await visiting;
      }
      await using server = serve({ identity: identityOf(p256), groups: ["x25519"] }, echoOneLine);
      const { output } = await visit(server.port, "-sess_in", "session", "-early_data", "early");
      assertMatch(output, /Early data was rejected/);
      assertStringIncludes(output, "ductile");
      const { connection, error } = await server.outcome();
      if (error !== undefined) throw error;
      assertEquals(connection?.handshakeKind, groups === "X25519" ? "full" : "full_with_hello_retry_request");
    },
  });
}

Deno.test({
  name:
    "openssl s_client shows its certificate once, and Ductile's server knows it when the session is resumed",
  ignore: !installed("openssl"),
  async fn() {
    for (const { config } of MEMORIES) {
      const clientAuth = { roots: ROOTS };
      await using server = serve({ identity: identityOf(p256), clientAuth, ...config() }, echoOneLine);
      await using folder = await folderWith({ "cert.pem": p256.chainPem, "key.pem": p256.keyPem });
      const visit = async (...args: string[]): Promise<void> => {
        const command = sClient(server.port, ...args);
        const { output } = await runProgram(command, { cwd: folder.path, input: "ductile\n" });
        assertStringIncludes(output, "ductile");
      };
      await visit("-cert", "cert.pem", "-key", "key.pem", "-sess_out", "session");
      await visit("-sess_in", "session");
      await eventually("both connections are over", () => server.outcomes.length === 2);
      assertEquals(kindsOf(server.outcomes), ["full", "resumed"]);
      for (const { connection } of server.outcomes) {
        assertEquals(connection?.peerCertificates[0]?.der, p256.certDer);
      }
    }
  },
});

Deno.test({
  name: "Ductile's client shows its certificate once, and openssl s_server resumes without it",
  ignore: !installed("openssl"),
  async fn() {
    const args = ["-Verify", "2", "-verify_return_error", "-CAfile", "authorities.pem"];
    await using server = await openssl(...args)(p256, AUTHORITY.certPem);
    const connector = connectorTo({ identity: identityOf(p256) });
    for (const handshakeKind of ["full", "resumed"]) {
      await using stream = await dial(server.port, connector);
      assertEquals(await talk(stream, "ductile\n"), "elitcud\n");
      assertEquals(stream.connection.handshakeKind, handshakeKind);
    }
  },
});

Deno.test({
  name: "openssl s_client -reconnect comes back five times, and each handshake succeeds",
  ignore: !installed("openssl"),
  async fn() {
    await using server = serve({ identity: identityOf(p256), ticketer: rotatingTicketer(CRYPTO) }, echoLines);
    await using folder = await folderWith();
    const command = sClient(server.port, "-reconnect", "-no_ign_eof");
    const { output } = await runProgram(command, { cwd: folder.path, end: true });
    await eventually("six connections are over", () => server.outcomes.length === 6);
    const kinds = server.outcomes.map(({ connection }) => connection?.handshakeKind);
    assert(kinds.every((kind) => kind !== undefined), output);
  },
});
