/** Real clients against Ductile's server, in every version, suite, group and signature scheme that both know. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { pooledMap } from "@std/async/pool";
import {
  type CryptoProvider,
  type NamedGroupName,
  nodeCrypto,
  type SignatureSchemeName,
  webCrypto,
} from "../../tls/mod.ts";
import { installed } from "../support/peers.ts";
import { Program } from "../support/process.ts";
import { CRYPTO } from "./tls_client.ts";
import { folderWith, runProgram, sClient } from "./tls_program.ts";
import { answerOneRequest, echoOneLine, type Outcome, serve } from "./tls_server.ts";
import {
  AUTHORITY,
  AUTHORITY_SCHEME,
  identitySigning,
  mintIdentities,
  schemesOf,
  withAuthority,
} from "./tls_identities.ts";
import {
  type Combination,
  combinations,
  GNUTLS_GROUPS,
  gnutlsCipher,
  gnutlsScheme,
  GROUPS,
  hasSuite,
  isCommon,
  offeredGroups,
  opensslGroups,
  opensslSuite,
  PEER_VERSIONS,
  suitesFor,
  type Version,
  VERSIONS,
} from "./tls_names.ts";

/** Clients that wait to be sent somewhere. */
interface Visitor extends AsyncDisposable {
  /** Shakes hands with Ductile's server in this way, says `ductile` or asks for `/`, and gives what it was answered. */
  visit(port: number, combination: Combination): Promise<string>;
}

interface Kind {
  readonly name: string;
  readonly program: string;
  start(): Promise<Visitor>;
  /** Whether it verifies a scheme. Default: it does every one. */
  readonly verifies?: (scheme: SignatureSchemeName, version: Version) => boolean;
  readonly groups: readonly NamedGroupName[];
  /** Whether it cannot be told which version and suite to use: then Ductile's server insists. */
  readonly stubborn?: true;
  readonly speaksHttp?: true;
  /** The same TLS as another's: all suites in all groups with one signature, and each other signature once. */
  readonly cousin?: true;
}

/** A program that is started for each visit. */
function eachTime(
  command: (port: number, combination: Combination) => [string, ...string[]],
): () => Promise<Visitor> {
  return async () => {
    const folder = await folderWith();
    return {
      async visit(port, combination): Promise<string> {
        const run = await runProgram(command(port, combination), { cwd: folder.path, input: "ductile\n" });
        assertEquals(run.code, 0, run.output);
        return run.output;
      },
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  };
}

/** Reads jobs, a line of JSON each; answers each with its number and what it heard. */
const NODE_CLIENT = `
  import { readFileSync } from "node:fs";
  import { createInterface } from "node:readline";
  import tls from "node:tls";
  const ca = readFileSync("ca.pem");
  console.log("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, ...options } = JSON.parse(line);
    const heard = await new Promise((resolve) => {
      const socket = tls.connect({ host: "127.0.0.1", servername: "localhost", ca, ...options });
      let heard = "";
      socket.on("secureConnect", () => socket.write("ductile\\n"));
      socket.on("data", (data) => heard += data);
      socket.on("end", () => resolve(heard));
      socket.on("error", (error) => resolve(String(error)));
    });
    console.log(id + "=" + heard.trim() + ";");
  }
`;

async function startNode(): Promise<Visitor> {
  const folder = await folderWith({ "client.mjs": NODE_CLIENT });
  const node = await Program.start({
    command: ["node", "client.mjs"],
    cwd: folder.path,
    ready: (output) => output.includes("ready"),
  });
  let visits = 0;
  return {
    async visit(port, combination): Promise<string> {
      const { version, suite, scheme } = combination;
      const id = `visit${++visits}`;
      const options = {
        minVersion: version,
        maxVersion: version,
        ciphers: opensslSuite(suite),
        ecdhCurve: opensslGroups(combination),
        sigalgs: withAuthority(scheme).join(":"),
      };
      await node.write(`${JSON.stringify({ id, port, ...options })}\n`);
      await node.untilOutput(new RegExp(`${id}=.*;`));
      return new RegExp(`${id}=(.*);`).exec(node.output)?.[1] ?? "";
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await node.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const DENO: Pick<Kind, "program" | "verifies" | "groups" | "stubborn"> = {
  program: "deno",
  // It does not name the curve P-521: a server of TLS 1.2 shows it no such certificate (RFC 8422 §5.3).
  verifies: (scheme, version) =>
    !scheme.startsWith("rsa_pss_pss") &&
    (version === "TLSv1.3" || scheme !== "ecdsa_secp521r1_sha512"),
  groups: ["X25519MLKEM768", "x25519", "secp256r1", "secp384r1"],
  stubborn: true,
};

/** Deno's TLS in this process. */
function byDeno(connect: (port: number) => Promise<Deno.TlsConn>): () => Promise<Visitor> {
  return () =>
    Promise.resolve({
      async visit(port): Promise<string> {
        using conn = await connect(port);
        await conn.write(new TextEncoder().encode("ductile\n"));
        return await new Response(conn.readable).text();
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
}

const CLIENTS: readonly Kind[] = [
  {
    name: "openssl s_client",
    program: "openssl",
    start: eachTime((port, combination) => {
      const { version, suite, scheme } = combination;
      return sClient(
        port,
        ...["-brief", PEER_VERSIONS[version].openssl, "-groups", opensslGroups(combination)],
        ...[version === "TLSv1.3" ? "-ciphersuites" : "-cipher", opensslSuite(suite)],
        ...["-sigalgs", withAuthority(scheme).join(":")],
      );
    }),
    groups: GROUPS,
  },
  {
    name: "gnutls-cli",
    program: "gnutls-cli",
    start: eachTime((port, combination) => [
      ...["gnutls-cli", "127.0.0.1", "--port", `${port}`, "--x509cafile=ca.pem", "--logfile=log"] as const,
      ...["--sni-hostname=localhost", "--verify-hostname=localhost"],
      `--priority=${
        [
          "NORMAL:-VERS-ALL:-CIPHER-ALL:-GROUP-ALL:-SIGN-ALL",
          PEER_VERSIONS[combination.version].gnutls,
          gnutlsCipher(combination.suite),
          ...offeredGroups(combination).filter(isCommon).map((group) => GNUTLS_GROUPS[group]),
          ...withAuthority(combination.scheme).map((each) => gnutlsScheme(combination.version, each)),
        ].join(":+")
      }`,
    ]),
    groups: GROUPS,
  },
  {
    name: "curl",
    program: "curl",
    start: eachTime((port, combination) => [
      ...["curl", "--silent", "--show-error", "--cacert", "ca.pem", "--http1.0"] as const,
      ...[...PEER_VERSIONS[combination.version].curl, "--curves", opensslGroups(combination)],
      ...[combination.version === "TLSv1.3" ? "--tls13-ciphers" : "--ciphers"],
      opensslSuite(combination.suite),
      ...["--connect-to", `::127.0.0.1:${port}`, `https://localhost:${port}/`],
    ]),
    groups: GROUPS,
    speaksHttp: true,
    cousin: true,
  },
  {
    name: "Node's tls.connect",
    program: "node",
    start: startNode,
    groups: GROUPS,
  },
  {
    name: "Deno.connectTls",
    ...DENO,
    start: byDeno((port) => Deno.connectTls({ hostname: "localhost", port, caCerts: [AUTHORITY.certPem] })),
  },
  {
    name: "Deno.startTls",
    ...DENO,
    cousin: true,
    start: byDeno(async (port) => {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      return await Deno.startTls(conn, { hostname: "localhost", caCerts: [AUTHORITY.certPem] });
    }),
  },
];

const identities = await mintIdentities();

for (const client of CLIENTS) {
  for (const version of VERSIONS) {
    Deno.test({
      name: `${version}: ${client.name} and Ductile's server: every suite in every group${
        client.cousin ? ", and" : " with"
      } every signature`,
      ignore: client.program !== "deno" && !installed(client.program),
      async fn(t) {
        await using visitor = await client.start();
        for (const { scheme } of schemesOf(version)) {
          if (client.verifies?.(scheme, version) === false) continue;
          await t.step(`the server signs with ${scheme}`, async () => {
            const every = combinations(version, scheme, client.groups);
            const all = client.cousin && scheme !== AUTHORITY_SCHEME ? every.slice(0, 1) : every;
            const done = pooledMap(AT_ONCE, all, (each) => receive(client, visitor, each));
            assertEquals((await Array.fromAsync(done)).length, all.length);
          });
        }
      },
    });
  }
}

/** How many programs run beside each other. */
const AT_ONCE = 4;

/** One handshake in exactly this way, and a word or two. */
async function receive(
  client: Kind,
  visitor: Visitor,
  combination: Combination,
  crypto: CryptoProvider = CRYPTO,
): Promise<void> {
  const { version, suite, group, scheme } = combination;
  const kind = schemesOf(version).find((each) => each.scheme === scheme)?.kind ?? "p256";
  await using server = serve({
    crypto,
    identity: await identitySigning(identities[kind], scheme, crypto),
    groups: [group],
    ...(client.stubborn && { versions: [version], cipherSuites: [suite] }),
  }, client.speaksHttp ? answerOneRequest : echoOneLine);
  const heard = await visitor.visit(server.port, combination);
  assertStringIncludes(heard, client.speaksHttp ? "hello from ductile" : "ductile");
  assertAgreed(await server.outcome(), combination);
}

function assertAgreed({ connection, error }: Outcome, { version, suite, group }: Combination): void {
  if (error !== undefined) throw error;
  assert(connection !== undefined);
  const { protocolVersion, cipherSuite, keyExchangeGroup, serverName, resumed } = connection;
  assertEquals({ protocolVersion, cipherSuite, keyExchangeGroup, serverName, resumed }, {
    protocolVersion: version,
    cipherSuite: suite,
    keyExchangeGroup: group,
    serverName: "localhost",
    resumed: false,
  });
}

for (const crypto of [nodeCrypto(), webCrypto()]) {
  const [client] = CLIENTS;
  for (const version of VERSIONS) {
    Deno.test({
      name:
        `${version}: openssl s_client and Ductile's server by ${crypto.name}Crypto(): each suite, each group, each signature`,
      ignore: !installed("openssl"),
      async fn() {
        assert(client !== undefined);
        await using visitor = await client.start();
        const groups = crypto.groups.map(({ name }) => name).filter(isCommon);
        const [group = "secp256r1"] = groups;
        const rows = schemesOf(version).flatMap(({ scheme }): Combination[] => {
          const suites = suitesFor(version, scheme).filter((suite) => hasSuite(crypto, suite));
          const [suite = "TLS_AES_128_GCM_SHA256"] = suites;
          if (scheme !== AUTHORITY_SCHEME) return [{ version, suite, group, scheme }];
          return [
            ...suites.map((suite) => ({ version, suite, group, scheme })),
            ...groups.map((group) => ({ version, suite, group, scheme })),
          ];
        });
        const done = pooledMap(AT_ONCE, rows, (row) => receive(client, visitor, row, crypto));
        assertEquals((await Array.fromAsync(done)).length, rows.length);
      },
    });
  }
}
