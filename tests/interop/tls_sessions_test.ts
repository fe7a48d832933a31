/** Sessions that are resumed, by Ductile's client with real servers and by real clients with Ductile's server. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { rotatingTicketer, type ServerConfigOptions } from "../../tls/mod.ts";
import { installed, startOpenssl } from "../support/peers.ts";
import { eventually } from "../support/eventually.ts";
import { connectorTo, CRYPTO, dial, ROOTS, talk } from "./tls_client.ts";
import { folderWith, runProgram, sClient } from "./tls_program.ts";
import { echoLines, echoOneLine, type Outcome, serve } from "./tls_server.ts";
import { AUTHORITY, identityOf, mintIdentity } from "./tls_identities.ts";
import { deno, gnutls, nginx, node, openssl, type StartServer } from "./tls_peers.ts";

const p256 = await mintIdentity("p256");

const NGINX_REUSED =
  'location = /reused { return 200 "$ssl_session_reused\\n"; } ssl_session_cache shared:ductile:1m;';

/** A store of sessions, without which Node resumes by tickets alone. */
const NODE_STORE = `
  const sessions = new Map();
  server.on("newSession", (id, data, done) => (sessions.set(id.toString("hex"), data), done()));
  server.on("resumeSession", (id, done) => done(null, sessions.get(id.toString("hex")) ?? null));
`;

const SERVERS: readonly {
  readonly name: string;
  readonly program: string;
  readonly start: StartServer;
  /** The same without tickets: it resumes TLS 1.2 by session IDs. */
  readonly startWithoutTickets: StartServer;
  readonly says?: string;
  /** What the server says of a session that was resumed; `undefined`: it does not tell. */
  readonly reused?: RegExp;
}[] = [
  {
    name: "openssl s_server",
    program: "openssl",
    start: openssl(),
    startWithoutTickets: openssl("-no_ticket"),
  },
  {
    name: "gnutls-serv",
    program: "gnutls-serv",
    start: gnutls(),
    startWithoutTickets: gnutls("--noticket"),
  },
  {
    name: "nginx",
    program: "nginx",
    start: nginx(NGINX_REUSED),
    startWithoutTickets: nginx(`${NGINX_REUSED} ssl_session_tickets off;`),
    says: "GET /reused HTTP/1.0\r\n\r\n",
  },
  {
    name: "Node's tls.createServer",
    program: "node",
    start: node(),
    startWithoutTickets: node("secureOptions: 0x4000", NODE_STORE), // SSL_OP_NO_TICKET
    reused: /reused true/,
  },
  // It gives tickets of TLS 1.3, and of TLS 1.2 session IDs alone.
  { name: "Deno.listenTls", program: "deno", start: deno(), startWithoutTickets: deno() },
];

const BY = [
  ["TLSv1.3", "a ticket", "start"],
  ["TLSv1.2", "a ticket", "start"],
  ["TLSv1.2", "a session ID", "startWithoutTickets"],
] as const;

for (const row of SERVERS) {
  const { name, program, says = "ductile\n", reused } = row;
  for (const [version, by, start] of BY) {
    Deno.test({
      name:
        `Ductile's client resumes ${version} by ${by} with ${name}, again and again, and keeps the certificates`,
      ignore: program !== "deno" && !installed(program),
      async fn() {
        await using server = await row[start](p256);
        const connector = connectorTo({ versions: [version] });
        for (const handshakeKind of ["full", "resumed", "resumed"]) {
          await using stream = await dial(server.port, connector);
          const { connection } = stream;
          assertEquals([connection.protocolVersion, connection.handshakeKind], [version, handshakeKind]);
          assertEquals(connection.peerCertificates[0]?.der, p256.certDer);
          const heard = await talk(stream, says, (heard) => heard.endsWith("\n"));
          if (program === "nginx") assertEquals(heard.at(-2), connection.resumed ? "r" : ".");
        }
        if (reused !== undefined) assertMatch(server.output, reused);
      },
    });
  }
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

for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
  Deno.test({
    name:
      `Ductile's client gives a server of ${version} whose keys are new a full handshake, and resumes it then`,
    ignore: !installed("node"),
    async fn() {
      await using server = await node()(p256);
      const connector = connectorTo({ versions: [version] });
      for (const handshakeKind of ["full", "resumed", "new keys", "full", "resumed"]) {
        if (handshakeKind === "new keys") {
          await server.restart();
          continue;
        }
        await using stream = await dial(server.port, connector);
        assertEquals(await talk(stream, "ductile\n"), "ductile\n");
        assertEquals(stream.connection.handshakeKind, handshakeKind);
      }
    },
  });
}

Deno.test({
  name:
    "Ductile's client opens four connections at once to openssl s_server, which gives four tickets, and each resumes",
  ignore: !installed("openssl"),
  async fn() {
    // It serves one connection after the other; all the ClientHellos are under way when it begins.
    await using server = await openssl("-num_tickets", "4")(p256);
    const connector = connectorTo();
    const connect = async (): Promise<string> => {
      await using stream = await dial(server.port, connector);
      await talk(stream, "ductile\n");
      return stream.connection.handshakeKind;
    };
    assertEquals(await connect(), "full");
    const kinds = await Promise.all([connect(), connect(), connect(), connect()]);
    assertEquals(kinds, ["resumed", "resumed", "resumed", "resumed"]);
  },
});

Deno.test("Ductile's client asks Ductile's server for six tickets, opens six connections at once, and each resumes", async () => {
  await using server = serve({ identity: identityOf(p256), maxTickets: 8 }, echoOneLine);
  const connector = connectorTo({ ticketRequest: { newSession: 6, resumption: 1 } });
  const connect = async (): Promise<string> => {
    await using stream = await dial(server.port, connector);
    await talk(stream, "ductile\n");
    return stream.connection.handshakeKind;
  };
  assertEquals(await connect(), "full");
  for (let waves = 0; waves < 2; waves++) {
    const kinds = await Promise.all(Array.from({ length: 6 }, connect));
    assertEquals(kinds, Array(6).fill("resumed"));
  }
});

/** Both ways for Ductile's server to remember. */
const MEMORIES: readonly Partial<ServerConfigOptions>[] = [{}, { ticketer: rotatingTicketer(CRYPTO) }];

function kindsOf(outcomes: readonly Outcome[]): (string | undefined)[] {
  return outcomes.map(({ connection, error }) => {
    if (error !== undefined) throw error;
    return connection?.handshakeKind;
  });
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
    for (const config of MEMORIES) {
      const clientAuth = { roots: ROOTS };
      await using server = serve({ identity: identityOf(p256), clientAuth, ...config }, echoOneLine);
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
