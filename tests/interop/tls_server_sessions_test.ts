/** Real clients resume the sessions of Ductile's server, in both versions, by tickets and by session IDs. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  type EnabledVersionName,
  memoryServerSessions,
  rotatingTicketer,
  type ServerConfigOptions,
} from "../../tls/mod.ts";
import { eventually } from "../support/eventually.ts";
import { installed } from "../support/peers.ts";
import { CRYPTO, ROOTS } from "./tls_client.ts";
import { AUTHORITY, identityOf, mintIdentity } from "./tls_identities.ts";
import { type ClientName, VISITS } from "./tls_peers.ts";
import { folderWith, runProgram, sClient } from "./tls_program.ts";
import { answerOneRequest, echoLines, echoOneLine, type Outcome, serve, type Serving } from "./tls_server.ts";

const p256 = await mintIdentity("p256");

/** The ways for Ductile's server to remember. */
const MEMORIES: readonly { readonly name: string; readonly config: () => Partial<ServerConfigOptions> }[] = [
  { name: "a store", config: () => ({}) },
  { name: "a ticketer", config: () => ({ ticketer: rotatingTicketer(CRYPTO) }) },
  {
    name: "a ticketer beside a store",
    config: () => ({ ticketer: rotatingTicketer(CRYPTO), sessions: memoryServerSessions() }),
  },
];

/** A version, and whether the client takes tickets; of TLS 1.3 all do. */
interface Offer {
  readonly version: EnabledVersionName;
  readonly takesTickets: boolean;
}

const OFFERS: readonly Offer[] = [
  { version: "TLSv1.3", takesTickets: true },
  { version: "TLSv1.2", takesTickets: true },
  { version: "TLSv1.2", takesTickets: false },
];

interface RealClient {
  readonly program: ClientName;
  readonly script: Parameters<typeof serve>[1];
  /** Connects twice, the second time with the session of the first. */
  readonly twice: (server: Serving, offer: Offer) => Promise<unknown>;
}

const CLIENTS: readonly RealClient[] = [
  {
    program: "openssl",
    script: echoOneLine,
    async twice({ port }, { version, takesTickets }) {
      await using folder = await folderWith();
      const flags = [version === "TLSv1.3" ? "-tls1_3" : "-tls1_2", ...(takesTickets ? [] : ["-no_ticket"])];
      for (
        const [files, says] of [[["-sess_out", "session"], /^New, /m], [
          ["-sess_in", "session"],
          /./,
        ]] as const
      ) {
        const command = sClient(port, ...flags, ...files);
        const { output } = await runProgram(command, { cwd: folder.path, input: "ductile\n" });
        assertStringIncludes(output, "ductile");
        assertMatch(output, says);
      }
    },
  },
  {
    program: "gnutls-cli",
    script: echoLines,
    // Both connections in one run; what it is handed to say goes to the second.
    twice({ port }, { version, takesTickets }) {
      const tickets = takesTickets ? "" : ":%NO_TICKETS";
      const priority = `NORMAL:-VERS-ALL:+VERS-${version.replace("v", "")}${tickets}`;
      const wait = version === "TLSv1.3" ? ["--waitresumption"] : [];
      const args = ["--resume", ...wait, `--priority=${priority}`];
      return VISITS["gnutls-cli"](port, { args, end: true });
    },
  },
  {
    program: "curl",
    script: answerOneRequest,
    // Of TLS 1.2 it never takes tickets.
    twice({ port }, { version }) {
      const versions = version === "TLSv1.3" ? "--tlsv1.3" : "--tls-max=1.2";
      const args = [...versions.split("="), `https://localhost:${port}/`];
      return VISITS.curl(port, { args, says: "" });
    },
  },
  {
    program: "node",
    script: echoLines,
    async twice({ port }, offer) {
      await using folder = await folderWith({ "client.mjs": nodeClient(port, offer) });
      const { output } = await runProgram(["node", "client.mjs"], { cwd: folder.path });
      assertMatch(output, /^reused false\nductile\nreused (?:true|false)\nductile\n$/);
    },
  },
  {
    program: "deno",
    script: answerOneRequest,
    async twice({ port }) {
      using client = Deno.createHttpClient({ caCerts: [AUTHORITY.certPem] });
      for (let requests = 0; requests < 2; requests++) {
        const response = await fetch(`https://localhost:${port}/`, { client });
        assertEquals(await response.text(), "hello from ductile\n");
      }
    },
  },
];

for (const { program, script, twice } of CLIENTS) {
  for (const { name, config } of MEMORIES) {
    for (const offer of OFFERS) {
      const { version, takesTickets } = offer;
      if (program === "curl" && version === "TLSv1.2" && takesTickets) continue;
      if (program === "deno" && !takesTickets) continue;
      const resumes = takesTickets || name !== "a ticketer";
      // These two have no session to come back with.
      if (!resumes && (program === "openssl" || program === "node")) continue;
      Deno.test({
        name: `${program} ${resumes ? "resumes" : "cannot resume"} ${version} of Ductile's server by ${name}${
          takesTickets ? "" : ", without tickets"
        }`,
        ignore: program !== "deno" && !installed(program),
        async fn() {
          // A group of which all of them send a share.
          const groups = { groups: ["x25519", "secp256r1"] } as const;
          const options = { identity: identityOf(p256), versions: [version], ...groups, ...config() };
          await using server = serve(options, script);
          await twice(server, offer);
          await eventually("both connections are over", () => server.outcomes.length === 2);
          assertEquals(kindsOf(server.outcomes), ["full", resumes ? "resumed" : "full"]);
          assert(server.outcomes.every(({ connection }) => connection?.protocolVersion === version));
        },
      });
    }
  }
}

for (const { name, config } of MEMORIES) {
  Deno.test({
    name: `openssl s_client resumes a session of Ductile's server by ${name} after a HelloRetryRequest`,
    ignore: !installed("openssl"),
    async fn() {
      const options = { identity: identityOf(p256), groups: ["x25519"], ...config() } as const;
      await using server = serve(options, echoOneLine);
      await using folder = await folderWith();
      await visit(server.port, folder.path, "-groups", "X25519", "-sess_out", "session");
      await visit(server.port, folder.path, "-groups", "P-384:X25519", "-sess_in", "session");
      await eventually("both connections are over", () => server.outcomes.length === 2);
      assertEquals(kindsOf(server.outcomes), ["full", "resumed_with_hello_retry_request"]);
    },
  });
}

const HOUR = 3_600_000;
const later = (time: number): Partial<ServerConfigOptions> => ({ now: () => new Date(Date.now() + time) });

/** What differs at the second connection, and what becomes of it. */
const POLICIES: readonly {
  readonly name: string;
  readonly first?: Partial<ServerConfigOptions>;
  readonly second?: Partial<ServerConfigOptions>;
  /** Arguments of the client; the first certificate is its own. */
  readonly args?: readonly string[];
  readonly kind: "full" | "resumed";
}[] = [
  { name: "nothing", kind: "resumed" },
  { name: "the SNI", args: ["-servername", "other.test", "-verify_hostname", "localhost"], kind: "full" },
  { name: "that there is no SNI", args: ["-noservername"], kind: "full" },
  {
    name: "that clients must have certificates",
    second: { clientAuth: { roots: ROOTS } },
    args: ["-cert", "cert.pem", "-key", "key.pem"],
    kind: "full",
  },
  {
    name: "that clients may have certificates",
    second: { clientAuth: { roots: ROOTS, optional: true } },
    kind: "resumed",
  },
  { name: "five hours", second: later(5 * HOUR), kind: "resumed" },
  { name: "25 hours", second: later(25 * HOUR), kind: "full" },
  { name: "seven days", second: later(7 * 24 * HOUR), kind: "full" },
  { name: "that the clock was set back", second: later(-HOUR / 6), kind: "full" },
  { name: "that nothing is resumed any more", second: { sessions: false }, kind: "full" },
];

for (const { name, first, second, args = [], kind } of POLICIES) {
  for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
    for (const memory of ["a store", "a ticketer"]) {
      Deno.test({
        name:
          `openssl s_client's second connection of ${version} with ${memory} is ${kind} when what differs is ${name}`,
        ignore: !installed("openssl"),
        async fn() {
          const kept = memory === "a store"
            ? { sessions: memoryServerSessions() }
            : { ticketer: rotatingTicketer(CRYPTO) };
          const options = { identity: identityOf(p256), versions: [version], ...kept };
          await using one = serve({ ...options, ...first }, echoOneLine);
          const changed = second?.sessions === false
            ? { identity: options.identity, versions: options.versions }
            : options;
          await using other = serve({ ...changed, ...second }, echoOneLine);
          await using folder = await folderWith({ "cert.pem": p256.chainPem, "key.pem": p256.keyPem });
          await visit(one.port, folder.path, "-sess_out", "session");
          await visit(other.port, folder.path, "-sess_in", "session", ...args);
          await eventually("both are over", () => one.outcomes.length + other.outcomes.length === 2);
          assertEquals(kindsOf([...one.outcomes, ...other.outcomes]), ["full", kind]);
        },
      });
    }
  }
}

Deno.test({
  name: "openssl s_client resumes under the last key of Ductile's ticketer, and not under the one before it",
  ignore: !installed("openssl"),
  async fn() {
    for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
      let passed = 0;
      const options = {
        identity: identityOf(p256),
        versions: [version],
        ticketer: rotatingTicketer(CRYPTO),
        now: () => new Date(Date.now() + passed),
      };
      await using server = serve(options, echoOneLine);
      await using folder = await folderWith();
      const kinds: unknown[] = [];
      const steps = [["-sess_out", "first", 0], ["-sess_out", "second", 5], ["-sess_in", "second", 8], [
        "-sess_in",
        "first",
        13,
      ]] as const;
      for (const [flag, file, hours] of steps) {
        passed = hours * HOUR;
        await visit(server.port, folder.path, flag, file);
        kinds.push(kindsOf([await server.outcome()])[0]);
      }
      assertEquals(kinds, ["full", "full", "resumed", "full"]);
    }
  },
});

async function visit(port: number, cwd: string, ...args: readonly string[]): Promise<void> {
  const { output } = await runProgram(sClient(port, ...args), { cwd, input: "ductile\n" });
  assertStringIncludes(output, "ductile");
}

function kindsOf(outcomes: readonly Outcome[]): (string | undefined)[] {
  return outcomes.map(({ connection, error }) => {
    if (error !== undefined) throw error;
    return connection?.handshakeKind;
  });
}

/** Connects twice; the second time with the session of the first. */
function nodeClient(port: number, { version, takesTickets }: Offer): string {
  return `
    import { readFileSync } from "node:fs";
    import { constants } from "node:crypto";
    import tls from "node:tls";
    const options = {
      host: "127.0.0.1",
      port: ${port},
      servername: "localhost",
      ca: readFileSync("ca.pem"),
      minVersion: "${version}",
      maxVersion: "${version}",
      secureOptions: ${takesTickets ? "0" : "constants.SSL_OP_NO_TICKET"},
    };
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
          if (connections === 0) session = await given;
          socket.end();
        });
        socket.on("close", resolve);
      });
    }
  `;
}
